#include "apps/config/instruments_toml.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "apps/config/csv.hpp"
#include "core/decimal.hpp"
#include "core/market.hpp"

namespace evenkeel::apps {
namespace {

using rules::Table;
using rules::Value;

const std::vector<std::string_view> kKindNames = {"equity", "etf", "fund", "future", "fx", "cash"};
/// The wire carries eight characters of a symbol.
constexpr std::size_t kWireSymbolMax = 8;
constexpr Price kCent = Price::from_raw(10'000'000);

/// One file's definitions while they are read.
class InstrumentReader {
 public:
  explicit InstrumentReader(const std::vector<std::string>& feeds) : feeds_(feeds) {}

  InstrumentDefinitions read(const Table& root) {
    const Value currencies = root.require("currencies");
    for (const Value& code : currencies.array()) read_currency(code);
    if (currencies.present() && out_.currencies.empty()) {
      currencies.complain("at least one currency is needed");
    }
    const std::vector<Table> tables = root.tables("instrument");
    for (const Table& table : tables) read_one(table);
    if (tables.empty()) root.complain("no [[instrument]] is defined");
    return std::move(out_);
  }

 private:
  void read_currency(const Value& value) {
    const auto code = value.string();
    if (!code) return;
    const bool good = code->size() == 3 && std::all_of(code->begin(), code->end(),
                                                       [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!good) {
      value.complain(
          absl::StrCat(shown(*code), " is not a currency: three capital letters are expected"));
    } else if (std::find(out_.currencies.begin(), out_.currencies.end(), *code) !=
               out_.currencies.end()) {
      value.complain(absl::StrCat(*code, " is listed twice"));
    } else {
      out_.currencies.push_back(*code);
      Instrument cash;
      cash.symbol.assign(*code);
      cash.kind = InstrumentKind::kCash;
      cash.currency = CurrencyId::of(out_.currencies.size() - 1);
      cash.tick = kCent;
      cash.quoted = false;
      cash.tradable = false;
      cash.statement_price = kUnitPrice;
      out_.instruments.push_back(cash);
      out_.positions.push_back(value.position());
      out_.references.push_back(kUnitPrice);
    }
  }

  CurrencyId currency(const Value& value) {
    const auto code = value.string();
    if (!code) return {};
    const auto at = std::find(out_.currencies.begin(), out_.currencies.end(), *code);
    if (at != out_.currencies.end()) {
      return CurrencyId::of(static_cast<std::size_t>(at - out_.currencies.begin()));
    }
    const std::vector<std::string_view> known(out_.currencies.begin(), out_.currencies.end());
    value.complain(absl::StrCat("currency ", shown(*code), " is not in currencies",
                                rules::did_you_mean(*code, known)));
    return {};
  }

  void read_one(const Table& table) {
    Instrument item;
    const Value symbol_value = table.require("symbol");
    const auto symbol = symbol_value.text<16>();
    const auto kind = table.require("kind").one_of(kKindNames);
    item.currency = currency(table.require("currency"));
    if (symbol) item.symbol = *symbol;
    if (kind) item.kind = static_cast<InstrumentKind>(*kind);
    if (kind && item.is_cash()) {
      table.get("kind").complain("list the currency in currencies: that defines its cash");
      return;
    }
    // Without a kind it is not known which keys make sense; reading them keeps them known.
    bool good = read_price_form(table, item, kind.has_value());
    good &= read_kind_only(table, item, kind.has_value());
    Price reference;
    good &= read_market(table, item, kind.has_value());
    good &= read_prices(table, item, reference);
    if (!symbol || !kind || !item.currency.valid() || !good) return;
    if (item.quoted && symbol->view().size() > kWireSymbolMax) {
      symbol_value.complain(
          absl::StrCat("a quoted symbol has at most ", kWireSymbolMax, " characters"));
      return;
    }
    out_.instruments.push_back(item);
    out_.positions.push_back(symbol_value.position());
    out_.references.push_back(reference);
  }

  /// A positive number into `target`, or a complaint and false. Absent is fine.
  template <class T>
  static bool positive(const Value& value, const std::optional<T>& read, T& target) {
    if (!value.present()) return true;
    if (!read) return false;
    if (read->raw() <= 0) {
      value.complain("must be above zero");
      return false;
    }
    target = *read;
    return true;
  }
  static bool share(const Value& value, Ratio most, Ratio& target) {
    const auto read = value.ratio(rules::RatioUnits::kPercent | rules::RatioUnits::kBasisPoints);
    if (!positive(value, read, target)) return false;
    if (!read || *read <= most) return true;
    value.complain(absl::StrCat(
        "is above ", std::string(format_exact(Ratio::from_raw(most.raw() * 100)).view()), "%"));
    return false;
  }

  bool read_price_form(const Table& table, Instrument& item, bool kind_known) {
    const bool stated = kind_known && (item.is_future() || item.kind == InstrumentKind::kFx);
    const Value tick = stated ? table.require("tick") : table.get("tick");
    item.tick = kCent;
    bool good = positive(tick, tick.price(), item.tick) && (!stated || tick.present());
    const Value lot = table.get("lot");
    good &= positive(lot, lot.quantity(), item.lot);
    if (good && kind_known && item.is_future() && item.lot.raw() % Quantity::kScale != 0) {
      lot.complain("a future trades in whole contracts");
      good = false;
    }
    return good;
  }

  bool read_kind_only(const Table& table, Instrument& item, bool kind_known) {
    const bool future = kind_known && item.is_future();
    const bool fx = kind_known && item.kind == InstrumentKind::kFx;
    const Value multiplier = future ? table.require("multiplier") : table.get("multiplier");
    bool good = positive(multiplier, multiplier.multiplier(), item.multiplier);
    good &= !future || multiplier.present();
    const Value beta = table.get("beta");
    good &= positive(beta, beta.number(), item.beta);
    const Value expiry = table.get("expiry");
    if (const auto date = expiry.date()) item.expiry_yyyymmdd = *date;
    if (kind_known && !future) {
      for (const Value& value : {multiplier, beta, expiry}) {
        if (!value.present()) continue;
        value.complain("is for futures only");
        good = false;
      }
    }
    const Value base = fx ? table.require("base") : table.get("base");
    if (fx) {
      item.base_currency = currency(base);
      if (item.base_currency.valid() && item.base_currency == item.currency) {
        base.complain("a pair needs two different currencies");
        return false;
      }
      return good && item.base_currency.valid();
    }
    if (kind_known && base.present()) {
      base.complain("is for fx only");
      return false;
    }
    return good;
  }

  bool read_market(const Table& table, Instrument& item, bool kind_known) {
    const bool fund = kind_known && item.kind == InstrumentKind::kFund;
    const bool fx = kind_known && item.kind == InstrumentKind::kFx;
    item.quoted = table.get("quoted").boolean().value_or(!fund);
    item.tradable = table.get("tradable").boolean().value_or(item.quoted && !fx);
    if (item.tradable && !item.quoted) {
      table.get(table.has("tradable") ? "tradable" : "quoted")
          .complain("what nobody quotes cannot be traded");
      return false;
    }
    bool good = share(table.get("spread_max"), kWhole, item.spread_max);
    good &= share(table.get("move_max"), Ratio::from_whole(10), item.move_max);
    const Value confirm = table.get("confirm_for");
    if (const auto duration = confirm.duration()) item.confirm_for = *duration;
    return read_feed(table, item) && good;
  }

  /// What is not quoted has a statement price; what is quoted may have a reference.
  static bool read_prices(const Table& table, Instrument& item, Price& reference) {
    const Value statement = table.get("statement_price");
    const Value price = table.get("reference_price");
    bool good = positive(statement, statement.price(), item.statement_price);
    good &= positive(price, price.price(), reference);
    for (const auto& [value, number] :
         {std::pair(statement, item.statement_price), std::pair(price, reference)}) {
      if (number <= MarketState::kPriceMax) continue;
      value.complain("is absurd: above 1,000,000,000");
      good = false;
    }
    const Value& wrong = item.quoted ? statement : price;
    if (wrong.present()) {
      wrong.complain(item.quoted ? "is for what no feed quotes; a quoted instrument may have a "
                                   "reference_price"
                                 : "is for what a feed quotes; this has a statement_price");
      return false;
    }
    return good;
  }

  bool read_feed(const Table& table, Instrument& item) {
    const Value value = table.get("feed");
    if (!item.quoted) {
      if (value.present()) value.complain("nothing quotes this (quoted = false)");
      return !value.present();
    }
    if (!value.present()) {
      // One line needs no naming.
      if (feeds_.size() == 1) {
        item.feed = SourceId{0};
        return true;
      }
      table.complain(absl::StrCat(shown(item.symbol.view()), " is quoted, and the desk has ",
                                  feeds_.empty() ? "no feed" : "several feeds: say which"));
      return false;
    }
    const auto name = value.string();
    if (!name) return false;
    const auto at = std::find(feeds_.begin(), feeds_.end(), *name);
    if (at != feeds_.end()) {
      item.feed = SourceId::of(static_cast<std::size_t>(at - feeds_.begin()));
      return true;
    }
    const std::vector<std::string_view> known(feeds_.begin(), feeds_.end());
    value.complain(absl::StrCat("no feed ", shown(*name), rules::did_you_mean(*name, known)));
    return false;
  }

  const std::vector<std::string>& feeds_;
  InstrumentDefinitions out_;
};

}  // namespace

InstrumentDefinitions read_instruments(std::string_view text, std::string_view file,
                                       const std::vector<std::string>& feeds,
                                       rules::Complaints& complaints) {
  rules::Config config = rules::Config::parse(text, file, complaints);
  if (!config.syntax_ok()) return {};
  InstrumentDefinitions definitions = InstrumentReader(feeds).read(config.root());
  config.finish();
  return definitions;
}

InstrumentTable build_table(const InstrumentDefinitions& definitions, std::string_view file,
                            rules::Complaints& complaints) {
  InstrumentTable table;
  for (const std::string& code : definitions.currencies) {
    if (const auto id = table.add_currency(code); !id.ok()) {
      complaints.error(file, {}, std::string(id.status().message()));
    }
  }
  for (std::size_t i = 0; i < definitions.instruments.size(); ++i) {
    const auto id = table.add(definitions.instruments[i]);
    if (!id.ok())
      complaints.error(file, definitions.positions[i], std::string(id.status().message()));
  }
  return table;
}

}  // namespace evenkeel::apps
