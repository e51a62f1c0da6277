// evenkeel run: a desk over its feeds and its FIX session, or a drift monitor without one.
#include <cstdio>

#include "apps/cli.hpp"
#include "apps/desk.hpp"
#include "apps/desk_watch.hpp"

namespace evenkeel::apps {

int run_run(const RunOptions& options) {
  rules::Complaints complaints;
  absl::StatusOr<DeskConfig> config = load_desk(options.desk, complaints);
  if (!config.ok()) return fail(config.status(), kExitConfig);
  for (const rules::Complaint& complaint : complaints.all()) {
    std::fprintf(stderr, "evenkeel: %s\n", complaint.text().c_str());
  }
  const StopSignals signals;
  DeskOverrides overrides;
  overrides.ask_again = options.ask_again;
  auto desk = Desk::build(*std::move(config), overrides);
  if (!desk.ok()) {
    return fail(desk.status(), build_exit_code(desk.status()));
  }
  WatchHooks nothing_more;
  auto watch = DeskWatch::create(**desk, "run", options.watch, signals, nothing_more);
  if (!watch.ok()) return fail(watch.status(), kExitConfig);
  return (*watch)->run();
}

}  // namespace evenkeel::apps
