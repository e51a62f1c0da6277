#include "apps/config/examples.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "apps/config/csv.hpp"
#include "rules/config_reader.hpp"

namespace evenkeel::apps {
namespace {

namespace files = std::filesystem;

absl::Status write_file(const files::path& path, std::string_view content) {
  std::error_code error;
  files::create_directories(path.parent_path(), error);
  if (error) {
    return absl::UnavailableError(absl::StrCat(path.parent_path().string(), ": ", error.message()));
  }
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream.write(content.data(), static_cast<std::streamsize>(content.size()));
  stream.close();
  if (stream) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(path.string(), ": ", std::strerror(errno)));
}

}  // namespace

std::vector<std::string_view> example_names() {
  std::vector<std::string_view> names;
  for (const ExampleFile& file : example_files()) {
    if (names.empty() || names.back() != file.example) names.push_back(file.example);
  }
  return names;
}

absl::Status write_example(std::string_view example, const std::string& folder, bool force) {
  std::vector<const ExampleFile*> wanted;
  for (const ExampleFile& file : example_files()) {
    if (file.example == example) wanted.push_back(&file);
  }
  if (wanted.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no example ", shown(example), rules::did_you_mean(example, example_names())));
  }
  const files::path root(folder);
  std::error_code error;
  if (files::exists(root, error) && !files::is_directory(root, error)) {
    return absl::AlreadyExistsError(absl::StrCat(folder, ": is a file, not a folder"));
  }
  for (const ExampleFile* file : wanted) {
    const files::path path = root / file->path;
    if (!force && files::exists(files::symlink_status(path, error))) {
      return absl::AlreadyExistsError(
          absl::StrCat(path.string(), ": is there already; nothing was written"));
    }
  }
  for (const ExampleFile* file : wanted) {
    if (absl::Status status = write_file(root / file->path, file->content); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace evenkeel::apps
