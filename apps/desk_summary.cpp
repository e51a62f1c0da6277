#include "apps/desk_summary.hpp"

#include <algorithm>

#include "apps/events_json.hpp"
#include "apps/events_text.hpp"
#include "rules/explain.hpp"

namespace evenkeel::apps {
namespace {

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80;
  }));
}

std::string left(std::string_view text, std::size_t width) {
  std::string out(text);
  if (width_of(text) < width) out.append(width - width_of(text), ' ');
  return out;
}

std::string right(std::string_view text, std::size_t width) {
  std::string out;
  if (width_of(text) < width) out.append(width - width_of(text), ' ');
  return out.append(text);
}

/// `text` broken at spaces, each further line indented.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (column > indent && column + 1 + width_of(word) > columns) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out.push_back(' ');
      ++column;
    }
    out += word;
    column += width_of(word);
  }
  return out;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return grouped(Quantity::from_whole(static_cast<std::int64_t>(count))) + " " + std::string(noun) +
         (count == 1 ? "" : "s");
}

std::string points(Ratio ratio) { return percent(ratio, 2) + "pp"; }

std::string change_text(Price from, Price to) {
  if (from.raw() <= 0) return "";
  const Int128 change = (static_cast<Int128>(to.raw()) - from.raw()) * Ratio::kScale;
  const Int128 ratio = divide_rounded(change, from.raw());
  return signed_percent(Ratio::from_raw(static_cast<std::int64_t>(ratio)), 1) + "%";
}

std::string money_change(Money from, Money to, std::string_view currency) {
  const Money change = to - from;
  std::string out(currency);
  out += change.raw() < 0 ? " -" : " +";
  out += compact(change.abs());
  if (from.raw() > 0) out += " (" + signed_percent(ratio_of(change, from), 2) + "%)";
  return out;
}

/// A length of market time: "6 h 30 min", "4 min", "12 s".
std::string span_text(DurationNs span) {
  const DurationNs rounded = (span + kSecond / 2) / kSecond * kSecond;
  if (rounded < kMinute) return std::to_string(rounded / kSecond) + " s";
  const DurationNs minutes = (span + kMinute / 2) / kMinute;
  if (minutes < 60) return std::to_string(minutes) + " min";
  return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

void add_market(std::string& out, const RunStory& story) {
  if (story.instruments.empty()) return;
  out += "\nThe market, " + date_time(story.first_ts) + " to " +
         time_of_day(story.last_ts).substr(0, 8) + " UTC\n";
  out += "  " + left("", 8) + right("first", 12) + right("low", 12) + right("last", 12) +
         right("to low", 9) + right("change", 9) + "   low at\n";
  for (const InstrumentStory& i : story.instruments) {
    out += "  " + left(i.symbol, 8) + right(exact(i.first), 12) + right(exact(i.low), 12) +
           right(exact(i.last), 12) + right(change_text(i.first, i.low), 9) +
           right(change_text(i.first, i.last), 9) + "   " + time_of_day(i.low_ts).substr(0, 8) +
           "\n";
  }
}

void add_sleeves(std::string& out, const PortfolioStory& portfolio) {
  for (const SleeveStory& sleeve : portfolio.sleeves) {
    out +=
        "    " +
        left(std::string(static_cast<std::size_t>(2 * (sleeve.depth - 1)), ' ') + sleeve.name, 20);
    out += right(percent(sleeve.weight, 2) + "%", 9);
    if (sleeve.banded) {
      out += "   target " + right(percent(sleeve.target, 1) + "%", 6) + "   band " +
             percent(sleeve.low, 1) + " to " + percent(sleeve.high, 1) + "%" +
             (sleeve.inside ? "" : "   OUTSIDE");
    }
    out += "\n";
  }
}

void add_portfolio(std::string& out, const PortfolioStory& p, bool monitor) {
  out += "\n" + p.name + "  (policy " + p.policy + ")";
  if (p.halted != AlertCode::kNone) out += "  HALTED: " + std::string(name_of(p.halted));
  out += "\n";
  if (p.nav_start.is_zero()) {
    out += "  never had a price for everything it holds\n";
    return;
  }
  out += "  NAV " + p.currency + " " + grouped(p.nav_start, 0) + " to " + grouped(p.nav_end, 0) +
         ", " + money_change(p.nav_start, p.nav_end, p.currency) + "\n";
  if (monitor) {
    out += "  furthest from policy: " + points(p.kept.drift_max) +
           (p.kept.sleeve_worst.empty() ? "" : " (" + p.kept.sleeve_worst + ")") +
           ", outside its bands for " + span_text(p.kept.outside) + " of " +
           span_text(p.kept.watched) + "\n";
  } else {
    out += "  " + left("", 24) + right("with Evenkeel", 16) + right("left alone", 16) + "\n";
    out += "  " + left("furthest from policy", 24) + right(points(p.kept.drift_max), 16) +
           right(points(p.untouched.drift_max), 16) + "\n";
    out += "  " + left("outside its bands", 24) + right(span_text(p.kept.outside), 16) +
           right(span_text(p.untouched.outside), 16) + "\n";
    out +=
        "  " + left("result", 24) +
        right(signed_percent(ratio_of(p.nav_end - p.nav_start, p.nav_start), 2) + "%", 16) +
        right(signed_percent(ratio_of(p.nav_untouched - p.nav_start, p.nav_start), 2) + "%", 16) +
        "\n";
    out += "  " + counted(p.orders, "order") + ", " + counted(p.fills, "fill") + ", traded " +
           p.currency + " " + compact(p.traded) + ", " + (p.cost.raw() < 0 ? "gained " : "paid ") +
           grouped(p.cost.abs(), 0) + " against the mid at the decision\n";
  }
  add_sleeves(out, p);
}

std::string rebalance_text(const RebalanceStory& r, const InstrumentTable& table) {
  std::string text = r.why;
  for (std::size_t i = 0; i < r.trades.size(); ++i) {
    const TradeStory& trade = r.trades[i];
    text += i == 0 ? ": " : ", ";
    text += rules::explain_trade(trade.instrument, trade.quantity, trade.reference, table);
  }
  if (r.then.empty()) return text;
  text += r.trades.empty() ? ": " : "; then, with the proceeds, ";
  for (std::size_t i = 0; i < r.then.size(); ++i) {
    const TradeStory& trade = r.then[i];
    if (i > 0) text += ", ";
    text += trade.quantity.raw() < 0 ? "sell " : "buy ";
    text += grouped(trade.quantity.abs()) + " ";
    text += table[trade.instrument].symbol.view();
  }
  return text + " (" + counted(r.later_steps, "order") + ")";
}

void add_rebalances(std::string& out, const RunStory& story, std::size_t columns) {
  if (story.rebalances.empty()) return;
  constexpr std::size_t kShown = 40;
  out += "\nWhy it traded\n";
  const std::size_t shown = std::min(story.rebalances.size(), kShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const RebalanceStory& r = story.rebalances[i];
    const std::string_view who = r.portfolio.index() < story.portfolios.size()
                                     ? std::string_view(story.portfolios[r.portfolio.index()].name)
                                     : std::string_view("?");
    const std::string text = rebalance_text(r, *story.table);
    out += "  " + time_of_day(r.ts).substr(0, 8) + "  " + left(who, 14) +
           wrapped(text, 26, columns) + "\n";
  }
  const std::uint64_t more = story.rebalances.size() - shown + story.rebalances_not_kept;
  if (more > 0) out += "  ... and " + std::to_string(more) + " more\n";
}

/// ", 3 words" when there are any.
void add_some(std::string& out, std::uint64_t count, std::string_view words) {
  if (count > 0) out += ", " + std::to_string(count) + " " + std::string(words);
}

void add_session(std::string& out, const SessionStory& session) {
  const fix::GatewayCounts& g = session.gateway;
  const fix::OrderDeskCounters& d = session.desk;
  out += "FIX: " + counted(g.orders, "order") + ", " + counted(g.replaces, "replace") + ", " +
         counted(g.cancels, "cancel") + " sent";
  add_some(out, g.status_requests, "asked about");
  add_some(out, g.mass_status_requests, "times about all at once");
  add_some(out, g.refused_not_logged_on, "refused without a session");
  add_some(out, g.refused_backpressure, "refused for want of room");
  add_some(out, g.refused_store, "refused by the store");
  add_some(out, g.refused_invalid, "refused as FIX");
  add_some(out, g.refused_not_durable, "refused as not durable");
  add_some(out, g.lost, "lost in the sending");
  add_some(out, g.never_sent, "of an earlier run never sent");
  add_some(out, g.left_undecided, "of an earlier run left undecided");
  out += "\nSince the journal began: " + counted(d.starts, "start") + ", " +
         counted(d.attempts, "send attempt");
  add_some(out, d.retired, "ended orders forgotten");
  add_some(out, d.retired_reports, "reports of such");
  out += "\n";
}

void add_machine(std::string& out, const RunStory& story) {
  out += "\n";
  for (const FeedStory& f : story.feeds) {
    out += "Feed " + f.name + ": " + counted(f.packets, "packet") + ", " +
           counted(f.messages, "message") + ", " + counted(f.quotes, "quote") + " and " +
           counted(f.trades, "trade") + " of our instruments";
    if (f.gaps > 0) out += ", " + counted(f.gaps, "gap") + " (" + std::to_string(f.lost) + " lost)";
    if (f.malformed > 0) out += ", " + std::to_string(f.malformed) + " malformed";
    if (f.conflated > 0) out += ", " + std::to_string(f.conflated) + " conflated";
    if (f.kernel_drops > 0) out += ", " + std::to_string(f.kernel_drops) + " dropped by the kernel";
    out += "\n";
  }
  out += "Engine: " + counted(story.events, "event") + ", " +
         counted(story.evaluations, "evaluation") + ", " + counted(story.proposals, "proposal") +
         " (" + std::to_string(story.blocked) + " refused), " +
         counted(story.tally.orders, "order") + ", " + counted(story.tally.fills, "fill") + ", " +
         counted(story.tally.rejects, "reject") + ", " + counted(story.tally.alerts, "alert") +
         "\n";
  if (const CopyStory& c = story.copies; c.kept) {
    out += "Drop copy: " + counted(c.matched, "execution") + " copied alike, " +
           std::to_string(c.different) + " different, " + std::to_string(c.overdue) +
           " not copied in time, " + std::to_string(c.only) + " only copied";
    add_some(out, c.awaited, "awaited");
    add_some(out, c.foreign, "of other accounts");
    out += "\n";
  }
  if (story.session.used) add_session(out, story.session);
  if (const JournalStory& j = story.journal; j.kept) {
    out += "Journal " + j.folder + ": " + counted(j.bytes, "byte") + " in " +
           counted(j.blocks, "block") + ", " + counted(j.syncs, "sync");
    if (j.waits > 0) out += ", " + counted(j.waits, "wait") + " for it";
    out += "; chain " + j.chain.substr(0, 16) + "\n";
  }
  for (const LatencyStory& l : story.latencies) {
    if (l.count == 0) continue;
    out += left(l.name + ":", 32) + right("median " + duration_text(l.p50), 18) +
           right("p90 " + duration_text(l.p90), 16) + right("p99 " + duration_text(l.p99), 16) +
           "   (" + std::to_string(l.count) + ")\n";
  }
}

void add_checks(std::string& out, const RunStory& story) {
  if (story.checks.empty()) return;
  out += "\n";
  for (const Check& check : story.checks) {
    out += std::string(check.passed ? "  ok    " : "  FAIL  ") + check.name;
    if (!check.detail.empty()) out += ": " + check.detail;
    out += "\n";
  }
}

// --- JSON ---

void json_drift(JsonLine& line, std::string_view key, const DriftStory& drift) {
  line.open(key, '{')
      .number("drift_max", drift.drift_max)
      .text("sleeve_worst", drift.sleeve_worst)
      .integer("outside_ns", drift.outside)
      .integer("watched_ns", drift.watched)
      .close('}');
}

void json_portfolio(JsonLine& line, const PortfolioStory& p) {
  line.element()
      .text("name", p.name)
      .text("policy", p.policy)
      .text("currency", p.currency)
      .number("nav_start", p.nav_start)
      .number("nav_end", p.nav_end)
      .number("nav_untouched", p.nav_untouched);
  json_drift(line, "kept", p.kept);
  json_drift(line, "untouched", p.untouched);
  line.count("orders", p.orders)
      .count("fills", p.fills)
      .number("traded", p.traded)
      .number("cost", p.cost)
      .text("halted", name_of(p.halted))
      .boolean("audited", p.audited)
      .boolean("cash_negative", p.cash_negative);
  line.open("sleeves", '[');
  for (const SleeveStory& sleeve : p.sleeves) {
    line.element().text("name", sleeve.name).integer("depth", sleeve.depth);
    line.number("weight", sleeve.weight);
    if (sleeve.banded) {
      line.number("target", sleeve.target).number("low", sleeve.low).number("high", sleeve.high);
    }
    line.boolean("inside", sleeve.inside).close('}');
  }
  line.close(']').close('}');
}

void json_trades(JsonLine& line, std::string_view key, const std::vector<TradeStory>& trades,
                 const InstrumentTable& table) {
  line.open(key, '[');
  for (const TradeStory& trade : trades) {
    line.element()
        .text("symbol", table[trade.instrument].symbol.view())
        .number("quantity", trade.quantity)
        .number("reference", trade.reference)
        .close('}');
  }
  line.close(']');
}

void json_rebalances(JsonLine& line, const RunStory& story) {
  line.open("rebalances", '[');
  for (const RebalanceStory& r : story.rebalances) {
    line.element().integer("ts_ns", r.ts).count("proposal", r.proposal);
    if (r.portfolio.index() < story.portfolios.size()) {
      line.text("portfolio", story.portfolios[r.portfolio.index()].name);
    }
    line.text("why", r.why);
    json_trades(line, "trades", r.trades, *story.table);
    json_trades(line, "then", r.then, *story.table);
    line.close('}');
  }
  line.close(']');
}

void json_feeds(JsonLine& line, const RunStory& story) {
  line.open("feeds", '[');
  for (const FeedStory& f : story.feeds) {
    line.element()
        .text("name", f.name)
        .count("packets", f.packets)
        .count("messages", f.messages)
        .count("quotes", f.quotes)
        .count("trades", f.trades)
        .count("breaks", f.breaks)
        .count("gaps", f.gaps)
        .count("lost", f.lost)
        .count("malformed", f.malformed)
        .count("unknown_symbols", f.unknown_symbols)
        .count("conflated", f.conflated)
        .count("kernel_drops", f.kernel_drops)
        .close('}');
  }
  line.close(']');
}

void json_session(JsonLine& line, const SessionStory& session) {
  const fix::GatewayCounts& g = session.gateway;
  const fix::OrderDeskCounters& d = session.desk;
  line.open("fix", '{')
      .count("orders", g.orders)
      .count("replaces", g.replaces)
      .count("cancels", g.cancels)
      .count("status_requests", g.status_requests)
      .count("mass_status_requests", g.mass_status_requests)
      .count("dont_knows", g.dont_knows)
      .count("refused_not_logged_on", g.refused_not_logged_on)
      .count("refused_backpressure", g.refused_backpressure)
      .count("refused_store", g.refused_store)
      .count("refused_invalid", g.refused_invalid)
      .count("refused_not_durable", g.refused_not_durable)
      .count("lost", g.lost)
      .count("never_sent", g.never_sent)
      .count("left_undecided", g.left_undecided)
      .count("logons", g.logons)
      .count("disconnects", g.disconnects)
      .count("sequence_gaps", g.sequence_gaps)
      .close('}');
  line.open("since_journal_began", '{')
      .count("starts", d.starts)
      .count("attempts", d.attempts)
      .count("sent", d.sent)
      .count("fills", d.fills)
      .count("duplicates", d.duplicates)
      .count("unanswered", d.unanswered)
      .count("sessions_lost", d.sessions_lost)
      .count("retired", d.retired)
      .count("retired_reports", d.retired_reports)
      .close('}');
}

}  // namespace

LatencyStory LatencyStory::of(std::string name, const LatencyHistogram& histogram) {
  return {std::move(name),           histogram.count(),         histogram.percentile(500),
          histogram.percentile(900), histogram.percentile(990), histogram.max()};
}

std::string summary_text(const RunStory& story, int columns) {
  const auto width = static_cast<std::size_t>(std::clamp(columns, 60, 160));
  std::string out = "\nevenkeel " + story.command + ", desk " + story.desk + ": " + story.ended +
                    " after " + duration_text(story.elapsed) + "\n";
  add_market(out, story);
  for (const PortfolioStory& portfolio : story.portfolios) {
    add_portfolio(out, portfolio, story.monitor);
  }
  add_rebalances(out, story, width);
  add_machine(out, story);
  add_checks(out, story);
  return out;
}

std::string summary_json(const RunStory& story) {
  std::string out;
  JsonLine line(out);
  line.integer("ts_ns", story.last_ts)
      .text("type", "summary")
      .text("command", story.command)
      .text("desk", story.desk)
      .text("ended", story.ended)
      .integer("elapsed_ns", story.elapsed)
      .integer("exit_code", story.exit_code);
  json_feeds(line, story);
  line.open("instruments", '[');
  for (const InstrumentStory& i : story.instruments) {
    line.element()
        .text("symbol", i.symbol)
        .number("first", i.first)
        .number("low", i.low)
        .number("high", i.high)
        .number("last", i.last)
        .close('}');
  }
  line.close(']').open("portfolios", '[');
  for (const PortfolioStory& portfolio : story.portfolios) json_portfolio(line, portfolio);
  line.close(']');
  json_rebalances(line, story);
  if (const JournalStory& j = story.journal; j.kept) {
    line.open("journal", '{')
        .text("folder", j.folder)
        .text("chain", j.chain)
        .count("bytes", j.bytes)
        .count("blocks", j.blocks)
        .count("syncs", j.syncs)
        .count("waits", j.waits)
        .close('}');
  }
  if (const CopyStory& c = story.copies; c.kept) {
    line.open("drop_copy", '{')
        .count("copies", c.copies)
        .count("matched", c.matched)
        .count("different", c.different)
        .count("overdue", c.overdue)
        .count("only_copied", c.only)
        .count("foreign", c.foreign)
        .count("awaited", c.awaited)
        .close('}');
  }
  if (story.session.used) json_session(line, story.session);
  line.open("totals", '{')
      .count("events", story.events)
      .count("evaluations", story.evaluations)
      .count("proposals", story.proposals)
      .count("refused", story.blocked)
      .count("orders", story.tally.orders)
      .count("replaces", story.tally.replaces)
      .count("cancels", story.tally.cancels)
      .count("fills", story.tally.fills)
      .count("rejects", story.tally.rejects)
      .count("alerts", story.tally.alerts)
      .count("gaps", story.tally.gaps)
      .count("sends", story.tally.sends)
      .count("sends_lost", story.tally.sends_lost)
      .count("dropped_records", story.tally.dropped_records)
      .close('}');
  line.open("latencies", '[');
  for (const LatencyStory& l : story.latencies) {
    line.element()
        .text("name", l.name)
        .count("count", l.count)
        .integer("p50_ns", l.p50)
        .integer("p90_ns", l.p90)
        .integer("p99_ns", l.p99)
        .integer("max_ns", l.max)
        .close('}');
  }
  line.close(']').open("checks", '[');
  for (const Check& check : story.checks) {
    line.element()
        .text("name", check.name)
        .boolean("passed", check.passed)
        .text("detail", check.detail)
        .close('}');
  }
  line.close(']').end();
  return out;
}

}  // namespace evenkeel::apps
