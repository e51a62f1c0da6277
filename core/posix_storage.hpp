// A folder of this machine's file system as Storage. Files are really zeroed when they are made, so
// that a later write and sync changes data and no bookkeeping of the file system (which is what
// makes a sync cheap). Any thread may use it; a file belongs to one thread at a time.
//
// What it never does: keep anything in a buffer of its own, retry a failed sync, or follow what is
// outside of its folder.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/storage.hpp"

namespace evenkeel {

class PosixStorage final : public Storage {
 public:
  /// A folder that is there. NotFound, Unavailable.
  static absl::StatusOr<std::unique_ptr<PosixStorage>> open(std::string folder);
  /// The same, made first (its parent must be there) when it is not.
  static absl::StatusOr<std::unique_ptr<PosixStorage>> make(std::string folder);
  ~PosixStorage() override;
  PosixStorage(const PosixStorage&) = delete;
  PosixStorage& operator=(const PosixStorage&) = delete;

  absl::StatusOr<std::unique_ptr<StorageFile>> create(std::string_view name,
                                                      std::uint64_t bytes) override;
  absl::StatusOr<std::unique_ptr<StorageFile>> open(std::string_view name, bool writable) override;
  absl::Status put(std::string_view name, std::string_view content) override;
  absl::Status rename(std::string_view from, std::string_view to) override;
  absl::Status remove(std::string_view name) override;
  /// Regular files whose names do not begin with a dot.
  absl::StatusOr<std::vector<std::string>> list() override;
  /// By a lock on the file ".lock", which holds the process id; the system lets go of it however
  /// the process ends. Also removes what earlier processes left half made.
  absl::Status lock() override;
  std::string path(std::string_view name) const override;

 private:
  PosixStorage(std::string folder, int descriptor) : folder_(std::move(folder)), dir_(descriptor) {}
  absl::Status sync_folder() const;
  std::string unfinished_name(std::string_view name) const;
  absl::Status remove_unfinished() const;
  absl::StatusOr<std::vector<std::string>> regular_files() const;

  std::string folder_;
  int dir_ = -1;
  int lock_ = -1;
};

}  // namespace evenkeel
