#include "apps/cli.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <utility>

#include <CLI/CLI.hpp>

#include "core/system_clock.hpp"
#include "evenkeel/version.hpp"
#include "rules/config_reader.hpp"

namespace evenkeel::apps {
namespace {

constexpr const char* kAbout =
    "Evenkeel keeps portfolios near their policy: it watches prices tick by tick and, when drift "
    "or "
    "volatility leaves the policy, sends the smallest futures-overlay or cash orders that bring "
    "them back, over FIX.";

constexpr const char* kExamples = R"(Examples:
  evenkeel demo                                  a trading day with a crash, in about a minute
  evenkeel init desk                             write a commented example desk
  evenkeel check desk                            validate it and say what it will do
  evenkeel paper desk                            run it against the bundled FIX simulator
  evenkeel run desk                              run it against the counterparty in its [fix] section;
                                                 without one it only watches drift
  evenkeel play day.pcapng.gz --to 127.0.0.1:5001 --speed 20
                                                 send a recorded day to a socket
  evenkeel decode day.pcapng.gz --json           what the decoder sees, one object a line
  evenkeel journal verify desk                   is the record of its runs whole
  evenkeel replay desk --verify                  decide everything once more, and compare
  evenkeel explain desk 17                       why order 17 was sent and what became of it
  evenkeel drill                                 kill a trading desk 100 times; nothing may be lost

Exit codes: 0 done, 2 usage, 3 configuration, 4 data, 5 connectivity, 6 halted by risk,
            7 integrity: a journal is damaged, the books do not audit,
            8 a difference: a replay decides otherwise, two journals or two sets of positions
              are not the same

More on a command: evenkeel COMMAND --help)";

constexpr const char* kJournalExamples = R"(Examples:
  evenkeel journal verify desk                   exit 0 when it is whole, 7 when it is damaged
  evenkeel journal verify desk --expect 2f0c...  and does its chain end with the hash noted then
  evenkeel journal dump desk --from 100 --to 200 these events with what they led to
  evenkeel journal tail desk --lines 5           what happened last
  evenkeel journal diff desk copy                the first difference; exit 8 when there is one)";

constexpr const char* kReplayExamples = R"(Examples:
  evenkeel replay desk                           exit 0 when every decision is the same to the byte,
                                                 8 at the first that is not, 7 for a damaged journal
  evenkeel replay desk --verify                  compare the snapshots and audit the books, too
  evenkeel replay desk --from-snapshot --json    only what a restart replays)";

constexpr const char* kExplainExamples = R"(Examples:
  evenkeel explain desk 17                       the order with this number
  evenkeel explain desk EK1-TB5M80-H             the same by its ClOrdID, as the broker knows it
  evenkeel explain desk pension@14:31:02         where it stood then, and what held its rules back
  evenkeel explain desk "pension@2026-11-24 14:31:02" --json)";

constexpr const char* kDrillExamples = R"(Examples:
  evenkeel drill                                 exit 0 when nothing was lost and nothing done twice
  evenkeel drill --kills 20 --seed 7             other moments, the same each time
  evenkeel drill --reject 20 --keep kept         a broker that refuses; look into the folder after
Exit code 7: the journal does not replay; 8: positions differ or an order was sent twice.)";

/// "30s", "5m", "250ms" as a duration.
CLI::Option* add_duration(CLI::App* app, const std::string& name, DurationNs& out,
                          const std::string& help) {
  return app
      ->add_option_function<std::string>(
          name,
          [&out, name](const std::string& text) {
            const absl::StatusOr<DurationNs> parsed = rules::parse_duration(text);
            if (!parsed.ok()) {
              throw CLI::ValidationError(name, std::string(parsed.status().message()));
            }
            out = *parsed;
          },
          help)
      ->type_name("DURATION");
}

void add_watch(CLI::App* app, WatchOptions& watch) {
  app->add_flag("--json", watch.json, "NDJSON events on standard output, one object a line");
  app->add_flag("--lines", watch.lines, "event lines instead of the live table");
  app->add_flag("--quiet", watch.quiet, "only the summary");
}

void add_ending(CLI::App* app, WatchOptions& watch) {
  static const std::map<std::string, Until> kNames{{"close", Until::kClose}, {"end", Until::kEnd}};
  app->add_option("--until", watch.until,
                  "end by itself: 'close' when the venue closes and all orders are settled, 'end' "
                  "when the venue or the feed ends")
      ->transform(CLI::CheckedTransformer(kNames))
      ->type_name("close|end");
  add_duration(app, "--for", watch.run_for, "end after this long (30s, 5m)");
}

void add_behaviour(CLI::App* app, SimulatorBehaviour& behaviour) {
  app->add_option("--seed", behaviour.seed, "what the simulator's chances are drawn from")
      ->capture_default_str();
  app->add_option("--partial", behaviour.partial_percent, "percentage of fills that come in parts")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  app->add_option("--reject", behaviour.reject_percent, "percentage of orders that are rejected")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  add_duration(app, "--latency-min", behaviour.latency_min,
               "least time before the simulator answers (default 1ms)");
  add_duration(app, "--latency-max", behaviour.latency_max, "most time (default 5ms)");
}

/// Each command parses into its options and says which function runs.
class Commands {
 public:
  explicit Commands(CLI::App& app) {
    add_desk_commands(app);
    add_market_commands(app);
    add_journal_commands(app);
    add_replay_commands(app);
  }
  int run() const { return chosen_ ? chosen_() : kExitUsage; }

 private:
  template <class Options>
  CLI::App* add(CLI::App& app, const char* name, const char* about, Options& options,
                int (*function)(const Options&)) {
    CLI::App* command = app.add_subcommand(name, about);
    command->callback([this, &options, function] {
      chosen_ = [&options, function] { return function(options); };
    });
    return command;
  }

  void add_desk_commands(CLI::App& app) {
    CLI::App* init =
        add(app, "init", "Write a commented example desk into a folder", init_, run_init);
    init->add_option("folder", init_.folder, "folder to create");
    init->add_option("--example", init_.example, "which example (see --list)")
        ->capture_default_str();
    init->add_flag("--force", init_.force, "write over files that are there");
    init->add_flag("--list", init_.list, "only say which examples there are");

    CLI::App* check =
        add(app, "check",
            "Validate a desk; print the resolved policy, what can never fire and what "
            "could never be cured",
            check_, run_check);
    check->add_option("desk", check_.desk, "the desk's folder or its evenkeel.toml")->required();
    check->add_flag("--json", check_.json, "the result as one JSON object");

    CLI::App* run = add(app, "run",
                        "Run a desk over its feeds and its FIX session; without a [fix] section it "
                        "watches drift and sends nothing",
                        run_, run_run);
    run->add_option("desk", run_.desk, "the desk's folder or its evenkeel.toml")->required();
    run->add_flag(
        "--ask-again", run_.ask_again,
        "have the counterparty send all its reports of this session once more (each counts "
        "once): when the journal was put back from an older copy");
    add_watch(run, run_.watch);
    add_ending(run, run_.watch);

    CLI::App* paper = add(app, "paper",
                          "Run a desk against the bundled FIX simulator, which fills at the quotes "
                          "of the same feeds, and compare positions at the end",
                          paper_, run_paper);
    paper->add_option("desk", paper_.desk, "the desk's folder or its evenkeel.toml")->required();
    add_watch(paper, paper_.watch);
    add_ending(paper, paper_.watch);
    paper->add_option("--fix", paper_.fix, "use a simulator that is running already")
        ->type_name("HOST:PORT");
    add_behaviour(paper, paper_.simulator);

    CLI::App* demo =
        add(app, "demo",
            "A compressed trading day with a crash, three portfolios, over real sockets "
            "and real FIX between processes",
            demo_, run_demo);
    demo->add_option("--seconds", demo_.seconds, "how long the day takes")
        ->check(CLI::Range(5, 3600))
        ->capture_default_str();
    demo->add_option("--seed", demo_.seed, "the same seed gives the same market")
        ->capture_default_str();
    demo->add_option("--keep", demo_.keep, "leave the desk in this folder")->type_name("FOLDER");
    add_watch(demo, demo_.watch);

    CLI::App* drill = add(
        app, "drill",
        "Kill a trading desk again and again (SIGKILL) while its market and its counterparty go "
        "on, and show that nothing was lost or done twice",
        drill_, run_drill);
    drill->footer(kDrillExamples);
    drill->add_option("--kills", drill_.kills, "how often")->capture_default_str();
    drill->add_option("--seed", drill_.seed, "of the moments and the market")
        ->capture_default_str();
    add_duration(drill, "--life-min", drill_.life_min, "shortest life (default 30ms)");
    add_duration(drill, "--life-max", drill_.life_max, "longest life (default 600ms)");
    add_duration(drill, "--market", drill_.market_lasts,
                 "wall time that the market's day takes (default 5m)");
    drill->add_option("--reject", drill_.reject_percent, "percentage of orders that are rejected")
        ->check(CLI::Range(0, 100))
        ->capture_default_str();
    drill->add_option("--keep", drill_.keep, "leave the desk in this folder")->type_name("FOLDER");
    drill->add_flag("--json", drill_.json, "the result as one JSON object");
  }

  void add_market_commands(CLI::App& app) {
    CLI::App* sim = add(app, "sim",
                        "A FIX 4.4 acceptor that fills orders at live quotes; says on standard "
                        "output where it listens",
                        sim_, run_sim);
    sim->add_option("desk", sim_.desk, "the desk whose instruments and FIX session it serves")
        ->required();
    sim->add_option(
           "--feed", sim_.feeds,
           "where to hear quotes, one for each feed of the desk in its order (default: the "
           "same multicast group, or a port the kernel chooses)")
        ->type_name("ADDRESS:PORT");
    sim->add_option("--port", sim_.port, "FIX port, 0: the kernel chooses")->capture_default_str();
    sim->add_option("--copy-port", sim_.copy_port,
                    "port of the drop-copy session, when the desk has a [fix.drop_copy]")
        ->capture_default_str();
    sim->add_flag("--json", sim_.json, "lines on standard output are JSON objects");
    add_behaviour(sim, sim_.behaviour);

    CLI::App* market = add(app, "market",
                           "A synthetic market: seeded, correlated instruments, over UDP in the "
                           "exchange's own format",
                           market_, run_market);
    market->add_option("desk", market_.desk, "the desk whose quoted instruments are made")
        ->required();
    market->add_option("--to", market_.to, "where to send")->required()->type_name("ADDRESS:PORT");
    market->add_option("--interface", market_.interface_name, "to send multicast on");
    market->add_option("--seed", market_.seed, "instead of the one in market.toml");
    market->add_flag("--calm", market_.calm, "leave out the crash");
    add_duration(market, "--duration", market_.duration,
                 "wall time that the whole trading day takes (default 75s)");
    market->add_flag("--json", market_.json, "the summary as one JSON object");

    CLI::App* play = add(app, "play",
                         "Send a recorded pcap or pcapng (also gzipped) to a socket with its "
                         "recorded timing",
                         play_, run_play);
    play->add_option("file", play_.file, "the capture")->required();
    play->add_option("--to", play_.to, "where to send")->required()->type_name("ADDRESS:PORT");
    play->add_option("--speed", play_.speed, "times as fast as recorded, or 'max'")
        ->capture_default_str();
    play->add_option("--rate-max", play_.rate_max, "packets a second at most, 0: no limit")
        ->capture_default_str();
    play->add_option("--port", play_.port, "only packets recorded to this port");
    play->add_option("--interface", play_.interface_name, "to send multicast on");
    play->add_flag("--json", play_.json, "the summary as one JSON object");

    CLI::App* decode =
        add(app, "decode", "Print what the decoder sees in a capture", decode_, run_decode);
    decode->add_option("file", decode_.file, "the capture")->required();
    decode->add_option("--port", decode_.port, "only packets recorded to this port");
    decode->add_flag("--json", decode_.json, "one object a line on standard output");
  }

  CLI::App* add_journal_action(CLI::App& journal, const char* name, const char* about,
                               JournalAction action) {
    CLI::App* command = journal.add_subcommand(name, about);
    command->callback([this, action] {
      journal_.action = action;
      chosen_ = [this] { return run_journal(journal_); };
    });
    command->add_option("journal", journal_.journal, "the journal's folder, or the desk's")
        ->required();
    return command;
  }

  void add_journal_commands(CLI::App& app) {
    CLI::App* journal = app.add_subcommand(
        "journal", "Read a desk's journal: whether it is whole, what it holds, where two differ");
    journal->footer(kJournalExamples);
    journal->require_subcommand(1);
    CLI::App* verify = add_journal_action(*journal, "verify",
                                          "Check every block and the chain; count what is there",
                                          JournalAction::kVerify);
    verify->add_option("--expect", journal_.expect, "the hash that the chain has to end with")
        ->type_name("HASH");
    verify->add_flag("--json", journal_.json, "the result as one JSON object");
    CLI::App* dump = add_journal_action(*journal, "dump", "Every record, one JSON object a line",
                                        JournalAction::kDump);
    dump->add_option("--from", journal_.from, "from this event on")->type_name("SEQUENCE");
    dump->add_option("--to", journal_.to, "up to this event")->type_name("SEQUENCE");
    dump->add_flag("--json", journal_.json, "the same: there is no other form");
    CLI::App* tail = add_journal_action(
        *journal, "tail", "The last records, one JSON object a line", JournalAction::kTail);
    tail->add_option("--lines", journal_.lines, "how many")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    tail->add_flag("--json", journal_.json, "the same: there is no other form");
    CLI::App* diff = add_journal_action(
        *journal, "diff", "The first difference between two journals, with both sides; exit 8",
        JournalAction::kDiff);
    diff->add_option("other", journal_.other, "the other one")->required();
    diff->add_flag("--json", journal_.json, "the result as one JSON object");
  }

  void add_replay_commands(CLI::App& app) {
    CLI::App* replay = add(app, "replay",
                           "Give a desk the events of its journal once more and compare every "
                           "decision, to the byte; exit 8 at the first difference",
                           replay_, run_replay);
    replay->footer(kReplayExamples);
    replay->add_option("journal", replay_.journal, "the journal's folder, or the desk's")
        ->required();
    replay->add_flag("--verify", replay_.verify,
                     "also compare every snapshot, and audit the books at the end");
    replay->add_flag("--from-snapshot", replay_.from_snapshot,
                     "begin behind the newest snapshot, as a restart does");
    replay->add_flag("--json", replay_.json, "the result as one JSON object");
    CLI::App* explain = add(app, "explain",
                            "Why an order was sent and what became of it; or where a portfolio "
                            "stood at a moment and what held its rules back",
                            explain_, run_explain);
    explain->footer(kExplainExamples);
    explain->add_option("journal", explain_.journal, "the journal's folder, or the desk's")
        ->required();
    explain
        ->add_option("what", explain_.what,
                     "an order's number or ClOrdID, or PORTFOLIO@TIME (HH:MM:SS of the journal's "
                     "last day, or \"YYYY-MM-DD HH:MM:SS\", UTC)")
        ->required()
        ->type_name("ORDER|PORTFOLIO@TIME");
    explain->add_flag("--json", explain_.json, "one JSON object");
  }

  InitOptions init_;
  CheckOptions check_;
  RunOptions run_;
  PaperOptions paper_;
  DemoOptions demo_;
  DrillOptions drill_;
  SimOptions sim_;
  MarketOptions market_;
  PlayCommandOptions play_;
  DecodeCommandOptions decode_;
  JournalCommandOptions journal_;
  ReplayCommandOptions replay_;
  ExplainCommandOptions explain_;
  std::function<int()> chosen_;
};

std::string version_text() {
  std::string text = "evenkeel ";
  text += kVersion;
  text += " (";
  text += build_commit();
  text += ", ";
  text += kCompiler;
  text += ", ";
  text += kBuildType;
  return text + ")";
}

}  // namespace

int run_cli(int argc, char** argv) {
  CLI::App app{kAbout, "evenkeel"};
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text());
  app.footer(kExamples);
  app.get_formatter()->column_width(34);
  Commands commands(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are data; complaints are messages.
    const int code = app.exit(error, std::cout, std::cerr);
    return code == 0 ? kExitOk : kExitUsage;
  }
  return commands.run();
}

int fail(const absl::Status& status, int exit_code) {
  const std::string message(status.message());
  std::fprintf(stderr, "evenkeel: %s\n", message.c_str());
  return exit_code;
}

Progress::Progress(std::string what) : what_(std::move(what)), terminal_(isatty(2) == 1) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
}

void Progress::show(double fraction, const std::string& detail) {
  if (!terminal_) return;
  const TimeNs now = SystemClock::monotonic();
  if (drawn_ && now - last_ < 100 * kMillisecond) return;
  last_ = now;
  drawn_ = true;
  constexpr int kWidth = 24;
  std::string line = "\r" + what_;
  if (fraction >= 0) {
    const int full = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * kWidth);
    line += " [" + std::string(static_cast<std::size_t>(full), '=') +
            std::string(static_cast<std::size_t>(kWidth - full), ' ') + "] " +
            std::to_string(static_cast<int>(std::clamp(fraction, 0.0, 1.0) * 100)) + "%";
  }
  line += "  " + detail + "\x1b[K";
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace evenkeel::apps
