// A desk as one process would run it, without threads, sockets and clocks: feed, engine, journal
// and gateway, each to be given a turn. What it leaves on its disks is all that the next one gets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "apps/assembly.hpp"
#include "core/journal.hpp"
#include "core/journal_agent.hpp"
#include "core/sequencer.hpp"
#include "feeds/symbol_map.hpp"
#include "feeds/tops_feed.hpp"
#include "fix/gateway_core.hpp"
#include "tests/simulation/disks.hpp"

namespace evenkeel::simulation {

/// The time of a simulation, on two clocks: one that people set, one that only goes forward.
struct VirtualTime {
  TimeNs wall = 1'790'000'000 * kSecond;  // in September 2026
  TimeNs now = kHour;
};
struct VirtualClock {
  const VirtualTime* time;
  TimeNs now() const { return time->wall; }
};

struct DeskSetup {
  const std::vector<ConfigText>* files = nullptr;
  Durability durability = Durability::kDisk;
  std::size_t journal_ring = 1024;
  std::size_t fix_event_ring = 256;
};

class DeskProcess {
 public:
  using Agent = apps::EngineAgent<rules::RuleSet, fix::OrderDesk, VirtualClock>;

  /// Recovers from the disks and starts, as the product does. The disks, the connection and the
  /// time outlive it. Errors: those of the product's start.
  static absl::StatusOr<std::unique_ptr<DeskProcess>> start(const DeskSetup& setup, Disks& disks,
                                                            fix::Transport& connection,
                                                            const VirtualTime& time);
  ~DeskProcess();

  // --- turns ---

  /// False when there is no room: offer it again.
  bool hear(std::string_view datagram) {
    return feed_->on_datagram(std::as_bytes(std::span(datagram.data(), datagram.size())),
                              time_.now);
  }
  void feed_turn();
  /// One event at most; entries for the journal come out in `engine_out`.
  int engine_turn() { return agent_->do_work(1); }
  SpscRing<JournalEntry>& engine_out() { return engine_out_; }
  SpscRing<JournalEntry>& journal_in() { return journal_in_; }
  int journal_turn() { return journal_->do_work(time_.now); }
  void drop_intents() {
    Intent nowhere;
    while (intents_.try_pop(nowhere)) {
    }
  }
  int gateway_turn() { return gateway_->turn(moment()); }
  /// What the small ring to the journal had no room for; false when it still has none.
  bool hand_over() { return agent_->hand_over(); }
  bool command(Command command, PortfolioId portfolio = PortfolioId::none());
  bool cash_flow(PortfolioId portfolio, CurrencyId currency, Money amount);
  /// What the journal's keeper does at leisure: checks a finished segment against a shadow of the
  /// desk, writes a snapshot, compresses.
  absl::Status keep();
  /// Ends in order.
  absl::Status finish();

  // --- looking ---

  apps::DecisionCore& core() { return *core_; }
  const apps::DecisionCore& core() const { return *core_; }
  fix::GatewayCore& gateway() { return *gateway_; }
  const JournalAgent& journal() const { return *journal_; }
  fix::Moment moment() const { return {time_.now, time_.wall}; }
  /// Of the last event that was found on the disk at the start.
  std::uint64_t recovered() const { return recovered_; }
  std::uint64_t epoch() const { return epoch_; }
  /// Nothing waits between the parts.
  bool idle() const;

 private:
  explicit DeskProcess(const VirtualTime& time, const DeskSetup& setup)
      : time_(time), journal_in_(setup.journal_ring), fix_events_(setup.fix_event_ring) {}
  absl::Status recover(const DeskSetup& setup, Disks& disks);
  absl::Status settle_epoch(std::uint64_t last, Storage& beside);
  absl::Status open_gateway(const DeskSetup& setup, Disks& disks, fix::Transport& connection);
  absl::Status wire(const DeskSetup& setup);
  SourceId fix_source() const;

  const VirtualTime& time_;
  apps::DeskConfig config_;
  std::unique_ptr<apps::DecisionCore> core_;
  std::unique_ptr<JournalWriter> writer_;
  SpscRing<JournalEntry> engine_out_{8};
  SpscRing<JournalEntry> journal_in_;
  SpscRing<Event> halts_{4}, commands_{64}, feed_events_{256};
  SpscRing<Event> fix_events_;
  SpscRing<Intent> intents_{64};
  std::unique_ptr<feeds::SymbolMap> symbols_;
  std::unique_ptr<feeds::TopsFeed> feed_;
  std::unique_ptr<Sequencer<VirtualClock>> sequencer_;
  std::unique_ptr<Agent> agent_;
  std::unique_ptr<JournalAgent> journal_;
  std::unique_ptr<fix::GatewayCore> gateway_;
  std::uint64_t recovered_ = 0, epoch_ = 0;
  TimeNs recovered_ts_ = 0;
  testing::MemoryStorage* storage_ = nullptr;
  Sha256 config_hash_{};
  std::uint64_t prepared_ = 0, kept_ = 0;  // segments
};

}  // namespace evenkeel::simulation
