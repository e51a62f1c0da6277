#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/decimal.hpp"
#include "rules/expression_functions.hpp"
#include "rules/expression_lexer.hpp"
#include "rules/expression_tree.hpp"

namespace evenkeel::rules {
namespace {

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

constexpr std::uint32_t kNone = ExpressionNode::kNone;

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_currency(std::string_view word) {
  return word.size() == 3 && std::all_of(word.begin(), word.end(), is_capital);
}

struct Comparison {
  std::string_view mark;
  Op op;
};
constexpr Comparison kComparisons[] = {{"<", Op::kLess},    {"<=", Op::kLessEqual},
                                       {">", Op::kGreater}, {">=", Op::kGreaterEqual},
                                       {"==", Op::kEqual},  {"!=", Op::kNotEqual}};

const Comparison* comparison_of(const Token& token) {
  for (const Comparison& comparison : kComparisons) {
    if (token.kind == TokenKind::kMark && token.text == comparison.mark) return &comparison;
  }
  return nullptr;
}

std::vector<std::string_view> function_names() {
  std::vector<std::string_view> names = {"min", "max", "abs"};
  for (const FunctionSpec& spec : kFunctionTable) names.push_back(spec.name);
  return names;
}

/// Recursive descent, one function a level. After the first syntax error it stops; names that are
/// not known are complained about and parsing goes on.
class Parser {
 public:
  Parser(ExpressionPlaces& places, const ExpressionScope& scope)
      : places_(places), scope_(scope), lexer_(places.text()) {
    advance();
  }

  std::optional<Expression> parse() {
    if (token_.kind == TokenKind::kEnd) fail(token_, "the condition is empty");
    condition();
    if (!failed_ && token_.kind != TokenKind::kEnd) unexpected_after_value();
    if (failed_ || unknown_name_) return std::nullopt;
    return std::move(expression_);
  }

 private:
  // --- tokens ---

  void advance() { token_ = lexer_.next(); }
  bool accept(std::string_view word) {
    if (!token_.is(word)) return false;
    advance();
    return true;
  }
  std::uint32_t fail(const Token& at, const std::string& message) {
    if (!failed_) places_.complain(at.begin, message);
    failed_ = true;
    return kNone;
  }
  std::string shown(const Token& token) const {
    const std::string_view whole = places_.text().substr(token.begin, token.end - token.begin);
    return absl::StrCat("'", to_absl(whole.substr(0, 40)), "'");
  }

  /// A word that some other language uses.
  static std::string_view meant_by(const Token& token) {
    constexpr std::pair<std::string_view, std::string_view> kOthers[] = {
        {"=", "=="}, {"&&", "and"}, {"&", "and"}, {"||", "or"},
        {"|", "or"}, {"!", "not"},  {"<>", "!="}, {"%", "%, right behind a number"}};
    for (const auto& [wrong, right] : kOthers) {
      if (token.text == wrong) return right;
    }
    return {};
  }
  std::uint32_t unexpected_value() {
    if (token_.kind == TokenKind::kEnd)
      return fail(token_, "the condition ends where a value is expected");
    if (token_.kind == TokenKind::kQuoted)
      return fail(token_,
                  absl::StrCat(shown(token_), " is a name; only functions take names, as in ",
                               "price('SPX')"));
    if (token_.kind == TokenKind::kWrong && (token_.text[0] == '\'' || token_.text[0] == '"'))
      return fail(token_, "this quote does not end");
    const std::string_view meant = meant_by(token_);
    return fail(token_, absl::StrCat("expected a value, found ", shown(token_),
                                     meant.empty() ? "" : "; write ", to_absl(meant)));
  }
  void unexpected_after_value() {
    const std::string_view meant = meant_by(token_);
    if (!meant.empty()) {
      fail(token_, absl::StrCat("unknown operator ", shown(token_), "; write ", to_absl(meant)));
      return;
    }
    if (comparison_of(token_) != nullptr) {
      fail(token_, "comparisons do not chain; write 'a < b and b < c'");
      return;
    }
    if (token_.is(")")) {
      fail(token_, "this ')' closes nothing");
      return;
    }
    std::string hint;
    if (token_.kind == TokenKind::kName) {
      constexpr std::string_view kUnits[] = {"pp", "bp", "ns", "us", "ms", "s", "m", "h", "d"};
      const bool unit =
          std::find(std::begin(kUnits), std::end(kUnits), token_.text) != std::end(kUnits);
      hint = unit ? "; a unit stands right behind its number"
                  : did_you_mean(token_.text, {"and", "or", "for", "not"});
    }
    fail(token_,
         absl::StrCat("expected an operator, 'and', 'or' or 'for' before ", shown(token_), hint));
  }

  // --- nodes ---

  std::uint32_t add(ExpressionNode node) {
    if (failed_) return kNone;
    expression_.nodes.push_back(node);
    return static_cast<std::uint32_t>(expression_.nodes.size() - 1);
  }
  ExpressionNode& at(std::uint32_t index) { return expression_.nodes[index]; }
  std::uint32_t binary(Op op, std::uint32_t left, std::uint32_t right) {
    if (failed_) return kNone;
    ExpressionNode node;
    node.op = op;
    node.left = left;
    node.right = right;
    node.begin = at(left).begin;
    node.end = at(right).end;
    return add(node);
  }
  std::uint32_t unary(Op op, std::uint32_t left, std::uint32_t begin, std::uint32_t end) {
    if (failed_) return kNone;
    ExpressionNode node;
    node.op = op;
    node.left = left;
    node.begin = begin;
    node.end = end;
    return add(node);
  }
  std::uint32_t constant(std::int64_t value, Type type, std::uint32_t begin, std::uint32_t end) {
    ExpressionNode node;
    node.value = value;
    node.type = type;
    node.begin = begin;
    node.end = end;
    return add(node);
  }

  /// One level of brackets or prefixes.
  class Deeper {
   public:
    explicit Deeper(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > Program::kDepthMax)
        parser_.fail(parser_.token_, absl::StrCat("the condition is nested more than ",
                                                  Program::kDepthMax, " deep"));
    }
    ~Deeper() { --parser_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    Parser& parser_;
  };

  // --- levels, from the loosest ---

  std::uint32_t condition() {
    std::uint32_t left = disjunction();
    while (!failed_ && accept("for")) {
      const Token number = token_;
      const DurationNs duration = duration_word("after 'for'");
      if (failed_) break;
      if (duration == 0) return fail(number, "a hold lasts longer than nothing");
      left = unary(Op::kHold, left, at(left).begin, number.end);
      if (!failed_) at(left).value = duration;
    }
    return left;
  }
  std::uint32_t disjunction() {
    std::uint32_t left = conjunction();
    while (!failed_ && accept("or")) left = binary(Op::kOr, left, conjunction());
    return left;
  }
  std::uint32_t conjunction() {
    std::uint32_t left = negation();
    while (!failed_ && accept("and")) left = binary(Op::kAnd, left, negation());
    return left;
  }
  std::uint32_t negation() {
    const Token word = token_;
    if (!accept("not")) return comparison();
    const Deeper deeper(*this);
    if (failed_) return kNone;
    const std::uint32_t operand = negation();
    return failed_ ? kNone : unary(Op::kNot, operand, word.begin, at(operand).end);
  }
  std::uint32_t comparison() {
    const std::uint32_t left = sum();
    const Comparison* found = failed_ ? nullptr : comparison_of(token_);
    if (found == nullptr) return left;
    advance();
    return binary(found->op, left, sum());
  }
  std::uint32_t sum() {
    std::uint32_t left = product();
    while (!failed_ && (token_.is("+") || token_.is("-"))) {
      const Op op = token_.is("+") ? Op::kAdd : Op::kSubtract;
      advance();
      left = binary(op, left, product());
    }
    return left;
  }
  std::uint32_t product() {
    std::uint32_t left = prefixed();
    while (!failed_ && (token_.is("*") || token_.is("/"))) {
      const Op op = token_.is("*") ? Op::kMultiply : Op::kDivide;
      advance();
      left = binary(op, left, prefixed());
    }
    return left;
  }
  std::uint32_t prefixed() {
    const Token minus = token_;
    if (!accept("-")) return primary();
    const Deeper deeper(*this);
    if (failed_) return kNone;
    const std::uint32_t operand = prefixed();
    if (failed_) return kNone;
    if (at(operand).op == Op::kConstant && at(operand).type.unit != Unit::kTimeOfDay) {
      at(operand).value = -at(operand).value;
      at(operand).begin = minus.begin;
      return operand;
    }
    return unary(Op::kNegate, operand, minus.begin, at(operand).end);
  }

  std::uint32_t primary() {
    const Token token = token_;
    if (accept("(")) return bracketed(token);
    if (token.kind == TokenKind::kNumber) {
      advance();
      return number(token);
    }
    if (token.kind == TokenKind::kClock) {
      advance();
      return clock(token);
    }
    if (token.kind != TokenKind::kName || token.is("and") || token.is("or") || token.is("for") ||
        token.is("not"))
      return unexpected_value();
    advance();
    if (is_currency(token.text) && token_.kind == TokenKind::kNumber) return money(token);
    if (!token_.is("(")) return lonely_name(token);
    if (token.is("min") || token.is("max")) return extreme(token);
    if (token.is("abs")) return absolute(token);
    return call(token);
  }

  std::uint32_t bracketed(const Token& open) {
    const Deeper deeper(*this);
    if (failed_) return kNone;
    const std::uint32_t inner = condition();
    const std::uint32_t end = close(open);
    if (failed_) return kNone;
    at(inner).begin = open.begin;
    at(inner).end = end;
    return inner;
  }
  /// Takes the ')' of the '(' at `open`; its end.
  std::uint32_t close(const Token& open) {
    const Token token = token_;
    if (failed_ || accept(")")) return token.end;
    if (token.kind == TokenKind::kEnd) {
      fail(open, "this '(' is not closed");
    } else {
      unexpected_after_value();
    }
    return token.end;
  }

  // --- literals ---

  std::uint32_t number(const Token& token) {
    std::size_t digits = 0;
    while (digits < token.text.size() &&
           ((token.text[digits] >= '0' && token.text[digits] <= '9') || token.text[digits] == '.'))
      ++digits;
    const std::string_view unit = token.text.substr(digits);
    if (unit.empty()) {
      const DecimalResult result = parse_decimal(token.text, kExpressionScale);
      if (!result.ok())
        return fail(token,
                    absl::StrCat(shown(token), " ", to_absl(decimal_error_text(result.error))));
      return constant(result.raw, {Unit::kNumber, {}}, token.begin, token.end);
    }
    constexpr std::pair<std::string_view, Unit> kShares[] = {
        {"%", Unit::kRatio}, {"pp", Unit::kPoints}, {"bp", Unit::kBasisPoints}};
    for (const auto& [name, type] : kShares) {
      if (unit != name) continue;
      const absl::StatusOr<Ratio> ratio = parse_ratio(token.text);
      if (!ratio.ok()) return fail(token, std::string(ratio.status().message()));
      return constant(ratio->raw(), {type, {}}, token.begin, token.end);
    }
    return duration_number(token, unit);
  }
  std::uint32_t duration_number(const Token& token, std::string_view unit) {
    static const std::vector<std::string_view> kUnits = {"ns", "us", "ms", "s", "m",
                                                         "h",  "d",  "pp", "bp"};
    if (unit == "k" || unit == "bn")
      return fail(token, absl::StrCat(shown(token), " has no currency; write it like 'USD 2",
                                      to_absl(unit), "'"));
    if (std::find(kUnits.begin(), kUnits.end(), unit) == kUnits.end())
      return fail(token, absl::StrCat("unknown unit '", to_absl(unit.substr(0, 40)), "' in ",
                                      shown(token), did_you_mean(unit, kUnits),
                                      "; it is one of: %, pp, bp, ns, us, ms, s, m, h, d"));
    const absl::StatusOr<DurationNs> duration = parse_duration(token.text);
    if (!duration.ok()) return fail(token, std::string(duration.status().message()));
    return constant(*duration, {Unit::kDuration, {}}, token.begin, token.end);
  }

  DurationNs duration_word(std::string_view where) {
    const Token token = token_;
    if (token.kind != TokenKind::kNumber) {
      fail(token, absl::StrCat("expected a duration like '30s' ", to_absl(where)));
      return 0;
    }
    advance();
    const absl::StatusOr<DurationNs> duration = parse_duration(token.text);
    if (!duration.ok()) fail(token, std::string(duration.status().message()));
    return duration.ok() ? *duration : 0;
  }

  /// "14:30" or "14:30:15".
  std::uint32_t clock(const Token& token) {
    const std::string_view text = token.text;
    const auto two = [&](std::size_t at, std::int64_t bound) -> std::int64_t {
      const DecimalResult result = parse_decimal(text.substr(at, 2), 1);
      return result.ok() && result.raw < bound ? result.raw : -1;
    };
    const bool form = (text.size() == 5 || text.size() == 8) && text[2] == ':' &&
                      (text.size() == 5 || text[5] == ':');
    const std::int64_t hours = form ? two(0, 24) : -1;
    const std::int64_t minutes = form ? two(3, 60) : -1;
    const std::int64_t seconds = text.size() == 8 && form ? two(6, 60) : 0;
    if (hours < 0 || minutes < 0 || seconds < 0)
      return fail(token,
                  absl::StrCat(shown(token), " is not a time of day; write it like '14:30'"));
    return constant(hours * kHour + minutes * kMinute + seconds * kSecond, {Unit::kTimeOfDay, {}},
                    token.begin, token.end);
  }

  std::uint32_t money(const Token& currency) {
    const Token token = token_;
    advance();
    const absl::StatusOr<Amount> amount =
        parse_amount(absl::StrCat(to_absl(currency.text), " ", to_absl(token.text)));
    if (!amount.ok()) return fail(currency, std::string(amount.status().message()));
    return constant(amount->money.raw(), {Unit::kMoney, amount->currency}, currency.begin,
                    token.end);
  }

  // --- names and calls ---

  std::uint32_t lonely_name(const Token& name) {
    std::string hint = did_you_mean(name.text, function_names());
    for (const FunctionSpec& spec : kFunctionTable) {
      if (spec.name == name.text) hint = absl::StrCat("; write ", to_absl(spec.example));
    }
    for (const std::string& sleeve : scope_.sleeves) {
      if (sleeve == name.text)
        hint = absl::StrCat("; write weight(", sleeve, ") or drift(", sleeve, ")");
    }
    for (const auto& instrument : scope_.instruments) {
      if (instrument.symbol == name.text)
        hint = absl::StrCat("; write price(", instrument.symbol, ")");
    }
    return fail(name, absl::StrCat("a name alone is no value: ", shown(name), hint));
  }

  std::uint32_t extreme(const Token& name) {
    const Token open = token_;
    advance();
    const Deeper deeper(*this);
    if (failed_) return kNone;
    std::uint32_t left = sum();
    int count = 1;
    for (; !failed_ && accept(","); ++count) {
      left = binary(name.is("min") ? Op::kMin : Op::kMax, left, sum());
    }
    const std::uint32_t end = close(open);
    if (failed_) return kNone;
    if (count == 1)
      return fail(name, absl::StrCat(to_absl(name.text), " takes two values or more"));
    at(left).begin = name.begin;
    at(left).end = end;
    return left;
  }

  std::uint32_t absolute(const Token& name) {
    const Token open = token_;
    advance();
    const Deeper deeper(*this);
    if (failed_) return kNone;
    const std::uint32_t operand = sum();
    if (!failed_ && token_.is(",")) return fail(token_, "abs takes one value");
    const std::uint32_t end = close(open);
    return failed_ ? kNone : unary(Op::kAbs, operand, name.begin, end);
  }

  std::uint32_t call(const Token& name) {
    const FunctionSpec* spec = nullptr;
    for (const FunctionSpec& one : kFunctionTable) {
      if (one.name == name.text) spec = &one;
    }
    if (spec == nullptr)
      return fail(name, absl::StrCat("unknown function ", shown(name),
                                     did_you_mean(name.text, function_names())));
    const Token open = token_;
    advance();
    ExpressionNode node;
    node.op = Op::kInput;
    node.begin = name.begin;
    node.input.function = spec->function;
    if (spec->function == Function::kVol) node.input.estimator = scope_.estimator;
    arguments(*spec, name, node);
    if (failed_) return kNone;
    node.end = close(open);
    if (!unknown_name_) node.type = expression_input_type(node.input, scope_);
    return add(node);
  }

  void arguments(const FunctionSpec& spec, const Token& name, ExpressionNode& node) {
    std::size_t taken = 0;
    const auto takes = [&](std::size_t i) {
      return i < spec.takes.size() ? spec.takes[i] : Parameter::kNone;
    };
    while (!failed_ && !token_.is(")") && token_.kind != TokenKind::kEnd) {
      if (taken > 0 && !accept(",")) {
        fail(token_, absl::StrCat("expected ',' or ')' before ", shown(token_)));
        return;
      }
      if (takes(taken) == Parameter::kNone) {
        wrong_count(spec, token_);
        return;
      }
      argument(takes(taken), node);
      ++taken;
    }
    const Parameter left = takes(taken);
    if (!failed_ && left != Parameter::kNone && left != Parameter::kEstimator)
      wrong_count(spec, name);
  }
  void wrong_count(const FunctionSpec& spec, const Token& place) {
    const bool none = spec.takes[0] == Parameter::kNone;
    fail(place, absl::StrCat(to_absl(spec.name), none ? " takes nothing: " : " is written like ",
                             to_absl(spec.example)));
  }

  void argument(Parameter parameter, ExpressionNode& node) {
    if (parameter == Parameter::kWindow) {
      const Token token = token_;
      node.input.window = duration_word("for the window");
      if (!failed_ && node.input.window == 0) fail(token, "the window is empty");
      return;
    }
    const Token token = token_;
    const bool name = token.kind == TokenKind::kName || token.kind == TokenKind::kQuoted ||
                      token.kind == TokenKind::kNumber;
    if (!name) {
      fail(token, absl::StrCat("expected a name, found ",
                               token.kind == TokenKind::kEnd ? "the end" : shown(token)));
      return;
    }
    advance();
    if (parameter == Parameter::kEstimator) {
      estimator(token, node);
    } else {
      subject(parameter, token, node);
    }
  }
  void estimator(const Token& token, ExpressionNode& node) {
    if (const auto found = find_estimator(token.text)) {
      node.input.estimator = *found;
      return;
    }
    std::string list;
    for (const std::string_view name : estimator_names())
      absl::StrAppend(&list, list.empty() ? "" : ", ", to_absl(name));
    unknown(token,
            absl::StrCat("unknown estimator ", shown(token),
                         did_you_mean(token.text, estimator_names()), "; it is one of: ", list));
  }
  void subject(Parameter parameter, const Token& token, ExpressionNode& node) {
    std::vector<std::string_view> names;
    std::string_view what;
    if (parameter == Parameter::kSleeve) {
      what = "sleeve";
      names.assign(scope_.sleeves.begin(), scope_.sleeves.end());
    } else if (parameter == Parameter::kSignal) {
      what = "signal";
      for (const auto& signal : scope_.signals) names.push_back(signal.name);
    } else {
      what = "instrument";
      for (const auto& instrument : scope_.instruments) names.push_back(instrument.symbol);
    }
    const auto found = std::find(names.begin(), names.end(), token.text);
    if (found == names.end()) {
      unknown(token, absl::StrCat("unknown ", to_absl(what), " ", shown(token),
                                  did_you_mean(token.text, names)));
      return;
    }
    const auto index = static_cast<std::uint32_t>(found - names.begin());
    const bool second = node.input.subject != ExpressionInput::kNone;
    (second ? node.input.other : node.input.subject) = index;
  }
  /// A name that is not known: said, and parsing goes on to find more.
  void unknown(const Token& token, const std::string& message) {
    if (!failed_) places_.complain(token.begin, message);
    unknown_name_ = true;
  }

  ExpressionPlaces& places_;
  const ExpressionScope& scope_;
  ExpressionLexer lexer_;
  Token token_;
  Expression expression_;
  int depth_ = 0;
  bool failed_ = false;
  bool unknown_name_ = false;
};

}  // namespace

Position ExpressionPlaces::position(std::size_t offset) const {
  Position at = origin_;
  for (std::size_t i = 0; i < offset && i < text_.size(); ++i) {
    if (text_[i] == '\n') {
      ++at.line;
      at.column = 1;
    } else if ((static_cast<unsigned char>(text_[i]) & 0xc0U) != 0x80U) {
      ++at.column;
    }
  }
  return at;
}

std::optional<Expression> parse_expression(ExpressionPlaces& places, const ExpressionScope& scope) {
  if (places.text().size() > Program::kTextMax) {
    places.complain(0, absl::StrCat("the condition is longer than ", Program::kTextMax, " bytes"));
    return std::nullopt;
  }
  return Parser(places, scope).parse();
}

std::optional<Expression> read_expression(std::string_view text, const ExpressionScope& scope,
                                          std::string_view file, Position origin,
                                          Complaints& complaints) {
  ExpressionPlaces places(text, file, origin, complaints);
  std::optional<Expression> expression = parse_expression(places, scope);
  if (!expression || !check_expression(places, *expression)) return std::nullopt;
  return expression;
}

}  // namespace evenkeel::rules
