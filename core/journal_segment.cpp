#include "core/journal_segment.hpp"

#include <zstd.h>

#include <algorithm>
#include <map>

#include "core/join.hpp"
#include "core/journal_format.hpp"

namespace evenkeel {
namespace {

using journal_format::kPageBytes;
using journal_format::kSegmentBytesMax;
using journal_format::kSegmentBytesMin;
using journal_format::kWhatToDo;
using journal_format::parse_segment_name;
using journal_format::segment_name;
using journal_format::SegmentName;

absl::Status not_as_made(const std::string& path, std::string_view what) {
  return absl::DataLossError(join(path, ": ", what, ". ", kWhatToDo));
}

struct DecompressorDeleter {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

absl::StatusOr<std::vector<SegmentFile>> list_segments(Storage& storage) {
  const absl::StatusOr<std::vector<std::string>> names = storage.list();
  if (!names.ok()) return names.status();
  std::map<std::uint64_t, SegmentFile> found;
  for (const std::string& name : *names) {
    const std::optional<SegmentName> segment = parse_segment_name(name);
    if (!segment) continue;
    const SegmentFile file{segment->number, segment->compressed};
    const auto [at, is_new] = found.emplace(file.number, file);
    if (!is_new && !file.compressed) at->second = file;
  }
  std::vector<SegmentFile> files;
  for (const auto& [number, file] : found) files.push_back(file);
  return files;
}

std::string SegmentBytes::name() const { return segment_name(file_.number, file_.compressed); }

absl::Status SegmentBytes::load(Storage& storage, SegmentFile file) {
  return load_any(storage, file, kSegmentBytesMax);
}

absl::Status SegmentBytes::load_head(Storage& storage, SegmentFile file) {
  return load_any(storage, file, kPageBytes);
}

absl::Status SegmentBytes::load_any(Storage& storage, SegmentFile file, std::size_t bytes_max) {
  absl::Status status = load_file(storage, file, bytes_max);
  if (absl::IsNotFound(status)) {
    const absl::Status other = load_file(storage, {file.number, !file.compressed}, bytes_max);
    if (!absl::IsNotFound(other)) return other;
  }
  return status;
}

absl::Status SegmentBytes::load_file(Storage& storage, SegmentFile file, std::size_t bytes_max) {
  file_ = file;
  size_ = 0;
  const std::string file_name = name();
  const absl::StatusOr<std::unique_ptr<StorageFile>> stored = storage.open(file_name, false);
  if (!stored.ok()) return stored.status();
  stored_bytes_ = (*stored)->size();
  if (stored_bytes_ > kSegmentBytesMax) {
    return not_as_made(storage.path(file_name), "is larger than a segment can be");
  }
  return file.compressed ? load_compressed(**stored, storage.path(file_name), bytes_max)
                         : load_plain(**stored, storage.path(file_name), bytes_max);
}

void SegmentBytes::make_room(std::size_t bytes) {
  if (bytes <= capacity_) return;
  data_.reset();
  data_ = std::make_unique_for_overwrite<std::byte[]>(bytes);
  capacity_ = bytes;
}

absl::Status SegmentBytes::load_plain(StorageFile& stored, const std::string& path,
                                      std::size_t bytes_max) {
  if (stored_bytes_ < kSegmentBytesMin || stored_bytes_ % kPageBytes != 0) {
    return not_as_made(path, join("has ", stored_bytes_,
                                  " bytes, which no segment has: its end is missing, or it "
                                  "is something else"));
  }
  const std::size_t wanted = std::min<std::size_t>(stored_bytes_, bytes_max);
  make_room(wanted);
  const absl::StatusOr<std::size_t> got = stored.read(0, {data_.get(), wanted});
  if (!got.ok()) return got.status();
  if (*got != wanted) return not_as_made(path, "became shorter while it was read");
  size_ = wanted;
  return absl::OkStatus();
}

absl::Status SegmentBytes::load_compressed(StorageFile& stored, const std::string& path,
                                           std::size_t bytes_max) {
  std::vector<std::byte> packed(static_cast<std::size_t>(stored_bytes_));
  const absl::StatusOr<std::size_t> got = stored.read(0, packed);
  if (!got.ok()) return got.status();
  if (*got != packed.size()) return not_as_made(path, "became shorter while it was read");
  const unsigned long long whole = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (whole == ZSTD_CONTENTSIZE_ERROR || whole == ZSTD_CONTENTSIZE_UNKNOWN ||
      whole > kSegmentBytesMax || whole < kPageBytes || whole % kPageBytes != 0) {
    return not_as_made(path, "is not a compressed segment");
  }
  const std::size_t wanted = std::min<std::size_t>(whole, bytes_max);
  make_room(wanted);
  const std::unique_ptr<ZSTD_DCtx, DecompressorDeleter> context(ZSTD_createDCtx());
  EVENKEEL_CHECK(context != nullptr);
  ZSTD_outBuffer out{data_.get(), wanted, 0};
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  std::size_t left = 1;
  while (left != 0 && (in.pos < in.size || out.pos < out.size)) {
    const std::size_t in_before = in.pos;
    const std::size_t out_before = out.pos;
    left = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(left) != 0) return not_as_made(path, "cannot be decompressed");
    if (in.pos == in_before && out.pos == out_before) break;
  }
  const bool complete = left == 0 && in.pos == in.size;
  if (out.pos != wanted || (wanted == whole && !complete)) {
    return not_as_made(path, "ends before its compressed data do, or goes on behind them");
  }
  size_ = wanted;
  return absl::OkStatus();
}

}  // namespace evenkeel
