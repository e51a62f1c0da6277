#include "apps/config/holdings_csv.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "apps/config/csv.hpp"
#include "core/decimal.hpp"
#include "core/market.hpp"

namespace evenkeel::apps {
namespace {

using rules::Position;

enum Column : std::size_t { kSymbol = 0, kShares, kPrice, kClass, kColumnCount };
constexpr std::array<std::string_view, kColumnCount> kColumnNames = {"symbol", "shares", "price",
                                                                     "class"};

struct Alias {
  std::string_view name;
  Column column;
};
/// What custodians call the same columns.
constexpr Alias kAliases[] = {
    {"symbol", kSymbol},         {"ticker", kSymbol}, {"security", kSymbol},   {"shares", kShares},
    {"quantity", kShares},       {"units", kShares},  {"contracts", kShares},  {"price", kPrice},
    {"price per share", kPrice}, {"class", kClass},   {"asset class", kClass},
};

/// Lower case, with '_' and '-' as spaces: "Asset_Class" is "asset class".
std::string folded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '_' || c == '-') {
      out += ' ';
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return out;
}

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

/// The file being read, row by row.
class HoldingsParser {
 public:
  HoldingsParser(std::string_view text, std::string_view file, const HoldingsContext& context,
                 rules::Complaints& complaints)
      : reader_(text, file, complaints), file_(file), context_(context), complaints_(complaints) {}

  std::vector<HoldingRow> parse() {
    const std::size_t errors_before = complaints_.error_count();
    std::vector<CsvField> fields;
    if (!reader_.next(fields)) {
      // Only when the reader has not said why there is nothing.
      if (complaints_.error_count() == errors_before) {
        complain({}, "the file is empty: a header with symbol, shares, price, class is expected");
      }
      return {};
    }
    if (!read_header(fields)) return {};
    while (reader_.next(fields)) read_row(fields);
    if (rows_.empty() && complaints_.error_count() == errors_before) {
      complain({}, "there are no holdings below the header");
    }
    if (complaints_.error_count() != errors_before) rows_.clear();
    return std::move(rows_);
  }

 private:
  void complain(Position at, std::string message) {
    complaints_.error(file_, at, std::move(message));
  }

  bool read_header(const std::vector<CsvField>& fields) {
    bool good = true;
    width_ = fields.size();
    if (fields.size() == 1 && fields[0].text.find_first_of(";\t|") != std::string::npos) {
      complain(fields[0].position, "the columns are not separated by commas");
      return false;
    }
    for (std::size_t i = 0; i < fields.size(); ++i) good &= read_column(fields[i], i);
    std::vector<std::string_view> missing;
    for (std::size_t c = 0; c < kColumnCount; ++c) {
      if (!at_[c]) missing.push_back(kColumnNames[c]);
    }
    if (missing.empty()) return good;
    std::string names;
    for (const std::string_view name : missing) {
      absl::StrAppend(&names, names.empty() ? "" : ", ", to_absl(name));
    }
    complain(fields[0].position,
             absl::StrCat(missing.size() == 1 ? "missing column: " : "missing columns: ", names));
    return false;
  }

  bool read_column(const CsvField& field, std::size_t index) {
    const std::string name = folded(field.text);
    for (const Alias& alias : kAliases) {
      if (alias.name != name) continue;
      if (at_[alias.column]) {
        complain(field.position, absl::StrCat("column ", shown(field.text), " says '",
                                              to_absl(kColumnNames[alias.column]), "' again"));
        return false;
      }
      at_[alias.column] = index;
      return true;
    }
    const auto& ignored = context_.ignored_columns;
    if (std::any_of(ignored.begin(), ignored.end(),
                    [&](const std::string& i) { return folded(i) == name; })) {
      return true;
    }
    std::vector<std::string_view> known;
    for (const Alias& alias : kAliases) known.push_back(alias.name);
    complain(field.position,
             absl::StrCat("unknown column ", shown(field.text), rules::did_you_mean(name, known),
                          "; ignore_columns names those to skip"));
    return false;
  }

  void read_row(const std::vector<CsvField>& fields) {
    if (fields.size() != width_) {
      complain(
          fields[0].position,
          absl::StrCat(
              "the row has ", fields.size(), fields.size() == 1 ? " field" : " fields",
              ", the header has ", width_,
              fields.size() > width_ ? "; a number with thousands separators needs quotes" : ""));
      return;
    }
    if (rows_.size() == kMaxLinesPerPortfolio) {
      complain(fields[0].position,
               absl::StrCat("a portfolio has at most ", kMaxLinesPerPortfolio, " holdings"));
      return;
    }
    const CsvField& symbol = fields[*at_[kSymbol]];
    const InstrumentId id = find_instrument(symbol);
    if (!id.valid()) return;
    const auto [seen, is_new] = first_seen_.emplace(id, symbol.position.line);
    if (!is_new) {
      complain(symbol.position,
               absl::StrCat(shown(symbol.text), " is held twice, first in line ", seen->second));
      return;
    }
    const Instrument& instrument = context_.instruments[id];
    const auto quantity = read_shares(fields[*at_[kShares]], instrument);
    const auto price = read_price(fields[*at_[kPrice]], instrument);
    const bool class_agrees = check_class(fields[*at_[kClass]], symbol, id);
    if (!quantity || !price || !class_agrees) return;
    const auto value = notional(*price, *quantity, instrument.multiplier);
    if (!value || value->abs().raw() > kMaxLineRaw) {
      complain(fields[*at_[kShares]].position,
               absl::StrCat("the line is worth more than ",
                            kMaxLineRaw / Money::kScale / 1'000'000'000, " billion"));
      return;
    }
    rows_.push_back({id, *quantity, *price, symbol.position});
  }

  /// An instrument's symbol, or a currency for its cash: USD, CASH-USD, CASH USD.
  InstrumentId find_instrument(const CsvField& field) {
    const InstrumentTable& table = context_.instruments;
    InstrumentId id = table.find(field.text);
    if (!id.valid()) id = find_cash(field.text);
    if (!id.valid()) {
      if (field.text.empty()) {
        complain(field.position, "the row has no symbol");
        return id;
      }
      std::vector<std::string_view> known;
      for (std::uint32_t i = 0; i < table.size(); ++i) {
        known.push_back(table[InstrumentId{i}].symbol.view());
      }
      complain(field.position, absl::StrCat("unknown symbol ", shown(field.text),
                                            rules::did_you_mean(field.text, known)));
      return id;
    }
    if (table[id].kind == InstrumentKind::kFx) {
      complain(field.position, absl::StrCat("the pair ", shown(field.text),
                                            " cannot be held; hold its currencies as cash"));
      return {};
    }
    return id;
  }

  InstrumentId find_cash(std::string_view text) const {
    const std::string name = folded(text);
    std::string_view code = text;
    if (name.substr(0, 5) == "cash ") code.remove_prefix(5);
    const CurrencyId currency = context_.instruments.find_currency(code);
    return currency.valid() ? context_.instruments.cash(currency) : InstrumentId{};
  }

  std::optional<Quantity> read_shares(const CsvField& field, const Instrument& instrument) {
    std::int64_t raw = 0;
    std::string problem;
    if (field.text.empty()) {
      problem = "no number of shares";
    } else {
      // Cash is money, which has four decimals.
      const std::int64_t scale = instrument.is_cash() ? Money::kScale : Quantity::kScale;
      problem = read_decimal(field.text, scale, raw);
      if (problem.empty()) problem = judge_shares(raw, instrument);
    }
    if (!problem.empty()) {
      complain(field.position, std::move(problem));
      return std::nullopt;
    }
    return instrument.is_cash() ? cash_quantity(Money::from_raw(raw)) : Quantity::from_raw(raw);
  }

  static std::string judge_shares(std::int64_t raw, const Instrument& instrument) {
    const auto symbol = to_absl(instrument.symbol.view());
    if (instrument.is_cash() && (raw > kMaxLineRaw || raw < -kMaxLineRaw)) {
      return "the amount is beyond 100 billion";
    }
    if (raw < 0 && instrument.is_cash()) return absl::StrCat(symbol, " cash is below zero");
    if (raw < 0 && !instrument.is_future()) {
      return absl::StrCat(symbol, " is held short; only futures may be");
    }
    if (instrument.is_future() && raw % Quantity::kScale != 0) {
      return absl::StrCat(symbol, " is a future: whole contracts are expected");
    }
    return "";
  }

  std::optional<Price> read_price(const CsvField& field, const Instrument& instrument) {
    if (instrument.is_cash() && field.text.empty()) return kUnitPrice;
    std::int64_t raw = 0;
    std::string problem;
    if (field.text.empty()) {
      problem = absl::StrCat(to_absl(instrument.symbol.view()), " has no price");
    } else {
      problem = read_decimal(field.text, Price::kScale, raw);
      if (problem.empty()) problem = judge_price(raw, field.text, instrument);
    }
    if (problem.empty()) return Price::from_raw(raw);
    complain(field.position, std::move(problem));
    return std::nullopt;
  }

  static std::string judge_price(std::int64_t raw, std::string_view text,
                                 const Instrument& instrument) {
    if (raw <= 0) return absl::StrCat("price ", to_absl(text), " is not above zero");
    if (Price::from_raw(raw) > MarketState::kPriceMax) {
      return absl::StrCat("price ", to_absl(text), " is absurd: above 1,000,000,000");
    }
    if (instrument.is_cash() && Price::from_raw(raw) != kUnitPrice) {
      return absl::StrCat("cash has price 1, not ", to_absl(text));
    }
    return "";
  }

  /// The class names the instrument's sleeve or one above it. An empty class says nothing, and an
  /// instrument outside the policy may have no other.
  bool check_class(const CsvField& field, const CsvField& symbol, InstrumentId id) {
    const Model* model = context_.model;
    if (model == nullptr) return true;
    const bool cash = context_.instruments[id].is_cash();
    const SleeveId own = model->sleeve_of(id);
    const bool outside = own == kRootSleeve && !cash;
    if (field.text.empty()) {
      if (outside) {
        complaints_.add(rules::Severity::kWarning, file_, symbol.position,
                        absl::StrCat(shown(symbol.text), " is in no sleeve of policy ",
                                     shown(context_.policy), ": it counts in the total only"));
      }
      return true;
    }
    const std::string name = folded(field.text);
    if (cash && name == "cash") return true;
    const SleeveId named = find_sleeve(name);
    if (!named.valid()) {
      complain(field.position,
               absl::StrCat("unknown class ", shown(field.text), did_you_mean(name),
                            "; a class is a sleeve of policy ", shown(context_.policy)));
      return false;
    }
    SleeveId at = own == kRootSleeve && cash ? model->cash_sleeve : own;
    for (; at.valid(); at = model->sleeves[at.index()].parent) {
      if (at == named) return true;
    }
    const auto sleeve = to_absl(model->sleeves[own.index()].name.view());
    complain(field.position,
             absl::StrCat(
                 shown(symbol.text), " is not in class ", shown(field.text),
                 outside ? absl::StrCat(": policy ", shown(context_.policy), " has it in no sleeve")
                         : absl::StrCat(": policy ", shown(context_.policy), " has it in '", sleeve,
                                        "'")));
    return false;
  }

  SleeveId find_sleeve(std::string_view folded_name) const {
    const auto& sleeves = context_.model->sleeves;
    for (std::size_t i = 1; i < sleeves.size(); ++i) {
      if (folded(sleeves[i].name.view()) == folded_name) return SleeveId::of(i);
    }
    return {};
  }
  std::string did_you_mean(std::string_view folded_name) const {
    std::vector<std::string_view> known;
    for (std::size_t i = 1; i < context_.model->sleeves.size(); ++i) {
      known.push_back(context_.model->sleeves[i].name.view());
    }
    return rules::did_you_mean(folded_name, known);
  }

  CsvReader reader_;
  std::string file_;
  const HoldingsContext& context_;
  rules::Complaints& complaints_;
  std::array<std::optional<std::size_t>, kColumnCount> at_;
  std::size_t width_ = 0;
  std::map<InstrumentId, std::uint32_t> first_seen_;
  std::vector<HoldingRow> rows_;
};

/// Removes thousands separators; false when they do not stand every three digits.
bool drop_separators(std::string& whole) {
  std::string digits;
  std::size_t group = 0;
  bool first = true;
  for (const char c : whole) {
    if (c != ',') {
      digits += c;
      ++group;
      continue;
    }
    if (first ? group == 0 || group > 3 : group != 3) return false;
    first = false;
    group = 0;
  }
  if (!first && group != 3) return false;
  whole = std::move(digits);
  return true;
}

}  // namespace

std::string read_decimal(std::string_view text, std::int64_t scale, std::int64_t& raw) {
  const std::size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string whole(text.substr(sign, point - sign));
  if (!drop_separators(whole)) {
    return absl::StrCat(shown(text), " has its thousands separators in the wrong places");
  }
  std::string plain(text.substr(0, sign));
  plain.append(whole).append(text.substr(point));
  const DecimalResult result = parse_decimal(plain, scale);
  if (!result.ok()) {
    return absl::StrCat(shown(text), " ", to_absl(decimal_error_text(result.error)));
  }
  raw = result.raw;
  return "";
}

std::vector<HoldingRow> parse_holdings(std::string_view text, std::string_view file,
                                       const HoldingsContext& context,
                                       rules::Complaints& complaints) {
  return HoldingsParser(text, file, context, complaints).parse();
}

}  // namespace evenkeel::apps
