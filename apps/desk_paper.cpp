#include "apps/desk_paper.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "apps/events_text.hpp"
#include "apps/replay.hpp"
#include "core/decimal.hpp"
#include "core/posix_storage.hpp"
#include "core/system_clock.hpp"

namespace evenkeel::apps {
namespace {

using Key = std::pair<std::string, std::string>;
using Json = nlohmann::json;

std::vector<ToldPosition> as_list(const std::map<Key, Quantity>& positions) {
  std::vector<ToldPosition> list;
  for (const auto& [key, quantity] : positions) {
    if (!quantity.is_zero()) list.push_back({key.first, key.second, quantity});
  }
  return list;
}

/// The whole journal once more, from its first event.
Check replay_check(const std::string& journal, const std::string& folder) {
  Check check;
  check.name = "the journal replays to the same orders, to the byte";
  const auto storage = PosixStorage::open(journal);
  RecoverOptions options;
  options.folder = folder;
  options.use_snapshot = false;
  const auto replayed =
      storage.ok() ? recover(**storage, options) : absl::StatusOr<Recovered>(storage.status());
  check.passed = replayed.ok();
  check.detail = replayed.ok() ? absl::StrCat(replayed->counts.events, " events, ",
                                              replayed->counts.intents, " intents")
                               : std::string(replayed.status().message());
  return check;
}

/// A member of a JSON object as text; null when it is something else.
const std::string* text_of(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at == object.end() ? nullptr : at->get_ptr<const std::string*>();
}

}  // namespace

std::vector<ToldPosition> own_positions(const DecisionCore& core) {
  std::map<Key, Quantity> positions;
  for (const fix::Execution& execution : core.orders.executions()) {
    if (execution.state != fix::ExecutionState::kBooked) continue;
    const Key key{std::string(core.books->book.name(execution.portfolio)),
                  std::string(core.books->instruments[execution.instrument].symbol.view())};
    positions[key] += execution.quantity;
  }
  return as_list(positions);
}

absl::StatusOr<std::vector<ToldPosition>> parse_positions(const std::string& json) {
  const auto bad = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("the simulator's positions make no sense: ", json.substr(0, 200)));
  };
  const Json root = Json::parse(json, nullptr, false);
  if (!root.is_object() || !root.contains("positions") || !root["positions"].is_array()) {
    return bad();
  }
  std::map<Key, Quantity> positions;
  for (const Json& item : root["positions"]) {
    if (!item.is_object()) return bad();
    const std::string* account = text_of(item, "account");
    const std::string* symbol = text_of(item, "symbol");
    const std::string* quantity = text_of(item, "quantity");
    if (account == nullptr || symbol == nullptr || quantity == nullptr) return bad();
    const auto exact_quantity = parse_exact<Quantity>(*quantity);
    if (!exact_quantity || !positions.emplace(Key{*account, *symbol}, *exact_quantity).second) {
      return bad();
    }
  }
  return as_list(positions);
}

std::string differences(const std::vector<ToldPosition>& ours,
                        const std::vector<ToldPosition>& theirs) {
  std::map<Key, std::pair<Quantity, Quantity>> both;
  for (const ToldPosition& p : ours) both[{p.account, p.symbol}].first = p.quantity;
  for (const ToldPosition& p : theirs) both[{p.account, p.symbol}].second = p.quantity;
  std::string text;
  for (const auto& [key, quantities] : both) {
    if (quantities.first == quantities.second) continue;
    absl::StrAppend(&text, text.empty() ? "" : "\n", key.first, " ", key.second, ": ours ",
                    exact(quantities.first), ", the simulator's ", exact(quantities.second));
  }
  return text;
}

absl::StatusOr<SimulatorProcess> SimulatorProcess::start(const std::string& desk,
                                                         const SimulatorBehaviour& behaviour,
                                                         const std::string& error_file) {
  const auto duration = [](DurationNs ns) { return absl::StrCat(ns / kMicrosecond, "us"); };
  ChildProcess::Options options;
  options.error_file = error_file;
  auto process = ChildProcess::start(
      {own_program(), "sim", desk, "--seed", std::to_string(behaviour.seed), "--partial",
       std::to_string(behaviour.partial_percent), "--reject",
       std::to_string(behaviour.reject_percent), "--latency-min", duration(behaviour.latency_min),
       "--latency-max", duration(behaviour.latency_max)},
      options);
  if (!process.ok()) return process.status();
  const std::optional<std::string> line = process->read_line(kStartWithin);
  if (!line) return absl::UnavailableError("the simulator did not start");
  const Json told = Json::parse(*line, nullptr, false);
  if (!told.is_object() || !told.contains("listening") || !told["listening"].is_number_unsigned() ||
      !told.contains("feeds") || !told["feeds"].is_array()) {
    return absl::UnavailableError(absl::StrCat("the simulator said: ", line->substr(0, 200)));
  }
  std::vector<std::string> feeds;
  for (const Json& feed : told["feeds"]) {
    if (feed.is_string()) feeds.push_back(feed.get<std::string>());
  }
  return SimulatorProcess(*std::move(process), told["listening"].get<std::uint16_t>(),
                          told.value("copies", std::uint16_t{0}), std::move(feeds));
}

absl::StatusOr<std::string> SimulatorProcess::ask(const char* question, const char* answer_begins) {
  const absl::Status asked = process_.write_line(question);
  if (!asked.ok()) return asked;
  const TimeNs deadline = SystemClock::monotonic() + kAnswerWithin;
  while (SystemClock::monotonic() < deadline) {
    const auto line = process_.read_line(deadline - SystemClock::monotonic());
    if (!line) break;
    if (line->rfind(answer_begins, 0) == 0) return *line;
  }
  return absl::UnavailableError(absl::StrCat("the simulator did not tell its ", question));
}

absl::StatusOr<std::vector<ToldPosition>> SimulatorProcess::positions() {
  const auto line = ask("positions", "{\"positions\":");
  if (!line.ok()) return line.status();
  return parse_positions(*line);
}

absl::StatusOr<SimulatorCounts> SimulatorProcess::counts() {
  const auto line = ask("fills", "{\"orders\":");
  if (!line.ok()) return line.status();
  const Json told = Json::parse(*line, nullptr, false);
  SimulatorCounts counts;
  const std::pair<const char*, std::uint64_t*> wanted[] = {{"orders", &counts.orders},
                                                           {"fills", &counts.fills},
                                                           {"open_orders", &counts.open_orders},
                                                           {"duplicates", &counts.duplicates},
                                                           {"rejected", &counts.rejected}};
  for (const auto& [key, value] : wanted) {
    if (!told.is_object() || !told.contains(key) || !told[key].is_number_unsigned()) {
      return absl::InvalidArgumentError("the simulator's counts make no sense: " + *line);
    }
    *value = told[key].get<std::uint64_t>();
  }
  return counts;
}

absl::Status PaperHooks::turn(Desk&) {
  if (!simulator_.process().ended()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the simulator ended (", simulator_.process().exit_code(), ")"));
}

int PaperHooks::finish(const Desk& desk, RunStory& story) {
  const auto theirs = simulator_.positions();
  Check check;
  check.name = "the simulator's positions and ours agree exactly";
  if (!theirs.ok()) {
    check.detail = std::string(theirs.status().message());
  } else {
    const std::vector<ToldPosition> ours = own_positions(desk.core());
    check.detail = differences(ours, *theirs);
    check.passed = check.detail.empty();
    if (check.passed) check.detail = absl::StrCat(ours.size(), " positions");
  }
  story.checks.push_back(check);
  if (!story.journal.kept) return check.passed ? kExitOk : kExitMismatch;
  const Check replayed = replay_check(story.journal.folder, desk.config().folder);
  story.checks.push_back(replayed);
  return check.passed && replayed.passed ? kExitOk : kExitMismatch;
}

std::string rehearsal_journal(const DeskConfig& config) {
  std::string folder = config.machine.journal.folder;
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  return absl::StrCat(folder, "-paper/", SystemClock().now() / kMillisecond);
}

absl::Status pass_feeds_on(Desk& desk, const SimulatorProcess& simulator) {
  const auto& feeds = desk.config().machine.feeds;
  for (std::size_t i = 0; i < feeds.size() && i < simulator.feeds().size(); ++i) {
    if (feeds[i].multicast) continue;
    const absl::Status passed = desk.pass_on(i, simulator.feeds()[i]);
    if (!passed.ok()) return passed;
  }
  return absl::OkStatus();
}

}  // namespace evenkeel::apps
