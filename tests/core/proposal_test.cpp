#include "core/proposal.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace evenkeel {
namespace {

ProposalLine line(std::uint32_t instrument) {
  return {InstrumentId{instrument}, Quantity::from_whole(1), kUnitPrice};
}

TEST(ProposalBuffer, KeepsProposalsWithTheirLines) {
  ProposalBuffer buffer(4, 8);
  const std::vector<ProposalLine> two{line(1), line(2)};
  Proposal proposal;
  proposal.portfolio = PortfolioId{7};
  EXPECT_TRUE(buffer.add(proposal, two));
  EXPECT_TRUE(buffer.add(proposal, {}));
  EXPECT_TRUE(buffer.add(proposal, {two.data(), 1}));
  ASSERT_EQ(buffer.proposals().size(), 3U);
  ASSERT_EQ(buffer.lines(buffer.proposals()[0]).size(), 2U);
  EXPECT_EQ(buffer.lines(buffer.proposals()[0])[1].instrument, InstrumentId{2});
  EXPECT_TRUE(buffer.lines(buffer.proposals()[1]).empty());
  EXPECT_EQ(buffer.lines(buffer.proposals()[2])[0].instrument, InstrumentId{1});
  buffer.clear();
  EXPECT_TRUE(buffer.proposals().empty());
}

TEST(ProposalBuffer, AProposalIsInWholeOrNotAtAll) {
  ProposalBuffer buffer(2, 3);
  const std::vector<ProposalLine> two{line(1), line(2)};
  EXPECT_TRUE(buffer.add({}, two));
  EXPECT_FALSE(buffer.add({}, two));  // one line would have fitted
  EXPECT_EQ(buffer.dropped(), 1U);
  EXPECT_TRUE(buffer.add({}, {two.data(), 1}));
  EXPECT_FALSE(buffer.add({}, {}));  // no room for a third proposal
  EXPECT_EQ(buffer.dropped(), 2U);
  EXPECT_EQ(buffer.proposals().size(), 2U);
  buffer.clear();
  EXPECT_EQ(buffer.dropped(), 0U);
  EXPECT_TRUE(buffer.add({}, two));
}

TEST(IntentBuffer, NumbersTheIntentsOfAnEvent) {
  IntentBuffer buffer(2);
  Event event;
  event.sequence = 41;
  event.ts = 1'000;
  buffer.begin(event);
  EXPECT_EQ(buffer.room(), 2U);
  Intent intent;
  intent.event_sequence = 9;  // the buffer knows better
  EXPECT_TRUE(buffer.add(intent));
  EXPECT_TRUE(buffer.add(intent));
  EXPECT_FALSE(buffer.add(intent));
  ASSERT_EQ(buffer.intents().size(), 2U);
  for (std::uint32_t n = 0; n < 2; ++n) {
    EXPECT_EQ(buffer.intents()[n].event_sequence, 41U);
    EXPECT_EQ(buffer.intents()[n].ts, 1'000);
    EXPECT_EQ(buffer.intents()[n].index, n);
  }
  buffer.begin(event);
  EXPECT_TRUE(buffer.intents().empty());
  EXPECT_EQ(buffer.room(), 2U);
}

}  // namespace
}  // namespace evenkeel
