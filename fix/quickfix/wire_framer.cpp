#include "fix/quickfix/wire_framer.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace evenkeel {
namespace fix {
namespace {

constexpr char kSoh = '\x01';
constexpr char kStart[] = {'8', '=', 'F', 'I', 'X'};
constexpr std::size_t kBeginStringMax = 10;  // "FIXT.1.1" and its like
constexpr std::size_t kTrailerBytes = 7;     // "10=nnn" SOH
constexpr std::size_t kMsgTypeMax = 3;
constexpr std::size_t kTagDigitsMax = 5;
constexpr int kFieldsMax = 2000;
constexpr std::size_t kIntegerDigitsMax =
    9;  // always fits an int, which QuickFIX's conversion does not check

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Tags that QuickFIX turns into an int without looking at the length.
bool is_integer_tag(int tag) {
  switch (tag) {
    case 7:    // BeginSeqNo
    case 16:   // EndSeqNo
    case 34:   // MsgSeqNum
    case 36:   // NewSeqNo
    case 45:   // RefSeqNum
    case 90:   // SecureDataLen
    case 93:   // SignatureLength
    case 95:   // RawDataLength
    case 98:   // EncryptMethod
    case 102:  // CxlRejReason
    case 103:  // OrdRejReason
    case 108:  // HeartBtInt
    case 136:  // NoMiscFees
    case 212:  // XmlDataLen
    case 354:  // EncodedTextLen
    case 369:  // LastMsgSeqNumProcessed
    case 371:  // RefTagID
    case 373:  // SessionRejectReason
    case 378:  // ExecRestatementReason
    case 380:  // BusinessRejectReason
    case 382:  // NoContraBrokers
    case 383:  // MaxMessageSize
    case 384:  // NoMsgTypes
    case 452:  // PartyRole
    case 453:  // NoPartyIDs
    case 454:  // NoSecurityAltID
    case 532:  // MassCancelRejectReason
    case 533:  // TotalAffectedOrders
    case 555:  // NoLegs
    case 585:  // MassStatusReqType
    case 627:  // NoHops
    case 802:  // NoPartySubIDs
    case 803:  // PartySubIDType
    case 911:  // TotNumReports
      return true;
    default:
      return false;
  }
}

// Header and trailer tags that may come once; a bit each.
unsigned once_bit(int tag) {
  switch (tag) {
    case 8:
      return 1U << 0;
    case 9:
      return 1U << 1;
    case 10:
      return 1U << 2;
    case 34:
      return 1U << 3;
    case 35:
      return 1U << 4;
    case 43:
      return 1U << 5;
    case 49:
      return 1U << 6;
    case 52:
      return 1U << 7;
    case 56:
      return 1U << 8;
    case 97:
      return 1U << 9;
    case 122:
      return 1U << 10;
    default:
      return 0;
  }
}

constexpr unsigned kSeenSeqNum = 1U << 3;
constexpr unsigned kSeenMsgType = 1U << 4;
constexpr unsigned kSeenSender = 1U << 6;
constexpr unsigned kSeenTarget = 1U << 8;

bool is_short_integer(const Slice& value) {
  const std::size_t sign = value.size > 0 && value.data[0] == '-' ? 1 : 0;
  return value.size - sign <= kIntegerDigitsMax;
}

}  // namespace

bool Slice::equals(const char* other, std::size_t other_size) const {
  return size == other_size && std::memcmp(data, other, size) == 0;
}

WireFramer::WireFramer(std::size_t max_message_bytes)
    : max_message_bytes_(max_message_bytes), buffer_(2 * max_message_bytes) {}

std::size_t WireFramer::append(const char* data, std::size_t size) {
  if (size > buffer_.size() - end_ && begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const std::size_t taken = std::min(size, buffer_.size() - end_);
  if (taken > 0) std::memcpy(buffer_.data() + end_, data, taken);
  end_ += taken;
  return taken;
}

void WireFramer::reset() {
  begin_ = 0;
  end_ = 0;
  dropped_bytes_ = 0;
  reason_ = "";
}

// Drops bytes from the front up to the next place, not before `from`, where a message may start.
FrameStatus WireFramer::drop_to_next_start(std::size_t from, const char* reason) {
  const char* const stop = buffer_.data() + end_;
  const char* const first = buffer_.data() + from;
  const char* at = std::search(first, stop, std::begin(kStart), std::end(kStart));
  if (at == stop) {
    // Keep a tail that could still become the start of a message.
    std::size_t keep = std::min(sizeof(kStart) - 1, end_ - from);
    while (keep > 0 && std::memcmp(stop - keep, kStart, keep) != 0) --keep;
    at = stop - keep;
  }
  dropped_bytes_ = static_cast<std::size_t>(at - (buffer_.data() + begin_));
  begin_ += dropped_bytes_;
  reason_ = reason;
  return FrameStatus::kGarbled;
}

// Reads "8=FIX..." SOH "9=" digits SOH. kMessage: both outputs are set; kNeedMore: not all of it
// has arrived.
FrameStatus WireFramer::check_length(std::size_t* body_begin, std::size_t* body_size) {
  const char* const start = buffer_.data() + begin_;
  const std::size_t size = end_ - begin_;
  const std::size_t compared = std::min(size, sizeof(kStart));
  if (std::memcmp(start, kStart, compared) != 0) {
    return drop_to_next_start(begin_ + 1, "bytes that do not start a message");
  }
  if (size < sizeof(kStart)) return FrameStatus::kNeedMore;

  const std::size_t searched = std::min(size, 2 + kBeginStringMax + 1);
  const void* const soh = std::memchr(start, kSoh, searched);
  if (soh == nullptr) {
    if (searched < 2 + kBeginStringMax + 1) return FrameStatus::kNeedMore;
    return drop_to_next_start(begin_ + 1, "BeginString is too long");
  }
  std::size_t at = static_cast<std::size_t>(static_cast<const char*>(soh) - start) + 1;
  const char expected[] = {'9', '='};
  for (const char c : expected) {
    if (at == size) return FrameStatus::kNeedMore;
    if (start[at++] != c)
      return drop_to_next_start(begin_ + 1, "BodyLength is not the second field");
  }
  std::size_t length = 0;
  const std::size_t digits_begin = at;
  for (;; ++at) {
    if (at == size) return FrameStatus::kNeedMore;
    if (start[at] == kSoh) break;
    if (!is_digit(start[at])) return drop_to_next_start(begin_ + 1, "BodyLength is not a number");
    length = length * 10 + static_cast<std::size_t>(start[at] - '0');
    if (length > max_message_bytes_) {
      reason_ = "BodyLength is larger than allowed";
      return FrameStatus::kOversized;
    }
    if (at - digits_begin >= kIntegerDigitsMax) {
      return drop_to_next_start(begin_ + 1, "BodyLength has too many digits");
    }
  }
  if (at == digits_begin) return drop_to_next_start(begin_ + 1, "BodyLength is empty");
  *body_begin = at + 1;
  *body_size = length;
  return FrameStatus::kMessage;
}

FrameStatus WireFramer::next(Frame* frame) {
  *frame = Frame();
  dropped_bytes_ = 0;
  if (begin_ == end_) return FrameStatus::kNeedMore;
  std::size_t body_begin = 0;
  std::size_t body_size = 0;
  const FrameStatus status = check_length(&body_begin, &body_size);
  if (status != FrameStatus::kMessage) return status;

  const std::size_t trailer = body_begin + body_size;
  const std::size_t total = trailer + kTrailerBytes;
  if (total > max_message_bytes_) {
    reason_ = "BodyLength is larger than allowed";
    return FrameStatus::kOversized;
  }
  if (end_ - begin_ < total) return FrameStatus::kNeedMore;

  const char* const start = buffer_.data() + begin_;
  const char* const t = start + trailer;
  if (t[-1] != kSoh || t[0] != '1' || t[1] != '0' || t[2] != '=' || !is_digit(t[3]) ||
      !is_digit(t[4]) || !is_digit(t[5]) || t[6] != kSoh) {
    return drop_to_next_start(begin_ + 1, "no checksum where BodyLength says");
  }
  unsigned sum = 0;
  for (std::size_t i = 0; i < trailer; ++i) sum += static_cast<unsigned char>(start[i]);
  const unsigned claimed =
      static_cast<unsigned>((t[3] - '0') * 100 + (t[4] - '0') * 10 + (t[5] - '0'));
  begin_ += total;
  dropped_bytes_ = total;
  if (sum % 256 != claimed) {
    reason_ = "the checksum is wrong";
    return FrameStatus::kBadChecksum;
  }
  frame->message = Slice{start, total};
  if (!read_fields(body_begin, trailer, frame)) return FrameStatus::kGarbled;
  dropped_bytes_ = 0;
  return FrameStatus::kMessage;
}

// Walks over "tag=value" SOH from the body's begin to the trailer.
bool WireFramer::read_fields(std::size_t body_begin, std::size_t end, Frame* frame) {
  const char* const start = frame->message.data;
  unsigned seen = once_bit(8) | once_bit(9) | once_bit(10);
  std::size_t at = body_begin;
  for (int count = 0; at < end; ++count) {
    if (count == kFieldsMax) {
      reason_ = "too many fields";
      return false;
    }
    int tag = 0;
    std::size_t digits = 0;
    for (; at < end && is_digit(start[at]) && digits <= kTagDigitsMax; ++at, ++digits) {
      tag = tag * 10 + (start[at] - '0');
    }
    const bool proper = digits > 0 && digits <= kTagDigitsMax && start[at - digits] != '0';
    if (!proper || start[at] != '=') {
      reason_ = "a field without a proper tag";
      return false;
    }
    const char* const value = start + at + 1;
    const void* const soh = std::memchr(value, kSoh, end - at - 1);
    if (soh == nullptr) {
      reason_ = "a field that does not end";
      return false;
    }
    const Slice slice{value, static_cast<std::size_t>(static_cast<const char*>(soh) - value)};
    if (count == 0 && tag != 35) {
      reason_ = "MsgType is not the third field";
      return false;
    }
    if (!check_field(tag, slice, frame, &seen)) return false;
    at = static_cast<std::size_t>(static_cast<const char*>(soh) - start) + 1;
  }
  const unsigned needed = kSeenMsgType | kSeenSeqNum | kSeenSender | kSeenTarget;
  if ((seen & needed) != needed) {
    reason_ = "MsgSeqNum, SenderCompID or TargetCompID is missing";
    return false;
  }
  return true;
}

bool WireFramer::check_field(int tag, const Slice& value, Frame* frame, unsigned* seen) {
  const unsigned bit = once_bit(tag);
  if (bit != 0 && (*seen & bit) != 0) {
    reason_ = "a header field that comes twice";
    return false;
  }
  *seen |= bit;
  if (is_integer_tag(tag) && !is_short_integer(value)) {
    reason_ = "a whole number with too many digits";
    return false;
  }
  switch (tag) {
    case 35:
      frame->msg_type = value;
      reason_ = "MsgType is empty or too long";
      return value.size > 0 && value.size <= kMsgTypeMax;
    case 34: {
      std::int32_t seq = 0;
      for (std::size_t i = 0; i < value.size; ++i) {
        if (!is_digit(value.data[i])) {
          seq = 0;
          break;
        }
        seq = seq * 10 + (value.data[i] - '0');
      }
      frame->msg_seq_num = seq;
      reason_ = "MsgSeqNum is not a positive number";
      return seq > 0;
    }
    case 43:
      frame->poss_dup = value.equals("Y", 1);
      return true;
    case 49:
      frame->sender_comp_id = value;
      return true;
    case 56:
      frame->target_comp_id = value;
      return true;
    default:
      return true;
  }
}

}  // namespace fix
}  // namespace evenkeel
