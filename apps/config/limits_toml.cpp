#include "apps/config/limits_toml.hpp"

#include <optional>

#include "absl/strings/str_cat.h"
#include "apps/config/csv.hpp"

namespace evenkeel::apps {
namespace {

using rules::Table;
using rules::Value;

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

const std::vector<std::string_view> kKindNames = {"equity", "etf", "fund", "future", "fx", "cash"};

class LimitsReader {
 public:
  LimitsReader(const InstrumentTable& instruments, const std::vector<std::string>& base_currencies)
      : instruments_(instruments), base_currencies_(base_currencies) {}

  LimitsFile read(const Table& root) {
    if (const auto desk = root.table("desk")) {
      read_desk(*desk);
    } else {
      root.complain("no [desk] limits: without them every order is refused");
    }
    if (const auto kinds = root.table("kind")) {
      for (const auto& [name, table] : kinds->named_tables()) read_kind(name, table);
    }
    if (const auto instruments = root.table("instrument")) {
      for (const auto& [name, table] : instruments->named_tables()) read_instrument(name, table);
    }
    if (const auto orders = root.table("orders")) read_orders(*orders);
    return {out_, orders_};
  }

 private:
  static std::optional<std::uint32_t> count(const Value& value) {
    const auto number = value.integer(1, fix::kRateMax);
    if (!number) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
  }

  std::optional<Money> money(const Value& value) const {
    const auto amount = value.amount();
    if (!amount) return std::nullopt;
    for (const std::string& base : base_currencies_) {
      if (amount->currency.view() == base) continue;
      value.complain(absl::StrCat("amounts are in the portfolio's base currency, which is ", base,
                                  ", not ", to_absl(amount->currency.view())));
      return std::nullopt;
    }
    return in_range(value, std::optional<Money>(amount->money), Money::from_raw(kMaxLineRaw),
                    "100 billion");
  }

  template <class T>
  static std::optional<T> in_range(const Value& value, std::optional<T> number, T most,
                                   std::string_view most_text) {
    if (!number) return std::nullopt;
    if (*number > T{} && *number <= most) return number;
    value.complain(*number > T{} ? absl::StrCat("is absurd: above ", to_absl(most_text))
                                 : std::string("must be above zero"));
    return std::nullopt;
  }

  void read_desk(const Table& table) {
    out_.orders_per_second = count(table.get("orders_per_second"));
    out_.orders_per_minute = count(table.get("orders_per_minute"));
    out_.open_orders = count(table.get("open_orders"));
    out_.open_orders_per_portfolio = count(table.get("open_orders_per_portfolio"));
    out_.daily_notional = money(table.get("daily_notional"));
    const Value day = table.get("day_starts_at");
    if (const auto start = day.duration()) {
      if (*start >= kCalendarDay) {
        day.complain("is a time after midnight UTC, below 24h");
      } else {
        out_.day_starts_at = *start;
      }
    }
  }

  void read_orders(const Table& table) {
    if (const auto type = table.get("type").one_of({"limit", "market"})) {
      orders_.order_type = *type == 0 ? OrderType::kLimit : OrderType::kMarket;
    }
    if (const auto force = table.get("time_in_force").one_of({"day", "ioc"})) {
      orders_.time_in_force = *force == 0 ? TimeInForce::kDay : TimeInForce::kImmediateOrCancel;
    }
    const auto reach =
        table.get("reach").ratio(rules::RatioUnits::kPercent | rules::RatioUnits::kBasisPoints);
    orders_.reach = reach.value_or(orders_.reach);
    const auto duration = [&table](std::string_view key, DurationNs& target) {
      target = table.get(key).duration().value_or(target);
    };
    const auto number = [&table](std::string_view key, std::uint32_t& target) {
      target = static_cast<std::uint32_t>(table.get(key).integer(0, 1'000'000).value_or(target));
    };
    duration("reprice_after", orders_.reprice_after);
    number("reprices_max", orders_.reprices_max);
    duration("cancel_after", orders_.cancel_after);
    duration("ack_timeout", orders_.ack_timeout);
    duration("status_timeout", orders_.status_timeout);
    number("rejects_max", orders_.rejects_max);
    duration("rejects_within", orders_.rejects_within);
    duration("retire_after", orders_.retire_after);
    number("orders_max", orders_.orders_max);
    number("executions_max", orders_.executions_max);
    if (const absl::Status status = fix::validate(orders_); !status.ok()) {
      table.complain(std::string(status.message()));
    }
  }

  fix::OrderLimits read_order_limits(const Table& table) const {
    fix::OrderLimits limits;
    const Value quantity = table.get("order_quantity");
    limits.quantity_max =
        in_range(quantity, quantity.quantity(), fix::kOrderQuantityMax, "1 billion");
    limits.notional_max = money(table.get("order_notional"));
    const Value collar = table.get("price_collar");
    limits.collar = in_range(
        collar, collar.ratio(rules::RatioUnits::kPercent | rules::RatioUnits::kBasisPoints),
        fix::kCollarMax, "50%");
    const Value age = table.get("quote_age");
    if (const auto duration = age.duration()) {
      if (*duration <= 0 || *duration > kCalendarDay) {
        age.complain("is a time above zero, at most a day");
      } else {
        limits.quote_age_max = *duration;
      }
    }
    return limits;
  }

  void read_kind(const std::string& name, const Table& table) {
    const fix::OrderLimits limits = read_order_limits(table);
    for (std::size_t i = 0; i < kKindNames.size(); ++i) {
      if (kKindNames[i] != name) continue;
      out_.kinds.push_back({static_cast<InstrumentKind>(i), limits});
      return;
    }
    table.complain(
        absl::StrCat("unknown kind ", shown(name), rules::did_you_mean(name, kKindNames)));
  }

  void read_instrument(const std::string& name, const Table& table) {
    const fix::OrderLimits limits = read_order_limits(table);
    const InstrumentId id = instruments_.find(name);
    if (id.valid()) {
      out_.instruments.push_back({id, limits});
      return;
    }
    std::vector<std::string_view> known;
    for (std::uint32_t i = 0; i < instruments_.size(); ++i) {
      known.push_back(instruments_[InstrumentId{i}].symbol.view());
    }
    table.complain(
        absl::StrCat("unknown instrument ", shown(name), rules::did_you_mean(name, known)));
  }

  const InstrumentTable& instruments_;
  const std::vector<std::string>& base_currencies_;
  fix::Limits out_;
  fix::OrderDeskConfig orders_;
};

}  // namespace

LimitsFile read_limits(std::string_view text, std::string_view file,
                       const InstrumentTable& instruments,
                       const std::vector<std::string>& base_currencies,
                       rules::Complaints& complaints) {
  rules::Config config = rules::Config::parse(text, file, complaints);
  if (!config.syntax_ok()) return {};
  LimitsFile read = LimitsReader(instruments, base_currencies).read(config.root());
  config.finish();
  return read;
}

}  // namespace evenkeel::apps
