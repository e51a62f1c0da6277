// Between the desk's records and FIX messages: intents become orders under their ClOrdIDs,
// reports become events. Pure: no session, no socket, no clock. It never cuts an identifier and
// never guesses: what cannot be turned is refused with the reason.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/event.hpp"
#include "core/instrument.hpp"
#include "core/intent.hpp"
#include "fix/clordid.hpp"
#include "fix/quickfix/messages.hpp"

namespace evenkeel::fix {

/// How each instrument is named in FIX, by InstrumentId: Symbol, SecurityType, Currency, and for
/// futures the month and day of expiry. InvalidArgument when something does not fit its field.
absl::StatusOr<std::vector<InstrumentFields>> instrument_fields(const InstrumentTable& instruments);

class GatewayCodec {
 public:
  /// `accounts` by PortfolioId; `epochs` with this run's last. The table of instruments outlives
  /// this. InvalidArgument for an account that is empty or longer than 32 characters, for epochs
  /// that leave no room for numbers, and as `instrument_fields`.
  static absl::StatusOr<GatewayCodec> create(const InstrumentTable& instruments,
                                             const std::vector<std::string>& accounts,
                                             const EngineCode& engine, const EpochTable& epochs,
                                             SourceId source);

  // Intents out. `now` is UTC. Null, or why it cannot be written. Every field of `out` is set.
  const char* encode(const Intent& intent, TimeNs now, NewOrder& out) const;
  const char* encode(const Intent& intent, TimeNs now, ReplaceOrder& out) const;
  const char* encode(const Intent& intent, TimeNs now, CancelOrder& out) const;
  const char* encode(const Intent& intent, TimeNs now, StatusRequest& out) const;
  /// `broker_order_id` and `instrument` are those of the report the fill came in.
  const char* encode(const Intent& intent, const BrokerId& broker_order_id,
                     const InstrumentFields& instrument, DontKnowTrade& out) const;

  // Reports in. Null, or why no event can be made of it. The event's sequence and time are left to
  // the sequencer.
  const char* decode(const ExecutionReport& report, Event& out) const;
  const char* decode(const CancelReject& reject, Event& out) const;
  /// A report on a drop-copy session: with its account, and with no instrument when it is none of
  /// ours, so that the desk can say what differs.
  const char* decode_copy(const ExecutionReport& report, Event& out) const;

  /// The event that answers a request which certainly never left, or was certainly refused: a
  /// rejected order, or a cancel reject for a cancel or replace. `reason` is FIX tag 103 or 102.
  /// False for other intents: they need no answer.
  bool refusal(const Intent& request, std::int32_t reason, Event& out) const;

  /// The event that ends a request of an earlier run which certainly never left: an order has
  /// expired (nobody rejected it), a cancel or replace is answered as `refusal` does.
  bool never_sent(const Intent& request, Event& out) const;

  /// The number of the request with this identifier; 0 when it is none of ours.
  OrderId own_order(const ClientOrderId& id) const { return own_order({id.data(), id.size()}); }
  OrderId own_order(std::string_view id) const { return epochs_.parse(engine_, id); }
  SourceId source() const { return source_; }

 private:
  GatewayCodec(const InstrumentTable& instruments, const EngineCode& engine,
               const EpochTable& epochs, SourceId source)
      : instruments_(&instruments), engine_(engine), epochs_(epochs), source_(source) {}
  bool assign_id(OrderId id, ClientOrderId& out) const;
  const char* check(const Intent& intent) const;
  const char* decode(const ExecutionReport& report, bool copy, Event& out) const;
  std::uint32_t copied_account(const Account& account) const;
  const char* map_instrument(const InstrumentFields& fields, bool ours, Event& out) const;

  const InstrumentTable* instruments_;
  EngineCode engine_;
  EpochTable epochs_;
  SourceId source_;
  std::vector<InstrumentFields> fields_;
  std::vector<Account> accounts_;
};

}  // namespace evenkeel::fix
