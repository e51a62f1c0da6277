#include "fix/quickfix/sequence_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "fix/quickfix/crc32c.hpp"

namespace evenkeel {
namespace fix {
namespace {

constexpr char kMagic[8] = {'E', 'V', 'K', 'F', 'I', 'X', 'S', 'T'};
constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kByteOrderMark = 0x01020304;
constexpr std::size_t kNumberSlotOffset[2] = {4096, 8192};
constexpr std::size_t kSlotsOffset = 12288;
constexpr std::size_t kIdentityMax = 200;

struct FileHeader {
  char magic[8];
  std::uint32_t version;
  std::uint32_t byte_order;
  std::uint32_t slot_bytes;
  std::uint32_t slot_count;
  std::uint32_t identity_size;
  char identity[kIdentityMax];
  std::uint32_t crc;  // of everything before
};
static_assert(sizeof(FileHeader) == 232, "the file header's layout is part of the format");

std::uint32_t header_crc(const FileHeader& header) {
  return crc32c(&header, offsetof(FileHeader, crc));
}

void set_error(std::string* error, const std::string& path, const std::string& what) {
  *error = "FIX store " + (path.empty() ? std::string("in memory") : path) + ": " + what;
}

std::string errno_text(const char* doing) {
  return std::string("cannot ") + doing + ": " + std::strerror(errno);
}

bool check_options(const StoreOptions& options, std::string* error) {
  const bool slots_ok = options.slot_bytes >= 256 && options.slot_bytes <= 65536 &&
                        options.slot_bytes % 8 == 0 && options.slot_count >= 16 &&
                        options.slot_count <= 1048576;
  if (!slots_ok) {
    set_error(error, options.path,
              "slot_bytes must be a multiple of 8 in 256..65536, slot_count in 16..1048576");
    return false;
  }
  if (options.identity.empty() || options.identity.size() > kIdentityMax) {
    set_error(error, options.path, "the identity must have 1 to 200 bytes");
    return false;
  }
  return true;
}

std::int64_t wall_clock_ns() {
  timespec now = {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec;
}

// Which boot of the machine this is; 0 when the system does not say.
std::uint64_t system_boot() {
  char text[64] = {};
  const int fd = ::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const ssize_t got = ::read(fd, text, sizeof(text));
  ::close(fd);
  if (got <= 0) return 0;
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (ssize_t i = 0; i < got; ++i) {
    hash = (hash ^ static_cast<unsigned char>(text[i])) * 0x100000001b3u;
  }
  return hash == 0 ? 1 : hash;
}

// Makes a rename or a new file in `path`'s directory durable.
bool sync_directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool ok = ::fsync(fd) == 0;
  ::close(fd);
  return ok;
}

}  // namespace

struct SequenceStore::NumberSlot {
  std::uint32_t crc;  // of everything after
  std::uint32_t padding;
  std::uint64_t generation;
  std::uint64_t epoch;
  std::int64_t creation_time_ns;
  std::int32_t next_sender;
  std::int32_t next_target;
  std::uint64_t mark;      // the owner's, of next_target
  std::uint64_t boot;      // of the machine, when this was written
  std::int32_t run_first;  // next_sender when it was opened
  std::uint32_t flags;     // of the run that wrote this
};

constexpr std::uint32_t kEverySent = 1;  // nothing left before it was synced
constexpr std::uint32_t kWasReset = 2;

struct SequenceStore::SlotHeader {
  std::uint32_t crc;  // of the rest of the header and the message
  std::uint32_t size;
  std::uint64_t epoch;
  std::int32_t seq;
  std::uint32_t padding;
};

SequenceStore::~SequenceStore() {
  if (memory_ != nullptr && image_ == nullptr) ::munmap(memory_, bytes_);
  if (fd_ >= 0) ::close(fd_);  // releases the lock as well
}

bool SequenceStore::map(std::size_t bytes, std::string* error) {
  const int flags = fd_ >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, fd_, 0);
  if (at == MAP_FAILED) {
    *error = errno_text("map it");
    return false;
  }
  memory_ = static_cast<char*>(at);
  bytes_ = bytes;
  return true;
}

void SequenceStore::write_file_header(const StoreOptions& options) {
  FileHeader header;
  std::memset(&header, 0, sizeof(header));
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kVersion;
  header.byte_order = kByteOrderMark;
  header.slot_bytes = options.slot_bytes;
  header.slot_count = options.slot_count;
  header.identity_size = static_cast<std::uint32_t>(options.identity.size());
  std::memcpy(header.identity, options.identity.data(), options.identity.size());
  header.crc = header_crc(header);
  write_at(0, &header, sizeof(header));
}

// Every change of what is stored goes through here.
bool SequenceStore::write_at(std::size_t offset, const void* from, std::size_t size) {
  std::size_t written = size;
  if (image_ != nullptr) {
    if (image_->ended) return false;
    ++image_->points;
    if (image_->on_point) written = std::min(size, image_->on_point(offset, size));
    image_->unsynced_.emplace_back(offset, written);
    image_->ended = written < size;
  }
  std::memcpy(memory_ + offset, from, written);
  return written == size;
}

bool SequenceStore::check_file_header(const StoreOptions& options, std::string* error) const {
  FileHeader header;
  std::memcpy(&header, memory_, sizeof(header));
  if (std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0) {
    *error = "this is not a FIX store";
  } else if (header.byte_order != kByteOrderMark) {
    *error = "written on another kind of machine";
  } else if (header.version != kVersion) {
    *error = "version " + std::to_string(header.version) + " of the format; this program reads " +
             std::to_string(kVersion) +
             " only. End the session in order with the program that wrote it, agree with the "
             "counterparty to start again at 1, and remove the file";
  } else if (header.crc != header_crc(header) || header.identity_size > kIdentityMax) {
    *error =
        "the file header is damaged; numbers must not start again from 1 by accident, so look "
        "into it before removing the file";
  } else if (header.slot_bytes != options.slot_bytes || header.slot_count != options.slot_count) {
    *error = "made with slot_bytes " + std::to_string(header.slot_bytes) + " and slot_count " +
             std::to_string(header.slot_count);
  } else if (options.identity != std::string(header.identity, header.identity_size)) {
    *error = "belongs to session " + std::string(header.identity, header.identity_size) + ", not " +
             options.identity;
  } else {
    return true;
  }
  return false;
}

// A new file is made whole under another name and then renamed, so that a crash leaves either
// nothing or a good file.
bool SequenceStore::prepare_new_file(const StoreOptions& options, std::string* error) {
  const std::string temporary = options.path + ".new";
  fd_ = ::open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd_ < 0) {
    *error = errno_text("create it");
    return false;
  }
  const std::size_t bytes =
      kSlotsOffset + static_cast<std::size_t>(options.slot_bytes) * options.slot_count;
  const int allocated = ::posix_fallocate(fd_, 0, static_cast<off_t>(bytes));
  if (allocated != 0) {
    *error = std::string("cannot reserve its space: ") + std::strerror(allocated);
    return false;
  }
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    *error = errno_text("lock it");
    return false;
  }
  if (!map(bytes, error)) return false;
  // Pages that were never written cost the disk a journal entry of its own at their first sync.
  if (sync_ == SyncPolicy::kDisk) std::memset(memory_, 0, bytes_);
  write_file_header(options);
  creation_time_ns_ = wall_clock_ns();
  if (!write_numbers(false) || ::fsync(fd_) != 0 ||
      ::rename(temporary.c_str(), options.path.c_str()) != 0 || !sync_directory_of(options.path)) {
    *error = errno_text("write it");
    return false;
  }
  return true;
}

bool SequenceStore::load(const StoreOptions& options, std::string* error) {
  struct stat status = {};
  if (::fstat(fd_, &status) != 0) {
    *error = errno_text("look at it");
    return false;
  }
  const std::size_t size = static_cast<std::size_t>(status.st_size);
  if (size < kSlotsOffset) {
    *error = "too short to be a FIX store";
    return false;
  }
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    *error = errno == EWOULDBLOCK ? "in use by another process" : errno_text("lock it");
    return false;
  }
  return map(size, error) && read_file(options, error);
}

bool SequenceStore::read_file(const StoreOptions& options, std::string* error) {
  if (!check_file_header(options, error)) return false;
  if (bytes_ != kSlotsOffset + static_cast<std::size_t>(options.slot_bytes) * options.slot_count) {
    *error = "its size does not fit its header";
    return false;
  }
  if (!read_numbers()) {
    *error = "both copies of the sequence numbers are damaged";
    return false;
  }
  find_last_sent();
  opened_at_ = next_sender_;
  // Until its owner has it on record, this run is one with the last.
  run_first_ = last_run_first_;
  whole_before_ = last_run_whole_;
  // What an earlier run left to the system is made durable first, when this one promises that.
  if (!write_numbers(true)) {
    *error = "cannot write to it";
    return false;
  }
  return true;
}

void SequenceStore::take_options(const StoreOptions& options) {
  slot_bytes_ = options.slot_bytes;
  slot_count_ = options.slot_count;
  sync_ = options.sync;
  inbound_commit_ = options.inbound_commit;
  boot_ = options.boot != 0 ? options.boot : system_boot();
}

std::unique_ptr<SequenceStore> SequenceStore::open_file(const StoreOptions& options,
                                                        std::string* error) {
  if (!check_options(options, error)) return nullptr;
  std::unique_ptr<SequenceStore> store(new SequenceStore());
  store->take_options(options);
  store->fd_ = ::open(options.path.c_str(), O_RDWR | O_CLOEXEC);
  std::string what;
  const bool ok = store->fd_ >= 0   ? store->load(options, &what)
                  : errno == ENOENT ? store->prepare_new_file(options, &what)
                                    : (what = errno_text("open it"), false);
  if (ok) return store;
  set_error(error, options.path, what);
  return nullptr;
}

std::unique_ptr<SequenceStore> SequenceStore::in_memory(const StoreOptions& options,
                                                        std::string* error) {
  if (!check_options(options, error)) return nullptr;
  std::unique_ptr<SequenceStore> store(new SequenceStore());
  store->take_options(options);
  std::string what;
  if (!store->map(kSlotsOffset + static_cast<std::size_t>(options.slot_bytes) * options.slot_count,
                  &what)) {
    set_error(error, std::string(), what);
    return nullptr;
  }
  store->creation_time_ns_ = wall_clock_ns();
  store->write_numbers(false);
  return store;
}

std::unique_ptr<SequenceStore> SequenceStore::on_image(const StoreOptions& options,
                                                       std::shared_ptr<StoreImage> image,
                                                       std::string* error) {
  if (!check_options(options, error)) return nullptr;
  std::unique_ptr<SequenceStore> store(new SequenceStore());
  store->take_options(options);
  const std::size_t bytes =
      kSlotsOffset + static_cast<std::size_t>(options.slot_bytes) * options.slot_count;
  const bool made = image->now.empty();
  if (made) image->now.assign(bytes, 0);
  store->image_ = std::move(image);
  store->memory_ = store->image_->now.data();
  store->bytes_ = store->image_->now.size();
  std::string what;
  if (made) {
    store->write_file_header(options);
    store->creation_time_ns_ = wall_clock_ns();
    // As a file, it appears whole or not at all.
    if (store->write_numbers(false)) {
      store->image_->synced = store->image_->now;
      store->image_->unsynced_.clear();
      return store;
    }
    store->image_->now.clear();
    what = "the process has ended";
  } else if (store->read_file(options, &what)) {
    return store;
  }
  set_error(error, std::string(), what);
  return nullptr;
}

constexpr std::size_t StoreImage::kSectorBytes;  // C++14: it is taken by reference

void StoreImage::lose_power(const std::function<bool(std::size_t sector)>& keep) {
  for (std::size_t at = 0; at < now.size(); at += kSectorBytes) {
    const std::size_t size = std::min(kSectorBytes, now.size() - at);
    if (std::memcmp(now.data() + at, synced.data() + at, size) == 0) continue;
    if (keep && keep(at / kSectorBytes)) {
      std::memcpy(synced.data() + at, now.data() + at, size);
    } else {
      std::memcpy(now.data() + at, synced.data() + at, size);
    }
  }
  unsynced_.clear();
}

// Takes the newer of the two number slots that are whole.
bool SequenceStore::read_numbers() {
  bool found = false;
  for (const std::size_t offset : kNumberSlotOffset) {
    NumberSlot slot;
    std::memcpy(&slot, memory_ + offset, sizeof(slot));
    const std::uint32_t crc = crc32c(&slot.padding, sizeof(slot) - offsetof(NumberSlot, padding));
    if (slot.crc != crc || slot.next_sender < 1 || slot.next_target < 1) continue;
    if (found && slot.generation < generation_) continue;
    found = true;
    generation_ = slot.generation;
    epoch_ = slot.epoch;
    creation_time_ns_ = slot.creation_time_ns;
    next_sender_ = slot.next_sender;
    next_target_ = slot.next_target;
    committed_target_ = slot.next_target;
    committed_mark_ = slot.mark;
    last_run_first_ = slot.run_first;
    const bool same_boot = slot.boot != 0 && slot.boot == boot_;
    last_run_whole_ =
        (slot.flags & kWasReset) == 0 && ((slot.flags & kEverySent) != 0 || same_boot);
  }
  return found;
}

// A message may have been recorded, and even sent, without the number after it having been written.
// Its number must not be used twice; skipping one that was not sent only makes the peer ask, and
// get a gap fill.
void SequenceStore::find_last_sent() {
  for (std::uint32_t i = 0; i < slot_count_; ++i) {
    SlotHeader header;
    if (!read_slot(memory_ + kSlotsOffset + static_cast<std::size_t>(i) * slot_bytes_, &header)) {
      continue;
    }
    next_sender_ = std::max(next_sender_, header.seq + 1);
  }
}

bool SequenceStore::write_numbers(bool sync) {
  if (failing_) return false;
  NumberSlot slot;
  std::memset(&slot, 0, sizeof(slot));
  slot.generation = ++generation_;
  slot.epoch = epoch_;
  slot.creation_time_ns = creation_time_ns_;
  slot.next_sender = next_sender_;
  slot.next_target = committed_target_;
  slot.mark = committed_mark_;
  slot.boot = boot_;
  slot.run_first = run_first_;
  slot.flags = (sync_ == SyncPolicy::kDisk ? kEverySent : 0) |
               (was_reset_ || !whole_before_ ? kWasReset : 0);
  slot.crc = crc32c(&slot.padding, sizeof(slot) - offsetof(NumberSlot, padding));
  if (!write_at(kNumberSlotOffset[generation_ % 2], &slot, sizeof(slot))) return false;
  return !sync || sync_to_disk();
}

bool SequenceStore::run_recorded() {
  if (recorded_) return true;
  recorded_ = true;
  run_first_ = opened_at_;
  whole_before_ = true;
  return write_numbers(false);
}

bool SequenceStore::sync_to_disk() {
  if (failing_) return false;
  if (sync_ != SyncPolicy::kDisk) return true;
  if (image_ != nullptr) {
    if (image_->ended) return false;
    ++image_->points;
    image_->ended = image_->on_point && image_->on_point(0, 0) == 0;
    if (image_->ended) return false;
    for (const auto& range : image_->unsynced_) {
      std::memcpy(image_->synced.data() + range.first, image_->now.data() + range.first,
                  range.second);
    }
    image_->unsynced_.clear();
    return true;
  }
  if (fd_ < 0) return true;
  return ::fdatasync(fd_) == 0;  // writes back what was changed through the mapping, too
}

char* SequenceStore::slot(std::int32_t seq) const {
  const std::uint32_t index = static_cast<std::uint32_t>(seq) % slot_count_;
  return memory_ + kSlotsOffset + static_cast<std::size_t>(index) * slot_bytes_;
}

bool SequenceStore::read_slot(const char* at, SlotHeader* header) const {
  std::memcpy(header, at, sizeof(*header));
  if (header->epoch != epoch_ || header->seq < 1) return false;
  if (header->size > slot_bytes_ - sizeof(*header)) return false;
  const std::size_t checked =
      sizeof(*header) - offsetof(SlotHeader, size) + static_cast<std::size_t>(header->size);
  return header->crc == crc32c(at + offsetof(SlotHeader, size), checked);
}

bool SequenceStore::put(std::int32_t seq, const char* data, std::size_t size) {
  if (failing_) return false;
  SlotHeader header;
  std::memset(&header, 0, sizeof(header));
  const bool fits = size <= slot_bytes_ - sizeof(header);
  header.size = fits ? static_cast<std::uint32_t>(size) : 0;
  header.epoch = epoch_;
  header.seq = seq;
  const std::size_t at = static_cast<std::size_t>(slot(seq) - memory_);
  constexpr std::size_t kChecked = sizeof(header) - offsetof(SlotHeader, size);
  const std::uint32_t head = crc32c(&header.size, kChecked);
  header.crc = crc32c(data, header.size, head);
  if (fits && !write_at(at + sizeof(header), data, size)) return false;
  return write_at(at, &header, sizeof(header)) && sync_to_disk();
}

bool SequenceStore::get(std::int32_t seq, std::string* message) const {
  if (seq < 1) return false;
  const char* const at = slot(seq);
  SlotHeader header;
  if (!read_slot(at, &header) || header.seq != seq || header.size == 0) return false;
  message->assign(at + sizeof(header), header.size);
  return true;
}

// Not synced by itself: put() was, and find_last_sent() derives this number from it.
bool SequenceStore::set_next_sender(std::int32_t next) {
  const std::int32_t before = next_sender_;
  next_sender_ = next;
  if (write_numbers(next != before + 1)) return true;
  next_sender_ = before;
  return false;
}

bool SequenceStore::set_next_target(std::int32_t next) {
  if (inbound_commit_ == InboundCommit::kByOwner) {
    if (failing_) return false;
    next_target_ = next;
    return true;
  }
  const std::int32_t before = next_target_;
  next_target_ = next;
  committed_target_ = next;
  if (write_numbers(true)) return true;
  next_target_ = before;
  committed_target_ = before;
  return false;
}

bool SequenceStore::commit_inbound(std::int32_t next, std::uint64_t mark) {
  const std::int32_t bounded = std::min(next, next_target_);
  if (bounded <= committed_target_) return true;
  const std::int32_t before = committed_target_;
  const std::uint64_t mark_before = committed_mark_;
  committed_target_ = bounded;
  committed_mark_ = std::max(committed_mark_, mark);
  if (write_numbers(false)) return true;
  committed_target_ = before;
  committed_mark_ = mark_before;
  return false;
}

bool SequenceStore::reset(std::int64_t now_ns) {
  if (failing_) return false;
  ++epoch_;
  next_sender_ = 1;
  next_target_ = 1;
  committed_target_ = 1;
  creation_time_ns_ = now_ns;
  was_reset_ = true;
  return write_numbers(true);
}

}  // namespace fix
}  // namespace evenkeel
