#ifndef EVENKEEL_FIX_QUICKFIX_WIRE_FRAMER_HPP_
#define EVENKEEL_FIX_QUICKFIX_WIRE_FRAMER_HPP_

// Cuts a byte stream into FIX messages and checks their form: lengths, checksum, tags, header. What
// comes out may be given to QuickFIX; everything that its parser handles badly (unbounded buffers,
// integers that overflow, repeated header tags, values of any length in the message type) has been
// refused before. It never grows its buffer, never looks at the meaning of a message, and never
// throws after construction.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace evenkeel {
namespace fix {

// A piece of the framer's buffer. Valid until the framer is called again.
struct Slice {
  const char* data = nullptr;
  std::size_t size = 0;
  bool equals(const char* other, std::size_t other_size) const;
};

// One well-formed message and what the session needs of its header.
struct Frame {
  Slice message;
  Slice msg_type;
  Slice sender_comp_id;
  Slice target_comp_id;
  std::int32_t msg_seq_num = 0;
  bool poss_dup = false;
};

enum class FrameStatus : std::uint8_t {
  kNeedMore,     // no complete message in the buffer
  kMessage,      // *frame holds one
  kGarbled,      // bytes that are no message were dropped; reason() and dropped_bytes() say what
  kBadChecksum,  // a message whose checksum is wrong was dropped
  kOversized,  // a message claims to be larger than allowed: the stream cannot be followed any more
};

class WireFramer {
 public:
  // Precondition: max_message_bytes >= 64. The buffer holds two messages of that size.
  explicit WireFramer(std::size_t max_message_bytes);

  // Takes as many bytes as there is room for and returns how many. Less than `size` means: call
  // next() first.
  std::size_t append(const char* data, std::size_t size);

  // The next message, or why there is none. Call until kNeedMore.
  FrameStatus next(Frame* frame);

  // Forgets everything buffered, as on a new connection.
  void reset();

  const char* reason() const { return reason_; }
  std::size_t dropped_bytes() const { return dropped_bytes_; }
  std::size_t buffered_bytes() const { return end_ - begin_; }

 private:
  FrameStatus check_length(std::size_t* body_begin, std::size_t* body_size);
  FrameStatus drop_to_next_start(std::size_t from, const char* reason);
  bool read_fields(std::size_t body_begin, std::size_t end, Frame* frame);
  bool check_field(int tag, const Slice& value, Frame* frame, unsigned* seen);

  std::size_t max_message_bytes_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  const char* reason_ = "";
  std::size_t dropped_bytes_ = 0;
};

}  // namespace fix
}  // namespace evenkeel

#endif  // EVENKEEL_FIX_QUICKFIX_WIRE_FRAMER_HPP_
