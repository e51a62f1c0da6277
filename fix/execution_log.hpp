// Every execution report of this run that was acted on, by its full ExecID and kind: so that none
// counts twice, however often it is sent, and a bust or a correction finds the fill it means.
// Storage is allocated at start; nothing is ever forgotten, and full is an answer. It is read in
// order of arrival, never in order of hashing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/event.hpp"

namespace evenkeel::fix {

enum class ExecutionState : std::uint8_t {
  kNoted = 0,  // moved no position itself: an acknowledgement, a bust, a correction
  kBooked,     // a fill that counts, as it stands after corrections
  kBusted,     // a fill that was cancelled
  kRefused,    // a fill that was never booked: no order of ours, or not plausible
};

inline constexpr std::uint32_t kNoIndex = 0xffffffff;

struct Execution {
  FixId exec_id;
  ExecType type = ExecType::kNone;
  ExecutionState state = ExecutionState::kNoted;
  std::uint8_t reserved[2] = {};
  std::uint32_t order = kNoIndex;  // index in the desk's orders
  PortfolioId portfolio;
  InstrumentId instrument;
  Quantity reported_quantity;  // as this report said; never changes
  Price reported_price;
  Quantity quantity;  // as it stands: signed, buys positive
  Price price;
  TimeNs ts = 0;
  std::uint32_t root = kNoIndex;  // of a bust or a correction: the fill it is about
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

 private:
  std::size_t home(const FixId& exec_id, ExecType type) const;

  std::vector<Execution> executions_;
  std::vector<std::uint32_t> slots_;  // open addressing, at most half full
  std::uint32_t count_ = 0;
};

}  // namespace evenkeel::fix
