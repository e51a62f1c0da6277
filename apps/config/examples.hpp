// The example desks of examples/, as part of the program: the build embeds the files, so there is
// one copy of each. Reads no file at run time; `write_example` only writes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace evenkeel::apps {

struct ExampleFile {
  std::string_view example;  // "sixty-forty"
  std::string_view path;     // within it: "policies/sixty_forty.toml"
  std::string_view content;
};

/// Every file of every example, sorted by example and path.
std::span<const ExampleFile> example_files();

/// The names of the examples, sorted.
std::vector<std::string_view> example_names();

/// Writes an example into `folder`, making it where needed. Touches no other file. Errors:
/// NotFound for an unknown example, with what was perhaps meant; AlreadyExists when a file would be
/// overwritten and `force` is not set, and then nothing is written; Unavailable when the system
/// refuses.
absl::Status write_example(std::string_view example, const std::string& folder, bool force);

}  // namespace evenkeel::apps
