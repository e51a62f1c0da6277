// The counterparty of a simulation: a FIX acceptor with a matching side of its own that does
// everything a bad day at a broker has. Whatever it says late, twice or out of order, what happened
// is one story, and it keeps that story: which orders it was sent, what traded, what was undone.
//
// It trusts nothing of the desk's and shares no code with its order logic.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "core/time.hpp"
#include "fix/quickfix/session_host.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/faults.hpp"
#include "tests/simulation/market.hpp"

namespace evenkeel::simulation {

struct BrokerFill {
  std::string exec_id;  // by which the last report named it
  std::int64_t quantity_e6 = 0;
  std::int64_t price_e9 = 0;
  bool busted = false;
};

struct BrokerOrder {
  enum class State { kArrived, kLive, kDone };
  std::string first_id;
  fix::NewOrder terms;  // as last replaced; cl_ord_id is the present one
  std::uint64_t number = 0;
  State state = State::kArrived;
  char status = 'A';
  std::int64_t filled_e6 = 0;
  std::vector<BrokerFill> fills;
  TimeNs due = 0;

  bool buys() const { return terms.side == '1'; }
  std::int64_t leaves_e6() const {
    return state == State::kDone ? 0 : terms.quantity_e6 - filled_e6;
  }
  std::string symbol() const { return terms.instrument.symbol.str(); }
  std::string account() const { return terms.account.str(); }
};

class Broker final : private fix::Application {
 public:
  struct Watcher {
    /// A message has arrived: 'D', 'G', 'F'. The id is the request's own.
    std::function<void(char type, const std::string& id)> on_request;
    std::function<void(const std::string& text)> on_trouble;  // that no desk may cause
    std::function<void(const std::string& text)> trace;
  };

  Broker(std::uint64_t seed, const Market& market, fix::Transport& transport, Faults& faults,
         Watcher watcher);

  void on_connected();
  void on_bytes(const char* data, std::size_t size);
  void on_closed();
  bool attached() const { return attached_; }

  /// Does what is due, now and then something that nobody asked for, and sends what waits.
  void turn(TimeNs now);
  /// Answers everything: no report waits any more, no cancel is under way.
  bool quiet() const;

  // --- trouble on the session; false when it is not possible now ---
  bool skip_number();
  /// `expected`: the number that the desk waits for now.
  bool send_low_number(std::int32_t expected);
  bool ask_resend(std::int32_t from, std::int32_t to);
  bool send_garbage();
  std::int32_t next_inbound() const { return host_->next_target(); }
  fix::SessionHost& session() { return *host_; }

  const std::deque<BrokerOrder>& orders() const { return orders_; }
  /// A request with this message number has come on the present connection.
  bool has_received(std::int32_t number) const { return received_.contains(number); }
  /// Logged on, and not waiting for anything that the desk sent before.
  bool follows() const { return attached_ && host_->logged_on() && !host_->resend_pending(); }
  /// By any of its ids that was accepted; null when there is none.
  const BrokerOrder* find(const std::string& id) const;
  std::uint64_t orders_received() const { return orders_.size() + refused_; }
  /// Cancels, replacements and questions among them.
  std::uint64_t requests() const { return requests_; }

 private:
  using Message = std::variant<fix::ExecutionReport, fix::CancelReject>;
  struct Waiting {
    TimeNs due = 0;
    Message message;
  };
  struct Pending {
    TimeNs due = 0;
    std::size_t order = 0;
    bool is_replace = false;
    fix::ReplaceOrder request;  // of a cancel only the ids are set
  };

  void on_session_event(const fix::SessionEvent& event) noexcept override;
  void on_new_order(const fix::NewOrder& order) noexcept override;
  void on_replace_order(const fix::ReplaceOrder& replace) noexcept override;
  void on_cancel_order(const fix::CancelOrder& cancel) noexcept override;
  void on_status_request(const fix::StatusRequest& request) noexcept override;
  void on_dont_know_trade(const fix::DontKnowTrade& trade) noexcept override;

  void say(const fix::ExecutionReport& report, DurationNs later = 0);
  void say(const fix::CancelReject& reject);
  fix::ExecutionReport report_of(const BrokerOrder& order, char exec_type);
  void refuse_request(const fix::ClientOrderId& id, const fix::ClientOrderId& orig, char status,
                      bool is_replace);
  void request_arrives(const fix::ClientOrderId& id, const fix::ClientOrderId& orig,
                       bool is_replace, const fix::ReplaceOrder& replace);
  const Pending* pending_of(const BrokerOrder& order) const;

  void step(BrokerOrder& order);
  void acknowledge(BrokerOrder& order);
  bool fill(BrokerOrder& order);
  std::int64_t fillable(const BrokerOrder& order, std::int64_t& price_e9) const;
  fix::ExecutionReport book_fill(BrokerOrder& order, std::int64_t quantity_e6,
                                 std::int64_t price_e9);
  void settle(const Pending& pending);
  void replace_now(BrokerOrder& order, const fix::ReplaceOrder& replace);
  void end(BrokerOrder& order, char status, const fix::ClientOrderId* request);
  void meddle(BrokerOrder& order);
  void adjust(BrokerOrder& order, bool bust);
  void send_waiting();
  bool send_raw(const std::string& type, const std::string& fields, std::int32_t number);

  Dice dice_;
  const Market& market_;
  fix::Transport& transport_;
  Faults& faults_;
  Watcher watcher_;
  std::shared_ptr<fix::SequenceStore> store_;
  std::unique_ptr<fix::SessionHost> host_;
  bool attached_ = false;
  TimeNs now_ = 0;
  TimeNs storm_until_ = 0;
  std::deque<BrokerOrder> orders_;
  std::vector<std::size_t> live_;
  std::map<std::string, std::size_t> by_id_;
  std::set<std::string> seen_ids_;   // of every request that ever came
  std::set<std::int32_t> received_;  // numbers of requests on this connection
  std::vector<Pending> pending_;
  std::deque<Waiting> waiting_;
  std::map<std::string, TimeNs> not_before_;  // by the broker's order id: no report of it earlier
  std::uint64_t executions_ = 0, refused_ = 0, requests_ = 0;
};

}  // namespace evenkeel::simulation
