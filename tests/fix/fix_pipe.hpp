#ifndef EVENKEEL_TESTS_FIX_FIX_PIPE_HPP_
#define EVENKEEL_TESTS_FIX_FIX_PIPE_HPP_

// A connection in memory between a desk's gateway and the simulator, and both of them in one
// thread with time of their own: bytes arrive after a delay, in pieces; the connection can be cut
// at rest, or in the middle of a message, and bytes can come twice. No socket, no clock, no wait.
//
// QuickFIX reads the wall clock for heartbeats: a run of the pipe takes milliseconds of it, so none
// is due unless a test asks for silence (SessionHost::simulate_silence).

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/check.hpp"
#include "core/ring.hpp"
#include "fix/gateway_core.hpp"
#include "fix/quickfix/session_host.hpp"
#include "fix/simulator_core.hpp"

namespace evenkeel::fix::testing {

/// Two ends; what one writes the other reads, in order, once its time has come.
class FixPipe {
 public:
  static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

  class End : public Transport {
   public:
    std::size_t writable_bytes() noexcept override { return pipe_->open_ && !ended_ ? room : 0; }
    bool write(const char* data, std::size_t size) noexcept override {
      return pipe_->write(*this, data, size);
    }
    void close() noexcept override { pipe_->close(*this); }

    // --- the reader's side ---

    /// Bytes whose time has come, at most one piece; empty when there are none.
    std::string_view readable(TimeNs at) const {
      if (input_.empty() || input_.front().due > at) return {};
      return input_.front().bytes;
    }
    /// The reader took so many of them.
    void take(std::size_t count) {
      input_.front().bytes.erase(0, count);
      if (input_.front().bytes.empty()) input_.pop_front();
    }
    /// Nothing more will come: closed here, cut, or closed there and all read.
    bool ended() const { return ended_ || (ending_ && input_.empty()); }
    TimeNs next_due() const {
      return input_.empty() ? std::numeric_limits<TimeNs>::max() : input_.front().due;
    }

    // --- what a test sets ---

    std::size_t room = 1 << 20;      // for writing
    DurationNs delay = 0;            // of what is written from now on
    std::size_t piece_max = kNever;  // bytes arrive in pieces of at most this
    int twice = 0;                   // so many of the next writes arrive two times
    /// After so many more bytes the connection breaks, in the middle of a message as it may be.
    std::size_t cut_after = kNever;
    /// Whether the writer is told by its write that the connection broke (or only later).
    bool cut_is_told = false;
    std::vector<std::string> written;  // everything ever written here, whether it arrived or not

   private:
    friend class FixPipe;
    struct Chunk {
      TimeNs due = 0;
      std::string bytes;
    };
    FixPipe* pipe_ = nullptr;
    End* other_ = nullptr;
    std::deque<Chunk> input_;
    bool ended_ = true, ending_ = false;
  };

  FixPipe() {
    desk.pipe_ = venue.pipe_ = this;
    desk.other_ = &venue;
    venue.other_ = &desk;
  }
  FixPipe(const FixPipe&) = delete;
  FixPipe& operator=(const FixPipe&) = delete;

  /// The connection stands. Nothing of the last one is left.
  void connect() {
    for (End* end : {&desk, &venue}) {
      end->input_.clear();
      end->ended_ = end->ending_ = false;
      end->cut_after = kNever;
    }
    open_ = true;
  }
  /// The connection breaks; what is under way is lost.
  void cut() {
    open_ = false;
    for (End* end : {&desk, &venue}) {
      end->input_.clear();
      end->ended_ = true;
    }
  }
  bool open() const { return open_; }

  TimeNs now = 0;
  End desk, venue;

 private:
  bool write(End& from, const char* data, std::size_t size) noexcept {
    if (!open_ || from.ended_ || from.other_->ending_) return false;
    from.written.emplace_back(data, size);
    if (size > from.cut_after) {
      // The part that came through is read before the end is.
      if (from.cut_after > 0) put(from, {data, from.cut_after});
      from.ended_ = true;
      from.input_.clear();
      from.other_->ending_ = true;
      return !from.cut_is_told;
    }
    if (from.cut_after != kNever) from.cut_after -= size;
    put(from, {data, size});
    if (from.twice > 0) {
      --from.twice;
      put(from, {data, size});
    }
    return true;
  }
  void put(End& from, std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t size = std::min(from.piece_max, bytes.size() - at);
      // Never before what was written earlier.
      TimeNs due = now + from.delay;
      if (!from.other_->input_.empty()) due = std::max(due, from.other_->input_.back().due);
      from.other_->input_.push_back({due, std::string(bytes.substr(at, size))});
      at += size;
    }
  }
  void close(End& end) noexcept {
    end.ended_ = true;
    end.input_.clear();
    end.other_->ending_ = true;
  }

  bool open_ = false;
};

/// A gateway's core and the simulator's, over a pipe, in one thread. The test is the engine: it
/// pushes intents and takes events.
class FixPair {
 public:
  FixPair(const GatewayConfig& gateway_config, const SimulatorConfig& simulator_config,
          const InstrumentTable& table, std::shared_ptr<SequenceStore> store,
          std::size_t event_slots = 1024)
      : events(event_slots), config(gateway_config), instruments(table) {
    auto venue = SimulatorCore::create(
        simulator_config, instruments, pipe.venue,
        [this](SimulatorRecord&& record) { records.push_back(std::move(record)); });
    simulator = *std::move(venue);
    const absl::Status status = start_desk(std::move(store));
    EVENKEEL_CHECK(status.ok());
  }

  /// A gateway over this store, as a process that has just started.
  absl::Status start_desk(std::shared_ptr<SequenceStore> store) {
    gateway.reset();
    auto made =
        GatewayCore::create(config, instruments, intents, events, std::move(store), pipe.desk);
    if (!made.ok()) return made.status();
    gateway = *std::move(made);
    return absl::OkStatus();
  }
  /// The desk's process ends at once, and its connection with it: what it had written still
  /// arrives.
  void kill_desk() {
    if (gateway == nullptr) return;
    pipe.desk.close();
    gateway.reset();
  }

  Moment moment() const { return {pipe.now, pipe.now}; }
  /// Everybody does what is due now. How much was done.
  int turn() {
    int work = carry_to_desk() + carry_to_venue();
    if (gateway != nullptr) {
      if (gateway->wants_connection(pipe.now)) connect();
      work += gateway->turn(moment());
    }
    simulator->at(pipe.now);
    work += simulator->turn(pipe.now);
    return work;
  }
  /// Turns until nothing is left to do now.
  void settle() {
    while (turn() > 0) {
    }
  }
  /// Time passes, at most `step` at once, everybody working on the way, until `done` or `limit` has
  /// passed. Whether it was done.
  template <class Done>
  bool run_until(Done done, DurationNs limit = 30 * kSecond, DurationNs step = kMillisecond) {
    const TimeNs until = pipe.now + limit;
    for (;;) {
      settle();
      if (done()) return true;
      if (pipe.now >= until) return false;
      pipe.now = std::min(until, pipe.now + step);
    }
  }
  void run_for(DurationNs time) {
    run_until([] { return false; }, time);
  }
  bool log_on() {
    return run_until([this] { return gateway->logged_on(); });
  }
  /// All events so far, taken as an engine would.
  std::vector<Event> take_events() {
    std::vector<Event> out;
    for (Event event; events.try_pop(event);) out.push_back(event);
    return out;
  }

  bool reachable = true;  // whether a connection can be made
  FixPipe pipe;
  SpscRing<Intent> intents{1024};
  SpscRing<Event> events;
  GatewayConfig config;
  InstrumentTable instruments;
  std::vector<SimulatorRecord> records;
  std::unique_ptr<SimulatorCore> simulator;
  std::unique_ptr<GatewayCore> gateway;

 private:
  void connect() {
    gateway->on_connecting();
    // The venue takes a new connection once it knows of the last one's end.
    if (!reachable || simulator->attached()) {
      gateway->on_connect_failed(moment(), "connection refused");
      return;
    }
    pipe.connect();
    simulator->on_connected();
    gateway->on_connected(moment());
  }
  int carry_to_desk() {
    FixPipe::End& end = pipe.desk;
    if (gateway == nullptr) return 0;
    int work = 0;
    while (gateway->attached()) {
      const std::string bytes(end.readable(pipe.now));  // a copy: the session may close the end
      if (bytes.empty()) break;
      const std::size_t taken = gateway->on_bytes(moment(), bytes.data(), bytes.size());
      if (end.ended()) break;  // what was there is gone
      end.take(taken);
      if (taken == 0) break;
      ++work;
    }
    if (gateway->attached() && end.ended()) gateway->on_closed(moment(), "pipe");
    return work;
  }
  int carry_to_venue() {
    FixPipe::End& end = pipe.venue;
    simulator->at(pipe.now);
    int work = 0;
    while (simulator->attached()) {
      const std::string bytes(end.readable(pipe.now));
      if (bytes.empty()) break;
      simulator->on_bytes(bytes.data(), bytes.size());
      if (end.ended()) break;
      end.take(bytes.size());
      ++work;
    }
    if (simulator->attached() && end.ended()) simulator->on_closed();
    return work;
  }
};

}  // namespace evenkeel::fix::testing

#endif  // EVENKEEL_TESTS_FIX_FIX_PIPE_HPP_
