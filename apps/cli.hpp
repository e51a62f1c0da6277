// The command line: what each subcommand takes, and what the program answers with. CLI11 is known
// to cli.cpp alone; every command is a function of its options.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/time.hpp"

namespace evenkeel::apps {

/// What the process exits with.
enum ExitCode : int {
  kExitOk = 0,
  kExitUsage = 2,         // the command line makes no sense
  kExitConfig = 3,        // a configuration file does
  kExitData = 4,          // a capture, holdings file or journal cannot be read
  kExitConnectivity = 5,  // a socket, a FIX peer or a child process failed
  kExitHalted = 6,        // the desk was halted by risk
  kExitIntegrity = 7,     // a journal is damaged, or the books do not agree with themselves
  kExitMismatch = 8,      // a replay, another journal or the counterparty's positions differ
  kExitInterrupted = 130,
};

/// When a run ends by itself.
enum class Until : std::uint8_t {
  kForever = 0,
  kClose,  // the venue's regular session has ended and all orders are settled
  kEnd,    // the venue or the feed has ended
};

/// What run, paper and demo have in common.
struct WatchOptions {
  bool json = false;
  bool lines = false;  // event lines even at a terminal
  bool quiet = false;  // only the summary
  Until until = Until::kForever;
  DurationNs run_for = 0;  // wall time, 0: no limit
};

struct InitOptions {
  std::string folder;
  std::string example = "sixty-forty";
  bool force = false;
  bool list = false;
};
struct CheckOptions {
  std::string desk;
  bool json = false;
};
struct RunOptions {
  std::string desk;
  bool ask_again = false;
  WatchOptions watch;
};
/// How the bundled simulator behaves.
struct SimulatorBehaviour {
  std::uint64_t seed = 1;
  std::uint32_t partial_percent = 30;  // of fills that come in parts
  std::uint32_t reject_percent = 0;
  DurationNs latency_min = kMillisecond;
  DurationNs latency_max = 5 * kMillisecond;
};
struct PaperOptions {
  std::string desk;
  WatchOptions watch;
  std::string fix;  // "HOST:PORT" of a simulator that is running already; empty: start one
  SimulatorBehaviour simulator;
};
struct DemoOptions {
  std::uint32_t seconds = 75;
  std::uint64_t seed = 20'200'316;
  WatchOptions watch;
  std::string keep;  // folder to leave the desk in; empty: a temporary one
};
struct DrillOptions {
  std::uint32_t kills = 100;
  std::uint64_t seed = 1;
  DurationNs life_min = 30 * kMillisecond;  // of the desk, from listening to its end
  DurationNs life_max = 600 * kMillisecond;
  DurationNs market_lasts = 300 * kSecond;  // wall time of the whole day
  std::uint32_t reject_percent = 0;
  std::string keep;  // folder to leave the desk in; empty: a temporary one
  bool json = false;
};
struct SimOptions {
  std::string desk;                  // whose instruments and FIX identities are served
  std::vector<std::string> feeds{};  // "ADDRESS:PORT" by feed of the desk, in order
  std::uint16_t port = 0;            // FIX; 0: the kernel chooses
  std::uint16_t copy_port = 0;       // of the drop-copy session, when the desk has one
  SimulatorBehaviour behaviour;
  bool json = false;
};
struct MarketOptions {
  std::string desk;  // whose instruments are made, by its market.toml
  std::string to;    // "ADDRESS:PORT"
  std::string interface_name;
  std::optional<std::uint64_t> seed;   // instead of the file's
  bool calm = false;                   // without the crash of the file
  DurationNs duration = 75 * kSecond;  // wall time of the whole day
  bool json = false;
};
struct PlayCommandOptions {
  std::string file;
  std::string to;
  std::string interface_name;
  std::string speed = "1";
  std::uint32_t rate_max = 20'000;
  std::optional<std::uint16_t> port;
  bool json = false;
};
struct DecodeCommandOptions {
  std::string file;
  std::optional<std::uint16_t> port;
  bool json = false;
};

enum class JournalAction : std::uint8_t { kVerify, kDump, kTail, kDiff };
struct JournalCommandOptions {
  JournalAction action = JournalAction::kVerify;
  std::string journal;                      // the journal's folder, or a desk's
  std::string other;                        // diff
  std::string expect;                       // verify: the hash that the chain should end with
  std::uint64_t from = 0, to = UINT64_MAX;  // dump: sequences of events
  std::uint64_t lines = 20;                 // tail
  bool json = false;
};

struct ReplayCommandOptions {
  std::string journal;         // the journal's folder, or a desk's
  bool verify = false;         // also every snapshot, and the books at the end
  bool from_snapshot = false;  // begin behind the newest one
  bool json = false;
};
struct ExplainCommandOptions {
  std::string journal;  // the journal's folder, or a desk's
  std::string what;     // ORDER, or PORTFOLIO@TIME
  bool json = false;
};

int run_init(const InitOptions& options);
int run_check(const CheckOptions& options);
int run_run(const RunOptions& options);
int run_paper(const PaperOptions& options);
int run_demo(const DemoOptions& options);
int run_drill(const DrillOptions& options);
int run_sim(const SimOptions& options);
int run_market(const MarketOptions& options);
int run_play(const PlayCommandOptions& options);
int run_decode(const DecodeCommandOptions& options);
int run_journal(const JournalCommandOptions& options);
int run_replay(const ReplayCommandOptions& options);
int run_explain(const ExplainCommandOptions& options);

/// Parses and runs; the process's exit code.
int run_cli(int argc, char** argv);

// --- for the commands ---

/// Prints "evenkeel: message" on standard error, each further line indented as it is, and gives the
/// code back.
int fail(const absl::Status& status, int exit_code);

/// One line on standard error that is redrawn ("playing [=====>     ] 42%  12,345 packets"), at
/// most ten times a second, and only when standard error is a terminal.
class Progress {
 public:
  explicit Progress(std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// `fraction` in 0..1, negative when it is not known.
  void show(double fraction, const std::string& detail);

 private:
  std::string what_;
  bool terminal_;
  bool drawn_ = false;
  TimeNs last_ = 0;
};

}  // namespace evenkeel::apps
