#include "fix/quickfix/sequence_store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "fix/quickfix/crc32c.hpp"

namespace evenkeel::fix {
namespace {

constexpr std::size_t kNumbersA = 4096;
constexpr std::size_t kNumbersB = 8192;
constexpr std::size_t kSlots = 12288;

class SequenceStoreTest : public ::testing::Test {
 protected:
  SequenceStoreTest() {
    char pattern[] = "/tmp/evenkeel_store_XXXXXX";
    directory_ = ::mkdtemp(pattern);
    options_.path = (directory_ / "session.store").string();
    options_.identity = "FIX.4.4:DESK->VENUE";
    options_.slot_bytes = 256;
    options_.slot_count = 16;
  }
  ~SequenceStoreTest() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<SequenceStore> open() {
    error_.clear();
    return SequenceStore::open_file(options_, &error_);
  }
  // Closes first, as a process that ends does.
  void reopen(std::unique_ptr<SequenceStore>* store) {
    store->reset();
    *store = open();
    ASSERT_NE(*store, nullptr) << error_;
  }
  void overwrite(std::size_t offset, const std::string& bytes) {
    std::fstream file(options_.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  static void put(SequenceStore* store, std::int32_t seq, const std::string& message) {
    ASSERT_TRUE(store->put(seq, message.data(), message.size()));
    ASSERT_TRUE(store->set_next_sender(seq + 1));
  }
  static std::string get(const SequenceStore& store, std::int32_t seq) {
    std::string message = "?";
    return store.get(seq, &message) ? message : "absent";
  }

  std::filesystem::path directory_;
  StoreOptions options_;
  std::string error_;
};

TEST(Crc32c, KnownValues) {
  EXPECT_EQ(crc32c("123456789", 9), 0xE3069283U);
  EXPECT_EQ(crc32c("", 0), 0U);
  EXPECT_EQ(crc32c("6789", 4, crc32c("12345", 5)), 0xE3069283U);
}

TEST_F(SequenceStoreTest, ANewSessionBeginsAtOne) {
  const auto store = open();
  ASSERT_NE(store, nullptr) << error_;
  EXPECT_EQ(store->next_sender(), 1);
  EXPECT_EQ(store->next_target(), 1);
  EXPECT_GT(store->creation_time_ns(), 1700000000LL * 1000000000);
  EXPECT_EQ(std::filesystem::file_size(options_.path), kSlots + 256U * 16U);
  EXPECT_FALSE(std::filesystem::exists(options_.path + ".new"));
}

TEST_F(SequenceStoreTest, NumbersAndMessagesSurvive) {
  for (const SyncPolicy sync : {SyncPolicy::kOs, SyncPolicy::kDisk}) {
    std::filesystem::remove(options_.path);
    options_.sync = sync;
    auto store = open();
    ASSERT_NE(store, nullptr) << error_;
    put(store.get(), 1, "one");
    put(store.get(), 2, "two");
    ASSERT_TRUE(store->set_next_target(41));
    const std::int64_t created = store->creation_time_ns();
    reopen(&store);
    EXPECT_EQ(store->next_sender(), 3);
    EXPECT_EQ(store->next_target(), 41);
    EXPECT_EQ(store->creation_time_ns(), created);
    EXPECT_EQ(get(*store, 1), "one");
    EXPECT_EQ(get(*store, 2), "two");
    EXPECT_EQ(get(*store, 3), "absent");
    EXPECT_EQ(get(*store, 0), "absent");
    EXPECT_EQ(get(*store, -1), "absent");
  }
}

TEST_F(SequenceStoreTest, KeepsTheLatestMessagesOnly) {
  auto store = open();
  for (std::int32_t seq = 1; seq <= 20; ++seq) put(store.get(), seq, "m" + std::to_string(seq));
  EXPECT_EQ(get(*store, 4), "absent");
  EXPECT_EQ(get(*store, 5), "m5");
  EXPECT_EQ(get(*store, 20), "m20");
  reopen(&store);
  EXPECT_EQ(store->next_sender(), 21);
  EXPECT_EQ(get(*store, 4), "absent");
  EXPECT_EQ(get(*store, 20), "m20");
}

TEST_F(SequenceStoreTest, AMessageLargerThanASlotOnlyCounts) {
  auto store = open();
  put(store.get(), 1, std::string(232, 'x'));
  put(store.get(), 2, std::string(233, 'x'));
  EXPECT_EQ(get(*store, 1).size(), 232U);
  EXPECT_EQ(get(*store, 2), "absent");
  reopen(&store);
  EXPECT_EQ(store->next_sender(), 3);
}

TEST_F(SequenceStoreTest, ResetForgetsOldMessagesForGood) {
  auto store = open();
  for (std::int32_t seq = 1; seq <= 9; ++seq) put(store.get(), seq, "old");
  ASSERT_TRUE(store->set_next_target(9));
  ASSERT_TRUE(store->reset(1234567890));
  EXPECT_EQ(store->next_sender(), 1);
  EXPECT_EQ(store->next_target(), 1);
  EXPECT_EQ(get(*store, 1), "absent");
  put(store.get(), 1, "new");
  EXPECT_EQ(get(*store, 1), "new");
  EXPECT_EQ(get(*store, 2), "absent");
  reopen(&store);
  EXPECT_EQ(store->next_sender(), 2);
  EXPECT_EQ(store->next_target(), 1);
  EXPECT_EQ(store->creation_time_ns(), 1234567890);
  EXPECT_EQ(get(*store, 1), "new");
  for (std::int32_t seq = 2; seq <= 9; ++seq) EXPECT_EQ(get(*store, seq), "absent") << seq;
}

TEST_F(SequenceStoreTest, ATornMessageIsNoMessage) {
  auto store = open();
  put(store.get(), 1, "first message");
  put(store.get(), 2, "second message");
  store.reset();
  overwrite(kSlots + 2 * 256 + 24 + 3, "#");  // a byte of message 2
  store = open();
  ASSERT_NE(store, nullptr) << error_;
  EXPECT_EQ(get(*store, 1), "first message");
  EXPECT_EQ(get(*store, 2), "absent");
  EXPECT_EQ(store->next_sender(), 3) << "its number has been used";
}

TEST_F(SequenceStoreTest, ATornNumberWriteCostsOneStep) {
  for (const std::size_t slot : {kNumbersA, kNumbersB}) {
    std::filesystem::remove(options_.path);
    auto store = open();
    ASSERT_TRUE(store->set_next_target(7));
    ASSERT_TRUE(store->set_next_target(8));
    store.reset();
    overwrite(slot + 10, std::string(8, '\xEE'));
    store = open();
    ASSERT_NE(store, nullptr) << error_;
    EXPECT_GE(store->next_target(), 7);
    EXPECT_LE(store->next_target(), 8);
  }
}

// The message was recorded and sent; the process died before the number after it was written, or
// that write was torn.
TEST_F(SequenceStoreTest, ANumberThatWasSentIsNeverUsedAgain) {
  auto store = open();
  put(store.get(), 1, "one");
  ASSERT_TRUE(store->put(2, "two", 3));
  reopen(&store);
  EXPECT_EQ(store->next_sender(), 3);
}

TEST_F(SequenceStoreTest, DamageIsNeverTakenForANewSession) {
  auto store = open();
  put(store.get(), 1, "one");
  store.reset();
  const auto expect_refused = [this](const char* text) {
    EXPECT_EQ(open(), nullptr);
    EXPECT_NE(error_.find(text), std::string::npos) << error_;
    EXPECT_NE(error_.find(options_.path), std::string::npos) << error_;
  };
  overwrite(kNumbersA + 8, std::string(8, '\xEE'));
  overwrite(kNumbersB + 8, std::string(8, '\xEE'));
  expect_refused("both copies of the sequence numbers are damaged");
  overwrite(20, "\x7F");
  expect_refused("the file header is damaged");
  overwrite(8, "\x09");
  expect_refused("version 9 of the format; this program reads 2 only");
  overwrite(0, "X");
  expect_refused("this is not a FIX store");
  std::filesystem::resize_file(options_.path, 100);
  expect_refused("too short");
}

TEST_F(SequenceStoreTest, RefusesAFileOfAnotherSessionOrShape) {
  open();
  options_.identity = "FIX.4.4:OTHER->VENUE";
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(error_.find("belongs to session FIX.4.4:DESK->VENUE"), std::string::npos) << error_;
  options_.identity = "FIX.4.4:DESK->VENUE";
  options_.slot_count = 32;
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(error_.find("made with slot_bytes 256 and slot_count 16"), std::string::npos) << error_;
  options_.slot_count = 16;
  std::filesystem::resize_file(options_.path, kSlots + 256 * 15);
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(error_.find("size does not fit"), std::string::npos) << error_;
}

TEST_F(SequenceStoreTest, RefusesOptionsOutOfRange) {
  options_.slot_bytes = 250;
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(error_.find("slot_bytes"), std::string::npos) << error_;
  options_.slot_bytes = 256;
  options_.identity.clear();
  EXPECT_EQ(open(), nullptr);
  options_.identity = "x";
  options_.path = (directory_ / "missing" / "x.store").string();
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(error_.find("cannot create it"), std::string::npos) << error_;
}

TEST_F(SequenceStoreTest, OneOwnerAtATime) {
  const auto store = open();
  ASSERT_NE(store, nullptr);
  EXPECT_EQ(open(), nullptr);
  EXPECT_NE(error_.find("in use by another process"), std::string::npos) << error_;
}

TEST_F(SequenceStoreTest, InboundNumberWaitsForItsOwner) {
  options_.inbound_commit = InboundCommit::kByOwner;
  auto store = open();
  ASSERT_TRUE(store->set_next_target(10));
  EXPECT_EQ(store->next_target(), 10);
  EXPECT_EQ(store->committed_target(), 1);
  ASSERT_TRUE(store->commit_inbound(6));
  ASSERT_TRUE(store->set_next_target(12));
  ASSERT_TRUE(store->commit_inbound(3)) << "going back is ignored";
  put(store.get(), 1, "an outbound message must not commit the inbound number");
  reopen(&store);
  EXPECT_EQ(store->next_target(), 6);
  ASSERT_TRUE(store->set_next_target(8));
  ASSERT_TRUE(store->commit_inbound(99));
  EXPECT_EQ(store->committed_target(), 8) << "never beyond what has come";
}

TEST_F(SequenceStoreTest, FailedWritesChangeNothing) {
  auto store = open();
  put(store.get(), 1, "one");
  store->fail_writes(true);
  EXPECT_FALSE(store->put(2, "two", 3));
  EXPECT_FALSE(store->set_next_sender(3));
  EXPECT_FALSE(store->set_next_target(5));
  EXPECT_FALSE(store->reset(1));
  EXPECT_EQ(store->next_sender(), 2);
  EXPECT_EQ(store->next_target(), 1);
  EXPECT_EQ(get(*store, 1), "one");
}

TEST_F(SequenceStoreTest, MemoryStoreBehavesTheSame) {
  const auto store = SequenceStore::in_memory(options_, &error_);
  ASSERT_NE(store, nullptr) << error_;
  put(store.get(), 1, "one");
  EXPECT_EQ(get(*store, 1), "one");
  ASSERT_TRUE(store->reset(5));
  EXPECT_EQ(get(*store, 1), "absent");
  EXPECT_EQ(store->next_sender(), 1);
}

TEST_F(SequenceStoreTest, TheOwnersMarkGoesWithTheInboundNumber) {
  options_.inbound_commit = InboundCommit::kByOwner;
  auto store = open();
  EXPECT_EQ(store->committed_mark(), 0u);
  ASSERT_TRUE(store->set_next_target(10));
  ASSERT_TRUE(store->commit_inbound(6, 1'000));
  ASSERT_TRUE(store->commit_inbound(6, 2'000)) << "no new number, no new mark";
  reopen(&store);
  EXPECT_EQ(store->committed_mark(), 1'000u);
  ASSERT_TRUE(store->set_next_target(10));
  ASSERT_TRUE(store->commit_inbound(7, 900)) << "a mark never goes back";
  put(store.get(), 1, "an outbound message keeps the mark");
  reopen(&store);
  EXPECT_EQ(store->committed_mark(), 1'000u);
  EXPECT_EQ(store->committed_target(), 7);
}

TEST_F(SequenceStoreTest, TheLastRunIsKnownWholeOnlyWhenNothingCanHaveBeenLost) {
  options_.boot = 1;
  auto store = open();
  EXPECT_FALSE(store->last_run_whole()) << "there was none";
  ASSERT_TRUE(store->run_recorded());
  put(store.get(), 1, "one");
  put(store.get(), 2, "two");
  reopen(&store);
  ASSERT_TRUE(store->run_recorded());
  EXPECT_TRUE(store->last_run_whole());
  EXPECT_EQ(store->last_run_first(), 1);
  put(store.get(), 3, "three");
  options_.boot = 2;  // the machine went down, and nothing had been synced
  reopen(&store);
  ASSERT_TRUE(store->run_recorded());
  EXPECT_FALSE(store->last_run_whole());
  EXPECT_EQ(store->last_run_first(), 3);
  options_.sync = SyncPolicy::kDisk;
  reopen(&store);
  ASSERT_TRUE(store->run_recorded());
  EXPECT_TRUE(store->last_run_whole());
  put(store.get(), 4, "four");
  options_.boot = 3;  // and once more, but everything had been
  reopen(&store);
  ASSERT_TRUE(store->run_recorded());
  EXPECT_TRUE(store->last_run_whole());
  EXPECT_EQ(store->last_run_first(), 4);
  ASSERT_TRUE(store->reset(5));
  put(store.get(), 1, "of other numbers");
  reopen(&store);
  ASSERT_TRUE(store->run_recorded());
  EXPECT_FALSE(store->last_run_whole());
  reopen(&store);
  ASSERT_TRUE(store->run_recorded());
  EXPECT_TRUE(store->last_run_whole());
}

// A desk that is killed before the journal has the start of its run has, for the journal, never
// run: what the run before it sent is still undecided, and must be found.
TEST_F(SequenceStoreTest, ARunThatNobodyRecordedIsOneWithTheRunBefore) {
  options_.boot = 1;
  auto store = open();
  ASSERT_TRUE(store->run_recorded());
  put(store.get(), 1, "an order, whose attempt never reached the journal");
  put(store.get(), 2, "another");
  reopen(&store);  // this run is killed at once
  EXPECT_EQ(store->last_run_first(), 1);
  put(store.get(), 3, "a logon");
  reopen(&store);
  EXPECT_EQ(store->last_run_first(), 1) << "not 3: nobody has looked at 1 and 2 for good";
  EXPECT_TRUE(store->last_run_whole());
  ASSERT_TRUE(store->reset(5));  // and this one, after the numbers began anew
  reopen(&store);
  EXPECT_FALSE(store->last_run_whole());
  reopen(&store);
  EXPECT_FALSE(store->last_run_whole()) << "what was lost stays lost until a run is on record";
  ASSERT_TRUE(store->run_recorded());
  reopen(&store);
  EXPECT_TRUE(store->last_run_whole());
}

// A run of a session, step by step, on an image. Returns how many messages were put for certain;
// `target` is the last inbound number that was committed for certain.
std::int32_t play_session(SequenceStore* store, std::int32_t* target) {
  std::int32_t sent = 0;
  for (std::int32_t i = 1; i <= 4; ++i) {
    const std::string message(30u + 50u * static_cast<unsigned>(i), static_cast<char>('a' + i));
    if (!store->put(i, message.data(), message.size())) break;
    sent = i;
    if (!store->set_next_sender(i + 1) || !store->set_next_target(2 * i)) break;
    if (!store->commit_inbound(2 * i, static_cast<std::uint64_t>(10 * i))) break;
    *target = 2 * i;
  }
  return sent;
}

TEST_F(SequenceStoreTest, NoWritePointAtWhichTheProcessEndsLosesOrDoublesANumber) {
  options_.inbound_commit = InboundCommit::kByOwner;
  for (const SyncPolicy sync : {SyncPolicy::kOs, SyncPolicy::kDisk}) {
    options_.sync = sync;
    const auto fresh = std::make_shared<StoreImage>();
    SequenceStore::on_image(options_, fresh, &error_);
    std::int32_t target = 1;
    auto whole = std::make_shared<StoreImage>(*fresh);
    ASSERT_EQ(play_session(SequenceStore::on_image(options_, whole, &error_).get(), &target), 4);
    const std::uint64_t points = whole->points;
    ASSERT_GT(points, 16u);
    for (std::uint64_t end = fresh->points + 1; end <= points; ++end) {
      for (const std::size_t keep_eighths : {0u, 3u, 7u}) {
        const auto image = std::make_shared<StoreImage>(*fresh);
        image->on_point = [&](std::size_t, std::size_t size) {
          if (image->points != end) return size == 0 ? std::size_t{1} : size;
          return size * keep_eighths / 8;
        };
        target = 1;
        std::int32_t sent = 0;
        if (auto store = SequenceStore::on_image(options_, image, &error_)) {
          sent = play_session(store.get(), &target);
        }
        EXPECT_TRUE(image->ended);
        image->on_point = nullptr;
        image->revive();
        const auto after = SequenceStore::on_image(options_, image, &error_);
        ASSERT_NE(after, nullptr) << error_ << " at point " << end;
        EXPECT_GT(after->next_sender(), sent) << "at point " << end;
        EXPECT_LE(after->next_sender(), sent + 2);
        for (std::int32_t i = 1; i <= sent; ++i) {
          EXPECT_EQ(get(*after, i).size(), 30u + 50u * static_cast<unsigned>(i));
        }
        EXPECT_GE(after->next_target(), target);
        EXPECT_EQ(
            after->committed_mark(),
            after->next_target() == 1 ? 0u : static_cast<std::uint64_t>(5 * after->next_target()));
        EXPECT_EQ(after->last_run_whole(), true);
      }
    }
  }
}

TEST_F(SequenceStoreTest, APowerLossTakesNothingThatWasSyncedWhicheverSectorsRemain) {
  options_.inbound_commit = InboundCommit::kByOwner;
  options_.sync = SyncPolicy::kDisk;
  options_.boot = 1;
  const auto fresh = std::make_shared<StoreImage>();
  SequenceStore::on_image(options_, fresh, &error_);
  for (std::uint64_t end = fresh->points + 3; end <= fresh->points + 24; ++end) {
    for (unsigned luck = 0; luck < 8; ++luck) {
      const auto image = std::make_shared<StoreImage>(*fresh);
      image->on_point = [&](std::size_t, std::size_t size) {
        if (image->points != end) return size == 0 ? std::size_t{1} : size;
        return std::size_t{0};
      };
      std::int32_t target = 1;
      options_.boot = 1;
      const std::int32_t sent =
          play_session(SequenceStore::on_image(options_, image, &error_).get(), &target);
      image->on_point = nullptr;
      image->revive();
      image->lose_power([luck](std::size_t sector) { return ((sector * 7 + luck) >> 1) % 2 == 0; });
      EXPECT_EQ(image->now, image->synced);
      options_.boot = 2;
      const auto after = SequenceStore::on_image(options_, image, &error_);
      ASSERT_NE(after, nullptr) << error_;
      EXPECT_GT(after->next_sender(), sent) << "at point " << end;
      for (std::int32_t i = 1; i <= sent; ++i) {
        EXPECT_EQ(get(*after, i).size(), 30u + 50u * static_cast<unsigned>(i)) << "at " << end;
      }
      EXPECT_TRUE(after->last_run_whole());
    }
  }
}

}  // namespace
}  // namespace evenkeel::fix
