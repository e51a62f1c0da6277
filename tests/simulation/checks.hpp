// What must hold in a simulation, and who remembers what happened: every event and intent in order,
// the ledger beside them, what was said to be durable, and what the broker was sent.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/assembly.hpp"
#include "core/event.hpp"
#include "core/intent.hpp"
#include "core/journal.hpp"
#include "tests/simulation/broker.hpp"
#include "tests/simulation/disks.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/small_desk.hpp"

namespace evenkeel::simulation {

class Checks {
 public:
  using Fail = std::function<void(const std::string&)>;
  Checks(const SmallDesk& files, Fail fail) : files_(files), fail_(std::move(fail)) {}

  // --- what the engine does, in order ---
  void take(const Event& event, std::uint32_t intents);
  void take(const Intent& intent);
  /// All intents of the last event have come.
  bool event_complete() const { return intents_due_ == 0; }
  /// Book and order desk against the ledger.
  void compare(const apps::DecisionCore& core);

  // --- the disk ---
  /// Events up to this one were called durable by a process that has ended.
  void durable_at_crash(std::uint64_t sequence);
  /// A desk has come up behind this event: the journal must hold what was done, and nothing else.
  void recovered(std::uint64_t sequence, Disks& disks, const apps::DecisionCore& core);
  /// An order or a replacement is at the broker's: its intent must be on the disk.
  void arrived(char type, const std::string& id, Disks& disks, Durability durability);
  /// The whole journal through a fresh desk: the same intents.
  void replays(Disks& disks);

  /// Of what every fill and every open order is; empty when desk and broker agree.
  std::string difference_to(const Broker& broker, const apps::DecisionCore& core) const;

  std::uint64_t last_sequence() const { return history_.size(); }
  std::uint64_t events() const { return events_; }
  std::uint64_t intents() const { return intents_; }
  std::uint64_t fills() const { return ledger_ == nullptr ? 0 : ledger_->fills(); }
  /// FNV-1a of all events and intents that are in the journal.
  std::uint64_t digest() const;

 private:
  struct Record {
    Event event;
    std::vector<Intent> intents;
  };

  void make_ledger(const apps::DecisionCore& core);
  bool same_as_journal(Disks& disks);
  void compare_orders(const apps::DecisionCore& core);
  void compare_loss(const apps::DecisionCore& core);
  void compare_start(const apps::DecisionCore& core);
  static std::vector<AlertCode> halts_of(const apps::DecisionCore& core);
  std::uint64_t epoch_at(std::uint64_t sequence) const;
  bool on_disk(std::uint64_t order_id, Storage& copy) const;

  const SmallDesk& files_;
  Fail fail_;
  std::vector<Record> history_;
  std::uint32_t intents_due_ = 0;
  std::unique_ptr<Ledger> ledger_;
  bool was_logged_on_ = false;
  std::uint64_t durable_ = 0;
  std::vector<AlertCode> halts_before_start_;  // the desk's, then by portfolio
  std::uint64_t events_ = 0, intents_ = 0;
};

/// One line each, for people.
std::string describe(const Event& event);
std::string describe(const Intent& intent);

}  // namespace evenkeel::simulation
