#include "apps/desk_watch.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "apps/events_json.hpp"
#include "apps/events_text.hpp"
#include "core/system_clock.hpp"
#include "evenkeel/version.hpp"

namespace evenkeel::apps {
namespace {

constexpr int kTurnMs = 20;
constexpr DurationNs kDrawEvery = 200 * kMillisecond;

TableSize terminal_size() {
  TableSize size;
  winsize window{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 && window.ws_row > 1) {
    size.columns = window.ws_col;
    size.rows = window.ws_row - 1;  // the cursor stands below the table
  }
  const char* no_colour = std::getenv("NO_COLOR");
  size.colour = no_colour == nullptr || *no_colour == '\0';
  const char* locale = std::getenv("LC_ALL");
  if (locale == nullptr || *locale == '\0') locale = std::getenv("LC_CTYPE");
  if (locale == nullptr || *locale == '\0') locale = std::getenv("LANG");
  const std::string name = locale == nullptr ? "" : locale;
  size.utf8 = name.find("UTF-8") != std::string::npos || name.find("utf8") != std::string::npos;
  return size;
}

bool listens_everywhere(const Desk& desk, bool (*of)(const LineGauge&)) {
  const std::size_t feeds = desk.config().machine.feeds.size();
  for (std::size_t i = 0; i < feeds; ++i) {
    if (!of(desk.line(i))) return false;
  }
  return feeds > 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DeskWatch>> DeskWatch::create(Desk& desk, std::string command,
                                                             const WatchOptions& options,
                                                             const StopSignals& signals,
                                                             WatchHooks& hooks) {
  const DeskConfig& config = desk.config();
  auto untouched = Books::build(config.instruments, config.policies, config.portfolios,
                                config.machine.feeds.size());
  if (!untouched.ok()) return untouched.status();
  // A day left alone begins with what the desk holds now, not with what it once began with.
  const absl::Status held = (*untouched)->book.carry(desk.core().books->book);
  if (!held.ok()) return held;
  return std::unique_ptr<DeskWatch>(
      new DeskWatch(desk, std::move(command), options, signals, hooks, *std::move(untouched)));
}

DeskWatch::DeskWatch(Desk& desk, std::string command, const WatchOptions& options,
                     const StopSignals& signals, WatchHooks& hooks,
                     std::unique_ptr<Books> untouched)
    : desk_(desk),
      command_(std::move(command)),
      options_(options),
      signals_(signals),
      hooks_(hooks),
      show_(options.json                                  ? Show::kJson
            : options.quiet                               ? Show::kNothing
            : options.lines || isatty(STDOUT_FILENO) == 0 ? Show::kLines
                                                          : Show::kTable),
      teller_(desk.names(), options.json ? EventTeller::Format::kJson : EventTeller::Format::kText),
      daybook_(desk.names(), desk.config().policies, std::move(untouched)) {}

// --- output ---

void DeskWatch::print(const std::string& text) {
  if (output_broken_ || text.empty()) return;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    output_broken_ = true;
  }
}

void DeskWatch::tell(const std::string& text) {
  if (show_ != Show::kTable) {
    // With --quiet --json the events are left out, too.
    if (!options_.quiet) print(text);
    return;
  }
  std::size_t from = 0;
  while (from < text.size()) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    lines_.push_back(text.substr(from, end - from));
    if (lines_.size() > kLinesKept) lines_.pop_front();
    from = end + 1;
  }
}

void DeskWatch::announce() {
  const DeskConfig& config = desk_.config();
  std::string out;
  if (options_.json) {
    JsonLine line(out);
    line.text("type", "start")
        .text("command", command_)
        .text("desk", config.name)
        .text("version", kVersion)
        .text("commit", build_commit())
        .count("epoch", desk_.epoch())
        .boolean("monitor", desk_.monitor());
    line.open("portfolios", '[');
    for (const PortfolioSpec& spec : config.portfolios) {
      line.element().text("name", spec.name).close('}');
    }
    line.close(']').end();
  }
  announce_recovery(out);
  for (std::size_t i = 0; i < desk_.feeds().size(); ++i) {
    const std::string& listen = config.machine.feeds[i].listen;
    const std::string address = listen.substr(0, listen.rfind(':'));
    if (options_.json) {
      JsonLine(out)
          .text("type", "listening")
          .text("feed", desk_.feeds().name(i))
          .text("address", address)
          .integer("port", desk_.feeds().port(i))
          .end();
    } else if (show_ == Show::kLines) {
      out += "feed " + desk_.feeds().name(i) + " listens on " + address + ":" +
             std::to_string(desk_.feeds().port(i)) + "\n";
    }
    if (!desk_.feeds().warning(i).empty()) {
      std::fprintf(stderr, "evenkeel: feed %s: %s\n", desk_.feeds().name(i).c_str(),
                   desk_.feeds().warning(i).c_str());
    }
  }
  if (show_ == Show::kJson || show_ == Show::kLines) print(out);
}

void DeskWatch::announce_recovery(std::string& out) const {
  const RecoveryStory& story = desk_.journal().story();
  if (!story.recovered) return;
  if (options_.json) {
    JsonLine(out)
        .text("type", "recovered")
        .count("last_sequence", story.last_sequence)
        .count("snapshot_sequence", story.snapshot_sequence)
        .count("events", story.events)
        .count("intents", story.intents)
        .count("bytes_cut", story.bytes_cut)
        .count("open_orders", story.open_orders)
        .boolean("ended_in_order", story.ended_in_order)
        .boolean("config_changed", story.config_changed)
        .integer("took_ns", story.took)
        .end();
  } else if (show_ == Show::kLines) {
    absl::StrAppend(
        &out, "recovered ", story.last_sequence, " events of ", story.folder, " in ",
        duration_text(story.took), ": ",
        story.ended_in_order ? "the last run ended in order" : "the last run was cut short");
    if (story.bytes_cut > 0) {
      absl::StrAppend(&out, ", ", story.bytes_cut, " bytes that nothing depended on were cut");
    }
    if (story.open_orders > 0) {
      absl::StrAppend(&out, "; ", story.open_orders, " open orders are asked about");
    }
    if (story.config_changed) absl::StrAppend(&out, "; the configuration has changed since");
    out += "\n";
  }
  for (const std::string& note : story.notes) {
    std::fprintf(stderr, "evenkeel: journal: %s\n", note.c_str());
  }
}

void DeskWatch::tell_reports() {
  std::string out;
  Report report;
  // A full ring at most, so that a flood cannot keep the rest of this thread's work from its turn.
  for (std::size_t n = 0; n < Desk::kReportsInFlight && desk_.reports().try_pop(report); ++n) {
    teller_.tell(report, out);
    daybook_.note(report, teller_);
  }
  const std::uint64_t dropped = desk_.gauges().dropped_reports.load(std::memory_order_relaxed);
  if (dropped != dropped_told_) {
    teller_.tell_dropped(dropped - dropped_told_, out);
    dropped_told_ = dropped;
  }
  tell_notes(out);
  if (!out.empty()) tell(out);
}

void DeskWatch::tell_notes(std::string& out) {
  if (desk_.gateway() != nullptr) tell_notes(*desk_.gateway(), false, out);
  if (desk_.copies() != nullptr) tell_notes(*desk_.copies(), true, out);
}

void DeskWatch::tell_notes(fix::Gateway& gateway, bool drop_copy, std::string& out) {
  fix::GatewayNote note;
  while (gateway.next_note(note)) {
    if (options_.json) {
      JsonLine(out)
          .text("type", drop_copy ? "drop_copy_note" : "fix_note")
          .integer("wall_ns", note.ts)
          .boolean("bad", note.bad)
          .text("text", note.text.view())
          .end();
    } else if (note.bad) {
      out += drop_copy ? "drop copy: " : "FIX: ";
      for (const char c : note.text.view()) {
        out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c);
      }
      out.push_back('\n');
    }
  }
}

void DeskWatch::look() {
  SnapshotExchange& exchange = desk_.snapshots();
  if (const DeskSnapshot* snapshot = exchange.ready()) {
    daybook_.look(*snapshot);
    const TimeNs now = SystemClock::monotonic();
    if (show_ == Show::kTable && now - drawn_ >= kDrawEvery) {
      drawn_ = now;
      draw(*snapshot);
    }
    exchange.release();
  }
  exchange.ask();
  desk_.nudge();
}

TableView DeskWatch::table_view(const DeskSnapshot& snapshot) const {
  TableView view;
  view.title = "evenkeel " + command_ + ": " + desk_.config().name;
  view.market_ts = snapshot.ts;
  view.running = SystemClock::monotonic() - started_;
  view.monitor = desk_.monitor();
  view.fix = snapshot.logged_on ? SessionState::kLoggedOn : SessionState::kDisconnected;
  for (std::size_t i = 0; i < desk_.feeds().size(); ++i) {
    const FeedLineCounts counts = desk_.feeds().counts(i);
    FeedView feed;
    feed.name = desk_.feeds().name(i);
    feed.state = snapshot.lines[i].state;
    feed.phase = snapshot.lines[i].phase;
    feed.age = counts.feed.packets == 0 ? -1 : snapshot.ts - snapshot.lines[i].heard_ts;
    feed.packets = counts.feed.packets;
    feed.gaps = counts.feed.sequence.gaps;
    feed.lost = counts.feed.sequence.missing;
    feed.malformed = counts.feed.malformed_packets + counts.feed.malformed_messages;
    view.feeds.push_back(std::move(feed));
  }
  view.portfolios = daybook_.portfolio_views(snapshot);
  view.last_lines.assign(lines_.begin(), lines_.end());
  const Tally& tally = teller_.tally();
  view.events = snapshot.sequence;
  view.orders = tally.orders;
  view.fills = tally.fills;
  view.rejects = tally.rejects;
  view.alerts = tally.alerts;
  view.dropped_records = tally.dropped_records;
  view.decision_p50 = snapshot.decision.percentile(500);
  view.decision_p99 = snapshot.decision.percentile(990);
  return view;
}

void DeskWatch::draw(const DeskSnapshot& snapshot) {
  const TableSize size = terminal_size();
  std::string frame;
  if (size.columns != last_size_.columns || size.rows != last_size_.rows) {
    // Lines of the old width may have been broken by the terminal: start on a clear screen.
    painter_.forget();
    frame = "\x1b[2J\x1b[H";
    last_size_ = size;
  }
  print(frame + painter_.frame(render_table(table_view(snapshot), size)));
}

// --- the run ---

std::string DeskWatch::over() {
  if (StopSignals::count() > 0) return "stopped by a signal";
  if (!trouble_.ok()) return "broken off";
  if (output_broken_) return "ended because nobody reads its output";
  if (options_.run_for > 0 && SystemClock::monotonic() - started_ >= options_.run_for) {
    return "ended as asked";
  }
  if (options_.until == Until::kClose && listens_everywhere(desk_, [](const LineGauge& line) {
        return line.closed.load(std::memory_order_acquire);
      })) {
    return "the venue closed";
  }
  if (options_.until == Until::kEnd && listens_everywhere(desk_, [](const LineGauge& line) {
        return line.phase.load(std::memory_order_relaxed) == VenuePhase::kEndOfMessages ||
               line.state.load(std::memory_order_relaxed) == FeedState::kEnded;
      })) {
    return "the venue ended";
  }
  return "";
}

int DeskWatch::run() {
  started_ = SystemClock::monotonic();
  {
    const StopSignals::Blocked blocked;
    desk_.start();
  }
  announce();
  trouble_ = hooks_.started(desk_);
  while ((ended_ = over()).empty()) {
    signals_.wait(kTurnMs);
    tell_reports();
    look();
    if (trouble_.ok()) trouble_ = hooks_.turn(desk_);
  }
  halted_before_end_ = desk_.gauges().halted.load(std::memory_order_relaxed);
  shut_down();
  const bool settled = await_settled();
  if (settled) hooks_.settled(desk_);
  {
    const StopSignals::Blocked blocked;
    desk_.stop();
  }
  tell_reports();
  return conclude(settled);
}

void DeskWatch::shut_down() {
  const TimeNs deadline = SystemClock::monotonic() + kPatience;
  while (!desk_.command(Command::kShutdown) && SystemClock::monotonic() < deadline) {
    signals_.wait(1);
  }
}

bool DeskWatch::await_settled() {
  const TimeNs deadline = SystemClock::monotonic() + kPatience;
  SnapshotExchange& exchange = desk_.snapshots();
  bool fresh = false;  // the copy that comes next was asked for after the shutdown was handled
  while (SystemClock::monotonic() < deadline) {
    tell_reports();
    if (const DeskSnapshot* snapshot = exchange.ready()) {
      const bool settled = fresh && snapshot->open_orders == 0;
      daybook_.look(*snapshot);
      exchange.release();
      if (settled) return true;
      fresh = desk_.commands_waiting() == 0;
      exchange.ask();
      desk_.nudge();
    }
    signals_.wait(1);
  }
  return false;
}

// --- the end ---

RunStory DeskWatch::story() const {
  RunStory story;
  story.command = command_;
  story.desk = desk_.config().name;
  story.monitor = desk_.monitor();
  story.ended = ended_;
  story.elapsed = SystemClock::monotonic() - started_;
  story.first_ts = daybook_.first_ts();
  story.last_ts = daybook_.last_ts();
  story.tally = teller_.tally();
  story.table = desk_.names().instruments;
  for (std::size_t i = 0; i < desk_.feeds().size(); ++i) {
    const FeedLineCounts c = desk_.feeds().counts(i);
    FeedStory feed;
    feed.name = desk_.feeds().name(i);
    feed.packets = c.feed.packets;
    feed.messages = c.feed.messages;
    feed.quotes = c.feed.quotes;
    feed.trades = c.feed.trades;
    feed.breaks = c.feed.breaks;
    feed.gaps = c.feed.sequence.gaps;
    feed.lost = c.feed.sequence.missing;
    feed.malformed = c.feed.malformed_packets + c.feed.malformed_messages;
    feed.unknown_symbols = c.feed.unknown_symbols;
    feed.conflated = c.feed.conflated;
    feed.kernel_drops = c.socket.kernel_drops;
    story.feeds.push_back(std::move(feed));
  }
  const DeskSnapshot& last = desk_.final_snapshot();
  story.instruments = daybook_.instruments();
  story.portfolios = daybook_.portfolios(last, desk_.core().books->book);
  story.rebalances = daybook_.rebalances();
  story.rebalances_not_kept = daybook_.rebalances_not_kept();
  story.latencies.push_back(LatencyStory::of("packet received to decided", last.decision));
  story.latencies.push_back(
      LatencyStory::of("order decided to acknowledged", teller_.round_trip()));
  story.events = last.sequence;
  story.evaluations = last.engine.evaluations;
  story.proposals = last.engine.proposals;
  story.blocked = last.engine.blocked;
  story.session.used = desk_.gateway() != nullptr;
  if (story.session.used) story.session.gateway = desk_.gateway()->counts();
  story.session.desk = last.orders;
  DeskJournal& journal = desk_.journal();
  if (desk_.copies() != nullptr) {
    const fix::OrderDesk& orders = desk_.core().orders;
    const fix::OrderDeskCounters& counts = orders.counters();
    story.copies = {true,
                    counts.copies,
                    counts.copies_matched,
                    counts.copies_different,
                    counts.copies_overdue,
                    counts.copies_only,
                    counts.copies_foreign,
                    orders.copies_awaited()};
  }
  story.journal.kept = journal.story().journaled;
  story.journal.folder = journal.story().folder;
  story.journal.bytes = journal.progress().bytes.load(std::memory_order_relaxed);
  story.journal.blocks = journal.progress().blocks.load(std::memory_order_relaxed);
  story.journal.syncs = journal.progress().syncs.load(std::memory_order_relaxed);
  story.journal.waits = desk_.gauges().journal_full.load(std::memory_order_relaxed);
  story.journal.chain = journal.chain_text();
  return story;
}

void DeskWatch::add_checks(RunStory& story, bool settled) const {
  const auto all = [&](auto good) {
    return std::all_of(story.portfolios.begin(), story.portfolios.end(), good);
  };
  story.checks.push_back({"the books equal a computation from scratch",
                          all([](const PortfolioStory& p) { return p.audited; })});
  const absl::Status& end = desk_.journal_end();
  const absl::Status kept = desk_.journal().keeper_problem();
  if (story.journal.kept) {
    story.checks.push_back({"the journal is whole and on the disk", end.ok() && kept.ok(),
                            std::string((end.ok() ? kept : end).message())});
  }
  if (desk_.monitor()) return;
  story.checks.push_back({"no portfolio's cash was ever negative",
                          all([](const PortfolioStory& p) { return !p.cash_negative; })});
  story.checks.push_back({"every order gave its reason", daybook_.orders_without_cause() == 0,
                          std::to_string(story.tally.orders) + " orders"});
  story.checks.push_back({"nothing fired twice for one cause", daybook_.proposals_repeated() == 0,
                          std::to_string(story.rebalances.size()) + " rebalances"});
  story.checks.push_back({"every order was answered for at the end", settled});
}

int DeskWatch::conclude(bool settled) {
  RunStory told = story();
  add_checks(told, settled);
  const int finding = hooks_.finish(desk_, told);
  const bool audited = std::all_of(told.portfolios.begin(), told.portfolios.end(),
                                   [](const PortfolioStory& p) { return p.audited; });
  const bool halted =
      halted_before_end_ ||
      std::any_of(told.portfolios.begin(), told.portfolios.end(),
                  [](const PortfolioStory& p) { return p.halted != AlertCode::kNone; });
  const bool journaled = desk_.journal_end().ok() && desk_.journal().keeper_problem().ok();
  told.exit_code = !audited || !journaled       ? kExitIntegrity
                   : finding != kExitOk         ? finding
                   : !trouble_.ok() || !settled ? kExitConnectivity
                   : halted                     ? kExitHalted
                                                : kExitOk;
  if (show_ == Show::kTable) painter_.forget();
  print(options_.json ? summary_json(told)
                      : summary_text(told, show_ == Show::kTable ? terminal_size().columns : 100));
  if (!trouble_.ok()) return fail(trouble_, told.exit_code);
  return told.exit_code;
}

}  // namespace evenkeel::apps
