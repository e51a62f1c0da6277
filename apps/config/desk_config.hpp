// A desk as read from its folder: everything that evenkeel.toml and the files it names say, as one
// value. What changes decisions (instruments, policies, limits, order handling, portfolios) is kept
// apart from what belongs to this machine (clock, sockets, sessions, paths). Reads files, opens no
// socket, starts nothing. A desk with any error is no desk: all complaints are collected, and
// nothing is returned. The texts of all files are kept, because a journal holds them; the same desk
// can be read from them again, without the files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/book.hpp"
#include "core/instrument.hpp"
#include "core/journal.hpp"
#include "core/sequencer.hpp"
#include "core/time.hpp"
#include "fix/clordid.hpp"
#include "fix/limits.hpp"
#include "fix/order_desk.hpp"
#include "rules/config_reader.hpp"
#include "rules/policy.hpp"

namespace evenkeel::apps {

struct EngineSettings {
  fix::EngineCode id;  // part of every ClOrdID: differs between engines of one counterparty
  ClockMode clock = ClockMode::kWall;
  DurationNs tick = 100 * kMillisecond;  // a clock event this often
  bool spin = false;                     // the engine thread burns its core instead of parking
};

/// A feed line. Its SourceId is its position in the desk's list.
struct FeedSettings {
  std::string name;
  std::string listen;          // "ADDRESS:PORT": a local address, or a multicast group
  bool multicast = false;      // `listen` is a group to join
  std::string interface_name;  // to join on; empty: the kernel chooses
  std::string source;          // source-specific multicast; empty: any source
  DurationNs silent_after = 3 * kSecond;
  int receive_buffer_bytes = 8 * 1024 * 1024;
};

/// A FIX session that we begin.
struct FixEndpoint {
  std::string host;  // an address, or a name to resolve
  std::uint16_t port = 0;
  std::string sender;  // SenderCompID
  std::string target;  // TargetCompID
  DurationNs heartbeat = 30 * kSecond;
  std::string store;  // folder of the message store, resolved against the desk's folder
};

/// The session on which the broker copies every report to us. Its SourceId follows that of the FIX
/// session.
struct DropCopySettings : FixEndpoint {
  DurationNs overdue = 30 * kSecond;  // decides: an execution that is on one session only by then
};

/// The session for orders.
struct FixSettings : FixEndpoint {
  bool mass_status = false;  // orders in doubt are asked about all at once, not one by one
  std::optional<DropCopySettings> drop_copy;  // none: executions are not compared with any
};

/// The record of everything, and when an order may leave.
struct JournalSettings {
  std::string folder;  // resolved against the desk's folder
  Durability durability = Durability::kDisk;
  std::uint64_t segment_bytes = 64 << 20;  // of one file of it
  bool compress = true;                    // files that are finished
};

struct MachineSettings {
  EngineSettings engine;
  JournalSettings journal;
  std::vector<FeedSettings> feeds;
  std::optional<FixSettings> fix;  // none: the desk is a drift monitor
};

/// Where a portfolio came from, for messages.
struct PortfolioSource {
  std::string file;    // its holdings, as resolved
  std::string policy;  // the policy's name
};

struct DeskConfig {
  std::string file;    // evenkeel.toml, as resolved
  std::string folder;  // of that file
  std::string name;

  // --- what changes decisions ---
  InstrumentTable instruments;          // statement prices filled in from the holdings
  std::vector<rules::Policy> policies;  // ModelId = position
  fix::Limits limits;
  std::string limits_file;  // empty when there is none
  fix::OrderDeskConfig orders;
  std::vector<PortfolioSpec> portfolios;  // PortfolioId = position; `model` indexes policies
  std::vector<PortfolioSource> sources;   // of each portfolio
  // By instrument, zero when unknown: the price in the first holdings that give one, or else its
  // reference_price; futures the other way round, since theirs is what they were bought at. For
  // showing until the feed speaks, never for an order.
  std::vector<Price> reference_prices;

  // --- this machine ---
  MachineSettings machine;

  // Every file that was read, each once, evenkeel.toml first. A name is what evenkeel.toml says,
  // normalised: relative to the desk's folder, or absolute.
  std::vector<ConfigText> texts;
};

/// Of the events of the FIX session, and of its drop copy: behind the feed lines.
SourceId fix_source(const MachineSettings& machine);
SourceId drop_copy_source(const MachineSettings& machine);

/// Whether the two decide alike: nothing differs but what belongs to a machine.
bool same_decisions(const DeskConfig& a, const DeskConfig& b);

/// Where the files of a desk come from.
class FileSource {
 public:
  virtual ~FileSource() = default;
  /// The text of a file by its name (relative to the desk's folder, or absolute). NotFound, or
  /// Unavailable with the reason.
  virtual absl::StatusOr<std::string> read(const std::string& name) = 0;
};

/// Reads a desk: `path` is its folder or its process file. Errors: NotFound or Unavailable when the
/// process file cannot be read, InvalidArgument with every complaint, a line each. `complaints`
/// also holds warnings, and is filled whatever the result; it is empty when called.
absl::StatusOr<DeskConfig> load_desk(const std::string& path, rules::Complaints& complaints);

/// The same from texts as `DeskConfig::texts` has them, the process file first. `folder` is where
/// paths are resolved against; no file there is read. Errors: NotFound for no texts at all,
/// InvalidArgument as above.
absl::StatusOr<DeskConfig> load_desk_from(const std::vector<ConfigText>& texts,
                                          rules::Complaints& complaints,
                                          const std::string& folder = ".");

/// A whole file, at most `rules::Config::kBytesMax`. NotFound, or Unavailable with the reason.
absl::StatusOr<std::string> read_text_file(const std::string& path);

}  // namespace evenkeel::apps
