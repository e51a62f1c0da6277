#include <algorithm>
#include <utility>

#include "core/check.hpp"
#include "core/join.hpp"
#include "core/journal.hpp"
#include "core/journal_format.hpp"
#include "core/journal_segment.hpp"

namespace evenkeel {

using journal_format::all_zero;
using journal_format::BlockHeader;
using journal_format::chain_of;
using journal_format::HeaderState;
using journal_format::kBlockClosed;
using journal_format::kPageBytes;
using journal_format::kSegmentBytesMax;
using journal_format::kVersion;
using journal_format::kWhatToDo;
using journal_format::looks_like_block;
using journal_format::read_block;
using journal_format::read_frame;
using journal_format::read_header;
using journal_format::segment_name;
using journal_format::SegmentHeader;
using journal_format::used_bytes;

Sha256 config_hash(const std::vector<ConfigText>& config) {
  Sha256Stream stream;
  const auto add = [&stream](const std::string& text) {
    const std::uint64_t bytes = text.size();
    stream.update(std::as_bytes(std::span(&bytes, 1)));
    stream.update(std::as_bytes(std::span(text.data(), text.size())));
  };
  for (const ConfigText& file : config) {
    add(file.name);
    add(file.content);
  }
  return stream.finish();
}

class JournalReader::Impl {
 public:
  explicit Impl(Storage& storage) : storage_(storage) {}

  absl::Status begin(std::uint64_t from_segment);
  absl::StatusOr<bool> next(JournalRecord& out);
  const JournalTail& tail() const { return tail_; }
  std::uint64_t segment() const { return open_ ? now_.number() : 0; }
  std::string_view engine() const { return engine_.view(); }

 private:
  absl::Status list(std::uint64_t from_segment);
  absl::Status enter_first();
  absl::Status enter(const SegmentHeader& header);
  absl::StatusOr<bool> next_block();
  absl::Status open_block(const BlockHeader& header);
  absl::Status after_whole_blocks();
  absl::Status follow(const SegmentHeader& header);
  absl::StatusOr<bool> look_behind();
  void end_here();
  absl::StatusOr<std::uint64_t> confirmed_in(SegmentBytes& segment, std::size_t from);
  absl::StatusOr<std::uint64_t> confirmed_in_later(SegmentBytes& segment);
  absl::StatusOr<HeaderState> state_of(SegmentBytes& segment, SegmentHeader& header) const;
  absl::StatusOr<bool> read_again(const absl::Status& damage);
  absl::Status damage(const SegmentBytes& segment, std::uint64_t offset,
                      std::string_view what) const;
  bool note(const JournalRecord& record);

  Storage& storage_;
  std::vector<SegmentFile> files_;
  std::size_t index_ = 0;
  SegmentBytes now_;   // being read
  SegmentBytes look_;  // what lies behind it
  bool open_ = false;  // now_ holds a segment
  bool ended_ = false;
  absl::Status broken_;
  Text<64> engine_;
  std::uint64_t offset_ = 0;         // of the next block
  std::uint64_t read_again_at_ = 0;  // the offset at which now_ was loaded a second time
  std::span<const std::byte> payload_;
  std::uint64_t payload_offset_ = 0;
  std::size_t at_ = 0;
  std::uint32_t frames_left_ = 0;
  JournalTail tail_;
};

absl::Status JournalReader::Impl::damage(const SegmentBytes& segment, std::uint64_t offset,
                                         std::string_view what) const {
  return absl::DataLossError(join(storage_.path(segment.name()), ": damaged at offset ", offset,
                                  ": ", what, ". ", kWhatToDo));
}

absl::Status JournalReader::Impl::begin(std::uint64_t from_segment) {
  absl::Status status = list(from_segment);
  if (status.ok() && !files_.empty()) status = enter_first();
  return status;
}

// The segments from the first wanted one on; a hole in their numbers is only allowed in front of
// files that were never used.
absl::Status JournalReader::Impl::list(std::uint64_t from_segment) {
  absl::StatusOr<std::vector<SegmentFile>> all = list_segments(storage_);
  if (!all.ok()) return all.status();
  const std::uint64_t first = std::max<std::uint64_t>(from_segment, 1);
  std::erase_if(*all, [first](const SegmentFile& file) { return file.number < first; });
  std::uint64_t expected = first;
  for (const SegmentFile& file : *all) {
    if (file.number == expected) {
      files_.push_back(file);
      ++expected;
      continue;
    }
    absl::Status status = look_.load_head(storage_, file);
    if (!status.ok()) return status;
    if (!all_zero(look_.bytes())) {
      return absl::DataLossError(join(storage_.path(segment_name(expected)), ": is missing, while ",
                                      look_.name(), " is there. ", kWhatToDo));
    }
  }
  if (files_.empty() && from_segment > 1) {
    return absl::DataLossError(
        join(storage_.path(segment_name(from_segment)), ": is missing. ", kWhatToDo));
  }
  return absl::OkStatus();
}

absl::StatusOr<HeaderState> JournalReader::Impl::state_of(SegmentBytes& segment,
                                                          SegmentHeader& header) const {
  const HeaderState state = read_header(segment.bytes().first(kPageBytes), header);
  if (state == HeaderState::kOtherVersion) {
    return absl::FailedPreconditionError(
        join(storage_.path(segment.name()), ": has format ", header.version,
             ", which this program does not read (it reads format ", kVersion, ")"));
  }
  if (state != HeaderState::kWhole) return state;
  const bool fits = segment.compressed() ? segment.bytes().size() <= header.segment_bytes
                                         : segment.bytes().size() == header.segment_bytes;
  if (!fits) {
    return damage(segment, 0,
                  join("its header says ", header.segment_bytes, " bytes, and it has ",
                       segment.bytes().size()));
  }
  Text<64> engine;
  if (header.engine.empty() || !engine.assign(header.engine.view()) || engine != header.engine) {
    return damage(segment, 0, "its header names no engine");
  }
  if (header.number != segment.number()) {
    return damage(segment, 0, join("its header says it is segment ", header.number));
  }
  return state;
}

absl::Status JournalReader::Impl::enter_first() {
  absl::Status status = now_.load(storage_, files_[0]);
  if (!status.ok()) return status;
  SegmentHeader header;
  const absl::StatusOr<HeaderState> state = state_of(now_, header);
  if (!state.ok()) return state.status();
  if (*state == HeaderState::kWhole) {
    if (header.number == 1 && (header.sequence_before != 0 || header.blocks_before != 0)) {
      return damage(now_, 0, "the first segment says that something was before it");
    }
    engine_ = header.engine;
    return enter(header);
  }
  if (files_[0].number > 1) {
    return damage(now_, 0, "its header is not whole, so nothing after it can be followed");
  }
  // A first segment that was being begun: the journal is empty, unless something in it says that
  // it was not.
  const absl::StatusOr<bool> more = look_behind();
  return more.ok() ? absl::OkStatus() : more.status();
}

absl::Status JournalReader::Impl::enter(const SegmentHeader& header) {
  open_ = true;
  offset_ = kPageBytes;
  read_again_at_ = 0;
  tail_.segment = header.number;
  tail_.offset = kPageBytes;
  tail_.last_sequence = header.sequence_before;
  tail_.last_ts = header.ts_before;
  tail_.chain = header.chain_before;
  tail_.blocks = header.blocks_before;
  tail_.confirmed_offset = 0;
  return absl::OkStatus();
}

absl::StatusOr<bool> JournalReader::Impl::next(JournalRecord& out) {
  if (!broken_.ok()) return broken_;
  while (frames_left_ == 0) {
    const absl::StatusOr<bool> more = next_block();
    if (!more.ok()) broken_ = more.status();
    if (!more.ok() || !*more) return more;
  }
  std::string_view why;
  const std::size_t from = at_;
  const bool good = read_frame(payload_, at_, out, why) && note(out);
  if (good && (--frames_left_ > 0 || at_ == payload_.size())) {
    out.segment = now_.number();
    out.offset = payload_offset_ + from;
    return true;
  }
  if (why.empty()) why = "an event is out of sequence, or a block's frames are not as many as said";
  broken_ = damage(now_, payload_offset_ + from,
                   join(why, "; the block is whole, so a faulty or newer program wrote it"));
  return broken_;
}

bool JournalReader::Impl::note(const JournalRecord& record) {
  if (record.kind != FrameKind::kEvent) return true;
  if (record.event.sequence != tail_.last_sequence + 1) return false;
  tail_.last_sequence = record.event.sequence;
  tail_.last_ts = record.event.ts;
  return true;
}

// Opens the next block that holds something. False: the journal ends.
absl::StatusOr<bool> JournalReader::Impl::next_block() {
  while (!ended_) {
    if (!open_) {
      ended_ = true;
      break;
    }
    BlockHeader header;
    absl::Status status;
    if (read_block(now_.bytes().subspan(offset_), header)) {
      status = open_block(header);
    } else {
      status = after_whole_blocks();
    }
    if (!status.ok()) return status;
    if (frames_left_ > 0) return true;
  }
  return false;
}

absl::Status JournalReader::Impl::open_block(const BlockHeader& header) {
  if (header.segment != now_.number() || header.offset != offset_) {
    return damage(now_, offset_,
                  join("holds the block that belongs to offset ", header.offset, " of segment ",
                       header.segment));
  }
  if (header.number != tail_.blocks + 1 || header.sequence_before != tail_.last_sequence) {
    return damage(now_, offset_,
                  join("block ", header.number, " after event ", header.sequence_before,
                       " stands where block ", tail_.blocks + 1, " after event ",
                       tail_.last_sequence, " belongs"));
  }
  const std::span<std::byte> block = now_.bytes().subspan(offset_, header.bytes);
  if (chain_of(block, tail_.chain) != header.chain) {
    return damage(
        now_, offset_,
        "the block's hash does not follow from the one before: one of the two was changed "
        "after it was written");
  }
  payload_ = block.subspan(sizeof header, header.payload_bytes);
  payload_offset_ = offset_ + sizeof header;
  at_ = 0;
  frames_left_ = header.frames;
  if (frames_left_ == 0 && header.payload_bytes != 0) {
    return damage(now_, offset_, "a block without frames is not empty");
  }
  offset_ += header.bytes;
  tail_.offset = offset_;
  tail_.blocks = header.number;
  tail_.chain = header.chain;
  tail_.closed = (header.flags & kBlockClosed) != 0;
  if (header.confirmed_segment == now_.number()) tail_.confirmed_offset = header.confirmed_offset;
  return absl::OkStatus();
}

// At `offset_` there is no whole block: the segment is full, or the journal ends, or there is
// damage.
absl::Status JournalReader::Impl::after_whole_blocks() {
  if (index_ + 1 < files_.size()) {
    absl::Status status = look_.load(storage_, files_[index_ + 1]);
    if (!status.ok()) return status;
    SegmentHeader header;
    const absl::StatusOr<HeaderState> state = state_of(look_, header);
    if (!state.ok()) return state.status();
    if (*state == HeaderState::kWhole) return follow(header);
  }
  const absl::StatusOr<bool> more = look_behind();
  if (!more.ok()) return more.status();
  if (!*more) end_here();
  return absl::OkStatus();
}

// A segment is only begun when the one before is complete and on the disk, so that one must end
// here, exactly as the new header says.
absl::Status JournalReader::Impl::follow(const SegmentHeader& header) {
  absl::Status problem;
  if (!all_zero(now_.bytes().subspan(offset_))) {
    problem =
        damage(now_, offset_, join("no whole block, yet segment ", header.number, " was begun"));
  } else if (header.engine != engine_) {
    return damage(look_, 0,
                  join("it belongs to the engine \"", header.engine.view(),
                       "\", those before to \"", engine_.view(), "\""));
  } else if (header.blocks_before != tail_.blocks ||
             header.sequence_before != tail_.last_sequence) {
    problem = damage(now_, offset_,
                     join("ends with block ", tail_.blocks, " and event ", tail_.last_sequence,
                          ", yet segment ", header.number, " follows block ", header.blocks_before,
                          " and event ", header.sequence_before));
  } else if (header.chain_before != tail_.chain) {
    problem = damage(look_, 0,
                     "its header's hash is not that of the last block before: one of the two was "
                     "changed after it was written");
  }
  if (!problem.ok()) {
    const absl::StatusOr<bool> again = read_again(problem);
    return again.ok() ? absl::OkStatus() : again.status();
  }
  std::swap(now_, look_);
  ++index_;
  return enter(header);
}

// A journal that is being written while it is read: what was not there yet may be there now. Once
// for each place; the second time it is damage.
absl::StatusOr<bool> JournalReader::Impl::read_again(const absl::Status& damage) {
  if (read_again_at_ == offset_) return damage;
  read_again_at_ = offset_;
  absl::Status status = now_.load(storage_, files_[index_]);
  if (!status.ok()) return status;
  SegmentHeader header;
  const absl::StatusOr<HeaderState> state = state_of(now_, header);
  if (!state.ok()) return state.status();
  if (*state != HeaderState::kWhole || now_.bytes().size() < offset_) return damage;
  return true;
}

// The furthest place of this segment's journal that its whole blocks from `from` on call confirmed:
// an offset in the segment that is being read; past its end for a later segment. Bounded also when
// the bytes were made to keep it busy.
absl::StatusOr<std::uint64_t> JournalReader::Impl::confirmed_in(SegmentBytes& segment,
                                                                std::size_t from) {
  const std::span<const std::byte> bytes = segment.bytes();
  std::uint64_t furthest = 0;
  std::size_t checked = 0;
  for (std::size_t at = from; at + kPageBytes <= bytes.size(); at += kPageBytes) {
    BlockHeader header;
    if (!looks_like_block(bytes.subspan(at), header) || header.segment != segment.number() ||
        header.offset != at) {
      continue;
    }
    checked += header.bytes;
    if (checked > 4 * bytes.size()) {
      return damage(segment, at, "blocks lie on top of one another");
    }
    if (!read_block(bytes.subspan(at), header)) continue;
    const std::uint64_t confirmed = header.confirmed_segment > now_.number() ? kSegmentBytesMax + 1
                                    : header.confirmed_segment == now_.number()
                                        ? header.confirmed_offset
                                        : 0;
    furthest = std::max(furthest, confirmed);
  }
  return furthest;
}

// Nothing whole at `offset_`, and no next segment was begun: is there anything that proves that
// more was on the disk? True: read again. False: this is the end; bytes_cut is counted.
absl::StatusOr<bool> JournalReader::Impl::look_behind() {
  const std::span<const std::byte> rest = now_.bytes().subspan(offset_);
  if (now_.compressed() && !rest.empty()) {
    return damage(now_, offset_, "no whole block, in a segment that was complete");
  }
  std::uint64_t cut = used_bytes(rest);
  absl::Status blame =
      damage(now_, offset_, "no whole block, yet a later one says that the disk had confirmed it");
  absl::StatusOr<std::uint64_t> furthest = confirmed_in(now_, offset_);
  if (!furthest.ok()) return furthest.status();
  for (std::size_t i = index_ + 1; i < files_.size(); ++i) {
    absl::Status status = look_.load(storage_, files_[i]);
    if (!status.ok()) return status;
    const absl::StatusOr<std::uint64_t> there = confirmed_in_later(look_);
    if (!there.ok()) return there.status();
    if (*there > offset_ && *furthest <= offset_ && i == index_ + 1 && cut == 0) {
      blame = damage(look_, 0, "its header is not whole, yet later blocks rely on it");
    }
    furthest = std::max(*furthest, *there);
    cut += used_bytes(look_.bytes());
  }
  if (*furthest > offset_) {
    if (!open_) return damage(now_, 0, "its header is not whole, yet later blocks are");
    return read_again(blame);
  }
  tail_.bytes_cut = cut;
  return false;
}

// The same for a segment behind the one that is being read, whose header was not whole or was not
// reached.
absl::StatusOr<std::uint64_t> JournalReader::Impl::confirmed_in_later(SegmentBytes& segment) {
  SegmentHeader header;
  const absl::StatusOr<HeaderState> state = state_of(segment, header);
  if (!state.ok()) return state.status();
  if (*state == HeaderState::kWhole) return kSegmentBytesMax + 1;
  if (segment.compressed()) {
    return damage(segment, 0, "no whole header, in a segment that was complete");
  }
  return confirmed_in(segment, kPageBytes);
}

void JournalReader::Impl::end_here() {
  ended_ = true;
  tail_.offset = offset_;
}

JournalReader::JournalReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JournalReader::~JournalReader() = default;

absl::StatusOr<std::unique_ptr<JournalReader>> JournalReader::open(Storage& storage,
                                                                   std::uint64_t from_segment) {
  auto impl = std::make_unique<Impl>(storage);
  absl::Status status = impl->begin(from_segment);
  if (!status.ok()) return status;
  return std::unique_ptr<JournalReader>(new JournalReader(std::move(impl)));
}

absl::StatusOr<bool> JournalReader::next(JournalRecord& out) { return impl_->next(out); }
const JournalTail& JournalReader::tail() const { return impl_->tail(); }
std::uint64_t JournalReader::segment() const { return impl_->segment(); }
std::string_view JournalReader::engine() const { return impl_->engine(); }

}  // namespace evenkeel
