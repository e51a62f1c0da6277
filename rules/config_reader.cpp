#include "rules/config_reader.hpp"

#include <algorithm>
#include <exception>
#include <tuple>
#include <utility>

#include <toml++/toml.h>

#include "absl/strings/str_cat.h"
#include "core/decimal.hpp"

namespace evenkeel::rules {
namespace detail {

enum class Kind : std::uint8_t {
  kTable,
  kArray,
  kString,
  kInteger,
  kFloat,
  kBoolean,
  kDate,
  kOther
};

/// One node of the file, in file order, independent of the parser it came from.
struct Node {
  std::string key;  // empty for elements and the root
  Position key_position;
  Position position;
  Kind kind = Kind::kOther;
  std::string text;  // strings: the content; numbers: the source text; dates: as printed
  std::int64_t integer = 0;
  bool boolean = false;
  std::int32_t date = 0;
  std::string path;
  std::vector<std::unique_ptr<Node>> children;
  // Tables: which keys somebody asked for. Asking does not change what the file says.
  mutable std::vector<std::string> asked;

  const Node* child(std::string_view name) const {
    for (const auto& c : children) {
      if (c->key == name) return c.get();
    }
    return nullptr;
  }
  bool was_asked(std::string_view name) const {
    return std::find(asked.begin(), asked.end(), name) != asked.end();
  }
  void ask(std::string_view name) const {
    if (!was_asked(name)) asked.emplace_back(name);
  }
};

struct Document {
  std::string file;
  Complaints* complaints = nullptr;
  Node root;
  bool syntax_ok = false;
};

}  // namespace detail

namespace {

using detail::Document;
using detail::Kind;
using detail::Node;

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

bool ends_with(std::string_view text, std::string_view ending) { return text.ends_with(ending); }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Finds the bytes at a line and column, where columns count characters.
class Source {
 public:
  explicit Source(std::string_view text) : text_(text) {
    starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') starts_.push_back(i + 1);
    }
  }
  std::string_view from(Position at) const {
    if (at.line == 0 || at.line > starts_.size()) return {};
    std::size_t i = starts_[at.line - 1];
    for (std::uint32_t column = 1; column < at.column && i < text_.size(); ++column) {
      ++i;
      while (i < text_.size() && (static_cast<unsigned char>(text_[i]) & 0xC0U) == 0x80U) ++i;
    }
    return text_.substr(std::min(i, text_.size()));
  }
  /// The number written at a position, without the underscores TOML allows in it.
  std::string number_at(Position at) const {
    std::string number;
    for (const char c : from(at)) {
      const bool part = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || c == '_' ||
                        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!part) break;
      if (c != '_') number.push_back(c);
    }
    return number;
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

Position position_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

std::int32_t yyyymmdd(const toml::date& date) {
  return static_cast<std::int32_t>(date.year) * 10'000 +
         static_cast<std::int32_t>(date.month) * 100 + static_cast<std::int32_t>(date.day);
}

void convert(const toml::node& from, const Source& source, Node& to);

void add_child(const toml::node& from, const Source& source, Node& parent, std::string key,
               Position key_position) {
  auto child = std::make_unique<Node>();
  child->path = parent.path.empty() ? key : key.empty() ? parent.path : parent.path + "." + key;
  child->key = std::move(key);
  child->key_position = key_position;
  convert(from, source, *child);
  parent.children.push_back(std::move(child));
}

void convert_children(const toml::node& from, const Source& source, Node& to) {
  if (const toml::array* array = from.as_array()) {
    to.kind = Kind::kArray;
    for (const toml::node& element : *array)
      add_child(element, source, to, "", position_of(element.source()));
    return;
  }
  to.kind = Kind::kTable;
  for (const auto& [key, node] : *from.as_table()) {
    add_child(node, source, to, std::string(key.str()), position_of(key.source()));
  }
  // toml++ sorts keys by name; what people wrote has an order.
  std::stable_sort(to.children.begin(), to.children.end(), [](const auto& a, const auto& b) {
    return std::pair(a->key_position.line, a->key_position.column) <
           std::pair(b->key_position.line, b->key_position.column);
  });
}

void convert(const toml::node& from, const Source& source, Node& to) {
  to.position = position_of(from.source());
  if (from.is_table() || from.is_array()) {
    convert_children(from, source, to);
  } else if (const auto* string = from.as_string()) {
    to.kind = Kind::kString;
    to.text = string->get();
  } else if (const auto* integer = from.as_integer()) {
    to.kind = Kind::kInteger;
    to.integer = integer->get();
    to.text = absl::StrCat(to.integer);
  } else if (from.is_floating_point()) {
    to.kind = Kind::kFloat;
    to.text = source.number_at(to.position);
  } else if (const auto* boolean = from.as_boolean()) {
    to.kind = Kind::kBoolean;
    to.boolean = boolean->get();
  } else if (const auto* date = from.as_date()) {
    to.kind = Kind::kDate;
    to.date = yyyymmdd(date->get());
  }
}

std::string_view kind_text(Kind kind) {
  switch (kind) {
    case Kind::kTable:
      return "a table";
    case Kind::kArray:
      return "a list";
    case Kind::kString:
      return "a string";
    case Kind::kInteger:
    case Kind::kFloat:
      return "a number";
    case Kind::kBoolean:
      return "true or false";
    case Kind::kDate:
      return "a date";
    case Kind::kOther:
      return "a time";
  }
  return "?";
}

absl::Status invalid(std::string_view text, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("'", to_absl(text), "' ", to_absl(what)));
}

/// Splits a number from the unit behind it: "1.5bn" -> 1.5, bn; "5 pp" -> 5, pp.
std::pair<std::string_view, std::string_view> split_unit(std::string_view text) {
  text = trim(text);
  std::size_t end = 0;
  while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.' ||
                               text[end] == '+' || text[end] == '-')) {
    ++end;
  }
  return {text.substr(0, end), trim(text.substr(end))};
}

std::string without_underscores(std::string_view text) {
  std::string plain(text);
  std::erase(plain, '_');
  return plain;
}

/// number x factor at T's scale; the factor is a power of ten or another small whole number.
absl::StatusOr<std::int64_t> scaled(std::string_view whole_text, std::string_view number,
                                    std::int64_t scale) {
  const DecimalResult result = parse_decimal(number, scale);
  if (!result.ok()) return invalid(whole_text, decimal_error_text(result.error));
  return result.raw;
}

struct Unit {
  std::string_view name;
  std::int64_t one;  // raw units of one
};

std::string units_text(RatioUnits units) {
  std::string text;
  const auto add = [&](RatioUnits unit, const char* example) {
    if ((static_cast<unsigned>(units) & static_cast<unsigned>(unit)) == 0) return;
    absl::StrAppend(&text, text.empty() ? "" : " or ", example);
  };
  add(RatioUnits::kPoints, "'5pp' (percentage points)");
  add(RatioUnits::kPercent, "'60%'");
  add(RatioUnits::kBasisPoints, "'10bp'");
  return text;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      };
      const std::size_t change = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + change});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

// --- Complaints ------------------------------------------------------------------------------

std::string Complaint::text() const {
  std::string text = file;
  if (position.line != 0) absl::StrAppend(&text, ":", position.line, ":", position.column);
  absl::StrAppend(&text, ": ");
  if (severity == Severity::kWarning) absl::StrAppend(&text, "warning: ");
  if (severity == Severity::kNote) absl::StrAppend(&text, "note: ");
  return absl::StrCat(text, message);
}

void Complaints::add(Severity severity, std::string_view file, Position position,
                     std::string message) {
  if (severity == Severity::kError) ++error_count_;
  if (all_.size() == kMax) {
    ++dropped_;
    return;
  }
  all_.push_back({severity, std::string(file), position, std::move(message)});
}

void Complaints::sort() {
  std::stable_sort(all_.begin(), all_.end(), [](const Complaint& a, const Complaint& b) {
    return std::tie(a.file, a.position.line, a.position.column) <
           std::tie(b.file, b.position.line, b.position.column);
  });
}

absl::Status Complaints::status() const {
  if (ok()) return absl::OkStatus();
  std::string text;
  for (const Complaint& complaint : all_) {
    if (complaint.severity != Severity::kError) continue;
    absl::StrAppend(&text, text.empty() ? "" : "\n", complaint.text());
  }
  if (dropped_ > 0) absl::StrAppend(&text, "\n", "... and ", dropped_, " more");
  return absl::InvalidArgumentError(text);
}

// --- Texts with units ------------------------------------------------------------------------

absl::StatusOr<Ratio> parse_ratio(std::string_view text, RatioUnits units) {
  const auto [number, unit] = split_unit(text);
  RatioUnits found{};
  std::int64_t one = 0;
  if (unit == "%") {
    found = RatioUnits::kPercent;
    one = Ratio::kScale / 100;
  } else if (unit == "pp") {
    found = RatioUnits::kPoints;
    one = Ratio::kScale / 100;
  } else if (unit == "bp") {
    found = RatioUnits::kBasisPoints;
    one = Ratio::kScale / 10'000;
  }
  if (one == 0 || (static_cast<unsigned>(units) & static_cast<unsigned>(found)) == 0) {
    const bool no_unit = unit.empty() && !number.empty();
    return invalid(text, absl::StrCat(no_unit ? "has no unit" : "has another unit",
                                      "; write it like ", units_text(units)));
  }
  const auto raw = scaled(text, number, one);
  if (!raw.ok()) return raw.status();
  return Ratio::from_raw(*raw);
}

absl::StatusOr<DurationNs> parse_duration(std::string_view text) {
  constexpr Unit kUnits[] = {{"ns", 1},          {"us", kMicrosecond}, {"ms", kMillisecond},
                             {"s", kSecond},     {"m", kMinute},       {"h", kHour},
                             {"d", kCalendarDay}};
  constexpr DurationNs kMax = 36'500 * kCalendarDay;
  const auto [number, unit] = split_unit(text);
  for (const Unit& known : kUnits) {
    if (unit != known.name) continue;
    // Minutes and longer are not powers of ten: parse at 10^-9 and multiply.
    const auto raw = scaled(text, number, 1'000'000'000);
    if (!raw.ok()) return raw.status();
    const Int128 ns = static_cast<Int128>(*raw) * known.one;
    if (ns < 0) return invalid(text, "is negative");
    if (ns % 1'000'000'000 != 0) return invalid(text, "is finer than a nanosecond");
    if (ns / 1'000'000'000 > kMax) return invalid(text, "is longer than a hundred years");
    return static_cast<DurationNs>(ns / 1'000'000'000);
  }
  return invalid(text, unit.empty() && !number.empty()
                           ? "has no unit; write it like '250ms', '30s', '5m' or '2h'"
                           : "is not a duration; write it like '250ms', '30s', '5m' or '2h'");
}

absl::StatusOr<Amount> parse_amount(std::string_view text) {
  constexpr std::string_view kForm = "is not an amount; write it like 'USD 250k', 'EUR 1.5m'";
  const std::string_view trimmed = trim(text);
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (trimmed.size() < 4 || !std::all_of(trimmed.begin(), trimmed.begin() + 3, capital) ||
      capital(trimmed[3])) {
    return invalid(text, kForm);
  }
  Amount amount;
  amount.currency.assign(trimmed.substr(0, 3));
  const auto [number, unit] = split_unit(trimmed.substr(3));
  constexpr Unit kUnits[] = {{"", 1}, {"k", 1'000}, {"m", 1'000'000}, {"bn", 1'000'000'000}};
  for (const Unit& known : kUnits) {
    if (unit != known.name) continue;
    const auto raw = scaled(text, without_underscores(number), Money::kScale * known.one);
    if (!raw.ok()) return raw.status();
    amount.money = Money::from_raw(*raw);
    return amount;
  }
  return invalid(text, kForm);
}

std::string_view nearest_name(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view best;
  // A short word has few letters to get wrong; "wiat" for "wait" costs two.
  const std::size_t distance_max = word.size() < 4 ? 1 : word.size() < 9 ? 2 : 3;
  std::size_t best_distance = distance_max + 1;
  if (word.size() > 64) return best;
  for (const std::string_view name : known) {
    if (name.size() > 64) continue;
    const std::size_t distance = edit_distance(word, name);
    if (distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string_view nearest = nearest_name(word, known);
  if (nearest.empty()) return {};
  return absl::StrCat(" (did you mean '", to_absl(nearest), "'?)");
}

// --- Value -----------------------------------------------------------------------------------

Position Value::position() const { return node_ == nullptr ? Position{} : node_->position; }
std::string_view Value::key() const {
  return node_ == nullptr ? std::string_view{} : std::string_view(node_->key);
}
bool Value::is_string() const { return node_ != nullptr && node_->kind == Kind::kString; }
bool Value::is_table() const { return node_ != nullptr && node_->kind == Kind::kTable; }
bool Value::is_array() const { return node_ != nullptr && node_->kind == Kind::kArray; }

namespace {

/// A message with the dotted path of what it is about; the root has none.
std::string placed(const Node& node, const std::string& message) {
  return node.path.empty() ? message : absl::StrCat(node.path, ": ", message);
}

}  // namespace

void Value::complain(const std::string& message) const {
  if (node_ == nullptr) return;
  document_->complaints->error(document_->file, node_->position, placed(*node_, message));
}
void Value::warn(const std::string& message) const {
  if (node_ == nullptr) return;
  document_->complaints->warning(document_->file, node_->position, placed(*node_, message));
}

namespace {

std::string expected(std::string_view what, Kind found) {
  return absl::StrCat("expected ", to_absl(what), ", found ", to_absl(kind_text(found)));
}

}  // namespace

std::optional<std::string> Value::string() const {
  if (node_ == nullptr) return std::nullopt;
  if (node_->kind != Kind::kString) {
    complain(expected("a string", node_->kind));
    return std::nullopt;
  }
  return node_->text;
}

std::optional<std::string> Value::checked_text(std::size_t bytes_max) const {
  std::optional<std::string> content = string();
  if (!content) return std::nullopt;
  if (content->empty()) {
    complain("must not be empty");
    return std::nullopt;
  }
  if (content->size() > bytes_max) {
    complain(absl::StrCat("'", *content, "' is longer than ", bytes_max, " characters"));
    return std::nullopt;
  }
  if (content->find('\0') != std::string::npos) {
    complain("contains a zero byte");
    return std::nullopt;
  }
  return content;
}

std::optional<bool> Value::boolean() const {
  if (node_ == nullptr) return std::nullopt;
  if (node_->kind != Kind::kBoolean) {
    complain(expected("true or false", node_->kind));
    return std::nullopt;
  }
  return node_->boolean;
}

std::optional<std::int64_t> Value::integer(std::int64_t min, std::int64_t max) const {
  if (node_ == nullptr) return std::nullopt;
  if (node_->kind != Kind::kInteger) {
    complain(expected("a whole number", node_->kind));
    return std::nullopt;
  }
  if (node_->integer < min || node_->integer > max) {
    complain(absl::StrCat(node_->integer, " is not within ", min, " to ", max));
    return std::nullopt;
  }
  return node_->integer;
}

std::optional<Ratio> Value::ratio(RatioUnits units) const {
  if (node_ == nullptr) return std::nullopt;
  std::string text = node_->text;
  if (node_->kind == Kind::kInteger || node_->kind == Kind::kFloat) {
    const std::string_view unit = ends_with(node_->key, "_bp")        ? "bp"
                                  : ends_with(node_->key, "_pp")      ? "pp"
                                  : ends_with(node_->key, "_percent") ? "%"
                                                                      : "";
    absl::StrAppend(&text, to_absl(unit));
    if (!unit.empty()) units = RatioUnits::kAny;
  } else if (node_->kind != Kind::kString) {
    complain(expected(units_text(units), node_->kind));
    return std::nullopt;
  }
  const absl::StatusOr<Ratio> ratio = parse_ratio(text, units);
  if (!ratio.ok()) {
    complain(std::string(ratio.status().message()));
    return std::nullopt;
  }
  return *ratio;
}

std::optional<Amount> Value::amount() const {
  if (node_ == nullptr) return std::nullopt;
  if (node_->kind != Kind::kString) {
    complain(expected("an amount like 'USD 250k'", node_->kind));
    return std::nullopt;
  }
  const absl::StatusOr<Amount> amount = parse_amount(node_->text);
  if (!amount.ok()) {
    complain(std::string(amount.status().message()));
    return std::nullopt;
  }
  return *amount;
}

template <class T>
std::optional<T> Value::exact(std::string_view what) const {
  if (node_ == nullptr) return std::nullopt;
  if (node_->kind != Kind::kString && node_->kind != Kind::kInteger &&
      node_->kind != Kind::kFloat) {
    complain(expected(what, node_->kind));
    return std::nullopt;
  }
  const DecimalResult result = parse_decimal(without_underscores(trim(node_->text)), T::kScale);
  if (!result.ok()) {
    complain(absl::StrCat("'", node_->text, "' ", to_absl(decimal_error_text(result.error))));
    return std::nullopt;
  }
  return T::from_raw(result.raw);
}

std::optional<Ratio> Value::number() const { return exact<Ratio>("a number"); }
std::optional<Price> Value::price() const { return exact<Price>("a price"); }
std::optional<Quantity> Value::quantity() const { return exact<Quantity>("a quantity"); }
std::optional<Multiplier> Value::multiplier() const { return exact<Multiplier>("a multiplier"); }

std::optional<DurationNs> Value::duration() const {
  if (node_ == nullptr) return std::nullopt;
  std::string text = node_->text;
  if (node_->kind == Kind::kInteger || node_->kind == Kind::kFloat) {
    if (ends_with(node_->key, "_ms")) {
      text += "ms";
    } else if (ends_with(node_->key, "_s")) {
      text += "s";
    }
  } else if (node_->kind != Kind::kString) {
    complain(expected("a duration like '30s'", node_->kind));
    return std::nullopt;
  }
  const absl::StatusOr<DurationNs> duration = parse_duration(text);
  if (!duration.ok()) {
    complain(std::string(duration.status().message()));
    return std::nullopt;
  }
  return *duration;
}

std::optional<std::int32_t> Value::date() const {
  if (node_ == nullptr) return std::nullopt;
  if (node_->kind == Kind::kDate) return node_->date;
  if (node_->kind == Kind::kString && node_->text.size() == 10 && node_->text[4] == '-' &&
      node_->text[7] == '-') {
    const DecimalResult digits = parse_decimal(
        node_->text.substr(0, 4) + node_->text.substr(5, 2) + node_->text.substr(8, 2), 1);
    const std::int64_t month = digits.raw / 100 % 100, day = digits.raw % 100;
    if (digits.ok() && digits.raw > 10'000'000 && month >= 1 && month <= 12 && day >= 1 &&
        day <= 31)
      return static_cast<std::int32_t>(digits.raw);
  }
  complain(node_->kind == Kind::kString
               ? absl::StrCat("'", node_->text, "' is not a date; write it like 2026-12-18")
               : expected("a date like 2026-12-18", node_->kind));
  return std::nullopt;
}

std::optional<std::size_t> Value::one_of(const std::vector<std::string_view>& names) const {
  const std::optional<std::string> word = string();
  if (!word) return std::nullopt;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == *word) return i;
  }
  std::string list;
  for (const std::string_view name : names)
    absl::StrAppend(&list, list.empty() ? "" : ", ", to_absl(name));
  const std::string hint = did_you_mean(*word, names);
  complain(absl::StrCat("unknown value '", *word, "'", hint, "; it is one of: ", list));
  return std::nullopt;
}

std::vector<Value> Value::array() const {
  std::vector<Value> values;
  if (node_ == nullptr) return values;
  if (node_->kind != Kind::kArray) {
    complain(expected("a list", node_->kind));
    return values;
  }
  for (const auto& child : node_->children) values.push_back(Value(document_, child.get()));
  return values;
}

std::vector<std::string> Value::strings() const {
  std::vector<std::string> all;
  for (const Value& value : array()) {
    if (std::optional<std::string> text = value.string()) all.push_back(std::move(*text));
  }
  return all;
}

std::optional<Table> Value::table() const {
  if (node_ == nullptr) return std::nullopt;
  if (node_->kind != Kind::kTable) {
    complain(expected("a table", node_->kind));
    return std::nullopt;
  }
  return Table(document_, node_);
}

// --- Table -----------------------------------------------------------------------------------

std::string_view Table::name() const { return node_->path; }
std::string_view Table::file() const { return document_->file; }
Position Table::position() const { return node_->position; }
bool Table::has(std::string_view key) const { return node_->child(key) != nullptr; }

void Table::complain(const std::string& message) const {
  Value(document_, node_).complain(message);
}
void Table::warn(const std::string& message) const { Value(document_, node_).warn(message); }

Value Table::get(std::string_view key) const {
  node_->ask(key);
  const Node* child = node_->child(key);
  return child == nullptr ? Value() : Value(document_, child);
}

Value Table::require(std::string_view key) const {
  const Value value = get(key);
  if (!value.present()) {
    const std::string where = node_->path.empty() ? "" : absl::StrCat("[", node_->path, "]: ");
    document_->complaints->error(document_->file, node_->position,
                                 absl::StrCat(where, "missing key '", to_absl(key), "'"));
  }
  return value;
}

std::optional<Table> Table::table(std::string_view key) const { return get(key).table(); }

std::vector<Table> Table::tables(std::string_view key) const {
  std::vector<Table> tables;
  for (const Value& value : get(key).array()) {
    if (const std::optional<Table> table = value.table()) tables.push_back(*table);
  }
  return tables;
}

std::vector<Table::Named> Table::named_tables() const {
  std::vector<Named> named;
  for (const auto& child : node_->children) {
    if (child->kind != Kind::kTable || node_->was_asked(child->key)) continue;
    named.push_back({child->key, Table(document_, child.get())});
  }
  for (const Named& one : named) node_->ask(one.name);
  return named;
}

std::vector<Value> Table::entries() const {
  std::vector<Value> values;
  for (const auto& child : node_->children) {
    node_->ask(child->key);
    values.push_back(Value(document_, child.get()));
  }
  return values;
}

// --- Config ----------------------------------------------------------------------------------

Config::Config(std::unique_ptr<Document> document) : document_(std::move(document)) {}
Config::Config(Config&&) noexcept = default;
Config& Config::operator=(Config&&) noexcept = default;
Config::~Config() = default;

bool Config::syntax_ok() const { return document_->syntax_ok; }
Table Config::root() const { return Table(document_.get(), &document_->root); }
std::string_view Config::file() const { return document_->file; }

Config Config::parse(std::string_view text, std::string_view file, Complaints& complaints) {
  auto document = std::make_unique<Document>();
  document->file = file;
  document->complaints = &complaints;
  document->root.kind = Kind::kTable;
  document->root.position = {1, 1};
  if (text.size() > kBytesMax) {
    complaints.error(file, {}, absl::StrCat("the file is larger than ", kBytesMax, " bytes"));
    return Config(std::move(document));
  }
  // Debian's toml++ reports errors by exception; it ends here.
  try {
    const toml::table table = toml::parse(text, file);
    convert_children(table, Source(text), document->root);
    document->syntax_ok = true;
  } catch (const toml::parse_error& error) {
    complaints.error(file, position_of(error.source()), std::string(error.description()));
  } catch (const std::exception& error) {
    complaints.error(file, {}, error.what());
  }
  return Config(std::move(document));
}

namespace {

void complain_unasked(const Document& document, const Node& node) {
  if (node.kind == Kind::kArray) {
    for (const auto& child : node.children) complain_unasked(document, *child);
    return;
  }
  if (node.kind != Kind::kTable) return;
  const std::vector<std::string_view> known(node.asked.begin(), node.asked.end());
  for (const auto& child : node.children) {
    if (node.was_asked(child->key)) {
      complain_unasked(document, *child);
      continue;
    }
    const std::string where = node.path.empty() ? "" : absl::StrCat("[", node.path, "]: ");
    document.complaints->error(
        document.file, child->key_position,
        absl::StrCat(where, "unknown key '", child->key, "'", did_you_mean(child->key, known)));
  }
}

}  // namespace

void Config::finish() {
  if (document_->syntax_ok) complain_unasked(*document_, document_->root);
}

}  // namespace evenkeel::rules
