// evenkeel market: a synthetic trading day over UDP.
#include <signal.h>

#include <atomic>
#include <cstdio>

#include "apps/cli.hpp"
#include "apps/config/desk_config.hpp"
#include "apps/config/market_toml.hpp"
#include "apps/events_json.hpp"
#include "apps/events_text.hpp"
#include "feeds/endpoint.hpp"
#include "feeds/market_sender.hpp"

namespace evenkeel::apps {
namespace {

std::atomic<bool> stop_asked{false};

void ask_to_stop(int) { stop_asked.store(true); }

void stop_on_signals() {
  struct sigaction action {};
  action.sa_handler = ask_to_stop;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second Ctrl-C ends at once
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

absl::StatusOr<feeds::MarketConfig> configured(const MarketOptions& options) {
  rules::Complaints complaints;
  const absl::StatusOr<DeskConfig> desk = load_desk(options.desk, complaints);
  if (!desk.ok()) return desk.status();
  rules::Complaints about_market;
  absl::StatusOr<feeds::MarketConfig> market =
      load_market(desk->folder + "/market.toml", desk->instruments, about_market);
  if (!market.ok()) return market.status();
  for (const rules::Complaint& complaint : about_market.all()) {
    std::fprintf(stderr, "evenkeel: %s\n", complaint.text().c_str());
  }
  if (options.seed) market->seed = *options.seed;
  if (options.calm) market->crash.reset();
  return market;
}

void print_summary(const feeds::MarketProgress& progress, const feeds::UdpSender& sender,
                   bool json) {
  std::string out;
  if (!json) {
    out = std::to_string(progress.packets) + " packets, " + std::to_string(progress.messages) +
          " messages in " + duration_text(progress.elapsed);
    if (sender.refused() > 0) {
      out += ", " + std::to_string(sender.refused()) + " refused (nobody listens there)";
    }
    if (progress.stopped) out += ", stopped before the end";
    std::fprintf(stderr, "%s\n", out.c_str());
    return;
  }
  JsonLine(out)
      .text("type", "market")
      .count("packets", progress.packets)
      .count("heartbeats", progress.heartbeats)
      .count("messages", progress.messages)
      .count("refused", sender.refused())
      .integer("elapsed_ns", progress.elapsed)
      .boolean("stopped", progress.stopped)
      .end();
  std::fputs(out.c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace

int run_market(const MarketOptions& options) {
  const auto to = feeds::parse_endpoint(options.to);
  if (!to.ok()) return fail(to.status(), kExitUsage);
  if (options.duration <= 0) {
    return fail(absl::InvalidArgumentError("--duration must be more than nothing"), kExitUsage);
  }
  const auto config = configured(options);
  if (!config.ok()) return fail(config.status(), kExitConfig);
  auto market = feeds::SyntheticMarket::create(*config);
  if (!market.ok()) return fail(market.status(), kExitConfig);
  feeds::UdpSenderConfig sender_config;
  sender_config.to = *to;
  sender_config.interface_name = options.interface_name;
  auto sender = feeds::UdpSender::open(sender_config);
  if (!sender.ok()) return fail(sender.status(), kExitConnectivity);

  stop_on_signals();
  feeds::SystemPacer pacer(stop_asked);
  feeds::MarketProgress progress;
  absl::Status status;
  {
    Progress bar("market");
    const auto show = [&](const feeds::MarketProgress& p) {
      bar.show(static_cast<double>(p.elapsed) / static_cast<double>(options.duration),
               date_time(p.day_time) + " UTC  " + std::to_string(p.messages) + " messages");
    };
    status = feeds::send_market(*market, **sender, options.duration, pacer, show, progress);
  }
  print_summary(progress, **sender, options.json);
  if (!status.ok()) return fail(status, kExitConnectivity);
  return progress.stopped ? kExitInterrupted : kExitOk;
}

}  // namespace evenkeel::apps
