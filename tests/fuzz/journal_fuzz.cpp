// Any bytes as a journal's segment: read to the end or refused, never more. What reads well can be
// gone on with, and then holds one event more.
//
// Input: one byte of mode, then chunks, each after its length in two little-endian bytes; each
// begins a page. Mode 1: the header's checksum is made good; 2: those of the blocks and their
// chain, so that changes get past them; 4: everything behind the mode is a compressed segment, as
// it is.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "core/check.hpp"
#include "core/journal.hpp"
#include "core/journal_format.hpp"
#include "tests/support/memory_storage.hpp"

namespace evenkeel {
namespace {

using namespace journal_format;

constexpr std::size_t kFileBytes = kSegmentBytesMin;

std::string pages_of(std::span<const std::byte> input) {
  std::string pages(kFileBytes, '\0');
  std::size_t at = 0;
  while (input.size() >= 2 && at < pages.size()) {
    const std::size_t length = load<std::uint16_t>(input.data());
    input = input.subspan(2);
    const std::size_t size = std::min({length, input.size(), pages.size() - at});
    if (size > 0) std::memcpy(pages.data() + at, input.data(), size);
    input = input.subspan(size);
    at += round_up(std::max<std::size_t>(size, 1), kPageBytes);
  }
  return pages;
}

void make_good(std::span<std::byte> bytes, unsigned mode) {
  auto header = load<SegmentHeader>(bytes.data());
  if ((mode & 1U) != 0) write_header(header, bytes.first(kPageBytes));
  if ((mode & 2U) == 0) return;
  Sha256 chain = header.chain_before;
  std::size_t at = kPageBytes;
  BlockHeader block;
  while (at < bytes.size() && looks_like_block(bytes.subspan(at), block)) {
    chain = seal_block(block, chain, bytes.subspan(at, block.bytes));
    at += block.bytes;
  }
}

struct Read {
  bool good = false;
  std::uint64_t events = 0;
  JournalTail tail;
  std::string engine;
};

Read read_all(Storage& storage, std::uint64_t from) {
  Read read;
  auto reader = JournalReader::open(storage, from);
  if (!reader.ok()) return read;
  JournalRecord record;
  for (std::size_t records = 0;; ++records) {
    EVENKEEL_CHECK(records <= kFileBytes / sizeof(FrameHeader));
    const absl::StatusOr<bool> more = (*reader)->next(record);
    if (!more.ok()) return read;
    if (!*more) break;
    if (record.kind == FrameKind::kConfig) {
      EVENKEEL_CHECK(record.name.size() + record.text.size() <= kFileBytes);
    }
    read.events += record.kind == FrameKind::kEvent ? 1 : 0;
  }
  read.good = true;
  read.tail = (*reader)->tail();
  read.engine = (*reader)->engine();
  EVENKEEL_CHECK(read.tail.offset <= kFileBytes);
  return read;
}

void go_on(Storage& storage, std::uint64_t from, const Read& before) {
  JournalOptions options;
  options.engine = before.engine.empty() ? "e" : before.engine;
  options.segment_bytes = kFileBytes;
  if (options.engine.size() > kEngineBytesMax) return;
  auto writer = JournalWriter::open(storage, options, before.tail, {{"a.toml", "b"}});
  EVENKEEL_CHECK(writer.ok());
  Event event = Event::make(EventType::kClock, SourceId::none());
  event.sequence = before.tail.last_sequence + 1;
  (*writer)->append(event);
  EVENKEEL_CHECK((*writer)->sync().ok());
  const Read after = read_all(storage, from);
  EVENKEEL_CHECK(after.good && after.events == before.events + 1);
  EVENKEEL_CHECK(after.tail.bytes_cut == 0 && after.tail.chain == (*writer)->chain());
}

void run(std::span<const std::byte> input) {
  if (input.empty()) return;
  const auto mode = std::to_integer<unsigned>(input[0]);
  input = input.subspan(1);
  testing::MemoryStorage storage;
  std::uint64_t number = 1;
  if ((mode & 4U) != 0) {
    storage.set_content(segment_name(1, true),
                        {reinterpret_cast<const char*>(input.data()), input.size()});
  } else {
    std::string pages = pages_of(input);
    const auto bytes = std::as_writable_bytes(std::span(pages.data(), pages.size()));
    make_good(bytes, mode);
    number = std::clamp<std::uint64_t>(load<SegmentHeader>(bytes.data()).number, 1, 1'000'000);
    storage.set_content(segment_name(number), std::move(pages));
  }
  journal_segments(storage).IgnoreError();
  const Read read = read_all(storage, number);
  if (read.good) go_on(storage, number, read);
}

}  // namespace
}  // namespace evenkeel

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  evenkeel::run({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
