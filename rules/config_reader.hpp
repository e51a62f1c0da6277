// Reading a configuration file: TOML into typed values with units, exactly, and each complaint with
// its file, line and column. Several complaints are collected, not just the first; keys that nobody
// asked for are complaints too ("did you mean ...?"). Never touches floating point, never guesses a
// unit, never changes anything outside. For files at the edge, not for the hot path.
//
//   Complaints complaints;
//   Config config = Config::parse(text, "limits.toml", complaints);
//   Table root = config.root();
//   auto symbol = root.require("symbol").string();           // optional<string>; absent: a
//   complaint auto tick = root.get("tick").price().value_or(kCent);    // absent: no complaint for
//   (Table item : root.tables("instrument")) ...         // [[instrument]], in file order
//   config.finish();                                         // keys nobody asked for
//   if (!complaints.ok()) return complaints.status();
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/text.hpp"
#include "core/time.hpp"
#include "core/units.hpp"

namespace evenkeel::rules {

/// Both count from one, the column in characters. Zero: the file as a whole.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

enum class Severity : std::uint8_t { kNote = 0, kWarning, kError };

struct Complaint {
  Severity severity = Severity::kError;
  std::string file;
  Position position;
  std::string message;
  /// "file:line:column: message"; warnings and notes say so before the message.
  std::string text() const;
};

/// What was found wrong, in the order of finding. Bounded: after `kMax` only the count grows.
class Complaints {
 public:
  static constexpr std::size_t kMax = 64;

  void add(Severity severity, std::string_view file, Position position, std::string message);
  void error(std::string_view file, Position position, std::string message) {
    add(Severity::kError, file, position, std::move(message));
  }
  void warning(std::string_view file, Position position, std::string message) {
    add(Severity::kWarning, file, position, std::move(message));
  }
  /// No errors; warnings do not count.
  bool ok() const { return error_count_ == 0; }
  std::size_t error_count() const { return error_count_; }
  const std::vector<Complaint>& all() const { return all_; }
  /// Orders what is held by file and position.
  void sort();
  /// OK, or InvalidArgument with every error, a line each.
  absl::Status status() const;

 private:
  std::vector<Complaint> all_;
  std::size_t error_count_ = 0;
  std::size_t dropped_ = 0;
};

/// Which units a key takes; OR them.
enum class RatioUnits : std::uint8_t { kPercent = 1, kPoints = 2, kBasisPoints = 4, kAny = 7 };
constexpr RatioUnits operator|(RatioUnits a, RatioUnits b) {
  return static_cast<RatioUnits>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

/// "60%", "5pp", "10bp", signed. Error: no unit, another unit, not a number, more than 10^-9.
absl::StatusOr<Ratio> parse_ratio(std::string_view text, RatioUnits units = RatioUnits::kAny);
/// "250ms", "30s", "5m", "2h", "10us", "3d". Error: no unit, negative, not a number, over 100
/// years.
absl::StatusOr<DurationNs> parse_duration(std::string_view text);

/// An amount with its currency: "USD 2m", "USD 250k", "EUR 1.5bn", "USD 1500".
struct Amount {
  Text<4> currency;
  Money money;
};
absl::StatusOr<Amount> parse_amount(std::string_view text);

/// The name in `known` nearest to `word`, when it is near enough to be meant; empty otherwise.
std::string_view nearest_name(std::string_view word, const std::vector<std::string_view>& known);
/// " (did you mean 'x'?)" or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

namespace detail {
struct Document;
struct Node;
}  // namespace detail

class Table;

/// One value of the file, or its absence. Getters of an absent value return nothing and do not
/// complain; of a value of the wrong kind they complain and return nothing. Cheap to copy; valid
/// while the Config lives.
class Value {
 public:
  Value() = default;
  bool present() const { return node_ != nullptr; }
  Position position() const;
  std::string_view key() const;

  std::optional<std::string> string() const;
  /// A non-empty string of at most kBytes without zero bytes.
  template <std::size_t kBytes>
  std::optional<Text<kBytes>> text() const;
  std::optional<bool> boolean() const;
  /// Error: outside [min, max].
  std::optional<std::int64_t> integer(std::int64_t min = INT64_MIN,
                                      std::int64_t max = INT64_MAX) const;
  /// "60%", "5pp", "10bp". A bare number is an error unless the key ends in _bp, _pp or _percent.
  std::optional<Ratio> ratio(RatioUnits units = RatioUnits::kAny) const;
  /// A plain number of no unit (a beta, a lambda): 0.94 or "0.94", exact.
  std::optional<Ratio> number() const;
  /// "USD 2m".
  std::optional<Amount> amount() const;
  /// Exact decimals: 0.25, "0.25" or 3; a TOML float is read from its source text.
  std::optional<Price> price() const;
  std::optional<Quantity> quantity() const;
  std::optional<Multiplier> multiplier() const;
  /// "250ms", "30s", "5m", "2h". A bare number is an error unless the key ends in _ms or _s.
  std::optional<DurationNs> duration() const;
  /// A TOML date or "2026-12-18", as 20261218.
  std::optional<std::int32_t> date() const;
  /// One of `names`, as its index.
  std::optional<std::size_t> one_of(const std::vector<std::string_view>& names) const;
  /// Elements in order; empty when absent. Error: not an array.
  std::vector<Value> array() const;
  /// Error: not an array of strings.
  std::vector<std::string> strings() const;
  std::optional<Table> table() const;
  bool is_string() const;
  bool is_table() const;
  bool is_array() const;

  /// An error (or a warning) at this value: "file:line:column: key: message".
  void complain(const std::string& message) const;
  void warn(const std::string& message) const;

 private:
  friend class Table;
  friend class Config;
  Value(detail::Document* document, const detail::Node* node) : document_(document), node_(node) {}
  template <class T>
  std::optional<T> exact(std::string_view what) const;
  std::optional<std::string> checked_text(std::size_t bytes_max) const;

  detail::Document* document_ = nullptr;
  const detail::Node* node_ = nullptr;
};

/// A table of the file. Asking for a key makes it known; `Config::finish` complains about the rest.
class Table {
 public:
  /// The value of a key, or an absent value.
  Value get(std::string_view key) const;
  /// The same; absence is a complaint at the table.
  Value require(std::string_view key) const;
  /// A sub-table; nothing when absent. Error: not a table.
  std::optional<Table> table(std::string_view key) const;
  /// The tables of `[[key]]`, in file order; empty when absent. Error: not an array of tables.
  std::vector<Table> tables(std::string_view key) const;
  /// The sub-tables `[this.NAME]` that nobody has asked for yet, in file order; their names become
  /// known.
  struct Named;
  std::vector<Named> named_tables() const;
  /// All keys in file order, each marked as known.
  std::vector<Value> entries() const;
  bool has(std::string_view key) const;

  /// The dotted path ("sleeve.equity"), empty for the root.
  std::string_view name() const;
  std::string_view file() const;
  Position position() const;
  void complain(const std::string& message) const;
  void warn(const std::string& message) const;

 private:
  friend class Value;
  friend class Config;
  Table(detail::Document* document, const detail::Node* node) : document_(document), node_(node) {}

  detail::Document* document_;
  const detail::Node* node_;
};

struct Table::Named {
  std::string name;
  Table table;
};

/// A parsed file. Owns what its tables and values show. Movable; views stay valid across a move.
class Config {
 public:
  static constexpr std::size_t kBytesMax = 16 * 1024 * 1024;

  /// A syntax error is a complaint; the root is then empty and `syntax_ok()` false. `complaints`
  /// outlives the config.
  static Config parse(std::string_view text, std::string_view file, Complaints& complaints);
  Config(Config&&) noexcept;
  Config& operator=(Config&&) noexcept;
  ~Config();

  bool syntax_ok() const;
  Table root() const;
  std::string_view file() const;
  /// Complains about each key that nobody asked for. Call once, after reading; does nothing after a
  /// syntax error.
  void finish();

 private:
  explicit Config(std::unique_ptr<detail::Document> document);
  std::unique_ptr<detail::Document> document_;
};

template <std::size_t kBytes>
std::optional<Text<kBytes>> Value::text() const {
  const std::optional<std::string> content = checked_text(kBytes);
  Text<kBytes> text;
  if (!content || !text.assign(*content)) return std::nullopt;
  return text;
}

}  // namespace evenkeel::rules
