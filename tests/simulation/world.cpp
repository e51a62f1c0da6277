#include "tests/simulation/world.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/journal.hpp"
#include "fix/clordid.hpp"
#include "tests/fix/fix_pipe.hpp"
#include "tests/simulation/broker.hpp"
#include "tests/simulation/checks.hpp"
#include "tests/simulation/desk_process.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/disks.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/market.hpp"
#include "tests/simulation/small_desk.hpp"

namespace evenkeel::simulation {
namespace {

using Loss = testing::MemoryStorage::Loss;

constexpr std::uint32_t kQuietSteps = 6'000;
constexpr std::size_t kTraceMax = 4'000'000;

CrashPlan process_ends() { return {}; }
CrashPlan power_fails(Loss loss) {
  CrashPlan plan;
  plan.power = true;
  plan.loss = loss;
  return plan;
}

class World {
 public:
  explicit World(const SimulationOptions& options)
      : options_(options),
        dice_(options.seed, "schedule"),
        chaos_(options.seed, "chaos"),
        faults_(options.faults ? Faults(options.seed) : Faults()),
        files_(small_desk(options.seed)),
        market_(options.seed, files_.instruments, faults_),
        broker_(options.seed, market_, pipe_.venue, faults_, watcher()),
        checks_(files_, [this](const std::string& text) { fail(text); }) {
    setup_.files = &files_.files;
    Dice dice(options.seed, "setup");
    if (options.faults) {
      if (dice.below(4) == 0) setup_.durability = Durability::kOs;
      setup_.journal_ring = std::size_t{64} << dice.below(5);
      setup_.fix_event_ring = std::size_t{4} << dice.below(6);
      pipe_.desk.piece_max = pipe_.venue.piece_max =
          static_cast<std::size_t>(dice.between(20, 4'000));
      halt_at_end_ = dice.below(2) == 0;
      lazy_journal_ = dice.below(4) == 0;
    }
    if (options.lazy_journal) lazy_journal_ = true;
    if (options.crash) disks_.stop_after(options.crash->at);
  }

  SimulationResult run() {
    for (std::uint32_t i = 0; i < options_.steps && ok(); ++i) step();
    faults_.end();
    lazy_journal_ = false;
    if (ok()) end_quietly();
    if (ok()) compare_with_broker();
    if (ok()) finish();
    return result();
  }

 private:
  // --- one step: time passes, and everybody who is awake has a turn, in any order ---

  void step() {
    pass_time();
    if (desk_ == nullptr && time_.now >= up_at_) start();
    market_.step(time_.wall);
    operate();
    std::array<int, 9> order{0, 1, 2, 3, 4, 5, 6, 7, 8};
    for (std::size_t i = order.size() - 1; i > 0; --i) {
      std::swap(order[i], order[dice_.below(static_cast<std::uint32_t>(i + 1))]);
    }
    for (const int part : order) {
      if (!ok()) return;
      if (faults_.on() && dice_.below(5) == 0) continue;  // slow today
      turn(part);
      if (disks_.stopped()) crash_as_planned();
    }
    if (options_.faults) trouble();
  }

  void pass_time() {
    std::int64_t ms = dice_.between(1, 120);
    if (faults_.on() && dice_.below(40) == 0) ms = dice_.between(200, 1'500);
    advance(ms * kMillisecond);
    if (faults_.happens(Fault::kClockForward, chaos_)) {
      time_.wall += chaos_.between(1, 5'000) * kSecond;
    }
    if (faults_.happens(Fault::kClockBack, chaos_)) {
      time_.wall -= chaos_.between(1, 5'000) * kSecond;
    }
  }
  void advance(DurationNs by) {
    time_.now += by;
    time_.wall += by;
    simulated_ += by;
    pipe_.now = time_.now;
  }

  void turn(int part) {
    if (part == 0) {
      broker_.turn(time_.now);
      return;
    }
    if (part == 1) {
      carry_to_broker();
      return;
    }
    if (desk_ == nullptr) {
      market_.nobody_listens();
      return;
    }
    switch (part) {
      case 2:
        carry_to_desk();
        break;
      case 3:
        hear();
        break;
      case 4:
      case 5:
        think(static_cast<int>(dice_.between(1, 40)));
        break;
      case 6:
        if (!lazy_journal_ || dice_.below(60) == 0) desk_->journal_turn();
        break;
      case 8:
        keep();
        break;
      default:
        gateway_turn();
        break;
    }
  }

  void gateway_turn() {
    connect();
    const bool told = desk_->gateway().logged_on();
    const std::size_t before = pipe_.desk.written.size();
    desk_->gateway_turn();
    if (told) note_requests(before);
    trace_notes();
  }

  void keep() {
    if (dice_.below(8) != 0) return;
    const absl::Status kept = desk_->keep();
    // A disk that fails, fails here too: the journal has said so, or will.
    if (!kept.ok() && !disks_.stopped() && !disks_.troubled()) {
      fail(absl::StrCat("the journal's keeper: ", kept.ToString()));
    }
  }

  void hear() {
    auto& arriving = market_.arriving();
    while (!arriving.empty() && desk_->hear(arriving.front())) arriving.pop_front();
    desk_->feed_turn();
  }

  /// Events through the engine, each compared when it and its intents have come out.
  void think(int most) {
    for (int i = 0; i < most && ok(); ++i) {
      if (!drain()) return;
      if (desk_->engine_turn() == 0) return;
    }
    drain();
  }
  /// False while the journal has no room.
  bool drain() {
    auto& out = desk_->engine_out();
    do {
      while (const JournalEntry* entry = out.front()) {
        if (!desk_->journal_in().try_push(*entry)) return false;
        take(*entry);
        out.pop();
      }
      // What did not fit into the small ring comes after it.
    } while (!checks_.event_complete() && desk_->hand_over());
    return true;
  }
  void take(const JournalEntry& entry) {
    if (entry.kind == JournalEntry::Kind::kEvent) {
      checks_.take(entry.body.event, entry.intents);
      if (options_.trace) trace_event(entry.body.event);
    } else {
      checks_.take(entry.body.intent);
      if (options_.trace) trace_intent(entry.body.intent);
    }
    if (checks_.event_complete()) checks_.compare(desk_->core());
  }

  // --- the connection ---

  void connect() {
    if (!desk_->gateway().wants_connection(time_.now)) return;
    desk_->gateway().on_connecting();
    if (broker_.attached() || faults_.happens(Fault::kConnectRefused, chaos_)) {
      desk_->gateway().on_connect_failed(desk_->moment(), "connection refused");
      return;
    }
    pipe_.connect();
    requests_written_.clear();
    broker_.on_connected();
    desk_->gateway().on_connected(desk_->moment());
  }
  void carry_to_desk() {
    auto& end = pipe_.desk;
    fix::GatewayCore& gateway = desk_->gateway();
    if (faults_.on() && time_.now < stalled_in_until_) return;
    while (gateway.attached()) {
      const std::string bytes(end.readable(pipe_.now));
      if (bytes.empty()) break;
      const std::size_t taken = gateway.on_bytes(desk_->moment(), bytes.data(), bytes.size());
      if (disks_.stopped()) return;
      if (end.ended()) break;
      end.take(taken);
      if (taken == 0 || dice_.below(6) == 0) break;
      if (faults_.happens(Fault::kStalledIn, chaos_)) {
        stalled_in_until_ = time_.now + chaos_.between(100, 1'500) * kMillisecond;
        break;
      }
    }
    if (gateway.attached() && end.ended()) gateway.on_closed(desk_->moment(), "pipe");
  }
  void carry_to_broker() {
    auto& end = pipe_.venue;
    if (faults_.on() && time_.now < stalled_out_until_) return;
    if (stalled_out_until_ != 0) {
      stalled_out_until_ = 0;
      pipe_.cut();  // and with it what had been written meanwhile
    }
    while (broker_.attached()) {
      const std::string bytes(end.readable(pipe_.now));
      if (bytes.empty()) break;
      broker_.on_bytes(bytes.data(), bytes.size());
      if (end.ended()) break;
      end.take(bytes.size());
      if (dice_.below(6) == 0) break;
    }
    if (broker_.attached() && end.ended()) broker_.on_closed();
    check_requests_arrive();
  }

  /// A request that was written while the session counted as logged on, to a connection that still
  /// stands, is known at the other end once everything has been read there: none is passed over in
  /// silence. (What is written earlier, of before a loss, is asked about again anyhow.)
  void check_requests_arrive() {
    if (!broker_.follows() || pipe_.venue.next_due() != std::numeric_limits<TimeNs>::max()) return;
    for (const int number : requests_written_) {
      if (broker_.has_received(number)) continue;
      ++orders_lost_;
      fail(absl::StrCat("request ", number, " went out, and the broker passed it over"));
    }
    requests_written_.clear();
  }
  void note_requests(std::size_t from) {
    static constexpr const char* kRequests[] = {"D", "F", "G", "H", "Q"};
    const auto& written = pipe_.desk.written;
    for (std::size_t i = from; i < written.size(); ++i) {
      for (const char* type : kRequests) {
        if (written[i].find(absl::StrCat("\x01"
                                         "35=",
                                         type, "\x01")) == std::string::npos)
          continue;
        const std::size_t at = written[i].find(
            "\x01"
            "34=");
        requests_written_.push_back(std::atoi(written[i].c_str() + at + 4));
      }
    }
  }

  // --- trouble ---

  void operate() {
    if (desk_ == nullptr) return;
    const auto somebody = [this] {
      const auto count = static_cast<std::uint32_t>(files_.portfolios.size());
      const std::uint32_t draw = chaos_.below(count + 1);
      return draw == count ? PortfolioId::none() : PortfolioId{draw};
    };
    if (faults_.happens(Fault::kHalt, chaos_)) desk_->command(Command::kHalt, somebody());
    if (faults_.happens(Fault::kCancelAll, chaos_)) desk_->command(Command::kCancelAll, somebody());
    if (faults_.happens(Fault::kCashFlow, chaos_)) {
      const PortfolioId whose = somebody();
      if (whose.valid()) {
        desk_->cash_flow(whose, CurrencyId{0}, Money::from_whole(chaos_.between(-20'000, 60'000)));
      }
    }
    // Whatever has been halted, somebody looks at it and goes on.
    if (faults_.on() && options_.faults && chaos_.below(120) == 0) {
      desk_->command(Command::kResume);
      for (std::uint32_t p = 0; p < files_.portfolios.size(); ++p) {
        desk_->command(Command::kResume, PortfolioId{p});
      }
    }
  }

  void trouble() {
    if (desk_ != nullptr && !disks_.stop_is_planned() &&
        faults_.happens(Fault::kCrashInWrite, chaos_)) {
      disks_.stop_after(static_cast<std::uint64_t>(chaos_.between(0, 12)));
      planned_ = CrashPlan{};
      planned_.power = chaos_.below(2) == 0;
      planned_.loss = chaos_.below(2) == 0 ? Loss::kAll : Loss::kRandom;
    }
    if (desk_ != nullptr && faults_.happens(Fault::kCrashProcess, chaos_)) {
      crash(process_ends());
    }
    const bool power = setup_.durability == Durability::kDisk;
    if (desk_ != nullptr && power && faults_.happens(Fault::kCrashPowerAll, chaos_)) {
      crash(power_fails(Loss::kAll));
    }
    if (desk_ != nullptr && power && faults_.happens(Fault::kCrashPowerSome, chaos_)) {
      crash(power_fails(Loss::kRandom));
    }
    if (desk_ != nullptr && faults_.happens(Fault::kOrderlyRestart, chaos_)) restart_in_order();
    if (desk_ != nullptr && !disks_.troubled()) {
      if (faults_.happens(Fault::kDiskFull, chaos_)) disks_.fill_up();
      if (faults_.happens(Fault::kDiskError, chaos_)) {
        disks_.fail_at(static_cast<std::uint64_t>(chaos_.between(1, 10)));
      }
      if (faults_.happens(Fault::kStoreError, chaos_)) disks_.fail_store();
    }
    // Somebody notices, makes room, and starts it again.
    if (desk_ != nullptr && desk_->journal().failed() && chaos_.below(60) == 0) {
      crash(process_ends());
    }
    if (disks_.store_failing() && chaos_.below(30) == 0) disks_.mend_store();
    trouble_session();
  }

  void trouble_session() {
    if (pipe_.open() && stalled_out_until_ == 0 && faults_.happens(Fault::kStalledOut, chaos_)) {
      stalled_out_until_ = time_.now + chaos_.between(200, 3'000) * kMillisecond;
    }
    if (pipe_.open() && faults_.happens(Fault::kDisconnect, chaos_)) {
      if (faults_.happens(Fault::kBytesLost, chaos_)) {
        pipe_.cut();
      } else {
        auto& end = chaos_.below(2) == 0 ? pipe_.desk : pipe_.venue;
        end.cut_after = chaos_.below(600);
        end.cut_is_told = chaos_.below(2) == 0;
      }
    }
    const auto attempt = [this](Fault fault, auto&& act) {
      if (faults_.wanted(fault, chaos_) && act()) faults_.note(fault);
    };
    const std::int32_t next = broker_.next_inbound();
    attempt(Fault::kSequenceHigh, [&] { return broker_.skip_number(); });
    attempt(Fault::kSequenceLow, [&] {
      return desk_ != nullptr && desk_->gateway().attached() &&
             broker_.send_low_number(desk_->gateway().session().next_target());
    });
    const auto from = static_cast<std::int32_t>(chaos_.between(1, std::max(next - 1, 1)));
    attempt(Fault::kResendFinite, [&] {
      return broker_.ask_resend(from, static_cast<std::int32_t>(std::min<std::int64_t>(
                                          from + chaos_.between(0, 9), std::max(next - 1, from))));
    });
    attempt(Fault::kResendInfinite, [&] { return broker_.ask_resend(from, 0); });
    attempt(Fault::kResendOverlapping, [&] {
      return broker_.ask_resend(from, 0) && broker_.ask_resend(std::max(from - 3, 1), 0);
    });
    attempt(Fault::kGarbled, [&] { return broker_.send_garbage(); });
    attempt(Fault::kPeerSilent, [&] {
      if (desk_ == nullptr || !desk_->gateway().logged_on()) return false;
      // Longer than two heartbeats and what is allowed beside.
      desk_->gateway().session().simulate_silence(3 * 3'600);
      return true;
    });
  }

  // --- the desk's process ---

  void start() {
    disks_.mend();
    ++starts_;
    auto made = DeskProcess::start(setup_, disks_, pipe_.desk, time_);
    if (disks_.stopped()) {
      crash_as_planned();
      return;
    }
    if (!made.ok()) {
      fail(absl::StrCat("the desk does not start: ", made.status().ToString()));
      return;
    }
    desk_ = *std::move(made);
    trace(absl::StrCat("the desk starts, epoch ", desk_->epoch(), ", behind event ",
                       desk_->recovered()));
    if (desk_->recovered() > 0) ++recoveries_;
    checks_.recovered(desk_->recovered(), disks_, desk_->core());
  }

  void crash_as_planned() {
    CrashPlan plan = planned_;
    if (options_.crash) plan = *options_.crash;
    if (setup_.durability == Durability::kOs) plan = process_ends();
    crash(plan);
    if (options_.crash && !crashed_again_) {
      crashed_again_ = true;
      if (plan.again != CrashPlan::kNever) disks_.stop_after(plan.again);
    }
  }

  void crash(const CrashPlan& plan) {
    trace(absl::StrCat("the ", plan.power ? "machine" : "process", " goes down"));
    if (desk_ != nullptr) {
      logons_ += desk_->gateway().counts().logons;
      checks_.durable_at_crash(desk_->journal().progress().durable_sequence.load());
    }
    if (plan.power) {
      // What the machine had not yet put on the wire is gone; of the rest, who knows.
      pipe_.desk.close();
      if (chaos_.below(2) == 0) pipe_.cut();
    } else {
      pipe_.desk.close();  // what was written to the socket still arrives
    }
    desk_.reset();
    disks_.crash(plan.power ? plan.loss : Loss::kNone, chaos_.next());
    market_.nobody_listens();
    up_at_ = time_.now + chaos_.between(20, 4'000) * kMillisecond;
  }

  void restart_in_order() {
    trace("the desk is stopped in order");
    fix::GatewayCore& gateway = desk_->gateway();
    gateway.request_stop(desk_->moment());
    for (int i = 0; i < 400 && !gateway.finished(desk_->moment()) && ok(); ++i) {
      advance(10 * kMillisecond);
      for (int part = 0; part < 8 && !disks_.stopped(); ++part) {
        if (part != 3) turn(part);
      }
      if (disks_.stopped()) {
        crash_as_planned();
        return;
      }
    }
    logons_ += desk_->gateway().counts().logons;
    for (int i = 0; i < 10'000 && ok(); ++i) {
      advance(kMillisecond);
      desk_->journal_turn();
      desk_->drop_intents();  // nobody sends any more
      think(100);
      if (disks_.stopped()) {
        crash_as_planned();
        return;
      }
      if (desk_->idle()) break;
    }
    const std::uint64_t last = checks_.last_sequence();
    const absl::Status finished = desk_->finish();
    if (disks_.stopped()) {
      crash_as_planned();
      return;
    }
    if (finished.ok()) {
      checks_.durable_at_crash(last);
    } else {
      checks_.durable_at_crash(desk_->journal().progress().durable_sequence.load());
    }
    pipe_.desk.close();
    desk_.reset();
    disks_.crash(Loss::kNone, 0);
    up_at_ = time_.now + chaos_.between(20, 2'000) * kMillisecond;
  }

  // --- the end ---

  /// All trouble is over: everybody gets to say what is left to say.
  void end_quietly() {
    disks_.mend();
    pipe_.desk.cut_after = pipe_.venue.cut_after = fix::testing::FixPipe::kNever;
    if (desk_ != nullptr && desk_->journal().failed()) crash(process_ends());
    if (desk_ == nullptr) {
      up_at_ = time_.now;
      start();
    }
    bool told = false;
    std::uint32_t calm = 0;
    for (std::uint32_t i = 0; i < kQuietSteps && ok(); ++i) {
      if (desk_ == nullptr) up_at_ = time_.now;
      step();
      if (desk_ == nullptr) continue;
      if (i % 20 == 0) market_.tell_all(time_.wall);
      if (i > 60 && !told) {
        told = true;
        desk_->command(Command::kHalt);
        if (!halt_at_end_) desk_->command(Command::kCancelAll);
      }
      const std::string why = why_not_quiet();
      // Prices and ticks go on, and so may fills: the desk's parts are never empty for long.
      if (told && why.empty()) ++calm;
      if (calm >= 30 && why.empty() && desk_->idle()) return;
    }
    if (ok()) fail(absl::StrCat("it does not come to rest: ", why_not_quiet()));
  }
  std::string why_not_quiet() {
    if (desk_ == nullptr) return "no desk";
    const fix::OrderDesk& orders = desk_->core().orders;
    if (!desk_->gateway().logged_on() || !orders.logged_on()) return "not logged on";
    if (!broker_.quiet()) return "the broker has something to say";
    constexpr TimeNs kNothing = std::numeric_limits<TimeNs>::max();
    if (pipe_.desk.next_due() != kNothing || pipe_.venue.next_due() != kNothing) {
      return "bytes are under way";
    }
    if (orders.unanswered() > 0) return "orders nobody has answered for";
    for (const fix::Order& order : orders.orders()) {
      if (!order.open()) continue;
      if (order.pending != fix::Order::Pending::kNone) {
        return absl::StrCat("a request about order ", order.id, " is pending");
      }
      if (order.asked_ts != 0 || order.wants_status) {
        return absl::StrCat("the status of order ", order.id, " is unknown");
      }
      if (order.wants_cancel) return absl::StrCat("order ", order.id, " is to be cancelled");
    }
    return {};
  }

  void compare_with_broker() {
    const std::string difference = checks_.difference_to(broker_, desk_->core());
    if (!difference.empty()) {
      ++orders_lost_;
      fail(difference);
    }
  }

  /// The orderly end. It writes, too, and where it is to crash, everything comes to rest once more.
  void finish() {
    for (int attempt = 0; attempt < 3; ++attempt) {
      const absl::Status status = desk_->finish();
      if (!disks_.stopped()) {
        logons_ += desk_->gateway().counts().logons;
        if (!status.ok()) fail(absl::StrCat("the journal does not end: ", status.ToString()));
        break;
      }
      crash_as_planned();
      end_quietly();
      if (ok()) compare_with_broker();
      if (!ok()) return;
    }
    checks_.durable_at_crash(checks_.last_sequence());
    checks_.replays(disks_);
  }

  // --- what the broker tells us ---

  Broker::Watcher watcher() {
    Broker::Watcher watcher;
    watcher.on_request = [this](char type, const std::string& id) {
      if (type == 'F') return;  // what takes risk away may go without the journal
      checks_.arrived(type, id, disks_, setup_.durability);
    };
    watcher.on_trouble = [this](const std::string& text) {
      ++orders_doubled_;
      fail(text);
    };
    watcher.trace = [this](const std::string& text) { trace(text); };
    return watcher;
  }

  // --- results ---

  bool ok() const { return problem_.empty(); }
  void fail(const std::string& text) {
    if (!problem_.empty()) return;
    problem_ = text;
    trace("FAILED: " + text);
  }
  void trace(const std::string& text) {
    if (!options_.trace || trace_.size() > kTraceMax) return;
    absl::StrAppend(&trace_, "[", simulated_ / kMillisecond, "ms] ", text, "\n");
  }
  void trace_notes() {
    fix::GatewayNote note;
    while (desk_->gateway().next_note(note)) {
      if (options_.trace) trace("desk: " + std::string(note.text.view()));
    }
  }
  void trace_event(const Event& event) { trace("  " + describe(event)); }
  void trace_intent(const Intent& intent) { trace("    -> " + describe(intent)); }

  SimulationResult result() {
    SimulationResult out;
    out.problem = problem_;
    out.faults = faults_.counts();
    out.events = checks_.events();
    out.intents = checks_.intents();
    out.starts = starts_;
    out.recoveries = recoveries_;
    out.logons = logons_;
    out.orders_received = broker_.orders().size();
    out.orders_doubled = orders_doubled_;
    out.orders_lost = orders_lost_;
    out.fills = checks_.fills();
    out.write_points = disks_.operations();
    out.simulated = simulated_;
    out.digest = checks_.digest();
    out.trace = std::move(trace_);
    return out;
  }

  SimulationOptions options_;
  Dice dice_, chaos_;
  Faults faults_;
  SmallDesk files_;
  VirtualTime time_;
  Disks disks_;
  fix::testing::FixPipe pipe_;
  Market market_;
  Broker broker_;
  Checks checks_;
  DeskSetup setup_;
  std::unique_ptr<DeskProcess> desk_;
  CrashPlan planned_;
  TimeNs up_at_ = 0;
  TimeNs stalled_in_until_ = 0, stalled_out_until_ = 0;
  std::vector<int> requests_written_;  // numbers, on this connection, not yet seen to have arrived
  bool halt_at_end_ = false, crashed_again_ = false;
  bool lazy_journal_ = false;  // its blocks become large
  DurationNs simulated_ = 0;
  std::uint64_t starts_ = 0, recoveries_ = 0, logons_ = 0, orders_doubled_ = 0, orders_lost_ = 0;
  std::string problem_, trace_;
};

}  // namespace

SimulationResult simulate(const SimulationOptions& options) { return World(options).run(); }

}  // namespace evenkeel::simulation
