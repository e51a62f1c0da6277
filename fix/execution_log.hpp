// Every execution report that was acted on, by its full ExecID and kind: so that none counts twice,
// however often it is sent, and a bust or a correction finds the fill it means. Storage is
// allocated at start; nothing is forgotten but what its owner retires, and full is an answer. It is
// read in order of arrival, never in order of hashing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/archive.hpp"
#include "core/event.hpp"

namespace evenkeel::fix {

enum class ExecutionState : std::uint8_t {
  kNoted = 0,  // moved no position itself: an acknowledgement, a bust, a correction
  kBooked,     // a fill that counts, as it stands after corrections
  kBusted,     // a fill that was cancelled
  kRefused,    // a fill that was never booked: no order of ours, or not plausible
};

/// How a fill, bust or correction stands with its copy on the drop-copy session.
enum class CopyState : std::uint8_t {
  kNone = 0,   // none is waited for
  kAwaited,    // the report is here, its copy is not
  kOverdue,    // likewise, and its portfolio has been halted for that
  kCopied,     // both say the same
  kDifferent,  // they do not, and its portfolio has been halted for that
};

inline constexpr std::uint32_t kNoIndex = 0xffffffff;

struct Execution {
  FixId exec_id;
  ExecType type = ExecType::kNone;
  ExecutionState state = ExecutionState::kNoted;
  CopyState copy = CopyState::kNone;
  std::uint8_t reserved = 0;
  std::uint32_t order = kNoIndex;  // index in the desk's orders
  PortfolioId portfolio;
  InstrumentId instrument;
  Quantity reported_quantity;  // as this report said; never changes
  Price reported_price;
  Quantity quantity;  // as it stands: signed, buys positive
  Price price;
  TimeNs ts = 0;
  std::uint32_t root = kNoIndex;  // of a bust or a correction: the fill it is about

  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [exec_id, type, state, copy, reserved, order, portfolio, instrument, reported_quantity,
           reported_price, quantity, price, ts, root] = s;
    a(exec_id, type, state, copy, order, portfolio, instrument, reported_quantity, reported_price,
      quantity, price, ts, root);
  }
};

class ExecutionLog {
 public:
  /// Precondition: 0 < capacity <= 2^30.
  explicit ExecutionLog(std::uint32_t capacity);

  /// The index of the report with this id and kind; kNoIndex when there is none.
  std::uint32_t find(const FixId& exec_id, ExecType type) const;
  /// The fill that `exec_ref_id` means, through any corrections of it; kNoIndex when unknown.
  std::uint32_t find_fill(const FixId& exec_ref_id) const;
  /// Adds a report and gives its index; kNoIndex when full. Precondition: its id and kind are new.
  std::uint32_t add(const Execution& execution);

  Execution& operator[](std::uint32_t index) { return executions_[index]; }
  const Execution& operator[](std::uint32_t index) const { return executions_[index]; }
  /// In order of arrival.
  std::span<const Execution> all() const { return {executions_.data(), count_}; }
  std::uint32_t size() const { return count_; }
  std::uint32_t capacity() const { return static_cast<std::uint32_t>(executions_.size()); }

  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [executions, slots, count] = s;
    a.prefix(executions, count);
    if constexpr (A::kLoading) s.index();
  }
  /// Forgets the executions of the first `orders` orders, and those of no order from before
  /// `before`. The orders that remain are then known by indices smaller by `orders`. Allocates: for
  /// the start of a run.
  void retire(std::uint32_t orders, TimeNs before);
  /// Takes what another log holds. Precondition: it fits.
  void carry(const ExecutionLog& from);

 private:
  /// Finds a place for each execution that is there.
  void index();
  std::size_t home(const FixId& exec_id, ExecType type) const;

  std::vector<Execution> executions_;
  std::vector<std::uint32_t> slots_;  // open addressing, at most half full
  std::uint32_t count_ = 0;
};

}  // namespace evenkeel::fix
