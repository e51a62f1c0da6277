#include "apps/config/market_toml.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "apps/config/csv.hpp"
#include "apps/config/desk_config.hpp"
#include "core/decimal.hpp"

namespace evenkeel::apps {
namespace {

using rules::Table;
using rules::Value;

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

/// 10^-9 in one basis point, and in one unit of the wire's prices.
constexpr std::int64_t kRatioPerBp = Ratio::kScale / 10'000;
constexpr std::int64_t kPricePerWire = Price::kScale / 10'000;

class MarketReader {
 public:
  MarketReader(const InstrumentTable& instruments, rules::Complaints& complaints)
      : instruments_(instruments), complaints_(complaints) {
    for (std::uint32_t i = 0; i < instruments.size(); ++i) {
      const Instrument& instrument = instruments[InstrumentId{i}];
      if (instrument.quoted) symbols_.push_back(instrument.symbol.view());
    }
  }

  feeds::MarketConfig read(const Table& root) {
    out_.crash.reset();
    if (const auto table = root.table("market")) read_head(*table);
    if (const auto table = root.table("crash")) read_crash(*table);
    if (const auto table = root.table("instrument")) {
      for (const auto& [name, item] : table->named_tables()) read_instrument(name, item);
    } else {
      root.complain("no [instrument.NAME]: the market is empty");
    }
    check_underlyings();
    warn_of_missing(root);
    return std::move(out_);
  }

 private:
  /// A ratio in whole basis points within a range, or what stood there.
  template <class Int>
  static void basis_points(const Value& value, std::int64_t least, std::int64_t most, Int& target) {
    const auto ratio = value.ratio(rules::RatioUnits::kPercent | rules::RatioUnits::kBasisPoints);
    if (!ratio) return;
    whole_units(value, ratio->raw(), least, most, "in whole basis points", target,
                absl::StrCat(least, "bp to ", most, "bp"));
  }
  template <class Int>
  static void factor(const Value& value, std::int64_t least, std::int64_t most, Int& target) {
    const auto number = value.number();
    if (!number) return;
    const auto plain = [](std::int64_t raw) {
      return std::string(format_decimal(raw, Ratio::kScale / kRatioPerBp).view());
    };
    whole_units(value, number->raw(), least, most, "a number of at most four decimals", target,
                plain(least) + " to " + plain(most));
  }
  template <class Int>
  static void whole_units(const Value& value, std::int64_t raw, std::int64_t least,
                          std::int64_t most, std::string_view what, Int& target,
                          const std::string& range) {
    if (raw % kRatioPerBp != 0) {
      value.complain(absl::StrCat("is not ", to_absl(what)));
    } else if (raw / kRatioPerBp < least || raw / kRatioPerBp > most) {
      value.complain(absl::StrCat("is not within ", range));
    } else {
      target = static_cast<Int>(raw / kRatioPerBp);
    }
  }
  static void minutes(const Value& value, std::uint32_t& target) {
    const auto duration = value.duration();
    if (!duration) return;
    if (*duration < kMinute || *duration > 390 * kMinute || *duration % kMinute != 0) {
      value.complain("whole minutes from 1m to 390m are expected");
      return;
    }
    target = static_cast<std::uint32_t>(*duration / kMinute);
  }
  static void count(const Value& value, std::int64_t least, std::int64_t most,
                    std::uint32_t& target) {
    if (const auto n = value.integer(least, most)) target = static_cast<std::uint32_t>(*n);
  }

  void read_head(const Table& table) {
    if (const auto seed = table.get("seed").integer(0)) {
      out_.seed = static_cast<std::uint64_t>(*seed);
    }
    if (const auto date = table.get("date").date()) {
      out_.date =
          std::chrono::year_month_day(std::chrono::year(*date / 10'000),
                                      std::chrono::month(static_cast<unsigned>(*date / 100 % 100)),
                                      std::chrono::day(static_cast<unsigned>(*date % 100)));
    }
    out_.step = table.get("step").duration().value_or(out_.step);
    basis_points(table.get("volatility"), 0, 50'000, out_.market_vol_bp);
    basis_points(table.get("sector_share"), 0, 10'000, out_.sector_share_bp);
    factor(table.get("stress"), 10'000, 200'000, out_.stress_bp);
    minutes(table.get("calm"), out_.calm_minutes);
    minutes(table.get("stressed"), out_.stressed_minutes);
  }

  void read_crash(const Table& table) {
    feeds::CrashScenario crash;
    basis_points(table.get("at"), 0, 9'999, crash.start_bp);
    basis_points(table.get("depth"), 1, 9'000, crash.depth_bp);
    minutes(table.get("fall"), crash.fall_minutes);
    basis_points(table.get("recovery"), 0, 10'000, crash.recovery_bp);
    minutes(table.get("recovery_time"), crash.recovery_minutes);
    out_.crash = crash;
  }

  void read_instrument(const std::string& name, const Table& table) {
    feeds::MarketInstrument item;
    item.symbol = name;
    const Value price = table.require("price");
    const auto start = price.price();
    basis_points(table.get("volatility"), 0, 50'000, item.annual_vol_bp);
    factor(table.get("beta"), -50'000, 50'000, item.beta_bp);
    count(table.get("size"), 1, 1'000'000'000, item.quote_size);
    count(table.get("spread_ticks"), 1, 1'000, item.spread_ticks);
    count(table.get("quotes_per_minute"), 0, 100'000, item.quotes_per_minute);
    count(table.get("trades_per_minute"), 0, 100'000, item.trades_per_minute);
    item.sector = sector_of(table.get("sector"));
    item.underlying = table.get("underlying").string().value_or("");
    basis_points(table.get("carry"), -10'000, 10'000, item.carry_bp);

    const InstrumentId id = instruments_.find(name);
    if (!id.valid() || !instruments_[id].quoted) {
      table.complain(id.valid() ? absl::StrCat(shown(name), " is not quoted (quoted = false)")
                                : absl::StrCat("the desk has no instrument ", shown(name),
                                               rules::did_you_mean(name, symbols_)));
      return;
    }
    const Instrument& instrument = instruments_[id];
    item.kind = instrument.kind;
    if (start && !on_wire(price, *start, item.start_price)) return;
    if (!on_wire(table, instrument.tick, item.tick)) return;
    if (instrument.is_future() == item.underlying.empty()) {
      table.complain(instrument.is_future() ? "a future needs its underlying"
                                            : "only a future has an underlying");
    }
    positions_.push_back({name, table});
    out_.instruments.push_back(std::move(item));
  }

  /// A price as the wire carries it, in 10^-4.
  template <class Place>
  static bool on_wire(const Place& place, Price price, std::int64_t& target) {
    if (price.raw() <= 0 || price.raw() % kPricePerWire != 0) {
      place.complain(price.raw() <= 0
                         ? "must be above zero"
                         : "the price or its tick has more than the four decimals of the feed");
      return false;
    }
    target = price.raw() / kPricePerWire;
    return true;
  }

  /// Sectors are names; they are numbered in the order of their first use.
  std::uint32_t sector_of(const Value& value) {
    const auto name = value.string();
    if (!name) return 0;
    const auto [at, is_new] =
        sectors_.emplace(*name, static_cast<std::uint32_t>(sectors_.size() + 1));
    if (at->second >= 64) value.complain("a market has at most 63 sectors");
    return at->second;
  }

  void check_underlyings() {
    for (std::size_t i = 0; i < out_.instruments.size(); ++i) {
      const std::string& underlying = out_.instruments[i].underlying;
      if (underlying.empty()) continue;
      const auto at = std::find_if(
          out_.instruments.begin(), out_.instruments.end(),
          [&](const feeds::MarketInstrument& other) { return other.symbol == underlying; });
      if (at == out_.instruments.end() || !at->underlying.empty()) {
        positions_[i]
            .table.get("underlying")
            .complain(absl::StrCat(shown(underlying), at == out_.instruments.end()
                                                          ? " is not in this market"
                                                          : " is a future itself"));
      }
    }
  }

  void warn_of_missing(const Table& root) {
    if (!complaints_.ok()) return;
    for (const std::string_view symbol : symbols_) {
      const bool there = std::any_of(positions_.begin(), positions_.end(),
                                     [&](const Named& n) { return n.name == symbol; });
      if (!there) root.warn(absl::StrCat("nobody quotes ", to_absl(symbol), " in this market"));
    }
  }

  struct Named {
    std::string name;
    Table table;
  };

  const InstrumentTable& instruments_;
  rules::Complaints& complaints_;
  std::vector<std::string_view> symbols_;
  std::vector<Named> positions_;  // of out_.instruments
  std::map<std::string, std::uint32_t> sectors_;
  feeds::MarketConfig out_;
};

}  // namespace

feeds::MarketConfig read_market(std::string_view text, std::string_view file,
                                const InstrumentTable& instruments, rules::Complaints& complaints) {
  rules::Config config = rules::Config::parse(text, file, complaints);
  if (!config.syntax_ok()) return {};
  feeds::MarketConfig market = MarketReader(instruments, complaints).read(config.root());
  config.finish();
  // What is left to judge is judged where the market is made.
  if (complaints.ok()) {
    if (const auto made = feeds::SyntheticMarket::create(market); !made.ok()) {
      complaints.error(file, {}, std::string(made.status().message()));
    }
  }
  return market;
}

absl::StatusOr<feeds::MarketConfig> load_market(const std::string& file,
                                                const InstrumentTable& instruments,
                                                rules::Complaints& complaints) {
  const auto text = read_text_file(file);
  if (!text.ok()) return text.status();
  feeds::MarketConfig market = read_market(*text, file, instruments, complaints);
  if (!complaints.ok()) return complaints.status();
  return market;
}

}  // namespace evenkeel::apps
