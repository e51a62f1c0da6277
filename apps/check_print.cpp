#include "apps/check_print.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "apps/events_json.hpp"
#include "core/decimal.hpp"
#include "rules/explain.hpp"

namespace evenkeel::apps {
namespace {

using rules::Policy;
using rules::PolicySleeve;

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

/// Characters, not bytes, so that names in any language line up.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

/// Rows of cells in columns: the first and last to the left, the others to the right.
class Columns {
 public:
  void row(std::vector<std::string> cells) {
    if (widths_.size() < cells.size()) widths_.resize(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths_[i] = std::max(widths_[i], width(cells[i]));
    }
    rows_.push_back(std::move(cells));
  }
  void print(std::string& out) const {
    for (const auto& cells : rows_) {
      std::string line = "  ";
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string gap(widths_[i] - width(cells[i]), ' ');
        const bool left = i == 0 || i + 1 == widths_.size();
        absl::StrAppend(&line, i == 0 ? "" : "  ", left ? "" : gap, cells[i], left ? gap : "");
      }
      while (!line.empty() && line.back() == ' ') line.pop_back();
      out += line + "\n";
    }
  }

 private:
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
};

std::string percent(Ratio ratio) {
  return std::string(format_rounded(ratio.raw(), Ratio::kScale / 100, 2).view()) + "%";
}
std::string points(Ratio ratio) {
  const std::string text(format_rounded(ratio.raw(), Ratio::kScale / 100, 2).view());
  if (text == "-0.00" || text == "0.00") return "0.00pp";
  return (ratio.raw() > 0 ? "+" : "") + text + "pp";
}

std::string edge(Ratio value, Trigger trigger) {
  return trigger == Trigger::kNone ? "any" : rules::percent_text(value);
}
/// "55% .. 65%".
std::string band_text(const PolicySleeve& sleeve) {
  const rules::Edges edges = rules::edges_around(sleeve.target, sleeve.band);
  if (!edges.banded) return "no band";
  return absl::StrCat(edge(edges.low, edges.low_trigger), " .. ",
                      edge(edges.high, edges.high_trigger));
}

std::string indented(const Policy& policy, SleeveId sleeve) {
  std::string out;
  for (SleeveId s = policy.sleeves[sleeve.index()].parent; s.valid() && s != kRootSleeve;
       s = policy.sleeves[s.index()].parent) {
    out += "  ";
  }
  return out + std::string(policy.sleeves[sleeve.index()].name.view());
}

std::vector<std::string> symbols(const std::vector<InstrumentId>& ids,
                                 const InstrumentTable& instruments) {
  std::vector<std::string> names;
  for (const InstrumentId id : ids) names.emplace_back(instruments[id].symbol.view());
  return names;
}

/// What a sleeve holds, and what it is moved with.
std::string holdings_text(const Policy& policy, const PolicySleeve& sleeve,
                          const InstrumentTable& instruments) {
  std::string text = absl::StrJoin(symbols(sleeve.instruments, instruments), ", ");
  if (!sleeve.hedge.empty()) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", "hedged with ",
                    absl::StrJoin(symbols(sleeve.hedge, instruments), ", "));
  }
  const bool idle = policy.action == rules::Action::kCash && sleeve.is_leaf &&
                    !sleeve.instruments.empty() && (!sleeve.tradable || sleeve.traded.empty());
  if (idle) absl::StrAppend(&text, " (not traded)");
  return text;
}

std::string destination_text(const rules::Destination& destination) {
  switch (destination.kind) {
    case rules::Destination::Kind::kTarget:
      return "back to target";
    case rules::Destination::Kind::kHalf:
      return "half of the way back";
    case rules::Destination::Kind::kBand:
      return destination.fraction == kWhole
                 ? "back to the band's edge"
                 : absl::StrCat("back to ", rules::percent_text(destination.fraction),
                                " of the band");
  }
  return "?";
}

std::string threshold_text(const rules::Threshold& threshold, const InstrumentTable& instruments) {
  if (threshold.currency.valid()) {
    return absl::StrCat(to_absl(instruments.currency_code(threshold.currency)), " ",
                        rules::money_text(threshold.money));
  }
  return rules::percent_text(threshold.of_nav) + " of nav";
}
bool is_given(const rules::Threshold& threshold) {
  return threshold.money.raw() > 0 || threshold.of_nav.raw() > 0;
}

std::string terms_text(const Policy& policy, const InstrumentTable& instruments) {
  std::string text = absl::StrCat("  ", to_absl(rules::action_name(policy.action)));
  if (policy.action != rules::Action::kMonitor) {
    absl::StrAppend(&text, ", ", destination_text(policy.destination));
    if (policy.in_proportion) absl::StrAppend(&text, ", in proportion within sleeves");
  }
  absl::StrAppend(&text, ", fires ", policy.edge_inclusive ? "at" : "beyond", " the edge");
  if (policy.hold_for > 0) {
    absl::StrAppend(&text, " after ", exact_duration(policy.hold_for), " there");
  }
  absl::StrAppend(&text, ", rests ", exact_duration(policy.cool_down), " after each\n");
  std::vector<std::string> parts;
  if (is_given(policy.minimum_trade)) {
    parts.push_back("no trade below " + threshold_text(policy.minimum_trade, instruments));
  }
  if (is_given(policy.cash_buffer)) {
    parts.push_back("cash kept: " + threshold_text(policy.cash_buffer, instruments));
  }
  if (policy.trading_cost.raw() > 0) {
    parts.push_back("costs set aside: " + rules::percent_text(policy.trading_cost));
  }
  if (!parts.empty()) absl::StrAppend(&text, "  ", absl::StrJoin(parts, "; "), "\n");
  return text;
}

std::string volatility_text(const Policy& policy, const InstrumentTable& instruments) {
  const rules::VolatilityTrigger& trigger = *policy.volatility;
  std::string text = absl::StrCat(
      "  while the volatility of ", absl::StrJoin(symbols(trigger.instruments, instruments), ", "),
      " is above ", rules::percent_text(trigger.when_above), ", until it is below ",
      rules::percent_text(trigger.until_below), ":\n  ");
  const char* gap = "  ";
  for (std::size_t s = 1; s < policy.sleeves.size(); ++s) {
    absl::StrAppend(&text, gap, policy.path(SleeveId::of(s)), " ",
                    rules::percent_text(trigger.targets[s]));
    gap = ", ";
  }
  return text + "\n";
}

void policy_text(const Policy& policy, const InstrumentTable& instruments, std::string& out) {
  absl::StrAppend(&out, "\npolicy ", to_absl(policy.name.view()), "  (", policy.file, ")\n",
                  terms_text(policy, instruments));
  Columns columns;
  columns.row({"sleeve", "target", "band", "holds"});
  for (std::size_t s = 1; s < policy.sleeves.size(); ++s) {
    const PolicySleeve& sleeve = policy.sleeves[s];
    columns.row({indented(policy, SleeveId::of(s)), rules::percent_text(sleeve.target),
                 band_text(sleeve), holdings_text(policy, sleeve, instruments)});
  }
  columns.print(out);
  if (policy.volatility) out += volatility_text(policy, instruments);
}

std::string standing_text(Standing standing) {
  switch (standing) {
    case Standing::kNoBand:
      return "";
    case Standing::kInside:
      return "within its band";
    case Standing::kAbove:
      return "ABOVE its band";
    case Standing::kBelow:
      return "BELOW its band";
  }
  return "?";
}

void portfolio_text(const DeskConfig& desk, std::size_t index, const PortfolioReport& report,
                    std::string& out) {
  const PortfolioSpec& spec = desk.portfolios[index];
  const Policy& policy = desk.policies[spec.model.index()];
  absl::StrAppend(&out, "\nportfolio ", spec.name, "  (", desk.sources[index].file, ")\n  policy ",
                  to_absl(policy.name.view()), ", ");
  if (report.sleeves.empty()) {
    absl::StrAppend(&out, "nav not known\n");
    return;
  }
  absl::StrAppend(&out, "nav ", to_absl(desk.instruments.currency_code(spec.base)), " ",
                  to_absl(format_rounded(report.nav.raw(), Money::kScale, 2, true).view()),
                  " at the prices of the files\n");
  Columns columns;
  columns.row({"sleeve", "weight", "target", "drift", "band", ""});
  for (std::size_t s = 1; s < policy.sleeves.size(); ++s) {
    const SleeveReport& sleeve = report.sleeves[s];
    columns.row({indented(policy, SleeveId::of(s)), percent(sleeve.weight),
                 percent(policy.sleeves[s].target), points(sleeve.drift),
                 band_text(policy.sleeves[s]), standing_text(sleeve.standing)});
  }
  const Ratio outside = report.sleeves[0].weight;
  Ratio counted;
  for (std::size_t s = 1; s < policy.sleeves.size(); ++s) {
    if (policy.sleeves[s].parent == kRootSleeve) counted += report.sleeves[s].weight;
  }
  // Rounded weights need not sum to the whole; what is meant is a holding without a sleeve.
  if ((outside - counted).abs() > Ratio::from_raw(1'000)) {
    columns.row({"(in no sleeve)", percent(outside - counted), "", "", "", ""});
  }
  columns.print(out);
}

void machine_text(const DeskConfig& desk, std::string& out) {
  const EngineSettings& engine = desk.machine.engine;
  absl::StrAppend(&out, "desk ", desk.name, "  (", desk.file, ")\n");
  absl::StrAppend(&out, "  engine ", to_absl(engine.id.view()), ", time of the ",
                  engine.clock == ClockMode::kWall ? "wall clock" : "feed", ", tick ",
                  exact_duration(engine.tick), engine.spin ? ", spinning" : "", "\n");
  for (const FeedSettings& feed : desk.machine.feeds) {
    absl::StrAppend(&out, "  feed ", feed.name, " at ", feed.listen,
                    feed.multicast ? " (multicast" : "");
    if (feed.multicast) {
      if (!feed.interface_name.empty()) absl::StrAppend(&out, " on ", feed.interface_name);
      if (!feed.source.empty()) absl::StrAppend(&out, " from ", feed.source);
      out += ")";
    }
    absl::StrAppend(&out, ", silent after ", exact_duration(feed.silent_after), "\n");
  }
  if (const auto& fix = desk.machine.fix) {
    absl::StrAppend(&out, "  orders over FIX 4.4 to ", fix->host, ":", fix->port, ", ", fix->sender,
                    " to ", fix->target, ", heartbeat ", exact_duration(fix->heartbeat),
                    fix->mass_status ? ", status of all orders at once\n" : "\n");
  } else {
    out += "  no [fix]: this desk watches, and sends no order\n";
  }
}

// --- JSON ---

void complaints_json(const rules::Complaints& complaints, JsonLine& json) {
  constexpr std::string_view kNames[] = {"note", "warning", "error"};
  json.open("complaints", '[');
  for (const rules::Complaint& complaint : complaints.all()) {
    json.element()
        .text("severity", kNames[static_cast<std::size_t>(complaint.severity)])
        .text("file", complaint.file)
        .count("line", complaint.position.line)
        .count("column", complaint.position.column)
        .text("message", complaint.message)
        .close('}');
  }
  json.close(']');
}

void edge_json(std::string_view key, Ratio value, Trigger trigger, JsonLine& json) {
  if (trigger == Trigger::kNone) {
    json.raw(key, "null");
  } else {
    json.number(key, value);
  }
}

void policy_json(const Policy& policy, JsonLine& json) {
  json.element()
      .text("name", policy.name.view())
      .text("file", policy.file)
      .text("action", rules::action_name(policy.action))
      .open("sleeves", '[');
  for (std::size_t s = 1; s < policy.sleeves.size(); ++s) {
    const PolicySleeve& sleeve = policy.sleeves[s];
    const rules::Edges edges = rules::edges_around(sleeve.target, sleeve.band);
    json.element().text("sleeve", policy.path(SleeveId::of(s))).number("target", sleeve.target);
    edge_json("low", edges.low, edges.low_trigger, json);
    edge_json("high", edges.high, edges.high_trigger, json);
    json.boolean("tradable", sleeve.tradable).close('}');
  }
  json.close(']').close('}');
}

void portfolio_json(const DeskConfig& desk, std::size_t index, const PortfolioReport& report,
                    JsonLine& json) {
  const PortfolioSpec& spec = desk.portfolios[index];
  const Policy& policy = desk.policies[spec.model.index()];
  json.element()
      .text("name", spec.name)
      .text("file", desk.sources[index].file)
      .text("policy", policy.name.view())
      .text("base", desk.instruments.currency_code(spec.base))
      .boolean("blocked", report.blocked);
  if (report.sleeves.empty()) {
    json.raw("nav", "null");
  } else {
    json.number("nav", report.nav);
  }
  json.open("sleeves", '[');
  for (std::size_t s = 1; s < report.sleeves.size(); ++s) {
    const SleeveReport& sleeve = report.sleeves[s];
    json.element()
        .text("sleeve", policy.path(SleeveId::of(s)))
        .number("exposure", sleeve.exposure)
        .number("weight", sleeve.weight)
        .number("drift", sleeve.drift)
        .text("standing", standing_name(sleeve.standing))
        .close('}');
  }
  json.close(']').close('}');
}

}  // namespace

std::string exact_duration(DurationNs duration) {
  constexpr std::pair<DurationNs, const char*> kUnits[] = {
      {kHour, "h"},         {kMinute, "m"},       {kSecond, "s"},
      {kMillisecond, "ms"}, {kMicrosecond, "us"}, {1, "ns"},
  };
  std::string text;
  for (const auto& [unit, name] : kUnits) {
    if (duration >= unit) absl::StrAppend(&text, duration / unit, name);
    duration %= unit;
  }
  return text.empty() ? "0s" : text;
}

std::string report_text(const DeskConfig& desk, const DeskReport& report) {
  std::string out;
  machine_text(desk, out);
  for (const Policy& policy : desk.policies) policy_text(policy, desk.instruments, out);
  for (std::size_t i = 0; i < report.portfolios.size(); ++i) {
    portfolio_text(desk, i, report.portfolios[i], out);
  }
  return out;
}

std::string report_json(const DeskConfig* desk, const DeskReport* report,
                        const rules::Complaints& complaints, std::string_view problem) {
  std::string out;
  JsonLine json(out);
  json.boolean("ok", complaints.ok() && problem.empty());
  if (!problem.empty()) json.text("problem", problem);
  if (desk != nullptr && report != nullptr) {
    json.text("desk", desk->name).text("file", desk->file);
    json.boolean("sends_orders", desk->machine.fix.has_value());
    json.open("policies", '[');
    for (const Policy& policy : desk->policies) policy_json(policy, json);
    json.close(']').open("portfolios", '[');
    for (std::size_t i = 0; i < report->portfolios.size(); ++i) {
      portfolio_json(*desk, i, report->portfolios[i], json);
    }
    json.close(']');
  }
  complaints_json(complaints, json);
  json.end();
  return out;
}

}  // namespace evenkeel::apps
