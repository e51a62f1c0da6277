#include <zstd.h>

#include <utility>

#include "core/join.hpp"
#include "core/journal.hpp"
#include "core/journal_format.hpp"
#include "core/journal_segment.hpp"

namespace evenkeel {

using journal_format::all_zero;
using journal_format::BlockHeader;
using journal_format::HeaderState;
using journal_format::kPageBytes;
using journal_format::kWhatToDo;
using journal_format::read_block;
using journal_format::read_header;
using journal_format::segment_name;
using journal_format::SegmentHeader;

namespace {

/// Good for records of this kind at several hundred megabytes a second.
constexpr int kCompressionLevel = 3;

absl::Status damaged_head(Storage& storage, const SegmentBytes& segment) {
  return absl::DataLossError(join(storage.path(segment.name()),
                                  ": damaged at offset 0: its header is not whole, and later "
                                  "segments follow it. ",
                                  kWhatToDo));
}

bool begun(Storage& storage, SegmentFile file) {
  SegmentBytes head;
  SegmentHeader header;
  return head.load_head(storage, file).ok() &&
         read_header(head.bytes(), header) == HeaderState::kWhole;
}

/// Where the whole blocks end.
std::size_t end_of_blocks(std::span<const std::byte> bytes) {
  std::size_t at = kPageBytes;
  BlockHeader header;
  while (at < bytes.size() && read_block(bytes.subspan(at), header)) at += header.bytes;
  return at;
}

absl::StatusOr<std::string> compress(std::span<const std::byte> bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size =
      ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), kCompressionLevel);
  if (ZSTD_isError(size) != 0) {
    return absl::InternalError(join("zstd: ", ZSTD_getErrorName(size)));
  }
  packed.resize(size);
  // Looked at before the original goes: memory can be bad, too.
  std::vector<std::byte> again(bytes.size());
  const std::size_t back =
      ZSTD_decompress(again.data(), again.size(), packed.data(), packed.size());
  if (back != bytes.size() || std::memcmp(again.data(), bytes.data(), back) != 0) {
    return absl::InternalError("zstd: what was compressed does not decompress to the same");
  }
  return packed;
}

}  // namespace

absl::StatusOr<std::vector<SegmentInfo>> journal_segments(Storage& storage) {
  const absl::StatusOr<std::vector<SegmentFile>> files = list_segments(storage);
  if (!files.ok()) return files.status();
  std::vector<SegmentInfo> segments;
  absl::Status problem;  // of a segment that is only one when another follows
  for (const SegmentFile& file : *files) {
    SegmentBytes head;
    absl::Status status = head.load_head(storage, file);
    if (!status.ok()) return status;
    SegmentHeader header;
    const HeaderState state = read_header(head.bytes(), header);
    if (state == HeaderState::kWhole && !problem.ok()) return problem;
    if (state != HeaderState::kWhole) {
      problem = damaged_head(storage, head);
      continue;
    }
    SegmentInfo info;
    info.number = file.number;
    info.sequence_before = header.sequence_before;
    info.name = head.name();
    info.bytes = head.stored_bytes();
    info.compressed = head.compressed();
    segments.push_back(std::move(info));
  }
  return segments;
}

absl::Status compress_segment(Storage& storage, std::uint64_t number) {
  SegmentBytes segment;
  absl::Status status = segment.load(storage, {number, false});
  if (!status.ok()) return status;
  if (segment.compressed()) return absl::OkStatus();
  if (!begun(storage, {number + 1, false})) {
    return absl::FailedPreconditionError(
        join(storage.path(segment.name()), ": is the last segment, which may still be written"));
  }
  const std::size_t end = end_of_blocks(segment.bytes());
  SegmentHeader header;
  if (read_header(segment.bytes().first(kPageBytes), header) != HeaderState::kWhole ||
      !all_zero(segment.bytes().subspan(end))) {
    return absl::DataLossError(join(storage.path(segment.name()), ": damaged at offset ", end,
                                    ", so it is not compressed. ", kWhatToDo));
  }
  const absl::StatusOr<std::string> packed = compress(segment.bytes().first(end));
  if (!packed.ok()) return packed.status();
  status = storage.put(segment_name(number, true), *packed);
  return status.ok() ? storage.remove(segment_name(number)) : status;
}

}  // namespace evenkeel
