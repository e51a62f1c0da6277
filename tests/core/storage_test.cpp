// Folders of files: this machine's file system and the disk in memory keep the same promises; the
// one in memory also breaks in the ways that it is asked to.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/crc32c.hpp"
#include "core/posix_storage.hpp"
#include "core/sha256.hpp"
#include "tests/support/memory_storage.hpp"

namespace evenkeel {
namespace {

using testing::MemoryStorage;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string content_of(StorageFile& file) {
  std::string content(static_cast<std::size_t>(file.size()) + 10, '?');
  const auto got = file.read(0, std::as_writable_bytes(std::span(content.data(), content.size())));
  EXPECT_TRUE(got.ok()) << got.status();
  content.resize(*got);
  return content;
}
std::string content_of(Storage& storage, std::string_view name) {
  auto file = storage.open(name, false);
  EXPECT_TRUE(file.ok()) << file.status();
  return file.ok() ? content_of(**file) : "";
}

class Folder {
 public:
  Folder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "evenkeel-storage-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  std::unique_ptr<PosixStorage> storage() const {
    auto storage = PosixStorage::open(path_);
    EXPECT_TRUE(storage.ok()) << storage.status();
    return *std::move(storage);
  }

 private:
  std::string path_;
};

// --- what every storage promises ---

void keeps_its_promises(Storage& storage) {
  auto file = storage.create("b", 10'000);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ((*file)->size(), 10'000U);
  EXPECT_EQ(content_of(**file), std::string(10'000, '\0'));
  EXPECT_TRUE(absl::IsAlreadyExists(storage.create("b", 5).status()));
  EXPECT_TRUE((*file)->write(4'000, bytes_of("hello")).ok());
  EXPECT_TRUE((*file)->write(9'998, bytes_of("end")).ok());
  EXPECT_EQ((*file)->size(), 10'001U);
  EXPECT_TRUE((*file)->sync().ok());
  EXPECT_EQ(content_of(storage, "b").substr(3'999, 7), std::string("\0hello\0", 7));
  EXPECT_EQ(content_of(storage, "b").substr(9'997), std::string("\0end", 4));

  std::byte beyond[4];
  EXPECT_EQ(*(*file)->read(10'000, beyond), 1U);
  EXPECT_EQ(*(*file)->read(20'000, beyond), 0U);

  EXPECT_TRUE(storage.put("a", "first").ok());
  EXPECT_TRUE(storage.put("a", "second, longer").ok());
  EXPECT_EQ(content_of(storage, "a"), "second, longer");
  EXPECT_TRUE(storage.put("d", "").ok());
  EXPECT_EQ(content_of(storage, "d"), "");
  EXPECT_EQ(*storage.list(), (std::vector<std::string>{"a", "b", "d"}));

  EXPECT_TRUE(storage.rename("a", "b").ok());
  EXPECT_EQ(content_of(storage, "b"), "second, longer");
  EXPECT_TRUE(absl::IsNotFound(storage.open("a", false).status()));
  EXPECT_TRUE(absl::IsNotFound(storage.open("a", true).status()));
  EXPECT_FALSE(storage.rename("a", "c").ok());
  EXPECT_TRUE(storage.remove("d").ok());
  EXPECT_TRUE(absl::IsNotFound(storage.remove("d")));
  EXPECT_EQ(*storage.list(), (std::vector<std::string>{"b"}));

  EXPECT_TRUE(storage.put("left.part", "half made").ok());
  EXPECT_EQ(*storage.list(), (std::vector<std::string>{"b"}));
  const absl::Status missing = storage.open("nothing", false).status();
  EXPECT_NE(missing.message().find(storage.path("nothing")), std::string::npos) << missing;
}

TEST(Storage, OfThisMachineKeepsItsPromises) {
  const Folder folder;
  keeps_its_promises(*folder.storage());
}

TEST(Storage, InMemoryKeepsItsPromises) {
  MemoryStorage storage;
  keeps_its_promises(storage);
}

// --- this machine ---

TEST(PosixStorage, FoldersAreFoundOrMade) {
  const Folder folder;
  const std::string path = folder.path() + "/journal";
  EXPECT_TRUE(absl::IsNotFound(PosixStorage::open(path).status()));
  EXPECT_TRUE(absl::IsNotFound(PosixStorage::make(path + "/deeper").status()));
  ASSERT_TRUE(PosixStorage::make(path + "/").ok());
  auto again = PosixStorage::make(path);
  ASSERT_TRUE(again.ok());
  ASSERT_TRUE((*again)->put("x", "y").ok());
  EXPECT_TRUE(std::filesystem::exists(path + "/x"));
  EXPECT_TRUE(absl::IsNotFound(PosixStorage::open(path + "/x").status())) << "a file is no folder";
}

TEST(PosixStorage, WhatIsMadeReallyLiesOnTheDisk) {
  const Folder folder;
  const auto file = folder.storage()->create("segment", 1 << 20);
  ASSERT_TRUE(file.ok());
  struct stat found = {};
  ASSERT_EQ(::stat((folder.path() + "/segment").c_str(), &found), 0);
  EXPECT_EQ(found.st_size, 1 << 20);
  EXPECT_GE(found.st_blocks * 512, 1 << 20) << "a file with holes would grow when it is written";
}

TEST(PosixStorage, TwoMayNotHoldOneFolder) {
  const Folder folder;
  const auto first = folder.storage();
  auto second = folder.storage();
  ASSERT_TRUE(first->lock().ok());
  ASSERT_TRUE(first->lock().ok()) << "it already has it";
  const absl::Status refused = second->lock();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_NE(refused.message().find("process " + std::to_string(::getpid())), std::string::npos)
      << refused;
  EXPECT_TRUE(first->list()->empty()) << "the lock is no file of the folder's";
}

TEST(PosixStorage, TheLockGoesWithItsHolder) {
  const Folder folder;
  { ASSERT_TRUE(folder.storage()->lock().ok()); }
  EXPECT_TRUE(folder.storage()->lock().ok());
}

TEST(PosixStorage, TheHolderOfTheLockRemovesWhatWasHalfMade) {
  const Folder folder;
  std::ofstream(folder.path() + "/journal-00000001.evkj.77-1.part") << "zeroes";
  std::ofstream(folder.path() + "/other") << "stays";
  ASSERT_TRUE(folder.storage()->lock().ok());
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/journal-00000001.evkj.77-1.part"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/other"));
}

TEST(PosixStorage, TwoThreadsMakingOneFileMakeItOnce) {
  const Folder folder;
  const auto storage = folder.storage();
  for (int round = 0; round < 20; ++round) {
    const std::string name = "s" + std::to_string(round);
    int made = 0, refused = 0;
    absl::Status other;
    std::thread thread([&] { other = storage->create(name, 300'000).status(); });
    const absl::Status mine = storage->create(name, 300'000).status();
    thread.join();
    for (const absl::Status& status : {mine, other}) {
      made += status.ok() ? 1 : 0;
      refused += absl::IsAlreadyExists(status) ? 1 : 0;
    }
    EXPECT_EQ(made, 1);
    EXPECT_EQ(refused, 1);
    EXPECT_EQ(content_of(*storage, name), std::string(300'000, '\0'));
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_NE(entry.path().extension(), ".part");
  }
}

TEST(PosixStorage, FailuresNameTheFileAndTheReason) {
  const Folder folder;
  const auto storage = folder.storage();
  ASSERT_TRUE(storage->put("file", "content").ok());
  std::filesystem::create_directory(folder.path() + "/sub");
  EXPECT_FALSE(storage->open("sub", false).ok()) << "a folder is no file";
  EXPECT_FALSE(storage->put("sub", "x").ok());
  EXPECT_EQ(*storage->list(), (std::vector<std::string>{"file"}));

  auto reader = storage->open("file", false);
  ASSERT_TRUE(reader.ok());
  const absl::Status status = (*reader)->write(3, bytes_of("x"));
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_NE(status.message().find(folder.path() + "/file: cannot write at 3: "), std::string::npos)
      << status;
}

TEST(PosixStorage, NoRoomIsResourceExhausted) {
  const Folder folder;
  const auto storage = folder.storage();
  // The limit on the size of files answers as a full disk does, and needs no full disk.
  struct rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 100'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status created = storage->create("segment", 200'000).status();
  const absl::Status put = storage->put("snapshot", std::string(200'000, 'x'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_TRUE(absl::IsResourceExhausted(created)) << created;
  EXPECT_TRUE(absl::IsResourceExhausted(put)) << put;
  EXPECT_NE(created.message().find("segment"), std::string::npos) << created;
  EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "nothing half made is left";
}

// --- in memory: what a crash leaves ---

TEST(MemoryStorage, ACrashLosesWhatWasNotSyncedByLot) {
  const std::string written(100 * MemoryStorage::kSector, 'x');
  const auto after = [&written](MemoryStorage::Loss loss, std::uint64_t seed, bool sync) {
    MemoryStorage storage;
    auto file = storage.create("f", written.size());
    EXPECT_TRUE((*file)->write(0, bytes_of(written)).ok());
    if (sync) {
      EXPECT_TRUE((*file)->sync().ok());
    }
    storage.crash(loss, seed);
    EXPECT_TRUE(absl::IsAborted((*file)->sync())) << "a file of the process that is gone";
    return storage.content("f");
  };
  const std::string zeroes(written.size(), '\0');
  EXPECT_EQ(after(MemoryStorage::Loss::kAll, 1, false), zeroes);
  EXPECT_EQ(after(MemoryStorage::Loss::kNone, 1, false), written);
  EXPECT_EQ(after(MemoryStorage::Loss::kAll, 1, true), written);
  const std::string some = after(MemoryStorage::Loss::kRandom, 1, false);
  EXPECT_EQ(some, after(MemoryStorage::Loss::kRandom, 1, false)) << "the same seed";
  EXPECT_NE(some, after(MemoryStorage::Loss::kRandom, 2, false));
  const auto kept = static_cast<std::size_t>(std::count(some.begin(), some.end(), 'x'));
  EXPECT_EQ(kept % MemoryStorage::kSector, 0U) << "a sector is whole or not there";
  EXPECT_GT(kept, 20 * MemoryStorage::kSector);
  EXPECT_LT(kept, 80 * MemoryStorage::kSector);
}

TEST(MemoryStorage, ItStopsWhereItIsTold) {
  MemoryStorage storage;
  auto file = storage.create("f", 2'000);
  storage.stop_after(1);
  EXPECT_TRUE((*file)->write(0, bytes_of("first")).ok());
  EXPECT_FALSE(storage.stopped());
  EXPECT_TRUE(absl::IsAborted((*file)->write(1'000, bytes_of("under way"))));
  EXPECT_TRUE(storage.stopped());
  EXPECT_TRUE(absl::IsAborted((*file)->sync()));
  EXPECT_TRUE(absl::IsAborted(storage.put("g", "x")));
  EXPECT_TRUE(absl::IsAborted(storage.list().status()));
  storage.crash(MemoryStorage::Loss::kNone);
  EXPECT_EQ(storage.content("f").substr(1'000, 9), "under way");
  EXPECT_EQ(storage.content("g"), "") << "what came after the stop was never begun";
  EXPECT_TRUE(storage.put("g", "x").ok());
}

TEST(MemoryStorage, WhatWasUnderWayWithANameHappensOrDoesNot) {
  for (const auto loss : {MemoryStorage::Loss::kAll, MemoryStorage::Loss::kNone}) {
    const bool happens = loss == MemoryStorage::Loss::kNone;
    MemoryStorage storage;
    EXPECT_TRUE(storage.put("f", "old").ok());
    storage.stop_after(0);
    EXPECT_TRUE(absl::IsAborted(storage.put("f", "new")));
    storage.crash(loss);
    EXPECT_EQ(storage.content("f"), happens ? "new" : "old");
    storage.stop_after(0);
    EXPECT_TRUE(absl::IsAborted(storage.rename("f", "g")));
    storage.crash(loss);
    const std::string now = happens ? "g" : "f";
    EXPECT_EQ(*storage.list(), std::vector<std::string>{now});
    storage.stop_after(0);
    EXPECT_TRUE(absl::IsAborted(storage.remove(now)));
    storage.crash(loss);
    EXPECT_EQ(storage.list()->size(), happens ? 0U : 1U);
    storage.stop_after(0);
    EXPECT_TRUE(absl::IsAborted(storage.create("h", 10).status()));
    storage.crash(loss);
    EXPECT_EQ(storage.content("h").size(), happens ? 10U : 0U);
  }
}

TEST(MemoryStorage, AFailedSyncForgetsWhatItShouldHaveSynced) {
  MemoryStorage storage;
  auto file = storage.create("f", 1'000);
  EXPECT_TRUE((*file)->write(0, bytes_of("lost")).ok());
  storage.fail_at(1, absl::UnavailableError("f: cannot sync: Input/output error"));
  EXPECT_TRUE(absl::IsUnavailable((*file)->sync()));
  EXPECT_TRUE((*file)->sync().ok()) << "the next one has nothing to say any more";
  EXPECT_EQ(content_of(**file).substr(0, 4), "lost") << "and it still reads well";
  storage.crash(MemoryStorage::Loss::kNone);
  EXPECT_EQ(storage.content("f").substr(0, 4), std::string(4, '\0'));
}

TEST(MemoryStorage, ItRunsFull) {
  MemoryStorage storage;
  storage.set_capacity(1'000);
  auto file = storage.create("f", 800);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(absl::IsResourceExhausted(storage.create("g", 300).status()));
  EXPECT_TRUE(absl::IsResourceExhausted(storage.put("g", std::string(300, 'x'))));
  EXPECT_TRUE(absl::IsResourceExhausted((*file)->write(700, bytes_of(std::string(400, 'x')))));
  EXPECT_TRUE((*file)->write(0, bytes_of(std::string(800, 'x'))).ok()) << "there is room for that";
  EXPECT_TRUE(storage.remove("f").ok());
  EXPECT_TRUE(storage.create("g", 300).ok());
}

// --- checksums ---

TEST(Crc32c, KnownAnswersBothWays) {
  // RFC 3720, appendix B.4.
  std::string ascending, descending;
  for (int i = 0; i < 32; ++i) {
    ascending.push_back(static_cast<char>(i));
    descending.push_back(static_cast<char>(31 - i));
  }
  const std::pair<std::string, std::uint32_t> cases[] = {
      {"", 0},
      {"123456789", 0xE3069283},
      {std::string(32, '\0'), 0x8A9136AA},
      {std::string(32, '\xff'), 0x62A8AB43},
      {ascending, 0x46DD794E},
      {descending, 0x113FDB5C},
  };
  for (const auto& [text, crc] : cases) {
    EXPECT_EQ(crc32c(bytes_of(text)), crc);
    EXPECT_EQ(crc32c_portable(bytes_of(text)), crc);
    if (crc32c_in_hardware()) {
      EXPECT_EQ(crc32c_hardware(bytes_of(text)), crc);
    }
  }
}

TEST(Crc32c, BothWaysAgreeAtEveryLengthPlaceAndSplit) {
  std::string text;
  std::uint64_t x = 1;
  for (int i = 0; i < 300; ++i) {
    x = x * 6364136223846793005U + 1442695040888963407U;
    text.push_back(static_cast<char>(x >> 56));
  }
  for (std::size_t from = 0; from < 9; ++from) {
    for (std::size_t size = 0; size + from <= text.size(); ++size) {
      const auto bytes = bytes_of(text).subspan(from, size);
      const std::uint32_t whole = crc32c_portable(bytes, 77);
      ASSERT_EQ(crc32c(bytes, 77), whole);
      const std::size_t split = size / 3;
      ASSERT_EQ(crc32c_portable(bytes.subspan(split), crc32c(bytes.first(split), 77)), whole);
      ASSERT_EQ(crc32c(bytes.subspan(split), crc32c_portable(bytes.first(split), 77)), whole);
    }
  }
}

TEST(Sha256, KnownAnswersInOneAndInPieces) {
  // FIPS 180-2, appendix B.
  const std::pair<std::string, const char*> cases[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
  };
  Sha256Stream stream;
  for (const auto& [text, hash] : cases) {
    EXPECT_EQ(to_hex(sha256(bytes_of(text))), hash);
    for (const char c : text) stream.update(bytes_of({&c, 1}));
    EXPECT_EQ(to_hex(stream.finish()), hash);
  }
}

}  // namespace
}  // namespace evenkeel
