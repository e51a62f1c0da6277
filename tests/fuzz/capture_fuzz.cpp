// Any bytes as a capture file, read to its end or first error and printed as JSON. Time, not size,
// is bounded: a small gzip may hold much.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "core/check.hpp"
#include "feeds/capture_reader.hpp"
#include "feeds/decode_json.hpp"

namespace evenkeel::feeds {
namespace {

void run(const std::uint8_t* data, std::size_t size) {
  static std::FILE* const sink = std::fopen("/dev/null", "w");
  EVENKEEL_CHECK(sink != nullptr);
  const int descriptor = memfd_create("capture", MFD_CLOEXEC);
  EVENKEEL_CHECK(descriptor >= 0);
  EVENKEEL_CHECK(write(descriptor, data, size) == static_cast<ssize_t>(size));
  EVENKEEL_CHECK(lseek(descriptor, 0, SEEK_SET) == 0);
  auto reader = CaptureReader::open_descriptor(descriptor, "input");
  if (!reader.ok()) return;
  DecodeSummary summary;
  const absl::Status status = decode_to_json(*reader, {}, sink, summary);
  EVENKEEL_CHECK(status.ok() || status.code() == absl::StatusCode::kDataLoss);
  EVENKEEL_CHECK(summary.packets == summary.capture.datagrams());
  EVENKEEL_CHECK(summary.packets <= summary.capture.frames);
  EVENKEEL_CHECK(!describe(summary).empty());
}

}  // namespace
}  // namespace evenkeel::feeds

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  evenkeel::feeds::run(data, size);
  return 0;
}
