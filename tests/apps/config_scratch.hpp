// A desk in a temporary folder, made from an example and spoiled in one place. The folder goes with
// the object.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "apps/config/examples.hpp"
#include "core/check.hpp"
#include "rules/config_reader.hpp"

namespace evenkeel::apps {

class ScratchDesk {
 public:
  /// An empty folder, or a copy of an example in it.
  explicit ScratchDesk(std::string_view example = "") {
    std::string name = (std::filesystem::temp_directory_path() / "evenkeel_XXXXXX").string();
    EVENKEEL_CHECK(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    if (!example.empty()) EVENKEEL_CHECK(write_example(example, folder_, false).ok());
  }
  ~ScratchDesk() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  ScratchDesk(const ScratchDesk&) = delete;
  ScratchDesk& operator=(const ScratchDesk&) = delete;

  const std::string& folder() const { return folder_; }
  std::string path(const std::string& file) const { return folder_ + "/" + file; }
  std::string read(const std::string& file) const {
    std::ifstream stream(path(file), std::ios::binary);
    std::ostringstream content;
    content << stream.rdbuf();
    return content.str();
  }
  void write(const std::string& file, std::string_view content) const {
    std::filesystem::create_directories(std::filesystem::path(path(file)).parent_path());
    std::ofstream(path(file), std::ios::binary) << content;
  }
  /// Replaces the first `from`, which has to be there.
  void change(const std::string& file, std::string_view from, std::string_view to) const {
    std::string content = read(file);
    const std::size_t at = content.find(from);
    EVENKEEL_CHECK(at != std::string::npos);
    write(file, content.replace(at, from.size(), to));
  }
  /// A text with the folder taken out of it: "limits.toml:3:1: ...".
  std::string without_folder(std::string text) const {
    const std::string prefix = folder_ + "/";
    for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }
  std::string texts(const rules::Complaints& complaints) const {
    std::string out;
    for (const auto& complaint : complaints.all()) out += complaint.text() + "\n";
    return without_folder(std::move(out));
  }

 private:
  std::string folder_;
};

}  // namespace evenkeel::apps
