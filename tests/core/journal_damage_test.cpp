// Nothing that was changed is read as if it had not been: every flipped byte, every cut-off end,
// every tampering that somebody who knows the format could think of.
#include "core/crc32c.hpp"
#include "core/journal_format.hpp"
#include "tests/core/journal_scene.hpp"

namespace evenkeel {
namespace {

using namespace testing;
using namespace journal_format;

constexpr const char* kFirst = "journal-00000001.evkj";
constexpr const char* kSecond = "journal-00000002.evkj";

bool is_prefix(const std::vector<std::string>& shorter, const std::vector<std::string>& longer) {
  return shorter.size() <= longer.size() &&
         std::equal(shorter.begin(), shorter.end(), longer.begin());
}

std::span<std::byte> bytes_of(std::string& content) {
  return std::as_writable_bytes(std::span(content.data(), content.size()));
}

/// Header, configuration, three blocks that were synced and one that was not, one page each.
class JournalOneSegment : public ::testing::Test {
 protected:
  static constexpr std::size_t kConfirmed = 5 * kPageBytes;
  static constexpr std::size_t kWritten = 6 * kPageBytes;

  void SetUp() override {
    auto writer = go_on(storage_);
    ASSERT_TRUE(writer.ok()) << writer.status();
    for (std::uint64_t n = 1; n <= 20; ++n) {
      ASSERT_TRUE(append_numbered(**writer, n).ok());
      if (n % 5 == 0) {
        ASSERT_TRUE((n < 20 ? (*writer)->sync() : (*writer)->write()).ok());
      }
    }
    original_ = storage_.content(kFirst);
    all_ = read_journal(storage_).records;
    ASSERT_EQ(used_bytes(bytes_of(original_)) / kPageBytes, kWritten / kPageBytes - 1);
  }
  Reading read_changed(std::string content) {
    storage_.set_content(kFirst, std::move(content));
    return read_journal(storage_);
  }

  MemoryStorage storage_;
  std::string original_;
  std::vector<std::string> all_;
};

TEST_F(JournalOneSegment, EveryFlippedByteShows) {
  for (std::size_t at = 0; at < kWritten + 600; ++at) {
    std::string content = original_;
    content[at] = static_cast<char>(content[at] ^ (1 << (at % 8)));
    const Reading reading = read_changed(std::move(content));
    if (at < kConfirmed) {
      ASSERT_TRUE(absl::IsDataLoss(reading.status)) << at << ": " << reading.status;
      ASSERT_NE(reading.status.message().find(kFirst), std::string::npos);
      ASSERT_NE(reading.status.message().find(
                    "offset " + std::to_string(at < kPageBytes ? 0 : at / kPageBytes * kPageBytes)),
                std::string::npos)
          << at << ": " << reading.status;
      ASSERT_TRUE(is_prefix(reading.records, all_)) << at;
    } else {
      // The last block was never confirmed, and behind it there was nothing.
      ASSERT_TRUE(reading.status.ok()) << at << ": " << reading.status;
      ASSERT_GT(reading.tail.bytes_cut, 0U) << at;
      ASSERT_EQ(reading.tail.last_sequence, at < kWritten ? 15U : 20U) << at;
      ASSERT_EQ(reading.tail.offset, at < kWritten ? kConfirmed : kWritten) << at;
    }
  }
}

TEST_F(JournalOneSegment, EveryEndCutOffShows) {
  for (std::size_t size = 0; size < original_.size(); size += size < 3'000 ? 1 : 509) {
    const Reading reading = read_changed(original_.substr(0, size));
    ASSERT_TRUE(absl::IsDataLoss(reading.status)) << size << ": " << reading.status;
    ASSERT_TRUE(reading.records.empty());
  }
  EXPECT_TRUE(absl::IsDataLoss(read_changed(original_ + std::string(4096, '\0')).status));
}

TEST_F(JournalOneSegment, EveryPageZeroedOrRepeatedShows) {
  for (std::size_t page = 0; page < kConfirmed; page += kPageBytes) {
    std::string content = original_;
    content.replace(page, kPageBytes, kPageBytes, '\0');
    EXPECT_TRUE(absl::IsDataLoss(read_changed(content).status)) << page;
    content.replace(page, kPageBytes, original_, kPageBytes * 3, kPageBytes);
    const Reading repeated = read_changed(content);
    EXPECT_EQ(absl::IsDataLoss(repeated.status), page != kPageBytes * 3) << repeated.status;
  }
}

TEST_F(JournalOneSegment, TheEndThatIsLostWithEverythingConfirmedInItIsBeyondTheJournalsKnowledge) {
  // The documented limit: nothing is left that could tell. Whoever has a later hash can.
  std::string content = original_;
  content.replace(kPageBytes * 4, kPageBytes * 2, kPageBytes * 2, '\0');
  const Reading reading = read_changed(content);
  EXPECT_TRUE(reading.status.ok());
  EXPECT_EQ(reading.tail.last_sequence, 10U);
  EXPECT_EQ(reading.tail.bytes_cut, 0U);
}

TEST_F(JournalOneSegment, AChangedByteWithItsChecksumMadeGoodBreaksTheChain) {
  for (std::size_t block = kPageBytes; block < kWritten; block += kPageBytes) {
    std::string content = original_;
    content[block + 150] = static_cast<char>(content[block + 150] ^ 1);
    const auto bytes = bytes_of(content).subspan(block, kPageBytes);
    store(bytes.data() + 4, crc32c(bytes.subspan(8)));
    const Reading reading = read_changed(content);
    EXPECT_TRUE(absl::IsDataLoss(reading.status)) << block << reading.status;
    EXPECT_NE(reading.status.message().find("hash does not follow"), std::string::npos)
        << reading.status;
  }
}

TEST_F(JournalOneSegment, ABlockForgedWithItsOwnHashBreaksTheNext) {
  std::string content = original_;
  const auto forge = [&content](std::size_t at, const Sha256& before) {
    const auto bytes = bytes_of(content).subspan(at, kPageBytes);
    bytes[170] ^= std::byte{1};
    return seal_block(load<BlockHeader>(bytes.data()), before, bytes);
  };
  const auto chain_at = [&content](std::size_t at) {
    return load<BlockHeader>(bytes_of(content).data() + at).chain;
  };
  forge(kPageBytes * 3, chain_at(kPageBytes * 2));
  const Reading reading = read_changed(content);
  EXPECT_TRUE(absl::IsDataLoss(reading.status));
  EXPECT_NE(reading.status.message().find("offset 16384: the block's hash does not follow"),
            std::string::npos)
      << reading.status;

  // Forged to the end, it reads well, and ends with another hash: the limit of any chain.
  Sha256 chain = chain_at(kPageBytes * 3);
  for (std::size_t at = kPageBytes * 4; at < kWritten; at += kPageBytes) chain = forge(at, chain);
  const Reading forged = read_changed(content);
  EXPECT_TRUE(forged.status.ok()) << forged.status;
  EXPECT_EQ(forged.tail.chain, chain);
  EXPECT_NE(forged.tail.chain, chain_at(kPageBytes));
  storage_.set_content(kFirst, original_);
  EXPECT_NE(forged.tail.chain, read_journal(storage_).tail.chain);
}

TEST_F(JournalOneSegment, WholeBlocksThatMakeNoSenseAreRefused) {
  struct Case {
    const char* what;
    std::function<void(std::span<std::byte> block)> change;
    const char* said;
  };
  constexpr std::size_t kFrame = sizeof(BlockHeader);
  const Case cases[] = {
      {"kind", [](auto block) { block[kFrame + 4] = std::byte{9}; }, "kind"},
      {"kind zero", [](auto block) { block[kFrame + 4] = std::byte{0}; }, "kind"},
      {"length", [](auto block) { store(block.data() + kFrame, std::uint32_t{65}); }, "length"},
      {"long", [](auto block) { store(block.data() + kFrame, std::uint32_t{5'000}); }, "longer"},
      {"huge", [](auto block) { store(block.data() + kFrame, 0xfffffffcU); }, "longer"},
      {"event type", [](auto block) { block[kFrame + 8 + 16] = std::byte{99}; }, "type"},
      {"event sequence", [](auto block) { block[kFrame + 8] = std::byte{77}; }, "sequence"},
      {"more frames", [](auto block) { block[16] ^= std::byte{32}; }, "no room"},
      {"fewer frames", [](auto block) { block[16] = std::byte{1}; }, "frames"},
      {"no frames", [](auto block) { block[16] = std::byte{0}; }, "frames"},
      {"another place", [](auto block) { block[49] ^= std::byte{16}; }, "belongs to offset"},
      {"another segment", [](auto block) { block[40] = std::byte{7}; }, "of segment 7"},
      {"another number", [](auto block) { block[24] = std::byte{77}; }, "block 77 after event"},
      {"another event", [](auto block) { block[32] = std::byte{77}; }, "after event 77"},
  };
  for (const Case& c : cases) {
    std::string content = original_;
    const auto block = bytes_of(content).subspan(kConfirmed, kPageBytes);
    c.change(block);
    const auto before = load<BlockHeader>(bytes_of(content).data() + kConfirmed - kPageBytes);
    seal_block(load<BlockHeader>(block.data()), before.chain, block);
    const Reading reading = read_changed(content);
    EXPECT_TRUE(absl::IsDataLoss(reading.status)) << c.what << ": " << reading.status;
    EXPECT_NE(reading.status.message().find(c.said), std::string::npos)
        << c.what << ": " << reading.status;
    EXPECT_TRUE(is_prefix(reading.records, all_));
  }
}

TEST_F(JournalOneSegment, AReaderThatFailedSaysSoAgain) {
  std::string content = original_;
  content[kPageBytes * 2 + 300] = '!';
  storage_.set_content(kFirst, content);
  auto reader = JournalReader::open(storage_);
  ASSERT_TRUE(reader.ok());
  JournalRecord record;
  absl::StatusOr<bool> more = true;
  while (more.ok() && *more) more = (*reader)->next(record);
  EXPECT_TRUE(absl::IsDataLoss(more.status()));
  EXPECT_TRUE(absl::IsDataLoss((*reader)->next(record).status()));
}

TEST_F(JournalOneSegment, AnotherFormatIsNotGuessedAt) {
  std::string content = original_;
  SegmentHeader header;
  ASSERT_EQ(read_header(bytes_of(content).first(kPageBytes), header), HeaderState::kWhole);
  header.version = 2;
  write_header(header, bytes_of(content).first(kPageBytes));
  const absl::Status status = read_changed(content).status;
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_NE(status.message().find("format 2"), std::string::npos) << status;
}

// --- several segments ---

class JournalSegments : public ::testing::Test {
 protected:
  void SetUp() override {
    make(storage_, 0);
    all_ = read_journal(storage_).records;
    for (std::uint64_t n = 1; n <= 4; ++n) originals_.push_back(storage_.content(segment_name(n)));
    ASSERT_NE(originals_[3], "");
    ASSERT_EQ(storage_.content(segment_name(5)), "");
  }
  static void make(MemoryStorage& storage, std::uint64_t other) {
    JournalOptions options = small_options();
    options.block_bytes_max = 12 << 10;  // so that some of each segment stays empty
    auto writer = go_on(storage, small_config(), options);
    ASSERT_TRUE(writer.ok());
    std::uint64_t n = 0;
    while ((*writer)->segment() < 4) {
      (*writer)->append(numbered_event(++n));
      if (other > 0 && n == 50) (*writer)->append_digest(other, {});
      if (!(*writer)->room(0)) {
        ASSERT_TRUE((*writer)->sync().ok());
      }
    }
    ASSERT_TRUE((*writer)->close().ok());
  }
  absl::Status read_with(std::uint64_t segment, std::string content) {
    storage_.set_content(segment_name(segment), std::move(content));
    const Reading reading = read_journal(storage_);
    EXPECT_TRUE(is_prefix(reading.records, all_));
    storage_.set_content(segment_name(segment), originals_[segment - 1]);
    return reading.status;
  }

  MemoryStorage storage_;
  std::vector<std::string> originals_;
  std::vector<std::string> all_;
};

TEST_F(JournalSegments, FlippedBytesShowInAnyOfThem) {
  for (std::uint64_t segment = 1; segment <= 3; ++segment) {
    const std::string& original = originals_[segment - 1];
    for (std::size_t at = segment; at < original.size(); at += at < 200 ? 1 : 61) {
      std::string content = original;
      content[at] = static_cast<char>(content[at] ^ (1 << (at % 8)));
      const absl::Status status = read_with(segment, content);
      ASSERT_TRUE(absl::IsDataLoss(status)) << segment << " " << at << ": " << status;
      ASSERT_NE(status.message().find(segment_name(segment)), std::string::npos) << status;
    }
  }
}

TEST_F(JournalSegments, WhatFollowsTheLastBlockOfAFinishedOneIsZero) {
  std::string content = originals_[1];
  ASSERT_LT(used_bytes(bytes_of(content)), content.size() - 2 * kPageBytes);
  content[content.size() - 5'000] = '!';
  const absl::Status status = read_with(2, content);
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_NE(status.message().find("yet segment 3 was begun"), std::string::npos) << status;
}

TEST_F(JournalSegments, MissingOnesAreNamed) {
  for (std::uint64_t segment = 1; segment <= 3; ++segment) {
    storage_.drop(segment_name(segment));
    const Reading reading = read_journal(storage_);
    EXPECT_TRUE(absl::IsDataLoss(reading.status)) << reading.status;
    EXPECT_NE(reading.status.message().find(segment_name(segment) + ": is missing"),
              std::string::npos)
        << reading.status;
    storage_.set_content(segment_name(segment), originals_[segment - 1]);
  }
  // What somebody reads from is there; what is before it does not matter then.
  storage_.drop(segment_name(1));
  EXPECT_TRUE(read_journal(storage_, 2).status.ok());
  EXPECT_TRUE(absl::IsDataLoss(read_journal(storage_, 9).status));
}

TEST_F(JournalSegments, ExchangedOnesAreSeen) {
  EXPECT_TRUE(absl::IsDataLoss(read_with(2, originals_[2])));
  EXPECT_TRUE(absl::IsDataLoss(read_with(3, originals_[0])));
  // The same segment of a journal that differs in one record of the segment before.
  MemoryStorage other;
  make(other, 77);
  const absl::Status status = read_with(3, other.content(segment_name(3)));
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
}

TEST_F(JournalSegments, AnEndOfASegmentThatIsGoneIsSeenByTheNext) {
  std::string content = originals_[1];
  const std::size_t used = used_bytes(bytes_of(content));
  const std::size_t last = used / kPageBytes * kPageBytes;
  std::size_t from = last;
  BlockHeader header;
  while (!looks_like_block(bytes_of(content).subspan(from), header)) from -= kPageBytes;
  content.replace(from, content.size() - from, content.size() - from, '\0');
  const absl::Status status = read_with(2, content);
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_NE(status.message().find("yet segment 3 follows block"), std::string::npos) << status;
}

TEST_F(JournalSegments, AnotherEnginesOrAForgedHeaderIsSeen) {
  std::string content = originals_[1];
  SegmentHeader header;
  const auto page = bytes_of(content).first(kPageBytes);
  ASSERT_EQ(read_header(page, header), HeaderState::kWhole);
  SegmentHeader changed = header;
  ASSERT_TRUE(changed.engine.assign("beta"));
  write_header(changed, page);
  absl::Status status = read_with(2, content);
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_NE(status.message().find("\"beta\""), std::string::npos) << status;
  changed = header;
  changed.chain_before[0] ^= std::byte{1};
  write_header(changed, page);
  status = read_with(2, content);
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_NE(status.message().find("header's hash"), std::string::npos) << status;
  changed = header;
  changed.segment_bytes *= 2;
  write_header(changed, page);
  EXPECT_TRUE(absl::IsDataLoss(read_with(2, content)));
}

TEST_F(JournalSegments, DamageInACompressedOneShows) {
  ASSERT_TRUE(compress_segment(storage_, 2).ok());
  const std::string name = segment_name(2, true);
  const std::string packed = storage_.content(name);
  ASSERT_TRUE(read_journal(storage_).status.ok());
  int caught = 0, harmless = 0;
  for (std::size_t at = 0; at < packed.size(); at += at < 64 ? 1 : 97) {
    std::string content = packed;
    content[at] = static_cast<char>(content[at] ^ (1 << (at % 8)));
    storage_.set_content(name, content);
    const Reading reading = read_journal(storage_);
    ASSERT_TRUE(is_prefix(reading.records, all_));
    // A bit that changes nothing of what it decompresses to is not damage to the journal.
    if (reading.status.ok()) {
      ASSERT_EQ(reading.records, all_) << at;
      ++harmless;
    } else {
      ASSERT_TRUE(absl::IsDataLoss(reading.status)) << at << ": " << reading.status;
      ++caught;
    }
  }
  EXPECT_GT(caught, 100);
  EXPECT_LT(harmless, 5);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{3}, std::size_t{20}, packed.size() / 2, packed.size() - 1}) {
    storage_.set_content(name, packed.substr(0, size));
    EXPECT_TRUE(absl::IsDataLoss(read_journal(storage_).status)) << size;
  }
  storage_.set_content(name, packed + packed);
  EXPECT_TRUE(absl::IsDataLoss(read_journal(storage_).status));
}

TEST_F(JournalSegments, DamagedOnesAreNotCompressed) {
  std::string content = originals_[1];
  content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 4);
  storage_.set_content(segment_name(2), content);
  EXPECT_TRUE(absl::IsDataLoss(compress_segment(storage_, 2)));
  EXPECT_EQ(storage_.content(segment_name(2)), content) << "it stays as it was";
  EXPECT_EQ(storage_.content(segment_name(2, true)), "");
}

TEST_F(JournalSegments, TheListNamesADamagedHead) {
  std::string content = originals_[1];
  content[20] = '!';
  storage_.set_content(segment_name(2), content);
  const absl::Status status = journal_segments(storage_).status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_NE(status.message().find(kSecond), std::string::npos) << status;
}

// --- reading what is being written ---

/// Shows a file at first as it was when one of its pages had not been written yet.
class Behind final : public Storage {
 public:
  Behind(Storage& storage, std::string name, std::uint64_t page)
      : storage_(storage), name_(std::move(name)), page_(page) {}
  absl::StatusOr<std::unique_ptr<StorageFile>> create(std::string_view name,
                                                      std::uint64_t bytes) override {
    return storage_.create(name, bytes);
  }
  absl::StatusOr<std::unique_ptr<StorageFile>> open(std::string_view name, bool writable) override {
    auto file = storage_.open(name, writable);
    if (!file.ok() || name != name_) return file;
    return std::make_unique<File>(*std::move(file), std::exchange(page_, UINT64_MAX));
  }
  absl::Status put(std::string_view name, std::string_view content) override {
    return storage_.put(name, content);
  }
  absl::Status rename(std::string_view from, std::string_view to) override {
    return storage_.rename(from, to);
  }
  absl::Status remove(std::string_view name) override { return storage_.remove(name); }
  absl::StatusOr<std::vector<std::string>> list() override { return storage_.list(); }
  absl::Status lock() override { return storage_.lock(); }
  std::string path(std::string_view name) const override { return storage_.path(name); }

 private:
  class File final : public StorageFile {
   public:
    File(std::unique_ptr<StorageFile> file, std::uint64_t page)
        : file_(std::move(file)), page_(page) {}
    absl::Status write(std::uint64_t offset, std::span<const std::byte> bytes) override {
      return file_->write(offset, bytes);
    }
    absl::StatusOr<std::size_t> read(std::uint64_t offset, std::span<std::byte> bytes) override {
      auto got = file_->read(offset, bytes);
      if (page_ >= offset && page_ < offset + bytes.size()) {
        std::memset(bytes.data() + (page_ - offset), 0, kPageBytes);
      }
      return got;
    }
    absl::Status sync() override { return file_->sync(); }
    std::uint64_t size() const override { return file_->size(); }

   private:
    std::unique_ptr<StorageFile> file_;
    std::uint64_t page_;
  };
  Storage& storage_;
  std::string name_;
  std::uint64_t page_;
};

TEST_F(JournalOneSegment, WhatWasWrittenWhileItWasReadIsNoDamage) {
  Behind behind(storage_, kFirst, kPageBytes * 3);
  const Reading reading = read_journal(behind);
  EXPECT_TRUE(reading.status.ok()) << reading.status;
  EXPECT_EQ(reading.records, all_);
}

TEST_F(JournalSegments, ASegmentThatWasFilledWhileItWasReadIsNoDamage) {
  Behind behind(storage_, kSecond, kPageBytes * 5);
  const Reading reading = read_journal(behind);
  EXPECT_TRUE(reading.status.ok()) << reading.status;
  EXPECT_EQ(reading.records, all_);
}

}  // namespace
}  // namespace evenkeel
