// Holds a set of source files against the tables of layer_table.hpp. It reads what it is given and
// never the disk, so that a test can plant a violation.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evenkeel::layers {

struct SourceFile {
  std::string path;  // from the root of the tree, with '/': "core/units.hpp"
  std::string text;
};

struct Violation {
  std::string path;
  int line = 0;  // from 1
  std::string message;
};

// "core/book.hpp:12: message", the form that editors jump to.
std::string to_string(const Violation& violation);

// `text` with every comment and every string and character literal replaced by blanks; lines stay
// where they were.
std::string code_only(std::string_view text);

// Includes that the table of folders does not allow, headers unknown to it, and headers that bring
// QuickFIX with them included from outside its library.
std::vector<Violation> check_includes(std::span<const SourceFile> files);

// Clocks, dice, threads, files, environment, locale, hash order and floating point in the
// deterministic part.
std::vector<Violation> check_determinism(std::span<const SourceFile> files);

// Headers that do not open with a comment saying what the thing is, or lack a guard.
std::vector<Violation> check_headers(std::span<const SourceFile> files);

}  // namespace evenkeel::layers
