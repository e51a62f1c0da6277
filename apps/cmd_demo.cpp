// evenkeel demo: a trading day with a crash in about a minute, over real sockets and real FIX
// between three processes: the market, the simulator, and the desk.
#include <cstdio>
#include <fstream>
#include <optional>

#include "absl/strings/str_cat.h"
#include "apps/cli.hpp"
#include "apps/config/examples.hpp"
#include "apps/desk.hpp"
#include "apps/desk_folder.hpp"
#include "apps/desk_paper.hpp"
#include "apps/desk_watch.hpp"

namespace evenkeel::apps {
namespace {

/// A paper desk whose market is a child, too.
class DemoHooks : public PaperHooks {
 public:
  DemoHooks(SimulatorProcess& simulator, const DemoOptions& options, const DeskFolder& folder)
      : PaperHooks(simulator), options_(options), folder_(folder) {}

  absl::Status started(Desk& desk) override {
    ChildProcess::Options process;
    process.error_file = folder_.path() + "/processes.log";
    auto market = ChildProcess::start(
        {own_program(), "market", folder_.path(), "--to",
         absl::StrCat("127.0.0.1:", desk.feeds().port(0)), "--seed", std::to_string(options_.seed),
         "--duration", absl::StrCat(options_.seconds, "s"), "--json"},
        process);
    if (!market.ok()) return market.status();
    market_ = *std::move(market);
    return absl::OkStatus();
  }
  absl::Status turn(Desk& desk) override {
    // The market may end only after the desk has seen its close.
    if (market_ && market_->ended() && market_->exit_code() != 0) {
      return absl::UnavailableError(absl::StrCat("the market ended (", market_->exit_code(), ")"));
    }
    return PaperHooks::turn(desk);
  }
  int finish(const Desk& desk, RunStory& story) override {
    if (market_) market_->stop(2 * kSecond);
    return PaperHooks::finish(desk, story);
  }

 private:
  const DemoOptions& options_;
  const DeskFolder& folder_;
  std::optional<ChildProcess> market_;
};

void introduce(const DemoOptions& options, const DeskFolder& folder) {
  std::fprintf(stderr,
               "A trading day with a crash, in about %u seconds (seed %llu): a market, a FIX "
               "simulator and a desk\nof three portfolios, three processes on this machine. The "
               "desk's files are in %s.\n",
               options.seconds, static_cast<unsigned long long>(options.seed),
               folder.path().c_str());
}

/// What the children complained about.
void print_log(const DeskFolder& folder) {
  std::ifstream log(folder.path() + "/processes.log");
  std::string line;
  while (std::getline(log, line)) std::fprintf(stderr, "  %s\n", line.c_str());
}

int run_in(const DeskFolder& folder, const DemoOptions& options) {
  rules::Complaints complaints;
  absl::StatusOr<DeskConfig> config = load_desk(folder.path(), complaints);
  if (!config.ok()) return fail(config.status(), kExitConfig);
  for (FeedSettings& feed : config->machine.feeds) feed.listen = "127.0.0.1:0";

  const StopSignals signals;
  SimulatorBehaviour behaviour;
  behaviour.seed = options.seed;
  auto simulator =
      SimulatorProcess::start(folder.path(), behaviour, folder.path() + "/processes.log");
  if (!simulator.ok()) {
    print_log(folder);
    return fail(simulator.status(), kExitConnectivity);
  }
  DeskOverrides overrides;
  overrides.fix_host = "127.0.0.1";
  overrides.fix_port = simulator->fix_port();
  overrides.copy_port = simulator->copy_port();
  overrides.fix_in_memory = true;
  overrides.journal_folder = rehearsal_journal(*config);
  auto desk = Desk::build(*std::move(config), overrides);
  if (!desk.ok()) return fail(desk.status(), build_exit_code(desk.status()));
  const absl::Status passed = pass_feeds_on(**desk, *simulator);
  if (!passed.ok()) return fail(passed, kExitConnectivity);

  WatchOptions watch = options.watch;
  watch.until = Until::kClose;
  watch.run_for = (options.seconds + 60) * kSecond;  // should the market never close
  DemoHooks hooks(*simulator, options, folder);
  auto watching = DeskWatch::create(**desk, "demo", watch, signals, hooks);
  if (!watching.ok()) return fail(watching.status(), kExitConfig);
  const int code = (*watching)->run();
  simulator->process().stop(2 * kSecond);
  if (code == kExitConnectivity) print_log(folder);
  return code;
}

}  // namespace

int run_demo(const DemoOptions& options) {
  auto folder = DeskFolder::make(options.keep, "demo");
  if (!folder.ok()) return fail(folder.status(), kExitConnectivity);
  const absl::Status written = write_example("demo", folder->path(), false);
  if (!written.ok()) return fail(written, kExitUsage);
  if (!options.watch.json) introduce(options, *folder);
  return run_in(*folder, options);
}

}  // namespace evenkeel::apps
