#ifndef EVENKEEL_FIX_QUICKFIX_SEQUENCE_STORE_HPP_
#define EVENKEEL_FIX_QUICKFIX_SEQUENCE_STORE_HPP_

// What a FIX session must remember across connections and restarts: the two next sequence numbers
// and the latest messages sent, for resends. One preallocated file (or anonymous memory) of fixed
// size, mapped; no write ever grows it.
//
// File, native byte order, version 2 (nothing older is read: version 1 had no owner's mark):
//   offset 0      file header, written once: magic, version, shape, session identity, CRC
//   offset 4096   number slot A } written in turn, each with a generation and a CRC, so that
//   offset 8192   number slot B } a torn write costs one step and never the numbers
//   offset 12288  the message slots: message n is in slot n % slot_count, with epoch and CRC
//
// The epoch changes at reset(), which thereby forgets all messages at once. A slot whose CRC or
// epoch does not match is no message: that cuts a torn tail at open. A message larger than a slot
// is not kept; its number still counts.
//
// The inbound number carries a mark of the owner's, written with it in one piece: how far the
// owner's own record was when the number was committed. A record that ends before the mark is older
// than the store.
//
// It never grows, never resets by itself, and never opens a file that is damaged, locked or of
// another session. One thread at a time.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace evenkeel {
namespace fix {

// When a write counts as done.
enum class SyncPolicy : std::uint8_t {
  kNone,  // in memory only: nothing survives the process
  kOs,    // in the page cache: survives the process, not the machine
  kDisk,  // on the disk before the call returns: survives the machine
};

// When the inbound number becomes durable.
enum class InboundCommit : std::uint8_t {
  kImmediate,  // as soon as the application's callback for that message has returned
  kByOwner,    // when commit_inbound() says so, that is, once the owner has made the message itself
               // durable
};

struct StoreOptions {
  std::string path;      // ignored by in_memory()
  std::string identity;  // the session, e.g. "FIX.4.4:EVENKEEL->BROKER"; at most 200 bytes
  std::uint32_t slot_bytes = 2048;  // a multiple of 8, 256 to 65536
  std::uint32_t slot_count = 8192;  // 16 to 1048576; with 2048 bytes, 8192 slots are 16 MiB
  SyncPolicy sync = SyncPolicy::kOs;
  InboundCommit inbound_commit = InboundCommit::kImmediate;
  // Which boot of the machine this is; 0: as the system says. For tests.
  std::uint64_t boot = 0;
};

// A store's file for tests: what the process sees, what the disk has, and every point at which one
// of them changes. When the process ends, `now` stays; when the machine does, `synced` stays, and
// of the rest whichever sectors happened to be written back.
struct StoreImage {
  static constexpr std::size_t kSectorBytes = 512;

  std::vector<char> now;
  std::vector<char> synced;
  std::uint64_t points = 0;  // writes and syncs so far
  // Asked before each write of `size` bytes at `offset`, and before each sync with size 0. Returns
  // how many of the bytes are written; a sync is done when it returns anything but 0. Less than
  // everything: the process ends here, and nothing is written any more. May be empty.
  std::function<std::size_t(std::size_t offset, std::size_t size)> on_point;
  bool ended = false;

  // The machine went down. Of the sectors that differ, those for which `keep` says so had been
  // written back; null: none.
  void lose_power(const std::function<bool(std::size_t sector)>& keep);
  // A new process over the same file.
  void revive() { ended = false; }

 private:
  friend class SequenceStore;
  std::vector<std::pair<std::size_t, std::size_t>> unsynced_;  // offset and size
};

class SequenceStore {
 public:
  // Opens or creates the file. Null, and *error says why, when it cannot be locked, made or read,
  // or is damaged or of another session or shape. A missing file is a new session: both numbers
  // are 1.
  static std::unique_ptr<SequenceStore> open_file(const StoreOptions& options, std::string* error);

  // The same format without a file. Null only when options are out of range or memory is short.
  static std::unique_ptr<SequenceStore> in_memory(const StoreOptions& options, std::string* error);

  // The same format in `image`: made when it is empty, opened as a file is when it is not.
  static std::unique_ptr<SequenceStore> on_image(const StoreOptions& options,
                                                 std::shared_ptr<StoreImage> image,
                                                 std::string* error);

  ~SequenceStore();
  SequenceStore(const SequenceStore&) = delete;
  SequenceStore& operator=(const SequenceStore&) = delete;

  // Records an outbound message under its number. False when it could not be made as durable as the
  // policy asks; the message must then not be sent. Precondition: seq > 0.
  bool put(std::int32_t seq, const char* data, std::size_t size);

  // The message with this number, if it is still held.
  bool get(std::int32_t seq, std::string* message) const;

  std::int32_t next_sender() const { return next_sender_; }
  std::int32_t next_target() const { return next_target_; }
  bool set_next_sender(std::int32_t next);
  bool set_next_target(std::int32_t next);

  // With kByOwner: the next inbound number that a restart will begin with. Never beyond
  // next_target(); going back is ignored. Returns false when the write failed. Not synced, whatever
  // the policy: a number that is lost only makes the peer send again what the owner has already.
  // `mark` is kept with the number unless it is lower than before.
  bool commit_inbound(std::int32_t next, std::uint64_t mark = 0);
  std::int32_t committed_target() const { return committed_target_; }
  // The mark of the last commit; 0 when there was none.
  std::uint64_t committed_mark() const { return committed_mark_; }

  // The owner has this run on record, so that after its end nobody asks about the runs before it.
  // Until then the next one takes this run and the one before it for one. Not synced: when it is
  // lost, more messages are looked through. False when the write failed.
  bool run_recorded();
  // Of the last run that is on record and all since then, up to when the store was opened: the
  // first message's number, and whether every message that left was put here for good. Not so when
  // the numbers were reset, or when the machine has gone down since and the policy was not kDisk,
  // as far as that can be told.
  std::int32_t last_run_first() const { return last_run_first_; }
  bool last_run_whole() const { return last_run_whole_; }

  // When the present numbering began, UTC ns since 1970.
  std::int64_t creation_time_ns() const { return creation_time_ns_; }

  // Both numbers to 1, no messages. `now_ns` becomes the creation time.
  bool reset(std::int64_t now_ns);

  std::uint32_t slot_count() const { return slot_count_; }

  // For tests: from now on every write fails, as on a disk that has gone.
  void fail_writes(bool fail) { failing_ = fail; }

 private:
  struct NumberSlot;
  struct SlotHeader;

  SequenceStore() = default;
  bool map(std::size_t bytes, std::string* error);
  bool prepare_new_file(const StoreOptions& options, std::string* error);
  void take_options(const StoreOptions& options);
  bool load(const StoreOptions& options, std::string* error);
  bool read_file(const StoreOptions& options, std::string* error);
  void write_file_header(const StoreOptions& options);
  bool check_file_header(const StoreOptions& options, std::string* error) const;
  bool read_numbers();
  void find_last_sent();
  bool write_numbers(bool sync);
  bool sync_to_disk();
  bool write_at(std::size_t offset, const void* from, std::size_t size);
  char* slot(std::int32_t seq) const;
  bool read_slot(const char* at, SlotHeader* header) const;

  int fd_ = -1;
  std::shared_ptr<StoreImage> image_;
  char* memory_ = nullptr;
  std::size_t bytes_ = 0;
  std::uint32_t slot_bytes_ = 0;
  std::uint32_t slot_count_ = 0;
  SyncPolicy sync_ = SyncPolicy::kNone;
  InboundCommit inbound_commit_ = InboundCommit::kImmediate;
  bool failing_ = false;

  std::uint64_t generation_ = 0;
  std::uint64_t epoch_ = 1;
  std::int64_t creation_time_ns_ = 0;
  std::int32_t next_sender_ = 1;
  std::int32_t next_target_ = 1;
  std::int32_t committed_target_ = 1;
  std::uint64_t committed_mark_ = 0;
  std::uint64_t boot_ = 0;
  std::int32_t run_first_ = 1, last_run_first_ = 1;
  bool was_reset_ = false;
  bool recorded_ = false;
  bool whole_before_ = true;
  std::int32_t opened_at_ = 1;
  bool last_run_whole_ = false;  // there was none
};

}  // namespace fix
}  // namespace evenkeel

#endif  // EVENKEEL_FIX_QUICKFIX_SEQUENCE_STORE_HPP_
