// The end of a run, told: what is counted is said, and what never happened is left out.
#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "apps/desk_summary.hpp"

namespace evenkeel::apps {
namespace {

using Json = nlohmann::json;

RunStory story_of_a_session() {
  RunStory story;
  story.command = "run";
  story.desk = "pension";
  story.ended = "ended as asked";
  story.session.used = true;
  fix::GatewayCounts& g = story.session.gateway;
  g.orders = 12;
  g.replaces = 1;
  fix::OrderDeskCounters& d = story.session.desk;
  d.starts = 1;
  d.attempts = 13;
  return story;
}

TEST(Summary, ACalmSessionIsTwoShortLines) {
  const std::string text = summary_text(story_of_a_session(), 100);
  EXPECT_NE(text.find("\nFIX: 12 orders, 1 replace, 0 cancels sent\n"
                      "Since the journal began: 1 start, 13 send attempts\n"),
            std::string::npos)
      << text;
}

TEST(Summary, WhatBecameOfRequestsIsSaid) {
  RunStory story = story_of_a_session();
  fix::GatewayCounts& g = story.session.gateway;
  g.status_requests = 2;
  g.mass_status_requests = 3;
  g.refused_not_durable = 4;
  g.lost = 5;
  g.never_sent = 6;
  g.left_undecided = 7;
  story.session.desk.retired = 8;
  story.session.desk.retired_reports = 9;
  const std::string text = summary_text(story, 100);
  for (const char* part :
       {", 2 asked about,", ", 3 times about all at once,", ", 4 refused as not durable,",
        ", 5 lost in the sending,", ", 6 of an earlier run never sent,",
        ", 7 of an earlier run left undecided\n", ", 8 ended orders forgotten,",
        ", 9 reports of such\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  const Json object = Json::parse(summary_json(story));
  EXPECT_EQ(object["fix"]["orders"], 12);
  EXPECT_EQ(object["fix"]["mass_status_requests"], 3);
  EXPECT_EQ(object["fix"]["refused_not_durable"], 4);
  EXPECT_EQ(object["fix"]["lost"], 5);
  EXPECT_EQ(object["fix"]["never_sent"], 6);
  EXPECT_EQ(object["fix"]["left_undecided"], 7);
  EXPECT_EQ(object["since_journal_began"]["starts"], 1);
  EXPECT_EQ(object["since_journal_began"]["attempts"], 13);
  EXPECT_EQ(object["since_journal_began"]["retired"], 8);
  EXPECT_EQ(object["since_journal_began"]["retired_reports"], 9);
}

TEST(Summary, AMonitorHasNoSession) {
  RunStory story = story_of_a_session();
  story.session.used = false;
  story.tally.sends = 3;
  EXPECT_EQ(summary_text(story, 100).find("FIX:"), std::string::npos);
  const Json object = Json::parse(summary_json(story));
  EXPECT_FALSE(object.contains("fix"));
  EXPECT_EQ(object["totals"]["sends"], 3);
  EXPECT_EQ(object["totals"]["sends_lost"], 0);
}

}  // namespace
}  // namespace evenkeel::apps
