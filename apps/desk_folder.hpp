// A folder to put a desk in: one that the user named and keeps, or a temporary one that goes when
// this does.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace evenkeel::apps {

class DeskFolder {
 public:
  /// `keep`: the user's folder; empty: a temporary one named after `what`. Unavailable when it
  /// cannot be made.
  static absl::StatusOr<DeskFolder> make(const std::string& keep, const std::string& what) {
    if (!keep.empty()) return DeskFolder(keep, false);
    std::error_code error;
    const std::filesystem::path base = std::filesystem::temp_directory_path(error);
    std::string pattern =
        absl::StrCat(error ? "/tmp" : base.string(), "/evenkeel-", what, "-XXXXXX");
    if (mkdtemp(pattern.data()) == nullptr) {
      return absl::UnavailableError(absl::StrCat("cannot make a folder like ", pattern));
    }
    return DeskFolder(pattern, true);
  }
  DeskFolder(DeskFolder&& other) noexcept
      : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, false)) {}
  DeskFolder& operator=(DeskFolder&&) = delete;
  ~DeskFolder() {
    std::error_code ignored;
    if (temporary_) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  /// Leaves it where it is.
  void keep() { temporary_ = false; }

 private:
  DeskFolder(std::string path, bool temporary) : path_(std::move(path)), temporary_(temporary) {}
  std::string path_;
  bool temporary_;
};

}  // namespace evenkeel::apps
