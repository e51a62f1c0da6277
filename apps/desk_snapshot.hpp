// A copy of what the engine knows, for people: filled by the engine's thread when somebody has
// asked, read by the reporting thread. The engine never waits and never pays for a copy nobody
// asked for.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "apps/desk_latency.hpp"
#include "core/book.hpp"
#include "core/engine.hpp"
#include "core/event.hpp"
#include "core/intent.hpp"
#include "core/market.hpp"
#include "fix/order_desk.hpp"

namespace evenkeel::apps {

struct PortfolioSnapshot {
  Money nav;
  Money nav_start;  // when everything in it had a price for the first time; zero until then
  std::uint32_t unvalued_lines = 0;
  std::uint32_t open_orders = 0;
  AlertCode halted = AlertCode::kNone;
  bool suspended = false;  // outside, and a price it reads may not be acted on
  bool cash_negative = false;
  bool in_episode = false;         // between the sales and the purchases of one rebalance
  std::uint32_t first_sleeve = 0;  // into the lists below
};

struct DeskSnapshot {
  TimeNs ts = 0;
  std::uint64_t sequence = 0;
  std::uint32_t open_orders = 0;
  AlertCode halted = AlertCode::kNone;
  bool logged_on = false;
  std::vector<PortfolioSnapshot> portfolios{};
  std::vector<Money> exposure{};        // by portfolio, by sleeve
  std::vector<Money> projected{};       // the same order
  std::vector<bool> volatility_high{};  // by model
  std::vector<Price> marks{};           // by instrument
  std::vector<LineState> lines{};
  MarketCounters market;
  EngineCounters engine;
  fix::OrderDeskCounters orders;
  LatencyHistogram decision;  // received to decided
};

/// One buffer that changes hands: the reader asks, the engine fills it at the end of a duty cycle,
/// the reader reads. No lock and no torn read, because only one side owns it at a time.
class SnapshotExchange {
 public:
  /// Before the threads start: the buffer, with its vectors sized.
  DeskSnapshot& buffer() { return snapshot_; }

  // --- reader ---

  /// Asks for a fresh copy; nothing when one is under way already.
  void ask() {
    std::uint8_t expected = kIdle;
    state_.compare_exchange_strong(expected, kWanted, std::memory_order_relaxed);
  }
  /// The copy, or null when it is not there yet. Valid until `release`.
  const DeskSnapshot* ready() const {
    // Acquires the engine's release in `fill`: the copy is whole.
    return state_.load(std::memory_order_acquire) == kReady ? &snapshot_ : nullptr;
  }
  /// Gives the buffer back. Precondition: `ready()` was not null.
  void release() { state_.store(kIdle, std::memory_order_release); }

  // --- engine ---

  bool wanted() const { return state_.load(std::memory_order_acquire) == kWanted; }
  /// Precondition: `wanted()`.
  template <class Fill>
  void fill(Fill&& fill_in) {
    fill_in(snapshot_);
    state_.store(kReady, std::memory_order_release);
  }

 private:
  static constexpr std::uint8_t kIdle = 0, kWanted = 1, kReady = 2;
  DeskSnapshot snapshot_;
  std::atomic<std::uint8_t> state_{kIdle};
};

}  // namespace evenkeel::apps
