// What a desk must hold, worked out a second time and as plainly as possible: maps of whole
// numbers, every fill remembered by its ExecID. Reads events and intents in the order of the
// journal and shares no code with book, order desk or execution log.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/event.hpp"
#include "core/intent.hpp"
#include "tests/simulation/small_desk.hpp"

namespace evenkeel::simulation {

struct LedgerOrder {
  std::size_t portfolio = 0;
  std::size_t instrument = 0;
  bool buys = false;
  std::int64_t quantity_e6 = 0;
  std::int64_t filled_e6 = 0;
  bool over = false;
  /// The counterparty has said something about it that did not agree with what was known: what the
  /// desk counts as open is then its own, never less than what is left.
  bool muddled = false;
  /// It was said to be over by a status answer that had been sent before: whether that is believed
  /// depends on whether one was asked for, which is the desk's to know.
  bool unsure = false;
  std::int64_t open_e6() const { return over ? 0 : quantity_e6 - filled_e6; }
};

class Ledger {
 public:
  /// `instruments` by InstrumentId, `portfolios` by PortfolioId, `currencies` by CurrencyId.
  Ledger(std::vector<PlainInstrument> instruments, std::vector<PlainPortfolio> portfolios,
         std::vector<std::string> currencies);

  void take(const Event& event);
  void take(const Intent& intent);
  /// What no desk may do, found while reading; empty as it should be.
  const std::vector<std::string>& faults() const { return faults_; }

  /// Units of what is held, in millionths.
  std::int64_t position_e6(std::size_t portfolio, const std::string& symbol) const;
  std::int64_t cash_e4(std::size_t portfolio, const std::string& currency) const;
  /// Of futures: signed notional paid.
  std::int64_t cost_e4(std::size_t portfolio, const std::string& symbol) const;
  const std::map<std::uint64_t, LedgerOrder>& orders() const { return orders_; }
  /// The order that a request's number belongs to; 0 for none.
  std::uint64_t order_of(std::uint64_t request) const;
  /// The portfolio for which the last event brought a fill or an end that the counterparty counts
  /// otherwise; -1 for none. Nothing may be sent for it before somebody has looked.
  std::int64_t disputed() const { return disputed_; }
  const std::vector<PlainInstrument>& instruments() const { return instruments_; }
  const std::vector<PlainPortfolio>& portfolios() const { return portfolios_; }
  std::uint64_t fills() const { return fills_.size(); }
  /// Quantity and price of what stands of an order's fills, in rising order.
  std::vector<std::pair<std::int64_t, std::int64_t>> fills_of(std::uint64_t order) const;

 private:
  struct Fill {
    std::uint64_t order = 0;
    std::int64_t quantity_e6 = 0, price_e9 = 0;
    bool busted = false;
  };

  void on_report(const ExecutionPayload& report);
  void on_fill(std::uint64_t id, const ExecutionPayload& report);
  void on_adjustment(const ExecutionPayload& report);
  void settle(LedgerOrder& order, const ExecutionPayload& report);
  /// `sign` -1 undoes.
  void move(const LedgerOrder& order, std::int64_t quantity_e6, std::int64_t price_e9, int sign);

  std::vector<PlainInstrument> instruments_;
  std::vector<PlainPortfolio> portfolios_;
  std::vector<std::string> currencies_;
  std::map<std::pair<std::size_t, std::string>, std::int64_t> units_e6_, cash_e4_, cost_e4_;
  std::map<std::uint64_t, LedgerOrder> orders_;
  std::map<std::uint64_t, std::uint64_t> requests_;  // to their order
  std::map<std::string, Fill> fills_;                // by the ExecID that first told of each
  std::map<std::string, std::string> same_fill_;     // a correction's ExecID to the fill's
  std::set<std::pair<std::string, int>> seen_;       // reports that have counted
  std::set<std::pair<std::uint64_t, std::size_t>> proposals_;
  std::int64_t disputed_ = -1;
  std::vector<std::string> faults_;
};

}  // namespace evenkeel::simulation
