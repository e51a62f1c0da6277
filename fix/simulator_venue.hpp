// The matching side of the FIX simulator: orders in, reports out, at the live quotes of the same
// feed the desk watches. Pure: no socket, clock, thread or global state; time and quotes are handed
// in, chance comes from one seed, so the same inputs give the same reports.
//
// How it fills: an order that is marketable against a sound two-sided quote in regular hours trades
// at the far side, up to the quoted size (times a multiple) not yet taken from that quote; a limit
// order rests and trades once the quote reaches its limit. What the market cannot show it never
// invents: no quote, no fill.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/instrument.hpp"
#include "core/market.hpp"
#include "fix/quickfix/messages.hpp"

namespace evenkeel::fix {

struct VenueSettings {
  std::uint64_t seed = 1;
  std::string run;  // part of every ExecID: differs from run to run; at most 16 characters
  DurationNs acknowledge_after = kMillisecond;  // from the order's arrival
  DurationNs fill_after =
      kMillisecond;  // between an acknowledgement or a partial fill and the next fill
  DurationNs cancel_after = kMillisecond;  // cancels and replacements; fills may come first
  DurationNs jitter = 0;                   // up to this is added to each of the three, by chance
  Ratio partial;                           // how often a fill is only part of what could be filled
  Ratio reject;                            // how often a sound order is rejected
  std::int64_t size_multiple = 1;  // of the quoted size that may be taken; 0 = without limit
  std::uint16_t lines = 1;         // feed lines of the market events
};

/// What the venue says. Called from inside the venue's functions.
class VenueListener {
 public:
  virtual ~VenueListener() = default;
  virtual void report(const ExecutionReport& report) = 0;
  virtual void reject_cancel(const CancelReject& reject) = 0;
};

struct VenueCounts {
  std::uint64_t orders = 0, rejected = 0, duplicates = 0, fills = 0, partial_fills = 0,
                filled_orders = 0;
  std::uint64_t cancelled = 0, replaced = 0, cancel_rejects = 0, status_requests = 0,
                mass_status_requests = 0;
};

struct VenuePosition {
  Account account;
  InstrumentId instrument;
  Quantity quantity;  // signed: bought less sold here
};

class SimulatorVenue {
 public:
  static constexpr std::size_t kOrdersMax = 1 << 20;

  /// The table and the listener outlive the venue.
  SimulatorVenue(const InstrumentTable& instruments, const VenueSettings& settings,
                 VenueListener& listener);

  /// A market event, numbered and stamped as the desk's are.
  void on_market(const Event& event) { market_.apply(event); }
  void on_new_order(const NewOrder& order, TimeNs now);
  void on_replace_order(const ReplaceOrder& replace, TimeNs now);
  void on_cancel_order(const CancelOrder& cancel, TimeNs now);
  /// While a cancel or replacement is on its way the status says so, under the present ClOrdID: a
  /// number that was never accepted names no order.
  void on_status_request(const StatusRequest& request);
  /// Of all orders that are not done, oldest first, each as a status request would be answered; of
  /// none, one answer that says so. Another type than 7 is answered as if it were.
  void on_mass_status_request(const MassStatusRequest& request);
  /// Does what is due by `now`, and fills what the quotes allow. Any clock that never goes back,
  /// the same as the `now` of orders.
  void advance(TimeNs now);
  /// When something is due next at the latest; the maximum of TimeNs when nothing waits for time.
  TimeNs next_due() const;

  /// By account and instrument, in the order of first fills; flat ones included.
  const std::vector<VenuePosition>& positions() const { return positions_; }
  std::size_t live_orders() const { return live_.size(); }
  const VenueCounts& counts() const { return counts_; }
  const MarketState& market() const { return market_; }

 private:
  enum class State : std::uint8_t { kArrived, kLive, kDone };
  struct Order {
    NewOrder request;  // as last replaced; cl_ord_id is the present one
    ClientOrderId first_id;
    std::uint64_t number = 0;
    InstrumentId instrument;
    State state = State::kArrived;
    char ord_status = 'A';
    bool reject_seeded = false;
    TimeNs due = 0;  // of the acknowledgement, then of the next fill
    std::int64_t cumulative_e6 = 0;
    Int128 paid = 0;  // sum of quantity x price, raw
    std::int64_t leaves_e6() const {
      return state == State::kDone ? 0 : request.quantity_e6 - cumulative_e6;
    }
  };
  struct Pending {  // a cancel or a replacement on its way
    TimeNs due = 0;
    std::size_t order = 0;
    bool is_replace = false;
    ReplaceOrder replace;  // for a cancel only cl_ord_id and orig_cl_ord_id are set
  };
  struct KnownId {
    ClientOrderId id;
    std::size_t order = 0;
    bool accepted = false;  // it was, or is, the order's name; else a cancel or a replacement
  };

  Order* find(const ClientOrderId& id);
  const Pending* pending_of(const Order& order) const;
  Order* admit(const NewOrder& request, TimeNs now, const char*& refusal, std::int32_t& reason);
  void acknowledge(Order& order, TimeNs now);
  void settle(const Pending& pending, TimeNs now);
  void replace_now(Order& order, const ReplaceOrder& replace);
  bool try_fill(Order& order, TimeNs now);
  std::int64_t fillable(const Order& order, Price& price) const;
  void fill(Order& order, std::int64_t quantity_e6, Price price, TimeNs now);
  void finish(Order& order, char status, char exec_type, const ClientOrderId* request_id);
  ExecutionReport blank_report(const Order& order, char exec_type);
  ExecutionReport unknown_order(const StatusRequest& request);
  ExecutionReport status_report(const Order& order, const ClientOrderId& asked);
  void refuse(const NewOrder& request, std::int32_t reason, const char* text);
  void refuse_cancel(const ClientOrderId& id, const ClientOrderId& orig, char status,
                     char response_to, std::int32_t reason, const char* text);
  void remember(const ClientOrderId& id, std::size_t order, bool accepted);
  KnownId* known(const ClientOrderId& id);
  BrokerId next_exec_id();
  /// `least` and by chance some jitter more.
  DurationNs delay(DurationNs least);
  bool draw(Ratio chance);
  std::uint64_t draw();
  void book_position(const Order& order, std::int64_t signed_e6);

  const InstrumentTable& instruments_;
  VenueSettings settings_;
  VenueListener& listener_;
  MarketState market_;
  std::vector<Order> orders_;
  std::vector<std::size_t> live_;            // indexes of orders that are not done, oldest first
  std::vector<Pending> pending_;             // in order of arrival
  std::vector<std::vector<KnownId>> known_;  // hashed by id
  std::vector<VenuePosition> positions_;
  struct Taken {  // of the quote now standing
    std::uint64_t quote_sequence = 0;
    std::int64_t bid_e6 = 0, ask_e6 = 0;
  };
  std::vector<Taken> taken_;  // by instrument
  std::uint64_t random_;
  std::uint64_t exec_count_ = 0;
  VenueCounts counts_;
};

}  // namespace evenkeel::fix
