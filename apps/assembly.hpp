// The one place that names the concrete types of a desk: which rules, which order logic, which
// clock. It builds what decides out of a configuration and starts nothing.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "apps/config/desk_config.hpp"
#include "apps/desk_engine.hpp"
#include "core/book.hpp"
#include "core/engine.hpp"
#include "core/instrument.hpp"
#include "core/market.hpp"
#include "fix/order_desk.hpp"
#include "rules/rule_set.hpp"

namespace evenkeel::apps {

using DeskEngine = Engine<rules::RuleSet, fix::OrderDesk>;
using DeskEngineAgent = EngineAgent<rules::RuleSet, fix::OrderDesk>;

/// Instruments, market and book of a desk, with nobody deciding: also for the day as it would have
/// been without anybody trading.
class Books {
 public:
  /// Errors: those of the book, naming the portfolio.
  static absl::StatusOr<std::unique_ptr<Books>> build(const InstrumentTable& instruments,
                                                      const std::vector<rules::Policy>& policies,
                                                      const std::vector<PortfolioSpec>& portfolios,
                                                      std::size_t feed_lines) {
    auto books = std::make_unique<Books>(instruments, feed_lines);
    for (const rules::Policy& policy : policies) {
      const auto model = books->book.add_model(policy.model());
      if (!model.ok()) return model.status();
    }
    for (const PortfolioSpec& spec : portfolios) {
      const auto portfolio = books->book.add_portfolio(spec);
      if (!portfolio.ok()) return portfolio.status();
    }
    books->book.finish();
    return books;
  }
  Books(InstrumentTable table, std::size_t feed_lines)
      : instruments(std::move(table)),
        market(instruments, static_cast<std::uint16_t>(feed_lines)),
        book(instruments, market) {}
  Books(const Books&) = delete;
  Books& operator=(const Books&) = delete;

  InstrumentTable instruments;
  MarketState market;
  Book book;
};

/// Everything that decides, on one thread.
class DecisionCore {
 public:
  static absl::StatusOr<std::unique_ptr<DecisionCore>> build(
      const InstrumentTable& instruments, const std::vector<rules::Policy>& policies,
      const std::vector<PortfolioSpec>& portfolios, const fix::Limits& limits,
      const fix::OrderDeskConfig& orders, std::size_t feed_lines) {
    auto books = Books::build(instruments, policies, portfolios, feed_lines);
    if (!books.ok()) return books.status();
    auto desk = fix::OrderDesk::create((*books)->instruments, (*books)->book.portfolio_count(),
                                       limits, orders);
    if (!desk.ok()) return desk.status();
    return std::unique_ptr<DecisionCore>(
        new DecisionCore(*std::move(books), policies, *std::move(desk)));
  }
  /// A desk without a FIX session watches: the same bands, told instead of cured.
  static absl::StatusOr<std::unique_ptr<DecisionCore>> build(const DeskConfig& config) {
    std::vector<rules::Policy> policies = config.policies;
    for (rules::Policy& policy : policies) {
      if (!config.machine.fix) policy.action = rules::Action::kMonitor;
    }
    fix::OrderDeskConfig orders = config.orders;
    if (config.machine.fix && config.machine.fix->drop_copy) {
      orders.drop_copy = drop_copy_source(config.machine);
      orders.copy_overdue = config.machine.fix->drop_copy->overdue;
    }
    return build(config.instruments, policies, config.portfolios, config.limits, orders,
                 config.machine.feeds.size());
  }
  DecisionCore(const DecisionCore&) = delete;
  DecisionCore& operator=(const DecisionCore&) = delete;

 private:
  DecisionCore(std::unique_ptr<Books> made, const std::vector<rules::Policy>& policies,
               fix::OrderDesk desk)
      : books(std::move(made)),
        rules(books->instruments, books->book, policies),
        orders(std::move(desk)),
        engine(books->instruments, books->market, books->book, rules, orders) {}

 public:
  std::unique_ptr<Books> books;
  rules::RuleSet rules;
  fix::OrderDesk orders;
  DeskEngine engine;
};

}  // namespace evenkeel::apps
