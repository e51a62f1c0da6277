// What the rules ask the order desk for: a proposal is a cause and the trades that cure it,
// accepted or refused whole. Half of a two-legged overlay is worse than none of it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/intent.hpp"

namespace evenkeel {

struct ProposalLine {
  InstrumentId instrument;
  Quantity quantity;      // signed; buys positive
  Price reference_price;  // the mark the sizing used
};

struct Proposal {
  PortfolioId portfolio;
  Cause cause;
  AlertCode alert = AlertCode::kNone;  // set: nothing to trade, only to tell
  std::uint32_t first_line = 0;
  std::uint32_t line_count = 0;
};

/// What became of a proposal. Anything but kAccepted sent nothing.
struct SubmitResult {
  bool accepted = false;
  AlertCode blocked_by = AlertCode::kNone;
  InstrumentId instrument{};  // the line that was blocked
};

/// Proposals of one event, in storage allocated at start. Bounded: adding beyond the capacity
/// returns false and leaves the proposal under construction out.
class ProposalBuffer {
 public:
  ProposalBuffer(std::size_t proposals, std::size_t lines)
      : proposals_max_(proposals), lines_max_(lines) {
    proposals_.reserve(proposals);
    lines_.reserve(lines);
  }
  void clear() {
    proposals_.clear();
    lines_.clear();
    dropped_ = 0;
  }
  /// Adds a proposal with its lines. False when there is no room; counted in `dropped()`.
  bool add(Proposal proposal, std::span<const ProposalLine> lines) {
    if (proposals_.size() == proposals_max_ || lines_.size() + lines.size() > lines_max_) {
      ++dropped_;
      return false;
    }
    proposal.first_line = static_cast<std::uint32_t>(lines_.size());
    proposal.line_count = static_cast<std::uint32_t>(lines.size());
    lines_.insert(lines_.end(), lines.begin(), lines.end());
    proposals_.push_back(proposal);
    return true;
  }
  std::span<const Proposal> proposals() const { return proposals_; }
  std::span<const ProposalLine> lines(const Proposal& proposal) const {
    return {lines_.data() + proposal.first_line, proposal.line_count};
  }
  std::uint64_t dropped() const { return dropped_; }

 private:
  std::size_t proposals_max_, lines_max_;
  std::vector<Proposal> proposals_;
  std::vector<ProposalLine> lines_;
  std::uint64_t dropped_ = 0;
};

/// The intents of one event, numbered as they are added, in storage allocated at start.
class IntentBuffer {
 public:
  explicit IntentBuffer(std::size_t capacity) : capacity_(capacity) { intents_.reserve(capacity); }
  /// Starts the intents of an event.
  void begin(const Event& event) {
    intents_.clear();
    sequence_ = event.sequence;
    ts_ = event.ts;
  }
  std::size_t room() const { return capacity_ - intents_.size(); }
  /// False when full. Ask `room()` before starting what must not be cut short.
  bool add(Intent intent) {
    if (intents_.size() == capacity_) return false;
    intent.event_sequence = sequence_;
    intent.ts = ts_;
    intent.index = static_cast<std::uint32_t>(intents_.size());
    intents_.push_back(intent);
    return true;
  }
  std::span<const Intent> intents() const { return intents_; }

 private:
  std::size_t capacity_;
  std::vector<Intent> intents_;
  std::uint64_t sequence_ = 0;
  TimeNs ts_ = 0;
};

}  // namespace evenkeel
