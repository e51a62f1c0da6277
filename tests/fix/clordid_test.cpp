#include "fix/clordid.hpp"

#include <limits>
#include <string>

#include "gtest/gtest.h"
#include "rapidcheck.h"

namespace evenkeel::fix {
namespace {

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

TEST(ClOrdIdTest, EngineCodesAreOneToFourCapitalsOrDigits) {
  EXPECT_TRUE(engine_code("E"));
  EXPECT_TRUE(engine_code("EK01"));
  for (const char* text : {"", "EK012", "ek", "E-1", "E 1", "\xc3\x84"}) {
    EXPECT_FALSE(engine_code(text)) << text;
  }
}

TEST(ClOrdIdTest, FormatsAndRefuses) {
  struct Row {
    const char* engine;
    std::uint64_t epoch;
    OrderId id;
    const char* text;  // null: refused
  };
  const Row rows[] = {
      {"EK1", 0, 1, "EK1-0-1"},
      {"EK1", 35, 36, "EK1-Z-10"},
      {"E", 1'760'000'000, 100, "E-T3UWOW-2S"},
      {"EK01", 1'760'000'000'000, 2'176'782'335, "EK01-MGJ6K3CW-ZZZZZZ"},  // 20 characters
      {"EK01", 1'760'000'000'000, 2'176'782'336, nullptr},                 // 21 characters
      {"E", kLargest, 1, "E-3W5E11264SGSF-1"},
      {"E", kLargest, kLargest, nullptr},
      {"EK1", 7, 0, nullptr},  // 0 is no order
  };
  for (const Row& row : rows) {
    const auto text = format_cl_ord_id(*engine_code(row.engine), row.epoch, row.id);
    ASSERT_EQ(text.has_value(), row.text != nullptr) << row.engine << ' ' << row.epoch;
    if (text) {
      EXPECT_EQ(text->view(), row.text);
    }
  }
  EXPECT_FALSE(format_cl_ord_id(EngineCode{}, 1, 1));
}

TEST(ClOrdIdTest, ParsesOnlyItsOwnText) {
  const EngineCode engine = *engine_code("EK1");
  EXPECT_EQ(parse_cl_ord_id(engine, "EK1-0-1"), (ClOrdIdParts{0, 1}));
  EXPECT_EQ(parse_cl_ord_id(engine, "EK1-Z-10"), (ClOrdIdParts{35, 36}));
  for (const char* text : {
           "",
           "EK1",
           "EK1-",
           "EK1-0",
           "EK1-0-",
           "EK1--1",
           "EK1-0-0",   // no such order
           "EK1-00-1",  // leading zeros: another text for the same order
           "EK1-0-01",
           "EK1-z-1",  // lower case
           "EK2-0-1",  // another engine
           "EK-0-1",
           "EK10-0-1",
           "EK1-0-1-1",
           "EK1-0-1 ",
           " EK1-0-1",
           "EK1-+1-1",
           "EK1-0-1.0",
           "EK1-0-123456789ABCDEF",  // longer than 20
           "EK1-3W5E11264SGSG-1",    // 2^64
           "EK1_0_1",
       }) {
    EXPECT_FALSE(parse_cl_ord_id(engine, text)) << text;
  }
  EXPECT_FALSE(parse_cl_ord_id(EngineCode{}, "-0-1"));
}

TEST(ClOrdIdTest, AnotherRunsOrderIsNotOurs) {
  const EngineCode engine = *engine_code("EK1");
  EXPECT_EQ(EpochTable(35).parse(engine, "EK1-Z-10"), 36u);
  EXPECT_EQ(EpochTable(34).parse(engine, "EK1-Z-10"), 0u);
  EXPECT_EQ(EpochTable(35).parse(*engine_code("EK2"), "EK1-Z-10"), 0u);
  EXPECT_EQ(EpochTable(35).parse(engine, "BROKER-7"), 0u);
  EXPECT_EQ(EpochTable().parse(engine, "EK1-Z-10"), 0u);
}

TEST(EpochTableTest, ANumberHasTheEpochInWhichItWasGivenOut) {
  const EngineCode engine = *engine_code("EK1");
  EpochTable table;
  EXPECT_FALSE(table.add(0, 5));
  EXPECT_TRUE(table.add(1, 5));
  EXPECT_FALSE(table.add(10, 5));  // never the same epoch again
  EXPECT_TRUE(table.add(10, 7));
  EXPECT_FALSE(table.add(9, 8));
  EXPECT_EQ(table.epoch_of(0), std::nullopt);
  EXPECT_EQ(table.epoch_of(1), 5u);
  EXPECT_EQ(table.epoch_of(9), 5u);
  EXPECT_EQ(table.epoch_of(10), 7u);
  EXPECT_EQ(table.format(engine, 9)->view(), "EK1-5-9");
  EXPECT_EQ(table.format(engine, 10)->view(), "EK1-7-A");
  EXPECT_EQ(table.parse(engine, "EK1-5-9"), 9u);
  EXPECT_EQ(table.parse(engine, "EK1-7-A"), 10u);
  // A number under an epoch that did not give it out: of a journal that was replaced, say.
  EXPECT_EQ(table.parse(engine, "EK1-5-A"), 0u);
  EXPECT_EQ(table.parse(engine, "EK1-7-9"), 0u);
  EXPECT_EQ(table.parse(engine, "EK1-6-A"), 0u);
}

TEST(EpochTableTest, ARunWithoutOrdersTakesNoPlace) {
  EpochTable table(1);
  for (std::uint64_t epoch = 2; epoch < 2 * EpochTable::kMax; ++epoch) {
    ASSERT_TRUE(table.add(5, epoch));
  }
  ASSERT_EQ(table.entries().size(), 2u);
  EXPECT_EQ(table.epoch_of(5), 2 * EpochTable::kMax - 1);
  EXPECT_EQ(table.epoch_of(4), 1u);
}

TEST(EpochTableTest, FullIsAnAnswerAndTheOldestLeaveWhenNothingNeedsThem) {
  EpochTable table;
  for (std::uint64_t i = 1; i <= EpochTable::kMax; ++i) ASSERT_TRUE(table.add(10 * i, i));
  EXPECT_TRUE(table.full());
  const EpochTable before = table;
  EXPECT_FALSE(table.add(1'000'000, 1'000));
  EXPECT_EQ(table, before);
  table.forget_before(9);
  EXPECT_EQ(table, before);
  table.forget_before(25);  // of the second epoch: the first may go
  EXPECT_EQ(table.entries().size(), EpochTable::kMax - 1);
  EXPECT_EQ(table.epoch_of(19), std::nullopt);
  EXPECT_EQ(table.epoch_of(25), 2u);
  EXPECT_TRUE(table.add(1'000'000, 1'000));
  table.forget_before(2'000'000);  // the last one always stays
  EXPECT_EQ(table.entries().size(), 1u);
  EXPECT_EQ(table.epoch_of(1'000'000), 1'000u);
}

TEST(ClOrdIdTest, WhatIsFormattedParsesBackAndNothingElseDoes) {
  EXPECT_TRUE(rc::check("round trip; one changed character is another order or none", [] {
    const auto engine =
        *engine_code(*rc::gen::elementOf(std::vector<std::string>{"E", "K9", "Z00A"}));
    const auto epoch = *rc::gen::inRange<std::uint64_t>(0, 2'821'109'907'456);
    const auto id = *rc::gen::inRange<std::uint64_t>(1, 2'176'782'336);
    const auto text = format_cl_ord_id(engine, epoch, id);
    RC_ASSERT(text.has_value());
    RC_ASSERT(parse_cl_ord_id(engine, text->view()) == (ClOrdIdParts{epoch, id}));
    std::string changed(text->view());
    const auto at = *rc::gen::inRange<std::size_t>(0, changed.size());
    const auto with = *rc::gen::arbitrary<char>();
    RC_PRE(changed[at] != with);
    changed[at] = with;
    const auto parts = parse_cl_ord_id(engine, changed);
    if (parts) {
      RC_ASSERT(!(*parts == ClOrdIdParts{epoch, id}));
      RC_ASSERT(format_cl_ord_id(engine, parts->epoch, parts->order_id)->view() == changed);
    }
  }));
}

}  // namespace
}  // namespace evenkeel::fix
