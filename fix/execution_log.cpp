#include "fix/execution_log.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/check.hpp"

namespace evenkeel::fix {

ExecutionLog::ExecutionLog(std::uint32_t capacity)
    : executions_(capacity), slots_(std::bit_ceil(std::size_t{capacity} * 2), kNoIndex) {
  EVENKEEL_CHECK(capacity > 0 && capacity <= (1U << 30));
}

std::size_t ExecutionLog::home(const FixId& exec_id, ExecType type) const {
  static_assert(sizeof(exec_id.bytes) % sizeof(std::uint64_t) == 0);
  std::uint64_t hash = static_cast<std::uint64_t>(type) + 0x9e3779b97f4a7c15ULL;
  for (std::size_t at = 0; at < exec_id.bytes.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, exec_id.bytes.data() + at, sizeof word);
    hash = (hash ^ word) * 0xff51afd7ed558ccdULL;
    hash ^= hash >> 32;
  }
  return hash & (slots_.size() - 1);
}

std::uint32_t ExecutionLog::find(const FixId& exec_id, ExecType type) const {
  for (std::size_t slot = home(exec_id, type); slots_[slot] != kNoIndex;
       slot = (slot + 1) & (slots_.size() - 1)) {
    const Execution& execution = executions_[slots_[slot]];
    if (execution.type == type && execution.exec_id == exec_id) return slots_[slot];
  }
  return kNoIndex;
}

std::uint32_t ExecutionLog::find_fill(const FixId& exec_ref_id) const {
  const std::uint32_t fill = find(exec_ref_id, ExecType::kTrade);
  if (fill != kNoIndex) return fill;
  const std::uint32_t correction = find(exec_ref_id, ExecType::kTradeCorrect);
  return correction == kNoIndex ? kNoIndex : executions_[correction].root;
}

void ExecutionLog::index() {
  std::fill(slots_.begin(), slots_.end(), kNoIndex);
  for (std::uint32_t i = 0; i < count_; ++i) {
    std::size_t slot = home(executions_[i].exec_id, executions_[i].type);
    while (slots_[slot] != kNoIndex) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = i;
  }
}

void ExecutionLog::retire(std::uint32_t orders, TimeNs before) {
  std::vector<std::uint32_t> place(count_, kNoIndex);  // where each has gone
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < count_; ++i) {
    Execution execution = executions_[i];
    const bool of_order = execution.order != kNoIndex;
    if (of_order ? execution.order < orders : execution.ts < before) continue;
    if (of_order) execution.order -= orders;
    // The fill that something is about comes before it and is of the same order.
    if (execution.root != kNoIndex) execution.root = place[execution.root];
    place[i] = kept;
    executions_[kept++] = execution;
  }
  count_ = kept;
  index();
}

void ExecutionLog::carry(const ExecutionLog& from) {
  EVENKEEL_CHECK(from.count_ <= executions_.size());
  std::copy(from.executions_.begin(), from.executions_.begin() + from.count_, executions_.begin());
  count_ = from.count_;
  index();
}

std::uint32_t ExecutionLog::add(const Execution& execution) {
  if (count_ == executions_.size()) return kNoIndex;
  std::size_t slot = home(execution.exec_id, execution.type);
  while (slots_[slot] != kNoIndex) slot = (slot + 1) & (slots_.size() - 1);
  executions_[count_] = execution;
  slots_[slot] = count_;
  return count_++;
}

}  // namespace evenkeel::fix
