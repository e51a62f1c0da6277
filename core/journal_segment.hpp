// One segment of a journal as it lies in the storage, brought into memory whole, compressed or not,
// and the list of them. It checks names, sizes and the compression; what the bytes say is the
// reader's business. It never writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/storage.hpp"

namespace evenkeel {

struct SegmentFile {
  std::uint64_t number = 0;
  bool compressed = false;
};

/// All of them, by number. One that is there both ways counts as not compressed: that is how it is
/// left when the compressing of it was interrupted.
absl::StatusOr<std::vector<SegmentFile>> list_segments(Storage& storage);

/// A segment's bytes. Reads at most kSegmentBytesMax of them, and keeps its memory between loads.
class SegmentBytes {
 public:
  /// DataLoss when the size or the compression is not as it was made; NotFound, Unavailable. A file
  /// that was compressed meanwhile is found under its other name.
  absl::Status load(Storage& storage, SegmentFile file);
  /// Only its first page, when there is one.
  absl::Status load_head(Storage& storage, SegmentFile file);

  /// May be changed: it is only a copy.
  std::span<std::byte> bytes() { return {data_.get(), size_}; }
  std::uint64_t number() const { return file_.number; }
  bool compressed() const { return file_.compressed; }
  /// In the storage.
  std::uint64_t stored_bytes() const { return stored_bytes_; }
  std::string name() const;

 private:
  absl::Status load_any(Storage& storage, SegmentFile file, std::size_t bytes_max);
  absl::Status load_file(Storage& storage, SegmentFile file, std::size_t bytes_max);
  absl::Status load_plain(StorageFile& stored, const std::string& path, std::size_t bytes_max);
  absl::Status load_compressed(StorageFile& stored, const std::string& path, std::size_t bytes_max);
  void make_room(std::size_t bytes);

  SegmentFile file_;
  std::unique_ptr<std::byte[]> data_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  std::uint64_t stored_bytes_ = 0;
};

}  // namespace evenkeel
