// evenkeel journal: verify, dump, tail and diff over journals made here.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/desk_process.hpp"
#include "apps/journal_json.hpp"
#include "core/posix_storage.hpp"
#include "tests/apps/desk_scene.hpp"

namespace evenkeel::apps {
namespace {

using testing::Json;
using testing::ScratchFolder;

struct Answer {
  int code = -1;
  std::vector<std::string> lines;
  std::string err;
  std::string out() const {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
  }
};

Answer run(std::vector<std::string> arguments) {
  ScratchFolder folder;
  arguments.insert(arguments.begin(), {EVENKEEL_BINARY, "journal"});
  ChildProcess::Options options;
  options.error_file = folder.path() + "/stderr";
  auto child = ChildProcess::start(arguments, options);
  EXPECT_TRUE(child.ok()) << child.status();
  Answer answer;
  while (const auto line = child->read_line(testing::kPatience)) answer.lines.push_back(*line);
  EXPECT_TRUE(child->wait(testing::kPatience));
  answer.code = child->exit_code();
  answer.err = folder.read("stderr");
  return answer;
}

Event clock_event(std::uint64_t sequence) {
  Event event = Event::make(EventType::kClock, SourceId::none());
  event.sequence = sequence;
  event.ts = static_cast<TimeNs>(sequence) * kSecond;
  return event;
}

/// What a journal is made of; one that differs in one thing is made from a changed copy.
struct Recipe {
  std::uint64_t events = 2'000;
  std::uint64_t buy_at = 1'000;
  std::int64_t quantity = 5;
  std::uint64_t segment_bytes = 64 << 10;
  std::string policy = "band = \"5%\"\n";
};

void make_journal(const std::string& folder, const Recipe& recipe = {}) {
  auto storage = PosixStorage::make(folder);
  ASSERT_TRUE(storage.ok()) << storage.status();
  JournalOptions options;
  options.engine = "T1";
  options.segment_bytes = recipe.segment_bytes;
  options.block_bytes_max = 8 << 10;
  auto writer = JournalWriter::open(**storage, options, {}, {{"policy.toml", recipe.policy}});
  ASSERT_TRUE(writer.ok()) << writer.status();
  for (std::uint64_t n = 1; n <= recipe.events; ++n) {
    if (!(*writer)->room(1)) {
      ASSERT_TRUE((*writer)->sync().ok());
    }
    Event event = clock_event(n);
    if (n == 1) {
      event.type = EventType::kEngineStart;
      event.payload.start.epoch = 77;
    }
    (*writer)->append(event);
    if (n != recipe.buy_at) continue;
    Intent intent;
    intent.event_sequence = n;
    intent.ts = event.ts;
    intent.type = IntentType::kNewOrder;
    intent.side = Side::kBuy;
    intent.order_id = 1;
    intent.portfolio = PortfolioId{0};
    intent.instrument = InstrumentId{3};
    intent.quantity = Quantity::from_raw(recipe.quantity * Quantity::kScale);
    (*writer)->append(intent);
  }
  (*writer)->append_digest(recipe.events, Sha256{});
  ASSERT_TRUE((*writer)->close().ok());
}

class JournalCommand : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  /// Flips a bit in the middle of a segment.
  void damage(const std::string& name) const {
    std::string content = folder_.read(name);
    ASSERT_GT(content.size(), 30'000U);
    content[30'000] = static_cast<char>(content[30'000] ^ 1);
    folder_.write(name, content);
  }
  ScratchFolder folder_;
};

TEST_F(JournalCommand, VerifyCountsWhatIsThere) {
  make_journal(path("journal"));
  const Answer text = run({"verify", path("journal")});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_EQ(text.err, "");
  EXPECT_NE(text.out().find("2000 in 1 runs, the last is 2000 at 1970-01-01 00:33:20 UTC"),
            std::string::npos)
      << text.out();
  EXPECT_NE(text.out().find("of engine T1"), std::string::npos) << text.out();

  const Answer answer = run({"verify", path("journal"), "--json"});
  EXPECT_EQ(answer.code, 0);
  ASSERT_EQ(answer.lines.size(), 1U);
  const Json json = Json::parse(answer.lines[0]);
  EXPECT_EQ(json["events"], 2'000);
  EXPECT_EQ(json["intents"], 1);
  EXPECT_EQ(json["configurations"], 1) << "though every segment repeats it";
  EXPECT_EQ(json["digests"], 1);
  EXPECT_EQ(json["runs"], 1);
  EXPECT_GT(json["segments"], 2);
  EXPECT_EQ(json["closed"], true);
  EXPECT_EQ(json["bytes_torn"], 0);
  EXPECT_NE(text.out().find("chain      " + json["chain"].get<std::string>()), std::string::npos);
}

TEST_F(JournalCommand, VerifyComparesTheChain) {
  make_journal(path("journal"));
  const Answer answer = run({"verify", path("journal"), "--json"});
  const auto chain = Json::parse(answer.lines.at(0))["chain"].get<std::string>();
  EXPECT_EQ(run({"verify", path("journal"), "--expect", chain}).code, 0);
  std::string other = chain;
  other[0] = other[0] == '0' ? '1' : '0';
  const Answer differs = run({"verify", path("journal"), "--expect", other, "--json"});
  EXPECT_EQ(differs.code, 7);
  EXPECT_NE(differs.err.find(other), std::string::npos) << differs.err;
  EXPECT_EQ(Json::parse(differs.lines.at(0))["as_expected"], false);
  EXPECT_EQ(run({"verify", path("journal"), "--expect", "abc"}).code, 2);
}

TEST_F(JournalCommand, ADesksFolderStandsForItsJournal) {
  std::filesystem::create_directory(path("desk"));
  make_journal(path("desk/journal"));
  folder_.write("desk/evenkeel.toml", "name = \"anything\"\n");
  EXPECT_EQ(run({"verify", path("desk")}).code, 0);
  EXPECT_EQ(run({"verify", path("desk/evenkeel.toml")}).code, 0);
}

TEST_F(JournalCommand, CompressedSegmentsAndMissingBeginningsAreSaid) {
  make_journal(path("journal"));
  auto storage = PosixStorage::open(path("journal"));
  ASSERT_TRUE(storage.ok());
  ASSERT_TRUE(compress_segment(**storage, 2).ok());
  ASSERT_TRUE((*storage)->remove("journal-00000001.evkj").ok());
  const Answer text = run({"verify", path("journal")});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_NE(text.out().find("(1 compressed)"), std::string::npos) << text.out();
  EXPECT_NE(text.out().find("begins with segment 2"), std::string::npos) << text.out();
}

TEST_F(JournalCommand, DamageHasItsExitCodeAndSaysWhereAndWhatToDo) {
  make_journal(path("journal"));
  damage("journal/journal-00000002.evkj");
  for (const char* action : {"verify", "dump"}) {
    const Answer answer = run({action, path("journal")});
    EXPECT_EQ(answer.code, 7) << action;
    EXPECT_NE(answer.err.find("journal-00000002.evkj: damaged at offset "), std::string::npos)
        << answer.err;
    EXPECT_NE(answer.err.find("docs/JOURNAL.md"), std::string::npos) << answer.err;
  }
  EXPECT_EQ(run({"diff", path("journal"), path("journal")}).code, 7);
  std::filesystem::remove(path("journal/journal-00000002.evkj"));
  const Answer missing = run({"verify", path("journal")});
  EXPECT_EQ(missing.code, 7);
  EXPECT_NE(missing.err.find("is missing"), std::string::npos) << missing.err;
}

TEST_F(JournalCommand, WhatIsNoJournalHasItsExitCode) {
  folder_.write("empty/file", "");
  EXPECT_EQ(run({"verify", path("nothing")}).code, 4);
  EXPECT_EQ(run({"dump", path("empty")}).code, 4);
  EXPECT_EQ(run({"tail", path("empty/file")}).code, 4);
  EXPECT_EQ(run({}).code, 2);
  EXPECT_EQ(run({"verify"}).code, 2);
  EXPECT_EQ(run({"mend", path("empty")}).code, 2);
  EXPECT_EQ(run({"diff", path("empty")}).code, 2);
  EXPECT_EQ(run({"tail", path("empty"), "--lines", "0"}).code, 2);
}

TEST_F(JournalCommand, DumpPrintsOneObjectALine) {
  make_journal(path("journal"), {.events = 300, .buy_at = 200});
  const Answer answer = run({"dump", path("journal")});
  EXPECT_EQ(answer.code, 0) << answer.err;
  std::uint64_t events = 0, intents = 0, digests = 0, configs = 0;
  for (const std::string& line : answer.lines) {
    const Json json = Json::parse(line);
    const auto record = json["record"].get<std::string>();
    events += record == "event" ? 1 : 0;
    digests += record == "digest" ? 1 : 0;
    configs += record == "config" ? 1 : 0;
    if (record == "config") {
      EXPECT_EQ(json["text"], "band = \"5%\"\n");
    }
    if (record != "intent") continue;
    ++intents;
    EXPECT_EQ(json["sequence"], 200);
    EXPECT_EQ(json["type"], "new_order");
    EXPECT_EQ(json["side"], "buy");
    EXPECT_EQ(json["quantity"], 5);
    EXPECT_EQ(json["instrument"], 3);
  }
  EXPECT_EQ(events, 300U);
  EXPECT_EQ(intents, 1U);
  EXPECT_EQ(digests, 1U);
  EXPECT_EQ(configs, 1U);
  const Json first = Json::parse(answer.lines.at(2));
  EXPECT_EQ(first["type"], "engine_start");
  EXPECT_EQ(first["epoch"], 77);
  EXPECT_EQ(first["segment"], 1);
  EXPECT_EQ(first["offset"], 8192 + 128);
}

TEST_F(JournalCommand, DumpTakesAPartOfIt) {
  make_journal(path("journal"));
  const Answer answer = run({"dump", path("journal"), "--from", "1500", "--to", "1502"});
  EXPECT_EQ(answer.code, 0) << answer.err;
  ASSERT_EQ(answer.lines.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(Json::parse(answer.lines[i])["sequence"], 1'500 + i);
  }
  const Answer around = run({"dump", path("journal"), "--from", "1000", "--to", "1000"});
  EXPECT_EQ(around.lines.size(), 2U) << "the event and what it led to";
  EXPECT_TRUE(run({"dump", path("journal"), "--from", "5000"}).lines.empty());
}

TEST_F(JournalCommand, TailPrintsTheLastOnes) {
  make_journal(path("journal"));
  const Answer few = run({"tail", path("journal"), "--lines", "3"});
  EXPECT_EQ(few.code, 0) << few.err;
  ASSERT_EQ(few.lines.size(), 3U);
  EXPECT_EQ(Json::parse(few.lines[0])["sequence"], 1'999);
  EXPECT_EQ(Json::parse(few.lines[2])["record"], "digest");
  const Answer all = run({"tail", path("journal"), "--lines", "100000"});
  EXPECT_EQ(all.lines, run({"dump", path("journal")}).lines);
  const Answer many = run({"tail", path("journal"), "--lines", "1500"});
  EXPECT_EQ(many.lines, std::vector<std::string>(all.lines.end() - 1'500, all.lines.end()));
}

TEST_F(JournalCommand, DiffSaysTheFirstDifferenceWithBothSides) {
  make_journal(path("a"));
  make_journal(path("same"), {.segment_bytes = 256 << 10});
  make_journal(path("other"), {.quantity = 6});
  make_journal(path("longer"), {.events = 2'001});
  make_journal(path("policy"), {.policy = "band = \"4%\"\n"});

  const Answer same = run({"diff", path("a"), path("same")});
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_EQ(same.out(), "2000 events, 1 intents, identical\n") << "segments are no difference";

  const Answer other = run({"diff", path("a"), path("other"), "--json"});
  EXPECT_EQ(other.code, 8);
  Json json = Json::parse(other.lines.at(0));
  EXPECT_EQ(json["identical"], false);
  EXPECT_EQ(json["events"], 1'000);
  EXPECT_EQ(json["a"]["quantity"], 5);
  EXPECT_EQ(json["b"]["quantity"], 6);
  const Answer text = run({"diff", path("a"), path("other")});
  EXPECT_EQ(text.code, 8);
  EXPECT_NE(text.out().find("the same for 1000 events and 0 intents"), std::string::npos);
  EXPECT_NE(text.out().find("\"quantity\":6"), std::string::npos) << text.out();

  json = Json::parse(run({"diff", path("a"), path("longer"), "--json"}).lines.at(0));
  EXPECT_EQ(json["a"]["record"], "digest");
  EXPECT_EQ(json["b"]["sequence"], 2'001);
  json = Json::parse(run({"diff", path("a"), path("policy"), "--json"}).lines.at(0));
  EXPECT_EQ(json["a"]["record"], "config_end");
  EXPECT_EQ(json["events"], 0);

  const auto storage = PosixStorage::open(path("longer"));
  const auto segments = journal_segments(**storage);
  ASSERT_TRUE(segments.ok());
  for (const SegmentInfo& segment : *segments) {
    if (segment.number > 2) {
      ASSERT_TRUE((*storage)->remove(segment.name).ok());
    }
  }
  json = Json::parse(run({"diff", path("longer"), path("a"), "--json"}).lines.at(0));
  EXPECT_TRUE(json["a"].is_null()) << "it ends";
  EXPECT_EQ(json["b"]["record"], "event");
}

// --- records as JSON ---

TEST(JournalJson, RecordsOfEveryTypeAreJsonAndNamed) {
  for (std::size_t type = 1; type <= static_cast<std::size_t>(kEventTypeLast); ++type) {
    JournalRecord record;
    record.event = Event::make(static_cast<EventType>(type), SourceId{1}, 2);
    std::string out;
    append_record_json(out, record);
    const Json json = Json::parse(out);
    EXPECT_EQ(json["record"], "event");
    EXPECT_EQ(json["source"], 1);
    EXPECT_NE(json["type"], "unknown");
    EXPECT_EQ(out.back(), '\n');
  }
  for (std::size_t type = 1; type <= 6; ++type) {
    JournalRecord record;
    record.kind = FrameKind::kIntent;
    record.intent.type = static_cast<IntentType>(type);
    std::string out;
    append_record_json(out, record, false);
    EXPECT_NE(Json::parse(out)["type"], "unknown");
    EXPECT_EQ(Json::parse(out).contains("offset"), false);
  }
}

TEST(JournalJson, BytesFromOutsideStayValid) {
  JournalRecord record;
  record.kind = FrameKind::kConfig;
  const std::string text = "quote \" and \x01\xff";
  record.name = "policy.toml";
  record.text = text;
  std::string out;
  append_record_json(out, record);
  EXPECT_EQ(Json::parse(out)["name"], "policy.toml");
  JournalRecord strange;
  strange.event = Event::make(EventType::kExecution, SourceId::none());
  std::fill_n(strange.event.payload.bytes, sizeof strange.event.payload, std::uint8_t{0xff});
  out.clear();
  append_record_json(out, strange);
  EXPECT_FALSE(Json::parse(out).contains("source"));
}

}  // namespace
}  // namespace evenkeel::apps
