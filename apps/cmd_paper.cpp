// evenkeel paper: a desk against the FIX simulator.
#include <cstdio>
#include <optional>

#include "apps/cli.hpp"
#include "apps/desk.hpp"
#include "apps/desk_paper.hpp"
#include "apps/desk_watch.hpp"
#include "core/decimal.hpp"

namespace evenkeel::apps {
namespace {

/// "HOST:PORT" into the overrides. False when it is not one.
bool set_fix(const std::string& text, DeskOverrides& overrides) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const DecimalResult port = parse_decimal(std::string_view(text).substr(colon + 1), 1);
  if (!port.ok() || port.raw < 1 || port.raw > 65'535) return false;
  overrides.fix_host = text.substr(0, colon);
  overrides.fix_port = static_cast<std::uint16_t>(port.raw);
  return true;
}

int watch(Desk& desk, const PaperOptions& options, const StopSignals& signals, WatchHooks& hooks) {
  auto watching = DeskWatch::create(desk, "paper", options.watch, signals, hooks);
  if (!watching.ok()) return fail(watching.status(), kExitConfig);
  return (*watching)->run();
}

}  // namespace

int run_paper(const PaperOptions& options) {
  rules::Complaints complaints;
  absl::StatusOr<DeskConfig> config = load_desk(options.desk, complaints);
  if (!config.ok()) return fail(config.status(), kExitConfig);
  for (const rules::Complaint& complaint : complaints.all()) {
    std::fprintf(stderr, "evenkeel: %s\n", complaint.text().c_str());
  }
  if (!config->machine.fix) {
    return fail(absl::InvalidArgumentError(
                    config->file + ": paper trading needs a [fix] section (who we are and "
                                   "who the simulator is); without one, use `evenkeel run`"),
                kExitConfig);
  }
  DeskOverrides overrides;
  std::optional<SimulatorProcess> simulator;
  const StopSignals signals;
  if (options.fix.empty()) {
    auto started = SimulatorProcess::start(options.desk, options.simulator, "");
    if (!started.ok()) return fail(started.status(), kExitConnectivity);
    simulator = *std::move(started);
    overrides.fix_host = "127.0.0.1";
    overrides.fix_port = simulator->fix_port();
    overrides.copy_port = simulator->copy_port();
    // A new simulator begins its session at number one, and so do we.
    overrides.fix_in_memory = true;
  } else if (!set_fix(options.fix, overrides)) {
    return fail(absl::InvalidArgumentError("--fix wants HOST:PORT"), kExitUsage);
  }
  overrides.journal_folder = rehearsal_journal(*config);
  auto desk = Desk::build(*std::move(config), overrides);
  if (!desk.ok()) {
    return fail(desk.status(), build_exit_code(desk.status()));
  }
  if (!simulator) {
    WatchHooks nothing_more;
    return watch(**desk, options, signals, nothing_more);
  }
  const absl::Status passed = pass_feeds_on(**desk, *simulator);
  if (!passed.ok()) return fail(passed, kExitConnectivity);
  PaperHooks hooks(*simulator);
  const int code = watch(**desk, options, signals, hooks);
  simulator->process().stop(2 * kSecond);
  return code;
}

}  // namespace evenkeel::apps
