#include <algorithm>
#include <utility>

#include "core/check.hpp"
#include "core/join.hpp"
#include "core/journal.hpp"
#include "core/journal_format.hpp"
#include "core/mutation.hpp"

namespace evenkeel {

using journal_format::all_zero;
using journal_format::BlockHeader;
using journal_format::frame_bytes;
using journal_format::FrameHeader;
using journal_format::HeaderState;
using journal_format::kBlockClosed;
using journal_format::kEngineBytesMax;
using journal_format::kPageBytes;
using journal_format::kSegmentBytesMax;
using journal_format::kSegmentBytesMin;
using journal_format::kWhatToDo;
using journal_format::parse_segment_name;
using journal_format::read_header;
using journal_format::round_up;
using journal_format::seal_block;
using journal_format::segment_name;
using journal_format::SegmentHeader;
using journal_format::SegmentName;
using journal_format::store;
using journal_format::write_header;

namespace {

/// A fresh segment must take its header, the configuration and a block of events.
std::size_t config_bytes_max(std::uint64_t segment_bytes) {
  return static_cast<std::size_t>(segment_bytes / 2 / kPageBytes * kPageBytes);
}

std::size_t block_bytes(std::size_t payload) {
  return round_up(sizeof(BlockHeader) + payload, kPageBytes);
}

absl::Status check_options(const JournalOptions& options) {
  if (options.segment_bytes < kSegmentBytesMin || options.segment_bytes > kSegmentBytesMax ||
      options.segment_bytes % kPageBytes != 0) {
    return absl::InvalidArgumentError(join("a journal's segments are ", kSegmentBytesMin, " to ",
                                           kSegmentBytesMax, " bytes, a multiple of ", kPageBytes,
                                           ", not ", options.segment_bytes));
  }
  if (options.block_bytes_max < kPageBytes) {
    return absl::InvalidArgumentError(
        join("a journal's blocks may not be limited to less than ", kPageBytes, " bytes"));
  }
  if (options.engine.empty() || options.engine.size() > kEngineBytesMax ||
      options.engine.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError(
        join("an engine's id has 1 to ", kEngineBytesMax, " characters"));
  }
  return absl::OkStatus();
}

/// Writes zeroes over every page from `from` on that holds anything else.
absl::Status zero_from(StorageFile& file, std::uint64_t from) {
  if (mutated(Mutation::kKeepTornTail)) return absl::OkStatus();
  constexpr std::size_t kChunk = 1 << 20;
  std::vector<std::byte> bytes(std::min<std::size_t>(kChunk, file.size()));
  const std::vector<std::byte> zeroes(kPageBytes);
  for (std::uint64_t at = from; at < file.size();) {
    const absl::StatusOr<std::size_t> got = file.read(at, bytes);
    if (!got.ok()) return got.status();
    if (*got == 0) break;
    for (std::size_t i = 0; i < *got; i += kPageBytes) {
      const std::size_t page = std::min(kPageBytes, *got - i);
      if (all_zero(std::span(bytes).subspan(i, page))) continue;
      absl::Status status = file.write(at + i, std::span(zeroes).first(page));
      if (!status.ok()) return status;
    }
    at += *got;
  }
  return absl::OkStatus();
}

/// Writes what lies in [from, to) once more. A page whose writing failed before, in an earlier
/// process, looks fine to whoever reads it, and would never be written again by itself.
absl::Status rewrite(StorageFile& file, std::uint64_t from, std::uint64_t to) {
  constexpr std::size_t kChunk = 1 << 20;
  std::vector<std::byte> bytes(std::min<std::size_t>(kChunk, file.size()));
  while (from < to) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, to - from));
    const absl::StatusOr<std::size_t> got = file.read(from, std::span(bytes).first(step));
    if (!got.ok()) return got.status();
    if (*got == 0) return absl::DataLossError("a segment became shorter while it was opened");
    absl::Status status = file.write(from, std::span(bytes).first(*got));
    if (!status.ok()) return status;
    from += *got;
  }
  return absl::OkStatus();
}

}  // namespace

class JournalWriter::Impl {
 public:
  Impl(Storage& storage, const JournalOptions& options, const JournalTail& tail)
      : storage_(storage),
        options_(options),
        segment_(tail.segment),
        offset_(tail.offset),
        blocks_(tail.blocks),
        chain_(tail.chain),
        appended_sequence_(tail.last_sequence),
        appended_ts_(tail.last_ts),
        written_sequence_(tail.last_sequence),
        written_ts_(tail.last_ts) {
    EVENKEEL_CHECK(engine_.assign(options.engine));
    // The largest block that fits behind the header and the configuration of any segment.
    payload_limit_ = options.segment_bytes - kPageBytes - config_bytes_max(options.segment_bytes) -
                     sizeof(BlockHeader);
    payload_max_ =
        std::min<std::size_t>(options.block_bytes_max - sizeof(BlockHeader), payload_limit_);
    block_.reserve(block_bytes(payload_max_));
    clear_block();
  }

  absl::Status begin(const JournalTail& tail, const std::vector<ConfigText>& config);
  void append(FrameKind kind, std::span<const std::byte> record);
  void append_event(const Event& event);
  absl::Status change_config(const std::vector<ConfigText>& config);
  bool room(std::size_t intents) const {
    const std::size_t needed = frame_bytes(sizeof(Event)) + intents * frame_bytes(sizeof(Intent));
    return payload_bytes() + needed <= payload_max_;
  }
  bool block_empty() const { return frames_ == 0; }
  absl::Status write();
  absl::Status sync();
  absl::Status close();

  bool failed() const { return !error_.ok(); }
  std::uint64_t written_sequence() const { return written_sequence_; }
  std::uint64_t durable_sequence() const { return durable_sequence_; }
  const Sha256& chain() const { return chain_; }
  std::uint64_t segment() const { return segment_; }
  std::uint64_t bytes_written() const { return bytes_written_; }

 private:
  absl::Status go_on(const JournalTail& tail);
  absl::Status zero_later_segments(std::uint64_t after);
  absl::Status set_config(const std::vector<ConfigText>& config);
  bool fits(std::size_t payload) const {
    return file_ != nullptr && offset_ + block_bytes(payload) <= file_->size();
  }
  absl::Status next_segment();
  absl::Status begin_segment(std::uint64_t number);
  absl::Status write_block(std::vector<std::byte>& block, std::uint32_t frames,
                           std::uint32_t flags);
  absl::Status write_config();
  absl::Status flush(std::uint32_t flags);
  absl::Status sync_file();
  absl::Status fail(absl::Status status) {
    error_ = status;
    return status;
  }
  std::size_t payload_bytes() const { return block_.size() - sizeof(BlockHeader); }
  void clear_block() {
    block_.assign(sizeof(BlockHeader), std::byte{0});
    frames_ = 0;
  }

  Storage& storage_;
  JournalOptions options_;
  Text<64> engine_;
  absl::Status error_;
  bool closed_ = false;
  std::unique_ptr<StorageFile> file_;  // null: the next block begins a segment
  std::uint64_t segment_;
  std::uint64_t offset_;
  std::uint64_t blocks_;
  Sha256 chain_;
  std::uint64_t confirmed_segment_ = 0, confirmed_offset_ = 0;
  std::vector<std::byte> config_;  // a block of configuration frames, header left open
  std::uint32_t config_frames_ = 0;
  std::vector<std::byte> block_;  // the one under construction, header left open
  std::uint32_t frames_ = 0;
  std::size_t payload_max_ = 0;    // a block is written when it has this much
  std::size_t payload_limit_ = 0;  // and cannot have more than this
  std::uint64_t appended_sequence_;
  TimeNs appended_ts_;
  std::uint64_t written_sequence_;
  TimeNs written_ts_;
  std::uint64_t durable_sequence_ = 0;
  std::uint64_t bytes_written_ = 0;
};

absl::Status JournalWriter::Impl::begin(const JournalTail& tail,
                                        const std::vector<ConfigText>& config) {
  absl::Status status = set_config(config);
  if (status.ok() && tail.segment > 0) status = go_on(tail);
  if (status.ok()) status = zero_later_segments(tail.segment);
  if (status.ok()) status = file_ == nullptr ? next_segment() : write_config();
  if (status.ok()) status = sync_file();
  return status;
}

absl::Status JournalWriter::Impl::go_on(const JournalTail& tail) {
  const std::string name = segment_name(tail.segment);
  absl::StatusOr<std::unique_ptr<StorageFile>> file = storage_.open(name, true);
  if (absl::IsNotFound(file.status())) return absl::OkStatus();  // compressed: full
  if (!file.ok()) return file.status();
  std::vector<std::byte> page(kPageBytes);
  const absl::StatusOr<std::size_t> got = (*file)->read(0, page);
  if (!got.ok()) return got.status();
  SegmentHeader header;
  if (*got != kPageBytes || read_header(page, header) != HeaderState::kWhole) {
    return absl::DataLossError(join(storage_.path(name),
                                    ": damaged at offset 0: its "
                                    "header is not whole. ",
                                    kWhatToDo));
  }
  if (header.engine != engine_) {
    return absl::FailedPreconditionError(join(
        storage_.path(name), ": this is the journal of the engine \"", header.engine.view(),
        "\", and this engine is \"", options_.engine,
        "\". A journal belongs to one engine: give this one a folder of its own, or its old id"));
  }
  file_ = *std::move(file);
  absl::Status status = rewrite(*file_, tail.confirmed_offset, tail.offset);
  if (status.ok()) status = zero_from(*file_, tail.offset);
  if (status.ok()) status = file_->sync();
  confirmed_segment_ = tail.segment;
  confirmed_offset_ = tail.offset;
  durable_sequence_ = written_sequence_;
  return status;
}

// What a crash left in segments that were not begun in the reader's eyes must not be found again.
absl::Status JournalWriter::Impl::zero_later_segments(std::uint64_t after) {
  const absl::StatusOr<std::vector<std::string>> names = storage_.list();
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    const std::optional<SegmentName> parsed = parse_segment_name(name);
    if (!parsed || parsed->number <= after) continue;
    absl::StatusOr<std::unique_ptr<StorageFile>> file = storage_.open(name, true);
    if (!file.ok()) return file.status();
    absl::Status status;
    if ((*file)->size() != options_.segment_bytes) {
      status = storage_.remove(name);  // prepared when segments had another size
    } else {
      status = zero_from(**file, 0);
      if (status.ok()) status = (*file)->sync();
    }
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

namespace {

void add_frame(std::vector<std::byte>& block, FrameKind kind, std::size_t length,
               std::initializer_list<std::span<const std::byte>> parts) {
  std::size_t at = block.size();
  block.resize(at + frame_bytes(length));
  FrameHeader header;
  header.length = static_cast<std::uint32_t>(length);
  header.kind = kind;
  store(block.data() + at, header);
  at += sizeof header;
  for (const std::span<const std::byte> part : parts) {
    if (!part.empty()) std::memcpy(block.data() + at, part.data(), part.size());
    at += part.size();
  }
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

absl::Status JournalWriter::Impl::set_config(const std::vector<ConfigText>& config) {
  std::size_t needed = sizeof(BlockHeader) + frame_bytes(sizeof(Sha256));
  for (const ConfigText& file : config) {
    needed += frame_bytes(sizeof(std::uint32_t) + file.name.size() + file.content.size());
  }
  if (round_up(needed, kPageBytes) > config_bytes_max(options_.segment_bytes)) {
    return absl::InvalidArgumentError(
        join("the configuration has ", needed, " bytes, and a journal's segments of ",
             options_.segment_bytes, " bytes take half of that at most: make the segments larger"));
  }
  config_.assign(sizeof(BlockHeader), std::byte{0});
  config_frames_ = 0;
  if (config.empty()) return absl::OkStatus();
  for (const ConfigText& file : config) {
    const auto name_bytes = static_cast<std::uint32_t>(file.name.size());
    add_frame(
        config_, FrameKind::kConfig, sizeof name_bytes + file.name.size() + file.content.size(),
        {std::as_bytes(std::span(&name_bytes, 1)), bytes_of(file.name), bytes_of(file.content)});
  }
  const Sha256 hash = config_hash(config);
  add_frame(config_, FrameKind::kConfigEnd, sizeof hash, {hash});
  config_frames_ = static_cast<std::uint32_t>(config.size() + 1);
  return absl::OkStatus();
}

// In order: the old segment is on the disk before the new one says that it was complete, and the
// head of the new one before anything follows it.
absl::Status JournalWriter::Impl::next_segment() {
  absl::Status status = file_ == nullptr ? absl::OkStatus() : sync_file();
  if (status.ok()) status = begin_segment(segment_ + 1);
  if (status.ok()) status = sync_file();
  return status;
}

absl::Status JournalWriter::Impl::begin_segment(std::uint64_t number) {
  const std::string name = segment_name(number);
  absl::StatusOr<std::unique_ptr<StorageFile>> file = storage_.open(name, true);
  if (absl::IsNotFound(file.status())) {
    file = storage_.create(name, options_.segment_bytes);
    // Somebody prepared it just now.
    if (absl::IsAlreadyExists(file.status())) file = storage_.open(name, true);
  }
  if (!file.ok()) return file.status();
  SegmentHeader header;
  header.number = number;
  header.segment_bytes = (*file)->size();
  header.sequence_before = written_sequence_;
  header.ts_before = written_ts_;
  header.blocks_before = blocks_;
  header.chain_before = chain_;
  header.engine = engine_;
  if (header.segment_bytes < options_.segment_bytes) {
    return absl::FailedPreconditionError(
        join(storage_.path(name), ": was prepared with ", header.segment_bytes,
             " bytes, and segments now have ", options_.segment_bytes, ": remove this empty file"));
  }
  std::vector<std::byte> page(kPageBytes);
  write_header(header, page);
  absl::Status status = (*file)->write(0, page);
  if (!status.ok()) return status;
  bytes_written_ += page.size();
  file_ = *std::move(file);
  segment_ = number;
  offset_ = kPageBytes;
  return write_config();
}

absl::Status JournalWriter::Impl::write_config() {
  if (config_frames_ == 0) return absl::OkStatus();
  if (!fits(config_.size() - sizeof(BlockHeader))) return next_segment();  // begins with it
  std::vector<std::byte> block = config_;
  return write_block(block, config_frames_, 0);
}

absl::Status JournalWriter::Impl::write_block(std::vector<std::byte>& block, std::uint32_t frames,
                                              std::uint32_t flags) {
  const std::size_t payload = block.size() - sizeof(BlockHeader);
  const std::size_t bytes = block_bytes(payload);
  EVENKEEL_CHECK(fits(payload));
  block.resize(bytes);
  BlockHeader header;
  header.bytes = static_cast<std::uint32_t>(bytes);
  header.payload_bytes = static_cast<std::uint32_t>(payload);
  header.frames = frames;
  header.flags = flags;
  header.number = blocks_ + 1;
  header.sequence_before = written_sequence_;
  header.segment = segment_;
  header.offset = offset_;
  header.confirmed_segment = confirmed_segment_;
  header.confirmed_offset = confirmed_offset_;
  const Sha256 chain = seal_block(header, chain_, block);
  absl::Status status = file_->write(offset_, block);
  if (!status.ok()) return status;
  chain_ = chain;
  ++blocks_;
  offset_ += bytes;
  bytes_written_ += bytes;
  return absl::OkStatus();
}

// Events that are on the disk may differ from those written only by what was written since.
absl::Status JournalWriter::Impl::sync_file() {
  if (confirmed_segment_ == segment_ && confirmed_offset_ == offset_) return absl::OkStatus();
  absl::Status status = file_->sync();
  if (!status.ok()) return status;
  confirmed_segment_ = segment_;
  confirmed_offset_ = offset_;
  durable_sequence_ = written_sequence_;
  return absl::OkStatus();
}

void JournalWriter::Impl::append(FrameKind kind, std::span<const std::byte> record) {
  EVENKEEL_CHECK(!closed_);
  if (failed()) return;
  // More than any block may hold (an event with thousands of intents): in two, then.
  if (payload_bytes() + frame_bytes(record.size()) > payload_limit_ && !write().ok()) return;
  add_frame(block_, kind, record.size(), {record});
  ++frames_;
}

void JournalWriter::Impl::append_event(const Event& event) {
  if (failed()) return;
  EVENKEEL_CHECK(event.sequence == appended_sequence_ + 1);
  append(FrameKind::kEvent, std::as_bytes(std::span(&event, 1)).first(event_bytes(event.type)));
  if (failed()) return;
  appended_sequence_ = event.sequence;
  appended_ts_ = event.ts;
}

absl::Status JournalWriter::Impl::change_config(const std::vector<ConfigText>& config) {
  absl::Status status = write();
  if (!status.ok()) return status;
  // Refused as a whole when it does not fit: the old one then holds on.
  std::vector<std::byte> old = config_;
  const std::uint32_t old_frames = config_frames_;
  status = set_config(config);
  if (!status.ok()) {
    config_ = std::move(old);
    config_frames_ = old_frames;
    return status;
  }
  status = write_config();
  return status.ok() ? status : fail(status);
}

absl::Status JournalWriter::Impl::flush(std::uint32_t flags) {
  if (failed()) return error_;
  if (frames_ == 0 && flags == 0) return absl::OkStatus();
  absl::Status status = fits(payload_bytes()) ? absl::OkStatus() : next_segment();
  if (status.ok()) status = write_block(block_, frames_, flags);
  if (!status.ok()) return fail(status);
  written_sequence_ = appended_sequence_;
  written_ts_ = appended_ts_;
  clear_block();
  return absl::OkStatus();
}

absl::Status JournalWriter::Impl::write() { return flush(0); }

absl::Status JournalWriter::Impl::sync() {
  absl::Status status = write();
  if (status.ok()) {
    status = sync_file();
    if (!status.ok()) return fail(status);
  }
  return status;
}

absl::Status JournalWriter::Impl::close() {
  if (closed_) return error_;
  absl::Status status = flush(kBlockClosed);
  if (status.ok()) status = sync();
  closed_ = true;
  return status;
}

JournalWriter::JournalWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JournalWriter::~JournalWriter() = default;

absl::StatusOr<std::unique_ptr<JournalWriter>> JournalWriter::open(
    Storage& storage, const JournalOptions& options, const JournalTail& tail,
    const std::vector<ConfigText>& config) {
  absl::Status status = check_options(options);
  if (!status.ok()) return status;
  auto impl = std::make_unique<Impl>(storage, options, tail);
  status = impl->begin(tail, config);
  if (!status.ok()) return status;
  return std::unique_ptr<JournalWriter>(new JournalWriter(std::move(impl)));
}

void JournalWriter::append(const Event& event) { impl_->append_event(event); }
void JournalWriter::append(const Intent& intent) {
  impl_->append(FrameKind::kIntent, std::as_bytes(std::span(&intent, 1)));
}
void JournalWriter::append_digest(std::uint64_t sequence, const Sha256& digest) {
  std::array<std::byte, sizeof sequence + sizeof digest> record;
  store(record.data(), sequence);
  store(record.data() + sizeof sequence, digest);
  impl_->append(FrameKind::kDigest, record);
}
absl::Status JournalWriter::change_config(const std::vector<ConfigText>& config) {
  return impl_->change_config(config);
}
bool JournalWriter::room(std::size_t intents) const { return impl_->room(intents); }
bool JournalWriter::block_empty() const { return impl_->block_empty(); }
absl::Status JournalWriter::write() { return impl_->write(); }
absl::Status JournalWriter::sync() { return impl_->sync(); }
absl::Status JournalWriter::close() { return impl_->close(); }
bool JournalWriter::failed() const { return impl_->failed(); }
std::uint64_t JournalWriter::written_sequence() const { return impl_->written_sequence(); }
std::uint64_t JournalWriter::durable_sequence() const { return impl_->durable_sequence(); }
const Sha256& JournalWriter::chain() const { return impl_->chain(); }
std::uint64_t JournalWriter::segment() const { return impl_->segment(); }
std::uint64_t JournalWriter::bytes_written() const { return impl_->bytes_written(); }

void JournalWriter::prepare_segment(Storage& storage, std::uint64_t number, std::uint64_t bytes) {
  if (storage.open(segment_name(number), false).ok()) return;
  // Told by the write that needs the file; until then there may be room again.
  storage.create(segment_name(number), bytes).IgnoreError();
}

}  // namespace evenkeel
