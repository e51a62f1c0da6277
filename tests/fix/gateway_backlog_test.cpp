#include "fix/gateway_backlog.hpp"

#include <gtest/gtest.h>

namespace evenkeel::fix {
namespace {

TEST(EventBacklog, AMessageThatComesTwiceLeavesThoseBeforeItUnsettled) {
  SpscRing<Event> ring(16);
  EventBacklog backlog(ring, 16, 16);
  const Event event = Event::make(EventType::kExecution, SourceId{0});
  backlog.add(event, 5);
  backlog.add(event, 6);
  backlog.add(event, 6);  // its number could not be stored: the session asks for it again
  EXPECT_EQ(backlog.first_unsettled(), 5);
  backlog.settle(1);
  EXPECT_EQ(backlog.first_unsettled(), 6);
  backlog.settle(2);
  EXPECT_EQ(backlog.first_unsettled(), 6) << "the event made of its repetition waits, too";
  backlog.settle(3);
  EXPECT_EQ(backlog.first_unsettled(), 0);
}

TEST(EventBacklog, NumbersThatStartAgainForgetTheOldOnes) {
  SpscRing<Event> ring(16);
  EventBacklog backlog(ring, 16, 16);
  const Event event = Event::make(EventType::kExecution, SourceId{0});
  backlog.add(event, 5);
  backlog.add(event, 6);
  backlog.add(event, 2);
  EXPECT_EQ(backlog.first_unsettled(), 2);
}

}  // namespace
}  // namespace evenkeel::fix
