// The order desk's half that compares: what a drop-copy session says of executions, beside what the
// order session said. Nothing here moves a position or an order.
//
// An execution is known by its ExecID and kind, so a fill, its correction and its bust are three,
// each with a copy of its own. Whichever session is first, the other has `copy_overdue` to follow,
// counted while it is logged on and from its last logon at the earliest: what it had missed comes
// with the logon.

#include <algorithm>

#include "core/decimal.hpp"
#include "fix/order_desk.hpp"
#include "fix/short_text.hpp"

namespace evenkeel::fix {
namespace {

std::string_view side_text(Side side) {
  return side == Side::kBuy ? "buy" : side == Side::kSell ? "sell" : "none";
}

/// Both sides, the copy's first; without the values when they do not fit.
evenkeel::Text<40> two_sides(std::string_view what, std::string_view copied,
                             std::string_view ours) {
  ShortText text{what, " differs"};
  ShortText both{what, ": copy ", copied, ", order ", ours};
  return both.text().empty() ? text.text() : both.text();
}

}  // namespace

void OrderDesk::apply_copy(Context& c, const Event& event) {
  if (event.type == EventType::kExecution) {
    on_copy(c, event);
  } else if (event.type == EventType::kSessionStatus) {
    on_copy_session(c, event.payload.session.state);
  }
}

void OrderDesk::on_copy_session(Context& c, SessionState state) {
  const bool was = copy_logged_on_;
  copy_logged_on_ = state == SessionState::kLoggedOn;
  if (copy_logged_on_ && !was) {
    copy_logon_ts_ = c.view.now;
    foreign_told_ = false;
  }
  if (!was || copy_logged_on_) return;
  ++counters_.copy_sessions_lost;
  const ShortText text{"drop copy lost, ", format_decimal(copies_awaited(), 1).view(),
                       " not copied"};
  alert_desk(c, AlertCode::kSessionDown, Trigger::kOrderState, text.text());
}

// --- a copy has come ---

void OrderDesk::on_copy(Context& c, const Event& event) {
  const ExecutionPayload& report = event.payload.execution;
  if (!moves_position(report.exec_type)) return;
  ++counters_.copies;
  // What was ours once is settled, and its executions are forgotten.
  if (is_retired(report.order_id, report.orig_order_id)) {
    ++counters_.retired_reports;
    return;
  }
  const Order* order = find_order(report.order_id, report.orig_order_id);
  Copy copy;
  copy.exec_id = report.exec_id;
  copy.exec_ref_id = report.exec_ref_id;
  copy.order_id = order == nullptr ? 0 : order->id;
  copy.type = report.exec_type;
  copy.side = report.side;
  if (report.copied_account == kAccountNotGiven) {
    if (order != nullptr) copy.portfolio = order->portfolio;
  } else if (report.copied_account <= portfolios_.size()) {
    copy.portfolio = PortfolioId{report.copied_account - 1};
  }
  if (event.subject < instruments_->size()) copy.instrument = event.instrument();
  copy.quantity = report.last_quantity;
  copy.price = report.last_price;
  copy.ts = c.view.now;
  const std::uint32_t at = log_.find(copy.exec_id, copy.type);
  const bool foreign = order == nullptr && !copy.portfolio.valid();
  if (foreign && (at == kNoIndex || log_[at].order == kNoIndex)) {
    on_foreign_copy(c, copy);
  } else if (at != kNoIndex) {
    compare_copy(c, copy, log_[at]);
  } else {
    hold_copy(c, copy);
  }
}

// The broker may copy more than is ours: counted, and said once in a session.
void OrderDesk::on_foreign_copy(Context& c, const Copy& copy) {
  ++counters_.copies_foreign;
  if (foreign_told_) return;
  foreign_told_ = true;
  tell_copy(c, copy, AlertCode::kCopyForeign, copy.exec_id);
}

// The order session has not told it yet.
void OrderDesk::hold_copy(Context& c, const Copy& copy) {
  const auto known = find_ahead(copy.exec_id, copy.type);
  if (known != ahead_.end()) {
    Copy as_before = copy;
    as_before.told = known->told;
    as_before.ts = known->ts;
    if (*known == as_before) {
      ++counters_.copies_repeated;
      return;
    }
    ++counters_.copies_different;
    halt_for_copy(c, *known, AlertCode::kCopyMismatch);
    halt_for_copy(c, copy, AlertCode::kCopyMismatch);
    tell_copy(c, *known, AlertCode::kCopyMismatch, ShortText{"one ExecID, two copies"}.text());
    tell_copy(c, copy, AlertCode::kCopyMismatch, copy.exec_id);
    return;
  }
  if (ahead_.size() == config_.copies_max) {
    // Those that have been told of need no place as much as one that has not.
    const auto told =
        std::find_if(ahead_.begin(), ahead_.end(), [](const Copy& other) { return other.told; });
    if (told == ahead_.end()) {
      no_room_for_copy(c);
      return;
    }
    ahead_.erase(told);
  }
  ahead_.push_back(copy);
}

// --- the order session has told an execution ---

void OrderDesk::await_copy(Context& c, const ExecutionPayload& report) {
  if (!moves_position(report.exec_type)) return;
  const std::uint32_t at = log_.find(report.exec_id, report.exec_type);
  if (at == kNoIndex) return;  // it could not be remembered, and its portfolio is halted for that
  const auto copy = find_ahead(report.exec_id, report.exec_type);
  if (copy != ahead_.end()) {
    const Copy came = *copy;
    ahead_.erase(copy);
    compare_copy(c, came, log_[at]);
    return;
  }
  // Nobody copies to us what is none of ours.
  if (log_[at].order == kNoIndex) return;
  if (awaited_.size() == config_.copies_max) {
    no_room_for_copy(c);
    return;
  }
  log_[at].copy = CopyState::kAwaited;
  awaited_.push_back(at);
}

void OrderDesk::compare_copy(Context& c, const Copy& copy, Execution& execution) {
  const CopyState before = execution.copy;
  if (before == CopyState::kAwaited) {
    stop_awaiting(static_cast<std::uint32_t>(&execution - &log_[0]));
  }
  const evenkeel::Text<40> fault = copy_fault(copy, execution);
  if (!fault.empty()) {
    differ(c, copy, execution, fault);
    execution.copy = CopyState::kDifferent;
    return;
  }
  if (before == CopyState::kCopied || before == CopyState::kDifferent) {
    ++counters_.copies_repeated;  // one that differed is not mended by another
    return;
  }
  ++counters_.copies_matched;
  execution.copy = CopyState::kCopied;
}

/// What differs first, with both sides; an empty text when nothing does.
evenkeel::Text<40> OrderDesk::copy_fault(const Copy& copy, const Execution& execution) const {
  const Order* order = execution.order == kNoIndex ? nullptr : &orders_[execution.order];
  if (copy.portfolio != execution.portfolio || order == nullptr) {
    return ShortText{order == nullptr ? "an order that is none of ours" : "account differs"}.text();
  }
  if (copy.instrument != execution.instrument) {
    const auto symbol = [this](InstrumentId id) {
      return id.valid() ? (*instruments_)[id].symbol.view() : std::string_view{"unknown"};
    };
    return two_sides("symbol", symbol(copy.instrument), symbol(execution.instrument));
  }
  if (copy.side != order->side)
    return two_sides("side", side_text(copy.side), side_text(order->side));
  if (copy.quantity != execution.reported_quantity) {
    return two_sides("qty", format_exact(copy.quantity).view(),
                     format_exact(execution.reported_quantity).view());
  }
  if (copy.price != execution.reported_price) {
    return two_sides("price", format_exact(copy.price).view(),
                     format_exact(execution.reported_price).view());
  }
  const bool adjusts = copy.type != ExecType::kTrade;
  if (adjusts && log_.find_fill(copy.exec_ref_id) != execution.root) {
    return ShortText{"adjusts another fill"}.text();
  }
  return {};
}

void OrderDesk::differ(Context& c, const Copy& copy, const Execution& execution,
                       const evenkeel::Text<40>& text) {
  ++counters_.copies_different;
  if (execution.portfolio.valid()) halt(c, execution.portfolio, AlertCode::kCopyMismatch);
  if (copy.portfolio.valid()) halt(c, copy.portfolio, AlertCode::kCopyMismatch);
  tell_execution(c, execution, AlertCode::kCopyMismatch, text);
  tell_copy(c, copy, AlertCode::kCopyMismatch, copy.exec_id);
}

// --- time ---

void OrderDesk::on_copy_clock(Context& c) {
  const TimeNs now = c.view.now;
  const auto overdue = [&](TimeNs since, TimeNs logon) {
    return now - std::max(since, logon) >= config_.copy_overdue;
  };
  std::size_t late = 0;
  while (copy_logged_on_ && late < awaited_.size() &&
         overdue(log_[awaited_[late]].ts, copy_logon_ts_)) {
    Execution& execution = log_[awaited_[late]];
    ++late;
    execution.copy = CopyState::kOverdue;
    ++counters_.copies_overdue;
    halt(c, execution.portfolio, AlertCode::kCopyMissing);
    tell_execution(c, execution, AlertCode::kCopyMissing, ShortText{"not on the drop copy"}.text());
    tell_execution(c, execution, AlertCode::kCopyMissing, execution.exec_id);
  }
  awaited_.erase(awaited_.begin(), awaited_.begin() + static_cast<std::ptrdiff_t>(late));
  for (Copy& copy : ahead_) {
    if (!logged_on_ || copy.told || !overdue(copy.ts, logon_ts_)) continue;
    copy.told = true;
    ++counters_.copies_only;
    halt_for_copy(c, copy, AlertCode::kCopyMissing);
    tell_copy(c, copy, AlertCode::kCopyMissing, ShortText{"only on the drop copy"}.text());
    tell_copy(c, copy, AlertCode::kCopyMissing, copy.exec_id);
  }
  if (ahead_.size() < config_.copies_max && awaited_.size() < config_.copies_max) {
    copies_full_ = false;
  }
}

// --- bookkeeping ---

/// The portfolio of its account, and that of its order; the desk when there is neither.
void OrderDesk::halt_for_copy(Context& c, const Copy& copy, AlertCode why) {
  const Order* order = find(copy.order_id);
  if (copy.portfolio.valid()) halt(c, copy.portfolio, why);
  if (order != nullptr) halt(c, order->portfolio, why);
  if (!copy.portfolio.valid() && order == nullptr) {
    halt_desk(c, why, Trigger::kOrderState, copy.exec_id);
  }
}

void OrderDesk::no_room_for_copy(Context& c) {
  ++counters_.copies_dropped;
  if (copies_full_) return;
  copies_full_ = true;
  halt_desk(c, AlertCode::kCopyMissing, Trigger::kOrderState,
            ShortText{"too many executions on one session"}.text());
}

std::vector<OrderDesk::Copy>::iterator OrderDesk::find_ahead(const FixId& exec_id, ExecType type) {
  return std::find_if(ahead_.begin(), ahead_.end(), [&](const Copy& copy) {
    return copy.exec_id == exec_id && copy.type == type;
  });
}

void OrderDesk::stop_awaiting(std::uint32_t index) {
  const auto at = std::find(awaited_.begin(), awaited_.end(), index);
  EVENKEEL_CHECK(at != awaited_.end());
  awaited_.erase(at);
}

bool OrderDesk::list_awaited() {
  awaited_.clear();
  for (std::uint32_t i = 0; i < log_.size(); ++i) {
    if (log_[i].copy != CopyState::kAwaited) continue;
    if (!config_.drop_copy.valid() || awaited_.size() == config_.copies_max) return false;
    awaited_.push_back(i);
  }
  return true;
}

void OrderDesk::tell_copy(Context& c, const Copy& copy, AlertCode code,
                          const evenkeel::Text<40>& text) {
  const Order* order = find(copy.order_id);
  Intent intent;
  intent.portfolio = copy.portfolio.valid() || order == nullptr ? copy.portfolio : order->portfolio;
  intent.instrument = copy.instrument;
  intent.side = copy.side;
  intent.order_id = copy.order_id;
  intent.quantity = copy.quantity;
  intent.limit_price = copy.price;
  raise(c, intent, code, Trigger::kOrderState, text);
}

void OrderDesk::tell_execution(Context& c, const Execution& execution, AlertCode code,
                               const evenkeel::Text<40>& text) {
  Intent intent;
  intent.portfolio = execution.portfolio;
  intent.instrument = execution.instrument;
  if (execution.order != kNoIndex) {
    intent.side = orders_[execution.order].side;
    intent.order_id = orders_[execution.order].id;
  }
  intent.quantity = execution.reported_quantity;
  intent.limit_price = execution.reported_price;
  raise(c, intent, code, Trigger::kOrderState, text);
}

}  // namespace evenkeel::fix
