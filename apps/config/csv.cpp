#include "apps/config/csv.hpp"

#include <utility>

#include "absl/strings/str_cat.h"

namespace evenkeel::apps {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }

/// The first byte of a character; the others of a UTF-8 sequence do not count as columns.
bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }

}  // namespace

std::string shown(std::string_view text) {
  constexpr std::size_t kBytesShown = 40;
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "'";
  for (const char c : text.substr(0, kBytesShown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f && byte < 0x80) {
      out += c;
    } else {
      out += "\\x";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  out += text.size() > kBytesShown ? "...'" : "'";
  return out;
}

CsvReader::CsvReader(std::string_view text, std::string_view file, rules::Complaints& complaints)
    : text_(text), file_(file), complaints_(complaints) {
  std::string problem;
  if (text.size() > kBytesMax) {
    problem = absl::StrCat("the file is larger than ", kBytesMax / (1024 * 1024), " MiB");
  } else if (text.substr(0, 2) == "\xff\xfe" || text.substr(0, 2) == "\xfe\xff") {
    problem = "the file is UTF-16; save it as UTF-8";
  } else if (text.find('\0') != std::string_view::npos) {
    problem = "the file holds zero bytes: it is not CSV text";
  }
  if (!problem.empty()) {
    complain({}, std::move(problem));
    text_ = {};
  } else if (text.substr(0, 3) == "\xef\xbb\xbf") {
    at_ = 3;
  }
}

bool CsvReader::next(std::vector<CsvField>& fields) {
  while (!at_end()) {
    if (read_record(fields) == Outcome::kRecord) return true;
  }
  return false;
}

CsvReader::Outcome CsvReader::read_record(std::vector<CsvField>& fields) {
  fields.clear();
  skip_spaces();
  if (at_line_end() || text_[at_] == '#') {
    skip_line();
    return Outcome::kSkipped;
  }
  while (true) {
    CsvField field;
    const rules::Position begin = position();
    const bool whole = read_field(field);
    if (whole && fields.size() == kFieldsMax) {
      complain(begin, absl::StrCat("a row has at most ", kFieldsMax, " fields"));
    }
    if (!whole || fields.size() == kFieldsMax) {
      skip_line();
      return Outcome::kSkipped;
    }
    fields.push_back(std::move(field));
    if (at_line_end()) break;
    advance();  // the comma
  }
  skip_line();
  return Outcome::kRecord;
}

bool CsvReader::read_field(CsvField& field) {
  skip_spaces();
  field.position = position();
  if (!at_end() && text_[at_] == '"') {
    if (!read_quoted(field)) return false;
  } else {
    read_plain(field);
  }
  if (field.text.size() > kFieldBytesMax) {
    complain(field.position, absl::StrCat("the field is longer than ", kFieldBytesMax, " bytes"));
    return false;
  }
  return true;
}

bool CsvReader::read_quoted(CsvField& field) {
  advance();
  while (true) {
    if (at_line_end()) {
      complain(field.position, "the quote that opens here is not closed on this line");
      return false;
    }
    if (text_[at_] != '"') {
      field.text += text_[at_];
    } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
      field.text += '"';  // a doubled quote stands for one
      advance();
    } else {
      break;
    }
    advance();
  }
  advance();
  skip_spaces();
  if (at_line_end() || text_[at_] == ',') return true;
  complain(position(), "text after the closing quote; a comma or the end of the line is expected");
  return false;
}

void CsvReader::read_plain(CsvField& field) {
  const std::size_t begin = at_;
  while (!at_line_end() && text_[at_] != ',') advance();
  std::size_t end = at_;
  while (end > begin && is_space(text_[end - 1])) --end;
  field.text = text_.substr(begin, end - begin);
}

void CsvReader::advance() {
  ++at_;
  if (at_end() || begins_character(text_[at_])) ++column_;
}

void CsvReader::skip_spaces() {
  while (!at_end() && is_space(text_[at_])) advance();
}

void CsvReader::skip_line() {
  while (!at_line_end()) ++at_;
  if (at_end()) return;
  at_ += text_.substr(at_, 2) == "\r\n" ? 2 : 1;
  ++line_;
  column_ = 1;
}

void CsvReader::complain(rules::Position at, std::string message) {
  complaints_.error(file_, at, std::move(message));
}

}  // namespace evenkeel::apps
