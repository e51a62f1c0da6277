// evenkeel play: a recorded capture to a socket, with its timing.
#include <signal.h>

#include <atomic>
#include <cstdio>

#include "apps/cli.hpp"
#include "apps/events_json.hpp"
#include "apps/events_text.hpp"
#include "feeds/capture_reader.hpp"
#include "feeds/endpoint.hpp"
#include "feeds/player.hpp"

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

void print_summary(const feeds::PlayProgress& progress, const feeds::UdpSender& sender, bool json) {
  std::string out;
  if (json) {
    JsonLine(out)
        .text("type", "played")
        .count("packets", progress.packets)
        .count("bytes", progress.bytes)
        .count("filtered", progress.filtered)
        .count("refused", sender.refused())
        .integer("recorded_ns", progress.recorded)
        .integer("elapsed_ns", progress.elapsed)
        .boolean("stopped", progress.stopped)
        .end();
    std::fputs(out.c_str(), stdout);
    std::fflush(stdout);
    return;
  }
  out = std::to_string(progress.packets) + " packets sent, " + duration_text(progress.recorded) +
        " of recording in " + duration_text(progress.elapsed);
  if (progress.filtered > 0) out += ", " + std::to_string(progress.filtered) + " to other ports";
  if (sender.refused() > 0) {
    out += ", " + std::to_string(sender.refused()) + " refused (nobody listens there)";
  }
  if (progress.stopped) out += ", stopped before the end";
  std::fprintf(stderr, "%s\n", out.c_str());
}

}  // namespace

int run_play(const PlayCommandOptions& options) {
  const auto to = feeds::parse_endpoint(options.to);
  if (!to.ok()) return fail(to.status(), kExitUsage);
  const auto speed = feeds::parse_speed(options.speed);
  if (!speed.ok()) return fail(speed.status(), kExitUsage);
  auto capture = feeds::CaptureReader::open(options.file);
  if (!capture.ok()) return fail(capture.status(), kExitData);
  feeds::UdpSenderConfig sender_config;
  sender_config.to = *to;
  sender_config.interface_name = options.interface_name;
  auto sender = feeds::UdpSender::open(sender_config);
  if (!sender.ok()) return fail(sender.status(), kExitConnectivity);

  feeds::PlayOptions play;
  play.speed = *speed;
  play.rate_max = options.rate_max;
  play.port = options.port;
  stop_on_signals();
  feeds::SystemPacer pacer(stop_asked);
  feeds::PlayProgress progress;
  absl::Status status;
  {
    Progress bar("playing");
    const auto show = [&bar](const feeds::PlayProgress& p) {
      bar.show(-1, std::to_string(p.packets) + " packets, " + duration_text(p.recorded) +
                       " of recording");
    };
    status = feeds::play(*capture, **sender, play, pacer, show, progress);
  }
  print_summary(progress, **sender, options.json);
  if (!status.ok()) {
    return fail(status, absl::IsUnavailable(status) ? kExitConnectivity : kExitData);
  }
  return progress.stopped ? kExitInterrupted : kExitOk;
}

}  // namespace evenkeel::apps
