// The section of a second FIX session, which only listens: what comes out of a good one, what each
// bad one is told, and which of its keys decide.
#include <gtest/gtest.h>

#include <string>

#include "apps/config/desk_config.hpp"
#include "tests/apps/config_scratch.hpp"

namespace evenkeel::apps {
namespace {

using ::evenkeel::rules::Complaints;

// Its first line stands where [[portfolio]] stood.
constexpr int kFirstLine = 43;
constexpr const char* kSection =
    "[fix.drop_copy]\n"
    "host = \"127.0.0.2\"\n"
    "port = 9879\n"
    "sender = \"EVENKEEL-DC\"\n"
    "target = \"SIM-DC\"\n"
    "heartbeat = \"10s\"\n"
    "store = \"copy_store\"\n"
    "overdue = \"45s\"\n\n";

/// An example with the section, of which the first `from` is `to`.
class DropCopyDesk {
 public:
  explicit DropCopyDesk(std::string_view from = "", std::string_view to = "") {
    std::string section = kSection;
    if (!from.empty()) {
      const std::size_t at = section.find(from);
      EVENKEEL_CHECK(at != std::string::npos);
      section.replace(at, from.size(), to);
    }
    scratch_.change("evenkeel.toml", "[[portfolio]]", section + "[[portfolio]]");
    const std::string text = scratch_.read("evenkeel.toml");
    std::size_t line = 1;
    for (std::size_t i = 0; i < text.find(section); ++i) line += text[i] == '\n' ? 1 : 0;
    EXPECT_EQ(line, kFirstLine);
  }
  absl::StatusOr<DeskConfig> load() {
    auto desk = load_desk(scratch_.folder(), complaints_);
    told_ = scratch_.texts(complaints_);
    return desk;
  }
  const std::string& told() const { return told_; }
  std::string path(const std::string& file) const { return scratch_.path(file); }

 private:
  ScratchDesk scratch_{"sixty-forty"};
  Complaints complaints_;
  std::string told_;
};

TEST(DropCopyConfig, IsReadWhole) {
  DropCopyDesk made;
  const auto desk = made.load();
  ASSERT_TRUE(desk.ok()) << desk.status();
  EXPECT_EQ(made.told(), "");
  ASSERT_TRUE(desk->machine.fix && desk->machine.fix->drop_copy);
  const DropCopySettings& copies = *desk->machine.fix->drop_copy;
  EXPECT_EQ(copies.host, "127.0.0.2");
  EXPECT_EQ(copies.port, 9879);
  EXPECT_EQ(copies.sender, "EVENKEEL-DC");
  EXPECT_EQ(copies.target, "SIM-DC");
  EXPECT_EQ(copies.heartbeat, 10 * kSecond);
  EXPECT_EQ(copies.store, made.path("copy_store"));
  EXPECT_EQ(copies.overdue, 45 * kSecond);
  // The order session keeps its own.
  EXPECT_EQ(desk->machine.fix->port, 9878);
  EXPECT_EQ(desk->machine.fix->sender, "EVENKEEL");
  EXPECT_EQ(desk->machine.fix->heartbeat, 30 * kSecond);
  EXPECT_EQ(desk->machine.fix->store, made.path("fix_store"));
}

TEST(DropCopyConfig, HasDefaults) {
  DropCopyDesk made("heartbeat = \"10s\"\nstore = \"copy_store\"\noverdue = \"45s\"\n", "");
  const auto desk = made.load();
  ASSERT_TRUE(desk.ok()) << desk.status();
  ASSERT_TRUE(desk->machine.fix && desk->machine.fix->drop_copy);
  const DropCopySettings& copies = *desk->machine.fix->drop_copy;
  EXPECT_EQ(copies.heartbeat, 30 * kSecond);
  EXPECT_EQ(copies.store, made.path("fix_store"));
  EXPECT_EQ(copies.overdue, 30 * kSecond);
}

TEST(DropCopyConfig, IsNotThereUnlessItIsWritten) {
  const ScratchDesk scratch("sixty-forty");
  Complaints complaints;
  const auto desk = load_desk(scratch.folder(), complaints);
  ASSERT_TRUE(desk.ok()) << desk.status();
  ASSERT_TRUE(desk->machine.fix.has_value());
  EXPECT_FALSE(desk->machine.fix->drop_copy.has_value());
}

TEST(DropCopyConfig, ItsEventsHaveASourceOfTheirOwn) {
  DropCopyDesk made;
  const auto desk = made.load();
  ASSERT_TRUE(desk.ok()) << desk.status();
  ASSERT_EQ(desk->machine.feeds.size(), 1U);
  EXPECT_EQ(fix_source(desk->machine), SourceId{1});
  EXPECT_EQ(drop_copy_source(desk->machine), SourceId{2});
}

struct Case {
  const char* from;
  const char* to;
  const char* expected;
};

TEST(DropCopyConfig, EachFaultIsToldWhereItIs) {
  for (const Case& c : {
           Case{"overdue = \"45s\"", "overdu = \"45s\"",
                "evenkeel.toml:50:1: [fix.drop_copy]: unknown key 'overdu' (did you mean "
                "'overdue'?)\n"},
           Case{"heartbeat = \"10s\"", "status = \"mass\"",
                "evenkeel.toml:48:1: [fix.drop_copy]: unknown key 'status'\n"},
           Case{"host = \"127.0.0.2\"\n", "",
                "evenkeel.toml:43:1: [fix.drop_copy]: missing key 'host'\n"},
           Case{"port = 9879\n", "", "evenkeel.toml:43:1: [fix.drop_copy]: missing key 'port'\n"},
           Case{"sender = \"EVENKEEL-DC\"\n", "",
                "evenkeel.toml:43:1: [fix.drop_copy]: missing key 'sender'\n"},
           Case{"target = \"SIM-DC\"\n", "",
                "evenkeel.toml:43:1: [fix.drop_copy]: missing key 'target'\n"},
           Case{"port = 9879", "port = 65536",
                "evenkeel.toml:45:8: fix.drop_copy.port: 65536 is not within 1 to 65535\n"},
           Case{"\"10s\"", "\"1500ms\"",
                "evenkeel.toml:48:13: fix.drop_copy.heartbeat: FIX counts in whole seconds\n"},
           Case{"\"45s\"", "\"999ms\"",
                "evenkeel.toml:50:11: fix.drop_copy.overdue: a time from 1s to 1h is expected\n"},
           Case{"\"45s\"", "\"2h\"",
                "evenkeel.toml:50:11: fix.drop_copy.overdue: a time from 1s to 1h is expected\n"},
           Case{"[fix.drop_copy]", "[fix.drop_copi]",
                "evenkeel.toml:43:6: [fix]: unknown key 'drop_copi' (did you mean 'drop_copy'?)\n"},
       }) {
    DropCopyDesk made(c.from, c.to);
    const auto desk = made.load();
    EXPECT_FALSE(desk.ok()) << c.to;
    EXPECT_EQ(desk.status().code(), absl::StatusCode::kInvalidArgument) << c.to;
    EXPECT_EQ(made.told(), c.expected) << c.from << " -> " << c.to;
  }
}

TEST(DropCopyConfig, OnlyTheTimeItIsWaitedForDecides) {
  const auto loaded = [](std::string_view from = "", std::string_view to = "") {
    DropCopyDesk made(from, to);
    auto desk = made.load();
    EVENKEEL_CHECK(desk.ok());
    return *std::move(desk);
  };
  const DeskConfig one = loaded();
  EXPECT_TRUE(same_decisions(one, loaded()));
  EXPECT_TRUE(same_decisions(one, loaded("port = 9879", "port = 9900")));
  EXPECT_TRUE(same_decisions(one, loaded("SIM-DC", "BROKER")));
  EXPECT_TRUE(same_decisions(one, loaded("copy_store", "elsewhere")));
  EXPECT_FALSE(same_decisions(one, loaded("\"45s\"", "\"46s\"")));
  const ScratchDesk scratch("sixty-forty");
  Complaints complaints;
  const auto without = load_desk(scratch.folder(), complaints);
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_FALSE(same_decisions(one, *without)) << "comparing with nobody decides otherwise";
}

}  // namespace
}  // namespace evenkeel::apps
