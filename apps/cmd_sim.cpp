// evenkeel sim: the FIX simulator in a process of its own, at the live quotes of a desk's feeds.
//
// Standard output, the first line always: {"listening":PORT,"feeds":["ADDRESS:PORT",...]}, with
// "copies":PORT when the desk has a drop-copy session. Then, with --json, an object for each order
// and report. Standard input: "positions" and "fills" are answered with an object each; its end
// stops the simulator, so that it never outlives who started it.
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "apps/cli.hpp"
#include "apps/config/desk_config.hpp"
#include "apps/desk_feeds.hpp"
#include "apps/desk_signals.hpp"
#include "apps/events_json.hpp"
#include "core/system_clock.hpp"
#include "fix/simulator.hpp"

namespace evenkeel::apps {
namespace {

constexpr int kLookMs = 50;
constexpr std::size_t kCommandBytesMax = 256;

template <std::size_t kMax>
std::string_view view(const fix::Text<kMax>& text) {
  return {text.data(), text.size()};
}

/// Where each line's datagrams are to come: the same group for multicast, else what --feed says,
/// else any free port.
std::vector<FeedSettings> feed_settings(const DeskConfig& desk, const SimOptions& options) {
  std::vector<FeedSettings> feeds = desk.machine.feeds;
  for (std::size_t i = 0; i < feeds.size(); ++i) {
    if (i < options.feeds.size()) {
      feeds[i].listen = options.feeds[i];
      feeds[i].multicast = false;
    } else if (!feeds[i].multicast) {
      feeds[i].listen = "127.0.0.1:0";
    }
  }
  return feeds;
}

fix::SimulatorConfig simulator_config(const DeskConfig& desk, const SimOptions& options) {
  const SimulatorBehaviour& behaviour = options.behaviour;
  constexpr std::int64_t kPercent = Ratio::kScale / 100;
  fix::SimulatorConfig config;
  config.sender = desk.machine.fix->target;
  config.target = desk.machine.fix->sender;
  config.port = options.port;
  if (const auto& copy = desk.machine.fix->drop_copy) {
    config.copies = fix::CopySettings{copy->target, copy->sender, options.copy_port};
  }
  config.venue.seed = behaviour.seed;
  config.venue.run = std::to_string(SystemClock().now() / kSecond);
  config.venue.acknowledge_after = behaviour.latency_min;
  config.venue.fill_after = behaviour.latency_min;
  config.venue.cancel_after = behaviour.latency_min;
  config.venue.jitter = behaviour.latency_max - behaviour.latency_min;
  config.venue.partial = Ratio::from_raw(behaviour.partial_percent * kPercent);
  config.venue.reject = Ratio::from_raw(behaviour.reject_percent * kPercent);
  config.venue.lines = static_cast<std::uint16_t>(desk.machine.feeds.size());
  return config;
}

void print_listening(const fix::Simulator& simulator, const FeedThread& feeds,
                     const std::vector<FeedSettings>& settings) {
  std::string out;
  JsonLine line(out);
  line.count("listening", simulator.port());
  if (simulator.copy_port() != 0) line.count("copies", simulator.copy_port());
  std::string list = "[";
  for (std::size_t i = 0; i < feeds.size(); ++i) {
    const std::string& listen = settings[i].listen;
    absl::StrAppend(&list, i > 0 ? "," : "", "\"", listen.substr(0, listen.rfind(':')), ":",
                    feeds.port(i), "\"");
  }
  line.raw("feeds", list + "]").end();
  std::fputs(out.c_str(), stdout);
  std::fflush(stdout);
}

const char* side_name(char side) {
  return side == '1' ? "buy" : side == '2' ? "sell" : "sell_short";
}

const char* report_name(const fix::ExecutionReport& report) {
  switch (report.exec_type) {
    case 'F':
      return "fill";
    case '0':
      return "new";
    case '4':
      return "cancelled";
    case '5':
      return "replaced";
    case '8':
      return "reject";
    default:
      return "status";
  }
}

void append_order(JsonLine& line, const fix::NewOrder& order) {
  line.text("account", view(order.account)).text("symbol", view(order.instrument.symbol));
  line.text("side", side_name(order.side)).text("cl_ord_id", view(order.cl_ord_id));
  if (order.quantity_e6 > 0) line.number("quantity", Quantity::from_raw(order.quantity_e6));
  if (order.has_price) line.number("price", Price::from_raw(order.price_e9));
}

void append_report(JsonLine& line, const fix::ExecutionReport& report) {
  line.text("account", view(report.account)).text("symbol", view(report.instrument.symbol));
  line.text("side", side_name(report.side)).text("cl_ord_id", view(report.cl_ord_id));
  line.text("exec_id", view(report.exec_id));
  if (report.has(fix::ExecutionReport::kLastQuantity)) {
    line.number("quantity", Quantity::from_raw(report.last_quantity_e6));
    line.number("price", Price::from_raw(report.last_price_e9));
  }
  line.number("cumulative", Quantity::from_raw(report.cumulative_quantity_e6));
  line.number("leaves", Quantity::from_raw(report.leaves_quantity_e6));
  if (!report.text.empty()) line.text("text", view(report.text));
}

void print_record(const fix::SimulatorRecord& record) {
  using Kind = fix::SimulatorRecord::Kind;
  std::string out;
  JsonLine line(out);
  switch (record.kind) {
    case Kind::kOrder:
      append_order(line.text("type", "order").integer("ts_ns", record.ts), record.order);
      break;
    case Kind::kReplace:
    case Kind::kCancel:
      line.text("type", record.kind == Kind::kReplace ? "replace" : "cancel")
          .integer("ts_ns", record.ts);
      append_order(line, record.order);
      line.text("orig_cl_ord_id", view(record.orig_cl_ord_id));
      break;
    case Kind::kReport:
      append_report(line.text("type", report_name(record.report)).integer("ts_ns", record.ts),
                    record.report);
      break;
    case Kind::kCancelReject:
      line.text("type", "cancel_reject").integer("ts_ns", record.ts);
      line.text("cl_ord_id", view(record.reject.cl_ord_id)).text("text", view(record.reject.text));
      break;
    case Kind::kSession:
      line.text("type", "session").integer("ts_ns", record.ts).text("text", record.text);
      break;
  }
  line.end();
  std::fputs(out.c_str(), stdout);
}

void print_positions(const fix::SimulatorState& state, const InstrumentTable& instruments) {
  std::string list = "[";
  for (const fix::VenuePosition& position : state.positions) {
    if (list.size() > 1) list += ",";
    JsonLine element(list);
    element.text("account", view(position.account));
    element.text("symbol", instruments[position.instrument].symbol.view());
    element.text("quantity", exact(position.quantity));
    element.close('}');
  }
  std::string out;
  JsonLine(out).raw("positions", list + "]").end();
  std::fputs(out.c_str(), stdout);
  std::fflush(stdout);
}

void append_counts(JsonLine& line, const fix::SimulatorState& state) {
  line.count("orders", state.venue.orders).count("fills", state.venue.fills);
  line.count("open_orders", state.live_orders).count("feed_events", state.market_events);
  line.count("rejected", state.venue.rejected).count("cancelled", state.venue.cancelled);
  line.count("replaced", state.venue.replaced).count("cancel_rejects", state.venue.cancel_rejects);
  line.count("duplicates", state.venue.duplicates).count("records_dropped", state.records_dropped);
  line.count("reports_lost", state.reports_lost);
  if (state.copies_sent + state.copies_waiting + state.copies_lost > 0) {
    line.count("copies_sent", state.copies_sent).count("copies_lost", state.copies_lost);
  }
}

/// Lines on standard input, taken as they come.
class CommandReader {
 public:
  /// False at the end of input.
  template <class OnLine>
  bool read(OnLine&& on_line) {
    char bytes[kCommandBytesMax];
    const ssize_t got = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (got <= 0) return false;
    text_.append(bytes, static_cast<std::size_t>(got));
    for (std::size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n')) {
      on_line(std::string_view(text_).substr(0, end));
      text_.erase(0, end + 1);
    }
    if (text_.size() > kCommandBytesMax) text_.clear();  // no command is that long
    return true;
  }

 private:
  std::string text_;
};

void answer(std::string_view command, fix::Simulator& simulator,
            const InstrumentTable& instruments) {
  if (command == "positions") {
    print_positions(simulator.state(), instruments);
  } else if (command == "fills") {
    std::string out;
    JsonLine line(out);
    append_counts(line, simulator.state());
    line.end();
    std::fputs(out.c_str(), stdout);
    std::fflush(stdout);
  } else if (!command.empty()) {
    std::fprintf(stderr,
                 "evenkeel: '%.*s' is not asked of a simulator; 'positions' and 'fills' are\n",
                 static_cast<int>(command.size()), command.data());
  }
}

void serve(fix::Simulator& simulator, const InstrumentTable& instruments, bool json) {
  CommandReader commands;
  while (StopSignals::count() == 0) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = poll(&input, 1, kLookMs);
    if (json) {
      for (const fix::SimulatorRecord& record : simulator.take_records()) print_record(record);
      std::fflush(stdout);
    }
    if (ready > 0 && !commands.read([&](std::string_view command) {
          answer(command, simulator, instruments);
        })) {
      return;
    }
  }
}

void print_summary(const fix::SimulatorState& state, bool json) {
  std::string out;
  if (json) {
    JsonLine line(out);
    line.text("type", "summary");
    append_counts(line, state);
    line.end();
    std::fputs(out.c_str(), stdout);
    return;
  }
  std::fprintf(
      stderr,
      "simulator: %llu orders, %llu fills, %llu rejected, %llu cancelled, %llu still open\n",
      static_cast<unsigned long long>(state.venue.orders),
      static_cast<unsigned long long>(state.venue.fills),
      static_cast<unsigned long long>(state.venue.rejected),
      static_cast<unsigned long long>(state.venue.cancelled),
      static_cast<unsigned long long>(state.live_orders));
}

}  // namespace

int run_sim(const SimOptions& options) {
  rules::Complaints complaints;
  const absl::StatusOr<DeskConfig> desk = load_desk(options.desk, complaints);
  if (!desk.ok()) return fail(desk.status(), kExitConfig);
  if (!desk->machine.fix) {
    return fail(absl::InvalidArgumentError(desk->file +
                                           ": a simulator needs the [fix] section of the desk"),
                kExitConfig);
  }
  if (options.behaviour.latency_max < options.behaviour.latency_min) {
    return fail(absl::InvalidArgumentError("--latency-max is less than --latency-min"), kExitUsage);
  }
  if (options.feeds.size() > desk->machine.feeds.size()) {
    return fail(absl::InvalidArgumentError("more --feed than the desk has feeds"), kExitUsage);
  }
  const StopSignals signals;
  Doorbell bell;
  const std::vector<FeedSettings> settings = feed_settings(*desk, options);
  const auto feeds = FeedThread::open(settings, desk->instruments, &bell);
  if (!feeds.ok()) return fail(feeds.status(), kExitConnectivity);
  std::vector<SpscRing<Event>*> market;
  for (std::size_t i = 0; i < (*feeds)->size(); ++i) market.push_back(&(*feeds)->events(i));
  const auto simulator = fix::Simulator::create(simulator_config(*desk, options), desk->instruments,
                                                std::move(market), bell);
  if (!simulator.ok()) return fail(simulator.status(), kExitConnectivity);
  (*simulator)->keep_records(options.json);
  {
    const StopSignals::Blocked blocked;
    (*feeds)->start();
    (*simulator)->start();
  }
  print_listening(**simulator, **feeds, settings);
  serve(**simulator, desk->instruments, options.json);
  (*feeds)->stop();
  (*simulator)->stop();
  if (options.json) {
    for (const fix::SimulatorRecord& record : (*simulator)->take_records()) print_record(record);
  }
  print_summary((*simulator)->state(), options.json);
  return kExitOk;
}

}  // namespace evenkeel::apps
