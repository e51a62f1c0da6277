// evenkeel drill: kills a trading desk (SIGKILL) again and again, at moments drawn from a seed,
// while the market and the counterparty go on, and shows at the end that nothing was lost and
// nothing was done twice. Everything is real: processes, sockets, FIX, disk.
#include <signal.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "apps/cli.hpp"
#include "apps/config/desk_config.hpp"
#include "apps/config/examples.hpp"
#include "apps/desk_folder.hpp"
#include "apps/desk_paper.hpp"
#include "apps/desk_process.hpp"
#include "apps/desk_relay.hpp"
#include "apps/desk_signals.hpp"
#include "apps/drill_ledger.hpp"
#include "apps/events_json.hpp"
#include "core/system_clock.hpp"

namespace evenkeel::apps {
namespace {

using Json = nlohmann::json;

constexpr DurationNs kStartWithin = 30 * kSecond;
constexpr DurationNs kEndWithin = 60 * kSecond;

/// The desk's own process file, with this counterparty and a port that the kernel chooses.
absl::Status rewrite_ports(const std::string& folder, std::uint16_t fix_port) {
  const std::string file = folder + "/evenkeel.toml";
  auto text = read_text_file(file);
  if (!text.ok()) return text.status();
  std::string out;
  std::string section;
  std::size_t at = 0;
  while (at < text->size()) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    std::string line = text->substr(at, end - at);
    at = end + 1;
    if (!line.empty() && line[0] == '[') section = line;
    if (section == "[fix]" && line.rfind("port", 0) == 0) line = absl::StrCat("port = ", fix_port);
    if (section.rfind("[feed.", 0) == 0 && line.rfind("listen", 0) == 0) {
      line = "listen = \"127.0.0.1:0\"";
    }
    absl::StrAppend(&out, line, "\n");
  }
  std::ofstream stream(file, std::ios::trunc);
  stream << out;
  stream.close();
  if (!stream) return absl::UnavailableError("cannot write " + file);
  return absl::OkStatus();
}

/// One life of the desk: what its output told.
struct Life {
  DurationNs started_after = 0;  // from its start to the moment it listens, recovery included
  bool spoke = false;            // an order or a report was seen before the end
};

class Drill {
 public:
  Drill(const DrillOptions& options, DeskFolder& folder)
      : options_(options), folder_(folder), random_(options.seed) {}

  int run() {
    if (const absl::Status ready = set_up(); !ready.ok()) return broke(ready);
    Progress progress("killing");
    for (std::uint32_t kill = 0; kill < options_.kills && StopSignals::count() == 0; ++kill) {
      const absl::Status lived = live(kill);
      if (!lived.ok()) return broke(lived);
      progress.show(static_cast<double>(kill + 1) / options_.kills,
                    absl::StrCat(kill + 1, " of ", options_.kills));
      if (market_ && market_->ended()) {
        std::fprintf(stderr, "evenkeel: the market closed after %u kills\n", killed_);
        break;
      }
    }
    if (const absl::Status last = end_in_order(); !last.ok()) return broke(last);
    return compare();
  }

 private:
  absl::Status set_up() {
    auto simulator = SimulatorProcess::start(folder_.path(), behaviour(), log());
    if (!simulator.ok()) return simulator.status();
    simulator_ = *std::move(simulator);
    if (simulator_->feeds().empty()) return absl::UnavailableError("the simulator hears no feed");
    const absl::Status written = rewrite_ports(folder_.path(), simulator_->fix_port());
    if (!written.ok()) return written;
    auto relay = FeedRelay::open(simulator_->feeds()[0]);
    if (!relay.ok()) return relay.status();
    relay_ = *std::move(relay);
    return absl::OkStatus();
  }
  /// The day begins once somebody listens. The opening may die with a life that heard it: the next
  /// one learns from the quotes that the venue is regular.
  absl::Status start_market() {
    ChildProcess::Options process;
    process.error_file = log();
    auto market = ChildProcess::start(
        {own_program(), "market", folder_.path(), "--to",
         absl::StrCat("127.0.0.1:", relay_->port()), "--seed", std::to_string(options_.seed),
         "--duration", absl::StrCat(options_.market_lasts / kSecond, "s"), "--calm", "--json"},
        process);
    if (!market.ok()) return market.status();
    market_ = *std::move(market);
    return absl::OkStatus();
  }
  SimulatorBehaviour behaviour() const {
    SimulatorBehaviour behaviour;
    behaviour.seed = options_.seed;
    behaviour.reject_percent = options_.reject_percent;
    return behaviour;
  }
  std::string log() const { return folder_.path() + "/processes.log"; }
  DurationNs draw(DurationNs from, DurationNs to) {
    return from + static_cast<DurationNs>(random_() % static_cast<std::uint64_t>(to - from + 1));
  }

  /// Starts the desk and waits until it listens.
  absl::StatusOr<ChildProcess> start_desk(Life& life) {
    const TimeNs begun = SystemClock::monotonic();
    ChildProcess::Options process;
    process.error_file = log();
    auto desk = ChildProcess::start({own_program(), "run", folder_.path(), "--json"}, process);
    if (!desk.ok()) return desk.status();
    for (;;) {
      const auto line = desk->read_line(kStartWithin);
      if (!line) {
        desk->wait(kSecond);
        return absl::UnavailableError(absl::StrCat("the desk did not start (exit code ",
                                                   desk->exit_code(), "), after ", killed_,
                                                   " kills"));
      }
      const Json told = Json::parse(*line, nullptr, false);
      if (!told.is_object() || told.value("type", "") != "listening") continue;
      relay_->also_to(told.value("port", std::uint16_t{0}));
      life.started_after = SystemClock::monotonic() - begun;
      return desk;
    }
  }

  /// Reads on until a line says `word`, for a bounded time.
  static void await(ChildProcess& desk, std::string_view word) {
    const TimeNs deadline = SystemClock::monotonic() + kStartWithin;
    while (const auto line = desk.read_line(deadline - SystemClock::monotonic())) {
      if (line->find(word) != std::string::npos) return;
    }
  }

  /// A life and its end.
  absl::Status live(std::uint32_t number) {
    Life life;
    auto desk = start_desk(life);
    if (!desk.ok()) return desk.status();
    if (!market_) {
      if (const absl::Status begun = start_market(); !begun.ok()) return begun;
    }
    // Half of them die a moment after they were seen to send or hear something, the others
    // whenever.
    const bool on_word = number % 2 == 0;
    TimeNs dies = SystemClock::monotonic() + draw(options_.life_min, options_.life_max);
    while (SystemClock::monotonic() < dies) {
      const auto line = desk->read_line(dies - SystemClock::monotonic());
      if (!line) break;
      const bool word = line->find("\"type\":\"order_new\"") != std::string::npos ||
                        line->find("\"type\":\"fill\"") != std::string::npos;
      if (word && !life.spoke && on_word) {
        dies = std::min(dies, SystemClock::monotonic() + draw(0, 5 * kMillisecond));
      }
      life.spoke = life.spoke || word;
    }
    if (desk->ended()) {
      return absl::InternalError(absl::StrCat("the desk ended by itself (exit code ",
                                              desk->exit_code(), ") after ", killed_, " kills"));
    }
    desk->signal(SIGKILL);
    if (!desk->wait(5 * kSecond)) return absl::UnavailableError("the desk cannot be killed");
    ++killed_;
    spoke_ += life.spoke ? 1 : 0;
    starts_.push_back(life.started_after);
    return absl::OkStatus();
  }

  /// A last life that ends as it should: orders cancelled, everything answered for.
  absl::Status end_in_order() {
    Life life;
    auto desk = start_desk(life);
    if (!desk.ok()) return desk.status();
    const TimeNs until = SystemClock::monotonic() + options_.life_max;
    bool logged_on = false;
    while (const auto line = desk->read_line(kEndWithin)) {
      logged_on = logged_on || line->find("\"logged_on\"") != std::string::npos;
      if (logged_on && SystemClock::monotonic() >= until) break;
    }
    desk->signal(SIGTERM);
    while (desk->read_line(kEndWithin)) {
    }
    if (!desk->wait(kEndWithin)) return absl::UnavailableError("the desk does not end");
    last_exit_ = desk->exit_code();
    starts_.push_back(life.started_after);
    return absl::OkStatus();
  }

  int compare() {
    if (market_) market_->stop(2 * kSecond);
    auto theirs = simulator_->positions();
    auto counts = simulator_->counts();
    simulator_->process().stop(2 * kSecond);
    if (!theirs.ok()) return broke(theirs.status());
    if (!counts.ok()) return broke(counts.status());
    auto ledger = read_drill_ledger(folder_.path());
    if (!ledger.ok()) {
      folder_.keep();
      return fail(ledger.status(), kExitIntegrity);
    }
    const std::string differ = differences(ledger->positions, *theirs);
    const std::int64_t lost =
        static_cast<std::int64_t>(ledger->acknowledged) - static_cast<std::int64_t>(counts->orders);
    const bool good = differ.empty() && counts->duplicates == 0 && last_exit_ == kExitOk &&
                      ledger->open == 0 && counts->open_orders == 0;
    tell(*ledger, *counts, lost, differ, good);
    if (!good) folder_.keep();
    return good ? kExitOk : last_exit_ != kExitOk && differ.empty() ? last_exit_ : kExitMismatch;
  }

  void tell(const DrillLedger& ledger, const SimulatorCounts& counts, std::int64_t lost,
            const std::string& differ, bool good) {
    std::sort(starts_.begin(), starts_.end());
    const DurationNs median = starts_[starts_.size() / 2];
    if (options_.json) {
      std::string out;
      JsonLine line(out);
      line.text("type", "drill").count("kills", killed_).count("while_trading", spoke_);
      line.count("events", ledger.events).count("intents", ledger.intents);
      line.count("orders_asked", ledger.orders).count("orders_at_venue", counts.orders);
      line.count("never_sent", ledger.never_sent).count("fills", counts.fills);
      line.count("doubled", counts.duplicates).integer("unaccounted", lost);
      line.count("epochs", ledger.epochs).count("positions", ledger.positions.size());
      line.boolean("positions_equal", differ.empty()).boolean("replay_identical", true);
      line.integer("start_median_ns", median).integer("start_max_ns", starts_.back());
      line.integer("last_exit", last_exit_).text("chain", ledger.chain).boolean("good", good);
      line.end();
      std::fputs(out.c_str(), stdout);
      return;
    }
    std::printf("%u kills (%u of them just while orders or fills went through), %llu lives\n",
                killed_, spoke_, static_cast<unsigned long long>(ledger.epochs));
    std::printf("journal   %llu events, %llu intents, replayed: identical\n",
                static_cast<unsigned long long>(ledger.events),
                static_cast<unsigned long long>(ledger.intents));
    std::printf("orders    %llu asked for, %llu at the venue, %llu never sent, %llu sent twice\n",
                static_cast<unsigned long long>(ledger.orders),
                static_cast<unsigned long long>(counts.orders),
                static_cast<unsigned long long>(ledger.never_sent),
                static_cast<unsigned long long>(counts.duplicates));
    std::printf("fills     %llu at the venue; positions %s (%zu)\n",
                static_cast<unsigned long long>(counts.fills),
                differ.empty() ? "equal, exactly" : "DIFFER", ledger.positions.size());
    std::printf("starting  %.0f ms in the median, %.0f ms at most, recovery included\n",
                static_cast<double>(median) / kMillisecond,
                static_cast<double>(starts_.back()) / kMillisecond);
    if (!differ.empty()) std::printf("%s\n", differ.c_str());
    if (ledger.open + counts.open_orders > 0) {
      std::printf("still open at the end: %llu here, %llu at the venue\n",
                  static_cast<unsigned long long>(ledger.open),
                  static_cast<unsigned long long>(counts.open_orders));
    }
    if (last_exit_ != kExitOk) std::printf("the last life ended with exit code %d\n", last_exit_);
    std::printf("%s\n", good ? "nothing lost, nothing doubled" : "NOT GOOD: the folder is kept");
    if (!good) std::printf("%s\n", folder_.path().c_str());
  }

  int broke(const absl::Status& status) {
    std::ifstream file(log());
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    const std::size_t from = lines.size() > 20 ? lines.size() - 20 : 0;
    for (std::size_t i = from; i < lines.size(); ++i) {
      std::fprintf(stderr, "  %s\n", lines[i].c_str());
    }
    folder_.keep();
    std::fprintf(stderr, "evenkeel: the folder is kept: %s\n", folder_.path().c_str());
    return fail(status, kExitConnectivity);
  }

  const DrillOptions& options_;
  DeskFolder& folder_;
  std::mt19937_64 random_;
  std::optional<SimulatorProcess> simulator_;
  std::unique_ptr<FeedRelay> relay_;
  std::optional<ChildProcess> market_;
  std::uint32_t killed_ = 0, spoke_ = 0;
  std::vector<DurationNs> starts_;
  int last_exit_ = kExitOk;
};

}  // namespace

int run_drill(const DrillOptions& options) {
  if (options.life_max < options.life_min) {
    return fail(absl::InvalidArgumentError("--life-max is less than --life-min"), kExitUsage);
  }
  auto folder = DeskFolder::make(options.keep, "drill");
  if (!folder.ok()) return fail(folder.status(), kExitConnectivity);
  const absl::Status written = write_example("drill", folder->path(), false);
  if (!written.ok()) return fail(written, kExitUsage);
  const StopSignals signals;
  return Drill(options, *folder).run();
}

}  // namespace evenkeel::apps
