// See capture_reader.hpp. The stack is libpcap on a FILE made by fopencookie on zlib's gzread,
// which passes plain files through unchanged.
#include "feeds/capture_reader.hpp"

#include <fcntl.h>
#include <pcap/pcap.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace evenkeel::feeds {
namespace {

// Times that do not fit (a pcapng file can hold them) become the last one that does, in 2255.
constexpr TimeNs kSecondsMax = 9'000'000'000;

// The compressed stream under the FILE, and what went wrong with it.
struct GzSource {
  gzFile file = nullptr;
  std::int64_t delivered = 0;  // uncompressed bytes handed out
  std::string error;
};

// What zlib has to say about the stream; empty when it is sound so far.
std::string stream_error(gzFile file) {
  int code = Z_OK;
  const char* text = gzerror(file, &code);
  if (code == Z_OK || code == Z_STREAM_END) return {};
  if (code == Z_ERRNO) return std::strerror(errno);
  if (code == Z_BUF_ERROR) return "the compressed stream ends early";
  return absl::StrCat("the compressed stream is damaged (", text, ")");
}

ssize_t read_cookie(void* cookie, char* buffer, std::size_t size) {
  auto& source = *static_cast<GzSource*>(cookie);
  if (!source.error.empty()) return 0;
  const int got = gzread(source.file, buffer, static_cast<unsigned>(size));
  if (got <= 0 || static_cast<std::size_t>(got) < size) source.error = stream_error(source.file);
  if (got > 0) source.delivered += got;
  // A damaged stream ends here for libpcap; next() then reports the stream's own error.
  return got < 0 ? 0 : got;
}

// Serves ftello only: a compressed stream is read once, forwards.
int seek_cookie(void* cookie, off64_t* offset, int whence) {
  if (whence != SEEK_CUR || *offset != 0) {
    errno = ESPIPE;
    return -1;
  }
  *offset = static_cast<GzSource*>(cookie)->delivered;
  return 0;
}

}  // namespace

class CaptureReader::Impl {
 public:
  explicit Impl(std::string name) : name_(std::move(name)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (pcap_ != nullptr) {
      pcap_close(pcap_);  // closes the FILE as well
    } else if (file_ != nullptr) {
      std::fclose(file_);
    }
    if (source_.file != nullptr) gzclose_r(source_.file);
  }

  absl::Status open(int descriptor) {
    source_.file = gzdopen(descriptor, "rb");
    if (source_.file == nullptr) {
      close(descriptor);
      return absl::ResourceExhaustedError(absl::StrCat(name_, ": no memory for decompression"));
    }
    gzbuffer(source_.file, 128 * 1024);
    file_ = fopencookie(&source_, "rb", {read_cookie, nullptr, seek_cookie, nullptr});
    if (file_ == nullptr) {
      return absl::ResourceExhaustedError(absl::StrCat(name_, ": cannot open a stream"));
    }
    char error[PCAP_ERRBUF_SIZE] = "";
    pcap_ = pcap_fopen_offline_with_tstamp_precision(file_, PCAP_TSTAMP_PRECISION_NANO, error);
    if (pcap_ == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat(
          name_,
          ": not a pcap or pcapng capture: ", source_.error.empty() ? error : source_.error));
    }
    link_type_ = pcap_datalink(pcap_);
    if (!known_link_type(link_type_)) {
      const char* link_name = pcap_datalink_val_to_name(link_type_);
      return absl::InvalidArgumentError(absl::StrCat(name_, ": link layer ", link_type_, " (",
                                                     link_name == nullptr ? "unknown" : link_name,
                                                     ") is not supported"));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<bool> next(CapturedDatagram& out) {
    if (!failed_.ok()) return failed_;
    while (true) {
      pcap_pkthdr* header = nullptr;
      const u_char* bytes = nullptr;
      const std::int64_t offset = static_cast<std::int64_t>(ftello(file_));
      const int result = pcap_next_ex(pcap_, &header, &bytes);
      if (result != 1) return end_or_error(result, offset);
      ++counts_.frames;
      // Asked for nanoseconds above, libpcap keeps them in the microseconds field.
      out.ts_ns = std::clamp<TimeNs>(header->ts.tv_sec, 0, kSecondsMax) * kSecond +
                  std::clamp<TimeNs>(header->ts.tv_usec, 0, kSecond - 1);
      out.frame_number = counts_.frames;
      out.udp = parse_udp_frame(link_type_, {reinterpret_cast<const std::byte*>(bytes),
                                             static_cast<std::size_t>(header->caplen)});
      ++counts_.by_kind[static_cast<std::size_t>(out.udp.kind)];
      if (out.udp.kind == FrameKind::kUdp || out.udp.kind == FrameKind::kUdpCutShort) return true;
    }
  }

  const CaptureCounts& counts() const { return counts_; }

 private:
  absl::StatusOr<bool> end_or_error(int result, std::int64_t offset) {
    std::string why = source_.error;
    if (why.empty() && result == PCAP_ERROR) why = pcap_geterr(pcap_);
    if (why.empty()) return false;
    failed_ = absl::DataLossError(
        absl::StrCat(name_, ": frame ", counts_.frames + 1, ", byte ", offset, ": ", why));
    return failed_;
  }

  std::string name_;
  GzSource source_;
  FILE* file_ = nullptr;
  pcap_t* pcap_ = nullptr;
  int link_type_ = 0;
  CaptureCounts counts_;
  absl::Status failed_;
};

CaptureReader::CaptureReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CaptureReader::CaptureReader(CaptureReader&&) noexcept = default;
CaptureReader& CaptureReader::operator=(CaptureReader&&) noexcept = default;
CaptureReader::~CaptureReader() = default;

absl::StatusOr<CaptureReader> CaptureReader::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  }
  return open_descriptor(descriptor, path);
}

absl::StatusOr<CaptureReader> CaptureReader::open_descriptor(int descriptor,
                                                             const std::string& name) {
  auto impl = std::make_unique<Impl>(name);
  const absl::Status status = impl->open(descriptor);
  if (!status.ok()) return status;
  return CaptureReader(std::move(impl));
}

absl::StatusOr<bool> CaptureReader::next(CapturedDatagram& out) { return impl_->next(out); }
const CaptureCounts& CaptureReader::counts() const { return impl_->counts(); }

}  // namespace evenkeel::feeds
