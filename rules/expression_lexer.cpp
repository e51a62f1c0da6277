#include "rules/expression_lexer.hpp"

#include <algorithm>

namespace evenkeel::rules {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_letter(c) || is_digit(c); }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

constexpr std::string_view kReserved[] = {"and", "or",  "not",  "for",  "min",
                                          "max", "abs", "true", "false"};

/// Where a name that begins at `at` ends; a point joins two words ("BRK.B").
std::size_t name_end(std::string_view text, std::size_t at) {
  while (at < text.size() && (is_word(text[at]) ||
                              (text[at] == '.' && at + 1 < text.size() && is_word(text[at + 1])))) {
    ++at;
  }
  return at;
}

}  // namespace

bool is_bare_name(std::string_view name) {
  return !name.empty() && is_letter(name[0]) && name_end(name, 0) == name.size() &&
         std::find(std::begin(kReserved), std::end(kReserved), name) == std::end(kReserved);
}

Token ExpressionLexer::make(TokenKind kind, std::size_t begin) {
  return {kind, text_.substr(begin, at_ - begin), static_cast<std::uint32_t>(begin),
          static_cast<std::uint32_t>(at_)};
}

Token ExpressionLexer::next() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  const std::size_t begin = at_;
  if (at_ == text_.size()) return make(TokenKind::kEnd, begin);
  const char c = text_[at_];
  if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])))
    return number(begin);
  if (is_letter(c)) {
    at_ = name_end(text_, at_);
    return make(TokenKind::kName, begin);
  }
  if (c == '\'' || c == '"') return quoted(begin);
  return mark(begin);
}

Token ExpressionLexer::number(std::size_t begin) {
  while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
  const bool clock = at_ + 1 < text_.size() && text_[at_] == ':' && is_digit(text_[at_ + 1]);
  if (clock) {
    while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == ':')) ++at_;
    return make(TokenKind::kClock, begin);
  }
  if (at_ < text_.size() && text_[at_] == '%') {
    ++at_;
  } else {
    at_ = name_end(text_, at_);
  }
  return make(TokenKind::kNumber, begin);
}

Token ExpressionLexer::quoted(std::size_t begin) {
  const std::size_t close = text_.find(text_[begin], begin + 1);
  if (close == std::string_view::npos) {
    at_ = text_.size();
    return make(TokenKind::kWrong, begin);
  }
  at_ = close + 1;
  Token token = make(TokenKind::kQuoted, begin);
  token.text = text_.substr(begin + 1, close - begin - 1);
  return token;
}

Token ExpressionLexer::mark(std::size_t begin) {
  constexpr std::string_view kPairs[] = {"<=", ">=", "==", "!="};
  for (const std::string_view pair : kPairs) {
    if (text_.substr(begin, 2) != pair) continue;
    at_ += 2;
    return make(TokenKind::kMark, begin);
  }
  constexpr std::string_view kSingle = "(),+-*/<>";
  const bool known = kSingle.find(text_[begin]) != std::string_view::npos;
  ++at_;
  // The whole of a character of several bytes, so that a message can show it; "&&" as one.
  if (!known) {
    while (at_ < text_.size() && ((static_cast<unsigned char>(text_[at_]) & 0xc0U) == 0x80U ||
                                  (at_ == begin + 1 && text_[at_] == text_[begin]))) {
      ++at_;
    }
  }
  return make(known ? TokenKind::kMark : TokenKind::kWrong, begin);
}

}  // namespace evenkeel::rules
