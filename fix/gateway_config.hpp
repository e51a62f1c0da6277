// What a gateway is told, counts and says: plain data, shared by its core and its shell.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/intent.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "fix/clordid.hpp"
#include "fix/quickfix/sequence_store.hpp"

namespace evenkeel::fix {

/// Work that a gateway's thread does ahead of its own at the head of each turn: whoever hands it
/// the intents. Null functions: nothing. All three are called on that thread only.
struct UpstreamDuty {
  int (*do_work)(void* self) = nullptr;  // a bounded piece; how much
  /// There is something to do now. Asked again before the thread parks.
  bool (*has_input)(void* self) = nullptr;
  /// How long it may be left alone although it has no input: until something that waits for time
  /// alone is due. The thread never sleeps beyond it.
  DurationNs (*wait_at_most)(void* self) = nullptr;
  void* self = nullptr;
};

struct GatewayConfig {
  std::string host{};      // an address, or a name to resolve
  std::uint16_t port = 0;  // of the counterparty
  std::string sender{};    // SenderCompID: ours
  std::string target{};    // TargetCompID
  DurationNs heartbeat = 30 * kSecond;
  std::string
      store_file{};  // sequence numbers and sent messages; empty: in memory, gone at the end
  /// When a message counts as recorded, before it is sent. kDisk: no order leaves that a power loss
  /// could make the store forget.
  SyncPolicy store_sync = SyncPolicy::kOs;
  EngineCode engine{};  // makes ClOrdIDs, with `epoch`: that of the kEngineStart event
  std::uint64_t epoch = 0;
  /// Of all runs whose orders may still be heard of, with this run's last (OrderDesk::epochs_for);
  /// empty: all numbers are this run's.
  EpochTable epochs{};
  SourceId source{};                    // of the events
  std::vector<std::string> accounts{};  // tag 1 by PortfolioId; at most 32 characters each
  DurationNs reconnect_min = 100 * kMillisecond;  // doubles up to the maximum with each failure
  DurationNs reconnect_max = 10 * kSecond;
  DurationNs connect_within = 5 * kSecond;
  DurationNs logout_within = 2 * kSecond;  // then the connection is cut
  std::uint32_t output_bytes_max = 1 << 20;
  /// Status is asked for all orders at once (OrderMassStatusRequest), and only for those of which
  /// the answers say nothing one by one. For counterparties that want it so.
  bool mass_status = false;
  /// A drop-copy session: it sends nothing of the desk's, and makes events of copied fills, busts
  /// and corrections only. What else is copied is counted; nothing is ever asked about.
  bool drop_copy = false;
  UpstreamDuty upstream{};

  // --- what the journal says; both counters outlive the gateway, null: there is no journal ---

  /// How many of the events that this gateway pushed, in their order, can no longer be lost. An
  /// inbound sequence number is recorded as seen only when the event made of it is among them;
  /// those of messages without an event go with the event before them.
  const std::atomic<std::uint64_t>* durable_events = nullptr;
  /// The sequence of the journal's last event that can no longer be lost: kept in the store with
  /// each inbound number, so that a journal older than the store is noticed.
  const std::atomic<std::uint64_t>* durable_sequence = nullptr;
  /// The journal's last event at the start. A store that has recorded an inbound number with a
  /// later one has seen reports that the journal does not hold: no gateway is made then.
  std::uint64_t journal_sequence = 0;
  /// The remedy: the counterparty is asked for everything it sent in this numbering once more, and
  /// what the journal holds already counts once.
  bool ask_again = false;
  /// Requests of the last run (OrderDesk::undecided) that are neither answered nor known to have
  /// been handed to a connection. Before it connects, the gateway looks into its store: what was
  /// certainly never sent is answered so.
  std::vector<Intent> undecided{};
  /// The MsgSeqNum of the last request that was, in any run and in the last one; 0: none.
  std::uint32_t last_sent_message = 0;
  std::uint32_t last_sent_in_run = 0;
};

/// All since start.
struct GatewayCounts {
  std::uint64_t orders = 0, replaces = 0, cancels = 0, status_requests = 0, dont_knows = 0;  // sent
  std::uint64_t mass_status_requests = 0;
  std::uint64_t refused_not_logged_on = 0, refused_backpressure = 0, refused_store = 0;
  std::uint64_t refused_invalid = 0;      // could not be written as FIX
  std::uint64_t refused_not_durable = 0;  // the journal has failed
  std::uint64_t lost = 0;                 // the connection broke in the sending
  std::uint64_t never_sent = 0;      // requests of an earlier run that its store knows nothing of
  std::uint64_t left_undecided = 0;  // and those that it may have sent
  std::uint64_t executions = 0, cancel_rejects = 0;  // events made
  std::uint64_t unusable_reports = 0;                // that could not be events
  std::uint64_t foreign_reports = 0;                 // ClOrdIDs of another engine or another run
  std::uint64_t passed_over = 0;      // copies of reports that are no fill, bust or correction
  std::uint64_t message_rejects = 0;  // the counterparty refused a message of ours
  std::uint64_t connects = 0, connect_failures = 0, logons = 0, disconnects = 0;
  std::uint64_t garbled = 0, bad_checksums = 0, sequence_gaps = 0, sequence_too_low = 0;
  std::uint64_t rejects_sent = 0, timeouts = 0, suppressed_resends = 0;
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::uint64_t ring_full = 0;   // times reading was held back by the event ring
  std::uint64_t queued_max = 0;  // most events that waited for room
  std::uint64_t notes_dropped = 0;
};

/// A line for people: what the session said or what went wrong.
struct GatewayNote {
  TimeNs ts = 0;  // wall clock
  bool bad = false;
  evenkeel::Text<160> text;  // cut to fit: nothing decides on it
};

}  // namespace evenkeel::fix
