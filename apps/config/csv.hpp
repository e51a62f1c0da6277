// Comma-separated text as records of fields, each with the line and column where it begins. Follows
// RFC 4180 with two differences: a quoted field ends on its own line, so that a forgotten quote
// costs one row and not the rest of the file, and any of LF, CRLF and CR ends a line. Skips a UTF-8
// byte order mark, blank lines and lines that begin with '#'. Knows nothing of what the fields
// mean, and never changes their content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rules/config_reader.hpp"

namespace evenkeel::apps {

struct CsvField {
  std::string text;  // without quotes and without white space around an unquoted field
  rules::Position position;
};

class CsvReader {
 public:
  static constexpr std::size_t kBytesMax = 16 * 1024 * 1024;
  static constexpr std::size_t kFieldsMax = 64;
  static constexpr std::size_t kFieldBytesMax = 256;

  /// `text` and `complaints` outlive the reader. Text that cannot be CSV at all (UTF-16, zero
  /// bytes, too large) is one complaint and no records.
  CsvReader(std::string_view text, std::string_view file, rules::Complaints& complaints);

  /// The next well-formed record; false at the end. A malformed one is a complaint and is skipped.
  bool next(std::vector<CsvField>& fields);

 private:
  enum class Outcome : std::uint8_t { kRecord, kSkipped };
  Outcome read_record(std::vector<CsvField>& fields);
  bool read_field(CsvField& field);
  bool read_quoted(CsvField& field);
  void read_plain(CsvField& field);

  bool at_end() const { return at_ == text_.size(); }
  bool at_line_end() const { return at_end() || text_[at_] == '\n' || text_[at_] == '\r'; }
  void advance();
  void skip_spaces();
  void skip_line();
  rules::Position position() const { return {line_, column_}; }
  void complain(rules::Position at, std::string message);

  std::string_view text_;
  std::string file_;
  rules::Complaints& complaints_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;  // in characters
};

/// Text from outside as it may stand in a message: quoted, cut at 40 bytes, unprintable bytes as
/// \xNN.
std::string shown(std::string_view text);

}  // namespace evenkeel::apps
