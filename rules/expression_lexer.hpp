// The words of a condition: numbers with what is written behind them, names, quoted names, marks of
// punctuation. Never complains; what it cannot read is a token of its own.
#pragma once

#include <cstdint>
#include <string_view>

namespace evenkeel::rules {

enum class TokenKind : std::uint8_t {
  kEnd = 0,
  kNumber,  // "25%", "30s", "1.5", "6EZ6"
  kClock,   // "14:30"
  kName,    // also the words: and, or, not, for
  kQuoted,  // text() is what stands between the quotes
  kMark,    // ( ) , + - * / < <= > >= == !=
  kWrong,   // a character of no use here, or a quote that does not end
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;
  std::uint32_t begin = 0, end = 0;  // bytes of the whole, quotes included
  bool is(std::string_view word) const {
    return (kind == TokenKind::kMark || kind == TokenKind::kName) && text == word;
  }
};

class ExpressionLexer {
 public:
  explicit ExpressionLexer(std::string_view text) : text_(text) {}
  /// The next token; kEnd again and again at the end.
  Token next();

 private:
  Token make(TokenKind kind, std::size_t begin);
  Token number(std::size_t begin);
  Token quoted(std::size_t begin);
  Token mark(std::size_t begin);

  std::string_view text_;
  std::size_t at_ = 0;
};

/// A word that is written bare and is not one of the language's own.
bool is_bare_name(std::string_view name);

}  // namespace evenkeel::rules
