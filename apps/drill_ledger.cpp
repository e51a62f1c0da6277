#include "apps/drill_ledger.hpp"

#include "apps/replay.hpp"
#include "core/posix_storage.hpp"

namespace evenkeel::apps {

absl::StatusOr<DrillLedger> read_drill_ledger(const std::string& folder) {
  const auto where = find_journal(folder);
  if (!where.ok()) return where.status();
  auto storage = PosixStorage::open(*where);
  if (!storage.ok()) return storage.status();
  DrillLedger ledger;
  RecoverOptions options;
  options.folder = folder;
  options.use_snapshot = false;  // everything, from the first event on
  options.each = [&](const JournalRecord& record, const Replayer&) {
    if (record.kind == FrameKind::kIntent) {
      ledger.orders += record.intent.type == IntentType::kNewOrder ? 1 : 0;
    }
    if (record.kind == FrameKind::kEvent && record.event.type == EventType::kEngineStart) {
      ++ledger.epochs;
    }
  };
  auto recovered = recover(**storage, options);
  if (!recovered.ok()) return recovered.status();
  if (recovered->core == nullptr) return absl::DataLossError(*where + ": the journal is empty");
  ledger.events = recovered->counts.events;
  ledger.intents = recovered->counts.intents;
  const fix::OrderDesk& desk = recovered->core->orders;
  for (const fix::Order& order : desk.orders()) {
    if (order.acknowledged) ++ledger.acknowledged;
    // Refused here before it was sent, or found never sent by the run after.
    const bool unsent =
        order.ended == fix::OrderState::kRejected || order.ended == fix::OrderState::kExpired;
    if (unsent && !order.acknowledged && !order.attempted) ++ledger.never_sent;
  }
  ledger.open = desk.open_orders();
  ledger.positions = own_positions(*recovered->core);
  ledger.chain = to_hex(recovered->tail.chain);
  return ledger;
}

}  // namespace evenkeel::apps
