// A folder of files, as the journal needs it: fixed-size files that are written in place and
// synced, and small ones that appear whole or not at all. An interface, so that tests can put a
// disk under it that loses what was not synced. It never buffers: what `write` took is the
// system's, what `sync` took is the disk's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace evenkeel {

class StorageFile {
 public:
  virtual ~StorageFile() = default;
  /// All of it, or an error; then any part may have been written. ResourceExhausted when there is
  /// no room, Unavailable for anything else, naming the file and the reason.
  virtual absl::Status write(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  /// How many bytes were there: fewer than asked for only at the end.
  virtual absl::StatusOr<std::size_t> read(std::uint64_t offset, std::span<std::byte> bytes) = 0;
  /// Returns once everything written before is on the disk. After an error nothing written since
  /// the last success may be relied on, whatever a later call says.
  virtual absl::Status sync() = 0;
  virtual std::uint64_t size() const = 0;
};

class Storage {
 public:
  virtual ~Storage() = default;
  /// A new file of `bytes` zeroes, on the disk with its name. AlreadyExists, ResourceExhausted,
  /// Unavailable.
  virtual absl::StatusOr<std::unique_ptr<StorageFile>> create(std::string_view name,
                                                              std::uint64_t bytes) = 0;
  /// NotFound, Unavailable.
  virtual absl::StatusOr<std::unique_ptr<StorageFile>> open(std::string_view name,
                                                            bool writable) = 0;
  /// A small file as a whole: written under another name, synced, renamed, the folder synced. What
  /// had the name before stays until then.
  virtual absl::Status put(std::string_view name, std::string_view content) = 0;
  /// Names the file otherwise, on the disk when it returns. What had that name is gone.
  virtual absl::Status rename(std::string_view from, std::string_view to) = 0;
  virtual absl::Status remove(std::string_view name) = 0;
  /// In order of name. Files that are being made (names ending in ".part") are not among them.
  virtual absl::StatusOr<std::vector<std::string>> list() = 0;
  /// Nobody else may hold the folder until this object ends. FailedPrecondition, naming who does
  /// when that is known.
  virtual absl::Status lock() = 0;
  /// For messages.
  virtual std::string path(std::string_view name) const = 0;
};

}  // namespace evenkeel
