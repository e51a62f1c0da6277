#include "rules/policy.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/decimal.hpp"

namespace evenkeel::rules {
namespace {

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

/// For messages: "60%".
std::string percent(Ratio ratio) {
  return absl::StrCat(to_absl(format_decimal(ratio.raw(), Ratio::kScale / 100).view()), "%");
}

Ratio times(Ratio a, Ratio b) {
  return Ratio::from_raw(static_cast<std::int64_t>(
      divide_rounded(static_cast<Int128>(a.raw()) * b.raw(), Ratio::kScale)));
}

/// The distance of one side: the tighter of what is given; zero when neither is.
std::pair<Ratio, Trigger> tighter(Ratio absolute, Ratio relative, Ratio target) {
  const Ratio part = relative.raw() > 0 ? times(target.abs(), relative) : Ratio{};
  if (relative.raw() > 0 && (absolute.raw() == 0 || part < absolute))
    return {part, Trigger::kRelativeBand};
  return {absolute, absolute.raw() > 0 ? Trigger::kAbsoluteBand : Trigger::kNone};
}

}  // namespace

std::string_view action_name(Action action) {
  switch (action) {
    case Action::kMonitor:
      return "monitor";
    case Action::kFuturesOverlay:
      return "futures_overlay";
    case Action::kCash:
      return "cash";
  }
  return "?";
}

Edges edges_around(Ratio target, const Band& band) {
  Edges edges;
  edges.banded = band.any();
  const auto [up, up_trigger] = tighter(band.absolute_up, band.relative_up, target);
  const auto [down, down_trigger] = tighter(band.absolute_down, band.relative_down, target);
  // Far beyond any weight, yet small enough for 128-bit products with a NAV.
  constexpr Ratio kNever = Ratio::from_whole(1'000'000'000);
  edges.high = up_trigger == Trigger::kNone ? kNever : target + up;
  edges.low = down_trigger == Trigger::kNone ? -kNever : target - down;
  edges.high_trigger = up_trigger;
  edges.low_trigger = down_trigger;
  return edges;
}

Model Policy::model() const {
  Model model;
  model.name = name;
  model.cash_sleeve = cash_sleeve;
  for (std::size_t i = 0; i < sleeves.size(); ++i) {
    model.sleeves.push_back({sleeves[i].name, sleeves[i].parent});
    for (const InstrumentId id : sleeves[i].instruments)
      model.assignments.push_back({id, SleeveId::of(i)});
    for (const InstrumentId id : sleeves[i].hedge)
      model.assignments.push_back({id, SleeveId::of(i)});
  }
  std::sort(model.assignments.begin(), model.assignments.end(),
            [](const auto& a, const auto& b) { return a.instrument < b.instrument; });
  return model;
}

SleeveId Policy::find(std::string_view sleeve) const {
  for (std::size_t i = 1; i < sleeves.size(); ++i) {
    if (sleeves[i].name.view() == sleeve) return SleeveId::of(i);
  }
  return {};
}

std::string Policy::path(SleeveId sleeve) const {
  std::string path(sleeves[sleeve.index()].name.view());
  for (SleeveId s = sleeves[sleeve.index()].parent; s.valid() && s != kRootSleeve;
       s = sleeves[s.index()].parent) {
    path = absl::StrCat(to_absl(sleeves[s.index()].name.view()), "/", path);
  }
  return path;
}

namespace {

/// Reads one policy file. Everything it finds wrong goes to `complaints_`; it goes on as far as it
/// makes sense.
class PolicyReader {
 public:
  PolicyReader(const InstrumentTable& instruments, Complaints& complaints)
      : instruments_(instruments), complaints_(complaints), owner_(instruments.size()) {
    for (std::uint32_t i = 0; i < instruments.size(); ++i)
      symbols_.push_back(instruments[InstrumentId{i}].symbol.view());
  }

  Policy read(Config& config) {
    policy_.file = config.file();
    const Table root = config.root();
    read_head(root);
    read_sleeves(root);
    settle_targets(root);
    if (const auto table = root.table("volatility")) read_volatility(*table);
    config.finish();
    return std::move(policy_);
  }

 private:
  void read_head(const Table& root) {
    policy_.name = root.require("name").text<24>().value_or(Text<24>{});
    if (const auto a = root.require("action").one_of({"monitor", "futures_overlay", "cash"}))
      policy_.action = static_cast<Action>(*a);
    of_parent_ = root.get("targets").one_of({"of_portfolio", "of_parent"}).value_or(0) == 1;
    policy_.in_proportion = root.get("within").one_of({"targets", "proportions"}).value_or(0) == 1;
    policy_.edge_inclusive = root.get("edge").one_of({"beyond", "at"}).value_or(0) == 1;
    policy_.hold_for = root.get("hold_for").duration().value_or(policy_.hold_for);
    policy_.cool_down = root.get("cool_down").duration().value_or(policy_.cool_down);
    policy_.minimum_trade = threshold(root.get("minimum_trade"));
    policy_.cash_buffer = threshold(root.get("cash_buffer"));
    policy_.trading_cost = small_part(root.get("trading_cost"), policy_.trading_cost);
    policy_.reach = small_part(root.get("reach"), policy_.reach);
    read_destination(root.get("destination"));
    default_band_ = band_of(root, nullptr);
  }

  /// "5bp": between nothing and a tenth.
  static Ratio small_part(const Value& value, Ratio otherwise) {
    const auto part = value.ratio(RatioUnits::kPercent | RatioUnits::kBasisPoints);
    if (part && (part->raw() < 0 || *part > Ratio::from_raw(100'000'000)))
      value.complain("must be between 0% and 10%");
    return part.value_or(otherwise);
  }

  Threshold threshold(const Value& value) {
    Threshold threshold;
    if (!value.present()) return threshold;
    const std::optional<std::string> text = value.string();
    if (!text) return threshold;
    if (text->find('%') != std::string::npos || text->find("bp") != std::string::npos) {
      threshold.of_nav =
          value.ratio(RatioUnits::kPercent | RatioUnits::kBasisPoints).value_or(Ratio{});
    } else if (const auto amount = value.amount()) {
      threshold.money = amount->money;
      threshold.currency = instruments_.find_currency(amount->currency.view());
      if (!threshold.currency.valid()) {
        value.complain(absl::StrCat("no instrument is in the currency '",
                                    to_absl(amount->currency.view()), "'"));
      }
    }
    if (threshold.money.raw() < 0 || threshold.of_nav.raw() < 0) value.complain("is negative");
    return threshold;
  }

  void read_destination(const Value& value) {
    if (!value.present()) return;
    const std::optional<std::string> text = value.string();
    if (!text || *text == "target") return;
    if (*text == "half") {
      policy_.destination.kind = Destination::Kind::kHalf;
      return;
    }
    policy_.destination = {Destination::Kind::kBand, kWhole};
    if (*text == "edge") return;
    if (text->find('%') == std::string::npos) {
      value.complain(absl::StrCat("unknown value '", *text,
                                  "'; it is target, half, edge, or a part of the band like '50%'"));
      return;
    }
    const auto part = value.ratio(RatioUnits::kPercent);
    if (part && (part->raw() < 0 || *part > kWhole)) value.complain("is not within 0% to 100%");
    policy_.destination.fraction = part.value_or(kWhole);
    if (policy_.destination.fraction.raw() == 0) policy_.destination = {};
  }

  // --- bands ---

  static bool has_band(const Table& table) {
    return table.has("band") || table.has("band_relative");
  }
  /// The band of a table, or the inherited one when it says nothing.
  Band band_of(const Table& table, const Band* inherited) {
    const Value absolute = table.get("band");
    const Value relative = table.get("band_relative");
    if (!absolute.present() && !relative.present()) return inherited ? *inherited : Band{};
    Band band;
    read_sides(absolute, RatioUnits::kPoints | RatioUnits::kBasisPoints, band.absolute_up,
               band.absolute_down);
    read_sides(relative, RatioUnits::kPercent, band.relative_up, band.relative_down);
    return band;
  }
  /// "5pp", "+7pp/-3pp", "+7pp" (one side only) or "none".
  void read_sides(const Value& value, RatioUnits units, Ratio& up, Ratio& down) {
    if (!value.present()) return;
    const std::optional<std::string> text = value.string();
    if (!text || *text == "none") return;
    const std::size_t slash = text->find('/');
    const std::string parts[] = {text->substr(0, slash),
                                 slash == std::string::npos ? "" : text->substr(slash + 1)};
    for (const std::string& part : parts) {
      if (&part == &parts[1] && slash == std::string::npos) break;
      if (!read_side(value, part, slash != std::string::npos, units, up, down)) return;
    }
    if (slash != std::string::npos && (up.raw() == 0 || down.raw() == 0))
      value.complain(absl::StrCat("'", *text, "' needs one '+' and one '-' side, '+7pp/-3pp'"));
  }
  bool read_side(const Value& value, const std::string& part, bool paired, RatioUnits units,
                 Ratio& up, Ratio& down) {
    const auto ratio = parse_ratio(part, units);
    if (!ratio.ok()) {
      value.complain(
          std::string(ratio.status().message()) +
          (units == RatioUnits::kPercent ? "" : "; a part of the target goes into band_relative"));
      return false;
    }
    const bool signed_side = !part.empty() && (part.front() == '+' || part.front() == '-');
    if (ratio->raw() == 0 || (ratio->raw() < 0 && !signed_side)) {
      value.complain(absl::StrCat("'", part, "' is no distance"));
      return false;
    }
    if (paired && !signed_side) {
      value.complain(absl::StrCat("'", part, "' needs a sign, as in '+7pp/-3pp'"));
      return false;
    }
    if (!signed_side || ratio->raw() > 0) up = ratio->abs();
    if (!signed_side || ratio->raw() < 0) down = ratio->abs();
    return true;
  }

  // --- sleeves ---

  void read_sleeves(const Table& root) {
    PolicySleeve whole;
    whole.name.assign("portfolio");
    whole.target = kWhole;
    whole.is_leaf = false;
    policy_.sleeves.push_back(whole);
    has_target_.push_back(true);
    const Value value = root.require("sleeves");
    if (const auto table = value.table()) {
      for (const Table::Named& child : table->named_tables()) read_sleeve(child, kRootSleeve);
      if (policy_.sleeves.size() == 1) value.complain("has no sleeve");
    }
    if (!policy_.cash_sleeve.valid()) add_cash_sleeve();
    if (policy_.action == Action::kFuturesOverlay &&
        std::none_of(policy_.sleeves.begin(), policy_.sleeves.end(),
                     [](const PolicySleeve& s) { return !s.hedge.empty(); })) {
      root.complain("a futures_overlay needs 'hedge' contracts in at least one sleeve");
    }
  }

  void add_cash_sleeve() {
    if (policy_.sleeves.size() == kSleevesMax) return;
    PolicySleeve cash;
    cash.name.assign("cash");
    cash.parent = kRootSleeve;
    cash.tradable = false;
    policy_.cash_sleeve = SleeveId::of(policy_.sleeves.size());
    policy_.sleeves.push_back(cash);
    has_target_.push_back(true);
  }

  void read_sleeve(const Table::Named& named, SleeveId parent) {
    const Table& table = named.table;
    if (policy_.sleeves.size() >= kSleevesMax - 1) {
      table.complain(absl::StrCat("more than ", kSleevesMax - 2, " sleeves"));
      return;
    }
    PolicySleeve sleeve;
    if (!sleeve.name.assign(named.name) || named.name.empty())
      table.complain("the name of a sleeve has 1 to 24 characters");
    if (policy_.find(named.name).valid() || named.name == "portfolio")
      table.complain(absl::StrCat("the name '", named.name, "' is used twice"));
    sleeve.parent = parent;
    sleeve.position = table.position();
    const SleeveId id = SleeveId::of(policy_.sleeves.size());
    policy_.sleeves[parent.index()].is_leaf = false;
    read_target(table, sleeve);
    sleeve.band = band_of(table, &default_band_);
    sleeve.band_position =
        has_band(table) ? first_of(table, "band", "band_relative") : sleeve.position;
    sleeve.by_statement = table.get("priced").one_of({"market", "statement"}).value_or(0) == 1;
    const auto tradable = table.get("tradable").boolean();
    sleeve.tradable =
        tradable.value_or(!sleeve.by_statement) && policy_.sleeves[parent.index()].tradable;
    read_instruments(table, sleeve, id);
    const bool wants_cash = table.get("cash").boolean().value_or(named.name == "cash");
    policy_.sleeves.push_back(std::move(sleeve));
    const auto children = table.named_tables();
    if (wants_cash) make_cash(table, id, !children.empty());
    for (const Table::Named& child : children) read_sleeve(child, id);
    check_sleeve(table, id);
  }

  static Position first_of(const Table& table, std::string_view a, std::string_view b) {
    const Value value = table.get(a);
    return value.present() ? value.position() : table.get(b).position();
  }

  void read_target(const Table& table, PolicySleeve& sleeve) {
    const Value value = table.get("target");
    const auto target = value.ratio(RatioUnits::kPercent);
    has_target_.push_back(target.has_value());
    sleeve.target_position = value.present() ? value.position() : sleeve.position;
    if (!target) {
      bad_target_ = bad_target_ || value.present();
      return;
    }
    if (target->raw() < 0 || *target > kWhole) {
      value.complain(absl::StrCat(percent(*target), " is not within 0% to 100%"));
      bad_target_ = true;
    }
    sleeve.target = *target;
  }

  InstrumentId find_instrument(const Value& value, const std::string& symbol) {
    const InstrumentId id = instruments_.find(symbol);
    if (!id.valid())
      value.complain(
          absl::StrCat("unknown instrument '", symbol, "'", did_you_mean(symbol, symbols_)));
    return id;
  }

  void read_instruments(const Table& table, PolicySleeve& sleeve, SleeveId id) {
    for (const Value& value : table.get("instruments").array()) {
      if (const InstrumentId i = owned_instrument(value, id); i.valid()) {
        if (instruments_[i].is_future()) {
          value.complain("a future is not held for its own sake; list it under 'hedge'");
        }
        sleeve.instruments.push_back(i);
      }
    }
    for (const Value& value : table.get("hedge").array()) {
      const InstrumentId i = owned_instrument(value, id);
      if (!i.valid()) continue;
      if (!instruments_[i].is_future()) value.complain("only futures can hedge");
      sleeve.hedge.push_back(i);
    }
    sort_hedge(table, sleeve);
    read_traded(table, sleeve);
    if (sleeve.instruments.size() > kTradedMax || sleeve.hedge.size() > kTradedMax)
      table.complain(absl::StrCat("more than ", kTradedMax, " instruments in one sleeve"));
  }

  InstrumentId owned_instrument(const Value& value, SleeveId sleeve) {
    const std::optional<std::string> symbol = value.string();
    if (!symbol) return {};
    const InstrumentId id = find_instrument(value, *symbol);
    if (!id.valid()) return {};
    if (instruments_[id].kind == InstrumentKind::kFx) {
      value.complain("a currency pair is a rate, not a holding");
      return {};
    }
    if (owner_[id.index()].valid()) {
      // The sleeve being read is not in the list yet.
      const SleeveId other = owner_[id.index()];
      const std::string where = other == sleeve ? "this sleeve" : "'" + policy_.path(other) + "'";
      value.complain(absl::StrCat("'", *symbol, "' is already in ", where));
      return {};
    }
    owner_[id.index()] = sleeve;
    return id;
  }

  /// Contracts are used in the order given; the last one rounds. A larger one behind a smaller
  /// would never be used.
  void sort_hedge(const Table& table, const PolicySleeve& sleeve) {
    for (std::size_t i = 1; i < sleeve.hedge.size(); ++i) {
      const Instrument& before = instruments_[sleeve.hedge[i - 1]];
      const Instrument& after = instruments_[sleeve.hedge[i]];
      if (before.currency == after.currency && after.multiplier > before.multiplier) {
        table.get("hedge").warn(
            absl::StrCat("'", to_absl(after.symbol.view()), "' has a larger multiplier than '",
                         to_absl(before.symbol.view()), "'; list the largest contract first"));
      }
    }
  }

  void read_traded(const Table& table, PolicySleeve& sleeve) {
    const Value trade = table.get("trade");
    for (const Value& value : trade.array()) {
      const auto symbol = value.string();
      const InstrumentId id = symbol ? find_instrument(value, *symbol) : InstrumentId{};
      if (!id.valid()) continue;
      if (std::find(sleeve.instruments.begin(), sleeve.instruments.end(), id) ==
          sleeve.instruments.end()) {
        value.complain(absl::StrCat("'", *symbol, "' is not among this sleeve's instruments"));
      } else {
        sleeve.traded.push_back(id);
      }
    }
    if (!trade.present()) sleeve.traded = sleeve.instruments;
    std::erase_if(sleeve.traded, [this](InstrumentId id) {
      const Instrument& instrument = instruments_[id];
      return !instrument.tradable || instrument.is_cash() || instrument.is_future();
    });
    if (const auto weights = table.table("weights")) read_weights(*weights, sleeve);
  }

  void read_weights(const Table& table, PolicySleeve& sleeve) {
    Ratio sum;
    for (const InstrumentId id : sleeve.traded) {
      const Value value = table.require(instruments_[id].symbol.view());
      const Ratio weight = value.ratio(RatioUnits::kPercent).value_or(Ratio{});
      if (value.present() && (weight.raw() < 0 || weight > kWhole))
        value.complain("is not within 0% to 100%");
      sleeve.weights.push_back(weight);
      sum += weight;
    }
    if (sum != kWhole)
      table.complain(absl::StrCat("the weights sum to ", percent(sum), ", not to 100%"));
  }

  void make_cash(const Table& table, SleeveId id, bool has_children) {
    if (policy_.cash_sleeve.valid()) {
      table.complain(absl::StrCat("a second cash sleeve; the first is '",
                                  policy_.path(policy_.cash_sleeve), "'"));
      return;
    }
    PolicySleeve& sleeve = policy_.sleeves[id.index()];
    if (has_children || !sleeve.hedge.empty() || !sleeve.traded.empty())
      table.complain("the cash sleeve holds cash alone");
    sleeve.tradable = false;
    policy_.cash_sleeve = id;
  }

  /// Something stands there, right or wrong.
  static bool lists_any(const Table& table, std::string_view key) {
    const Value value = table.get(key);
    return value.present() && !(value.is_array() && value.array().empty());
  }

  void check_sleeve(const Table& table, SleeveId id) {
    const PolicySleeve& sleeve = policy_.sleeves[id.index()];
    if (sleeve.is_leaf && !has_target_[id.index()] && !table.has("target"))
      table.complain("missing key 'target'");
    if (sleeve.is_leaf && id != policy_.cash_sleeve && !lists_any(table, "instruments") &&
        !lists_any(table, "hedge"))
      table.complain("has no instruments");
    if (!sleeve.is_leaf && !sleeve.instruments.empty())
      table.complain("has sub-sleeves; its instruments belong into them");
    for (SleeveId s = sleeve.parent; !sleeve.hedge.empty() && s.valid();
         s = policy_.sleeves[s.index()].parent) {
      if (!policy_.sleeves[s.index()].hedge.empty()) {
        table.complain(absl::StrCat("'hedge' stands here and in '", policy_.path(s),
                                    "'; one of them has to do"));
      }
    }
  }

  // --- targets ---

  void settle_targets(const Table& root) {
    if (bad_target_ || !complaints_.ok()) return;
    if (of_parent_) {
      make_absolute();
    } else {
      sum_parents();
    }
    for (std::size_t i = 0; i < policy_.sleeves.size(); ++i) {
      if (policy_.sleeves[i].is_leaf) continue;
      const Ratio sum = of_parent_ ? parent_sums_[i] : children_sum(i);
      const Ratio whole = of_parent_ ? kWhole : policy_.sleeves[i].target;
      if (sum == whole) continue;
      const std::string who =
          i == 0 ? "the sleeves" : "the sub-sleeves of '" + policy_.path(SleeveId::of(i)) + "'";
      complaints_.error(
          policy_.file,
          i == 0 ? root.get("sleeves").position() : policy_.sleeves[i].target_position,
          absl::StrCat("the targets of ", who, " sum to ", percent(sum), ", not to ",
                       percent(whole), of_parent_ ? " of their parent" : ""));
    }
  }
  Ratio children_sum(std::size_t parent) const {
    Ratio sum;
    for (const PolicySleeve& sleeve : policy_.sleeves) {
      if (sleeve.parent == SleeveId::of(parent)) sum += sleeve.target;
    }
    return sum;
  }
  /// A parent without a target of its own has its children's sum.
  void sum_parents() {
    for (std::size_t i = policy_.sleeves.size(); i-- > 1;) {
      if (!policy_.sleeves[i].is_leaf && !has_target_[i])
        policy_.sleeves[i].target = children_sum(i);
    }
  }
  /// Parts of a parent become parts of the portfolio; what rounding leaves goes to the last child.
  void make_absolute() {
    parent_sums_.resize(policy_.sleeves.size());
    for (std::size_t i = 0; i < policy_.sleeves.size(); ++i) {
      if (policy_.sleeves[i].is_leaf) continue;
      parent_sums_[i] = children_sum(i);
      Ratio given;
      PolicySleeve* last = nullptr;
      for (PolicySleeve& sleeve : policy_.sleeves) {
        if (sleeve.parent != SleeveId::of(i)) continue;
        sleeve.target = times(sleeve.target, policy_.sleeves[i].target);
        given += sleeve.target;
        if (sleeve.target.raw() > 0) last = &sleeve;
      }
      if (last != nullptr && parent_sums_[i] == kWhole)
        last->target += policy_.sleeves[i].target - given;
    }
  }

  // --- volatility ---

  void read_volatility(const Table& table) {
    VolatilityTrigger trigger;
    trigger.position = table.position();
    read_watched(table, trigger);
    read_sampling(table, trigger.settings);
    trigger.when_above = table.require("when_above").ratio(RatioUnits::kPercent).value_or(Ratio{});
    const Value until = table.get("until_below");
    trigger.until_below = until.ratio(RatioUnits::kPercent).value_or(trigger.when_above);
    if (trigger.until_below > trigger.when_above) {
      until.complain(absl::StrCat("is above when_above, ", percent(trigger.when_above),
                                  "; it ends what that begins"));
    }
    if (!until.present()) {
      table.warn("without 'until_below' the targets may change to and fro at the threshold");
    }
    read_calm_targets(table, trigger);
    policy_.volatility = std::move(trigger);
  }

  void read_watched(const Table& table, VolatilityTrigger& trigger) {
    const Value instruments = table.get("instruments");
    const Value sleeve = table.get("sleeve");
    if (instruments.present() == sleeve.present()) {
      table.complain("needs either 'instruments' or 'sleeve' to watch");
      return;
    }
    for (const Value& value : instruments.array()) {
      const auto symbol = value.string();
      const InstrumentId id = symbol ? find_instrument(value, *symbol) : InstrumentId{};
      if (id.valid()) trigger.instruments.push_back(id);
    }
    if (const auto name = sleeve.string()) {
      const SleeveId id = find_sleeve(sleeve, *name);
      if (id.valid()) collect_quoted(id, trigger.instruments);
    }
    for (const InstrumentId id : trigger.instruments) {
      if (!instruments_[id].quoted)
        table.complain(
            absl::StrCat("'", to_absl(instruments_[id].symbol.view()), "' is not quoted"));
    }
    if (trigger.instruments.empty() && complaints_.ok())
      table.complain("there is no quoted instrument to watch");
  }
  SleeveId find_sleeve(const Value& value, const std::string& name) {
    const SleeveId id = policy_.find(name);
    if (id.valid()) return id;
    std::vector<std::string_view> names;
    for (std::size_t i = 1; i < policy_.sleeves.size(); ++i)
      names.push_back(policy_.sleeves[i].name.view());
    value.complain(absl::StrCat("unknown sleeve '", name, "'", did_you_mean(name, names)));
    return {};
  }
  void collect_quoted(SleeveId sleeve, std::vector<InstrumentId>& out) const {
    for (std::size_t i = sleeve.index(); i < policy_.sleeves.size(); ++i) {
      SleeveId up = SleeveId::of(i);
      while (up.valid() && up != sleeve) up = policy_.sleeves[up.index()].parent;
      if (!up.valid()) continue;
      for (const InstrumentId id : policy_.sleeves[i].instruments) {
        if (instruments_[id].quoted) out.push_back(id);
      }
    }
  }

  void read_sampling(const Table& table, VolatilitySettings& settings) {
    const Value sample = table.require("sample");
    settings.sample = sample.duration().value_or(kMinute);
    if (settings.sample < kMillisecond || settings.sample % kMillisecond != 0) {
      sample.complain("must be whole milliseconds, and at least one");
      settings.sample = kMinute;
    }
    settings.warm_up =
        static_cast<std::uint32_t>(table.get("warm_up").integer(1, 1'000'000).value_or(30));
    const Value half_life = table.get("half_life");
    const Value lambda = table.get("lambda");
    if (half_life.present() == lambda.present()) {
      table.complain("needs either 'half_life' or 'lambda'");
    }
    settings.lambda = lambda.number().value_or(Ratio::from_raw(940'000'000));
    if (settings.lambda.raw() <= 0 || settings.lambda >= kWhole) {
      lambda.complain("must be between 0 and 1");
    }
    if (const auto life = half_life.duration()) {
      if (*life < settings.sample || *life / settings.sample > 1'000'000) {
        half_life.complain("must be one to a million samples long");
      } else {
        settings.lambda = lambda_of_half_life(settings.sample, *life);
      }
    }
    read_year(table, settings);
  }

  static void read_year(const Table& table, VolatilitySettings& settings) {
    const std::int64_t days = table.get("trading_days").integer(1, 366).value_or(252);
    const Value day_value = table.get("trading_day");
    const DurationNs day = day_value.duration().value_or(390 * kMinute);
    if (day < kMinute || day > kCalendarDay || day % kMillisecond != 0)
      return day_value.complain("must be between '1m' and '24h'");
    // A sample of whole days is one of trading days.
    const bool by_day = settings.sample % kCalendarDay == 0;
    std::int64_t numerator = by_day ? days : days * (day / kMillisecond);
    std::int64_t denominator = settings.sample / (by_day ? kCalendarDay : kMillisecond);
    const std::int64_t common = std::gcd(numerator, denominator);
    settings.year_numerator = numerator / common;
    settings.year_denominator = denominator / common;
  }

  /// `target.equity = "40%"`: what is not named shares the rest in proportion to its usual target.
  void read_calm_targets(const Table& table, VolatilityTrigger& trigger) {
    const Value value = table.require("target");
    const auto targets = value.table();
    std::vector<bool> named(policy_.sleeves.size(), false);
    for (const PolicySleeve& sleeve : policy_.sleeves) trigger.targets.push_back(sleeve.target);
    if (!targets) return;
    for (const Value& entry : targets->entries()) {
      const SleeveId id = find_sleeve(entry, std::string(entry.key()));
      const auto target = entry.ratio(RatioUnits::kPercent);
      if (!id.valid() || !target) continue;
      if (target->raw() < 0 || *target > kWhole) entry.complain("is not within 0% to 100%");
      trigger.targets[id.index()] = *target;
      named[id.index()] = true;
    }
    if (std::none_of(named.begin(), named.end(), [](bool n) { return n; })) {
      value.complain("names no sleeve");
      return;
    }
    if (complaints_.ok()) spread_targets(value, trigger.targets, named);
  }

  void spread_targets(const Value& value, std::vector<Ratio>& targets,
                      const std::vector<bool>& named) {
    for (std::size_t parent = 0; parent < policy_.sleeves.size(); ++parent) {
      if (policy_.sleeves[parent].is_leaf) continue;
      Ratio fixed, free;
      std::size_t last = 0;
      for (std::size_t i = 1; i < policy_.sleeves.size(); ++i) {
        if (policy_.sleeves[i].parent != SleeveId::of(parent)) continue;
        (named[i] ? fixed : free) += targets[i];
        if (!named[i] && targets[i].raw() > 0) last = i;
      }
      const Ratio rest = targets[parent] - fixed;
      if (rest.raw() < 0 || (last == 0 && rest.raw() != 0)) {
        value.complain(absl::StrCat("the targets under '",
                                    to_absl(policy_.sleeves[parent].name.view()), "' sum to ",
                                    percent(fixed), ", not to ", percent(targets[parent])));
        return;
      }
      if (last != 0) share_rest(parent, rest, free, last, targets, named);
    }
  }
  void share_rest(std::size_t parent, Ratio rest, Ratio free, std::size_t last,
                  std::vector<Ratio>& targets, const std::vector<bool>& named) const {
    Ratio given;
    for (std::size_t i = 1; i < policy_.sleeves.size(); ++i) {
      if (policy_.sleeves[i].parent != SleeveId::of(parent) || named[i] || i == last) continue;
      targets[i] = Ratio::from_raw(static_cast<std::int64_t>(
          divide_rounded(static_cast<Int128>(targets[i].raw()) * rest.raw(), free.raw())));
      given += targets[i];
    }
    targets[last] = rest - given;
  }

  const InstrumentTable& instruments_;
  Complaints& complaints_;
  std::vector<std::string_view> symbols_;
  std::vector<SleeveId> owner_;  // by instrument
  Policy policy_;
  Band default_band_;
  bool of_parent_ = false;
  bool bad_target_ = false;
  std::vector<bool> has_target_;      // by sleeve
  std::vector<Ratio> parent_sums_{};  // with targets of_parent: as written
};

}  // namespace

absl::StatusOr<Policy> parse_policy(std::string_view text, std::string_view file,
                                    const InstrumentTable& instruments,
                                    std::vector<Complaint>* warnings) {
  Complaints complaints;
  Config config = Config::parse(text, file, complaints);
  if (!config.syntax_ok()) return complaints.status();
  Policy policy = PolicyReader(instruments, complaints).read(config);
  complaints.sort();
  if (warnings != nullptr) {
    for (const Complaint& complaint : complaints.all()) {
      if (complaint.severity != Severity::kError) warnings->push_back(complaint);
    }
  }
  if (!complaints.ok()) return complaints.status();
  return policy;
}

}  // namespace evenkeel::rules
