// A folder on a disk that exists in memory only, for tests: it remembers, in sectors of 512 bytes,
// what was written and what was synced, and can lose what was not. It can fail at a chosen
// operation, stop at one (as a process that is killed there), run full, and crash. The same seed
// gives the same crash. Any thread may use it.
//
// What survives `crash` is what a real disk promises and no more: a name and its content once
// create, put, rename or remove have returned; a sector once sync has returned; anything else
// perhaps, each sector for itself.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/join.hpp"
#include "core/storage.hpp"

namespace evenkeel::testing {

class MemoryStorage final : public Storage {
 public:
  static constexpr std::size_t kSector = 512;

  /// The operations that change something: the places where a crash makes a difference.
  enum class Operation : std::uint8_t { kWrite, kSync, kCreate, kPut, kRename, kRemove };
  /// What a crash leaves of what was not synced.
  enum class Loss : std::uint8_t { kAll, kNone, kRandom };

  MemoryStorage() = default;
  explicit MemoryStorage(std::string folder) : folder_(std::move(folder)) {}

  // --- faults ---

  /// Every operation after the n-th from now on fails with Aborted and changes nothing, as if the
  /// process were gone. The n-th itself, when it is a write, is begun: any of its sectors may come
  /// to lie on the disk.
  void stop_after(std::uint64_t operations) {
    const std::lock_guard lock(mutex_);
    stop_at_ = operations_ + operations;
  }
  bool stopped() const {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }
  /// The n-th operation from now (1: the next) fails with this, once. A write then may have changed
  /// any of its sectors; a sync forgets what it should have synced, as Linux does; nothing else
  /// happens.
  void fail_at(std::uint64_t operation, absl::Status with) {
    const std::lock_guard lock(mutex_);
    fail_at_ = operations_ + operation;
    failure_ = std::move(with);
  }
  /// Bytes that all files together may have.
  void set_capacity(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    capacity_ = bytes;
  }
  /// Called before each operation, for a schedule of one's own. An error is what the operation
  /// says, and nothing has changed; Aborted: the process ends within it, as with `stop_after`.
  void on_operation(std::function<absl::Status(Operation, std::string_view name)> callback) {
    const std::lock_guard lock(mutex_);
    callback_ = std::move(callback);
  }
  std::uint64_t operations() const {
    const std::lock_guard lock(mutex_);
    return operations_;
  }

  /// The machine goes down and comes up again: what was not synced is lost, kept or drawn by lot;
  /// faults and the lock are gone; files that were open are of no use any more.
  void crash(Loss loss, std::uint64_t seed = 0) {
    const std::lock_guard lock(mutex_);
    dice_ = seed * 2 + 1;
    for (auto& [name, content] : files_) {
      settle(*content, loss);
      content->stale = true;
      content = std::make_shared<Content>(content->on_disk);
    }
    settle_pending(loss);
    forget_faults();
  }
  /// Only the process ends: whoever reads next sees everything that was written, synced or not.
  void restart() {
    const std::lock_guard lock(mutex_);
    for (auto& [name, content] : files_) {
      content->stale = true;
      content = std::make_shared<Content>(*content);
      content->stale = false;
    }
    forget_faults();
  }

  // --- looking and meddling, past every fault ---

  std::string content(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto it = files_.find(name);
    return it == files_.end() ? std::string() : it->second->now;
  }
  /// As the last sync left it: what a power loss that spares nothing would leave.
  std::string on_disk(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto it = files_.find(name);
    return it == files_.end() ? std::string() : it->second->on_disk;
  }
  /// As if somebody had written the disk directly; synced.
  void set_content(std::string_view name, std::string content) {
    const std::lock_guard lock(mutex_);
    files_[std::string(name)] = std::make_shared<Content>(std::move(content));
  }
  void drop(std::string_view name) {
    const std::lock_guard lock(mutex_);
    const auto it = files_.find(name);
    if (it != files_.end()) files_.erase(it);
  }

  // --- Storage ---

  absl::StatusOr<std::unique_ptr<StorageFile>> create(std::string_view name,
                                                      std::uint64_t bytes) override {
    const std::lock_guard lock(mutex_);
    if (files_.contains(name)) return absl::AlreadyExistsError(path(name) + ": exists");
    if (used() + bytes > capacity_) {
      count_only();
      return full(name);
    }
    auto made = std::make_shared<Content>(std::string(static_cast<std::size_t>(bytes), '\0'));
    absl::Status status = begin(Operation::kCreate, name);
    if (!status.ok()) {
      remember({std::string(name), made, {}});
      return status;
    }
    files_[std::string(name)] = made;
    return std::make_unique<File>(*this, std::string(name), made);
  }
  absl::StatusOr<std::unique_ptr<StorageFile>> open(std::string_view name, bool writable) override {
    (void)writable;
    const std::lock_guard lock(mutex_);
    if (stopped_) return gone();
    const auto it = files_.find(name);
    if (it == files_.end()) return absl::NotFoundError(path(name) + ": cannot open: not there");
    return std::make_unique<File>(*this, std::string(name), it->second);
  }
  absl::Status put(std::string_view name, std::string_view content) override {
    const std::lock_guard lock(mutex_);
    const auto old = files_.find(name);
    const std::uint64_t freed = old == files_.end() ? 0 : old->second->now.size();
    if (used() - freed + content.size() > capacity_) {
      count_only();
      return full(name);
    }
    absl::Status status = begin(Operation::kPut, name);
    auto made = std::make_shared<Content>(std::string(content));
    if (status.ok()) {
      files_[std::string(name)] = std::move(made);
    } else {
      remember({std::string(name), std::move(made), {}});
    }
    return status;
  }
  absl::Status rename(std::string_view from, std::string_view to) override {
    const std::lock_guard lock(mutex_);
    if (!files_.contains(from)) return absl::NotFoundError(path(from) + ": not there");
    absl::Status status = begin(Operation::kRename, from);
    if (status.ok()) {
      move_file(std::string(from), std::string(to));
    } else {
      remember({std::string(from), nullptr, std::string(to)});
    }
    return status;
  }
  absl::Status remove(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    if (!files_.contains(name)) return absl::NotFoundError(path(name) + ": not there");
    absl::Status status = begin(Operation::kRemove, name);
    if (status.ok()) {
      files_.erase(files_.find(name));
    } else {
      remember({std::string(name), nullptr, {}});
    }
    return status;
  }
  absl::StatusOr<std::vector<std::string>> list() override {
    const std::lock_guard lock(mutex_);
    if (stopped_) return gone();
    std::vector<std::string> names;
    for (const auto& [name, content] : files_) {
      if (!name.ends_with(".part")) names.push_back(name);
    }
    return names;
  }
  /// Held until the next crash or restart.
  absl::Status lock() override {
    const std::lock_guard lock(mutex_);
    if (locked_) return absl::FailedPreconditionError(folder_ + ": another process works here");
    locked_ = true;
    return absl::OkStatus();
  }
  std::string path(std::string_view name) const override { return join(folder_, "/", name); }

 private:
  struct Content {
    explicit Content(std::string bytes) : now(bytes), on_disk(std::move(bytes)) {}
    std::string now;              // as a reader sees it
    std::string on_disk;          // as the last sync left it
    std::set<std::size_t> dirty;  // sectors in which the two may differ
    bool stale = false;
  };
  /// Something about a name that was under way when everything stopped: happened or not, as a
  /// whole.
  struct Pending {
    std::string name;
    std::shared_ptr<Content> content;  // put
    std::string to;                    // rename; remove when neither
  };

  class File final : public StorageFile {
   public:
    File(MemoryStorage& storage, std::string name, std::shared_ptr<Content> content)
        : storage_(storage), name_(std::move(name)), content_(std::move(content)) {}
    absl::Status write(std::uint64_t offset, std::span<const std::byte> bytes) override {
      return storage_.write(*content_, name_, offset, bytes);
    }
    absl::StatusOr<std::size_t> read(std::uint64_t offset, std::span<std::byte> bytes) override {
      return storage_.read(*content_, offset, bytes);
    }
    absl::Status sync() override { return storage_.sync(*content_, name_); }
    std::uint64_t size() const override {
      const std::lock_guard lock(storage_.mutex_);
      return content_->now.size();
    }

   private:
    MemoryStorage& storage_;
    std::string name_;
    std::shared_ptr<Content> content_;
  };

  absl::Status write(Content& content, std::string_view name, std::uint64_t offset,
                     std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    const std::size_t end = static_cast<std::size_t>(offset) + bytes.size();
    const std::uint64_t grows = end > content.now.size() ? end - content.now.size() : 0;
    if (used() + grows > capacity_) {
      count_only();
      return full(name);
    }
    absl::Status status = content.stale ? gone() : begin(Operation::kWrite, name);
    if (status.ok() || began_) {
      if (grows > 0) content.now.resize(end);
      if (!bytes.empty()) std::memcpy(content.now.data() + offset, bytes.data(), bytes.size());
      for (std::size_t at = static_cast<std::size_t>(offset) / kSector; at * kSector < end; ++at) {
        content.dirty.insert(at);
      }
    }
    return status;
  }
  absl::StatusOr<std::size_t> read(const Content& content, std::uint64_t offset,
                                   std::span<std::byte> bytes) const {
    const std::lock_guard lock(mutex_);
    if (stopped_ || content.stale) return gone();
    if (offset >= content.now.size()) return std::size_t{0};
    const std::size_t size =
        std::min(bytes.size(), content.now.size() - static_cast<std::size_t>(offset));
    if (size > 0) std::memcpy(bytes.data(), content.now.data() + offset, size);
    return size;
  }
  absl::Status sync(Content& content, std::string_view name) {
    const std::lock_guard lock(mutex_);
    absl::Status status = content.stale ? gone() : begin(Operation::kSync, name);
    if (status.ok()) {
      for (const std::size_t at : content.dirty) copy_sector(content.now, content.on_disk, at);
      content.dirty.clear();
    } else if (began_ && !stopped_) {
      // What could not be written is forgotten, and looks fine to a reader until the crash.
      content.dirty.clear();
    }
    return status;
  }

  /// One more operation. OK: do it. Otherwise `began_` says whether it was begun, so that a crash
  /// may find it done in part.
  absl::Status begin(Operation operation, std::string_view name) {
    began_ = false;
    if (stopped_) return gone();
    ++operations_;
    if (callback_) {
      absl::Status status = callback_(operation, name);
      if (absl::IsAborted(status)) {
        began_ = stopped_ = true;
        return status;
      }
      if (!status.ok()) return status;
    }
    began_ = true;
    if (operations_ == fail_at_) return failure_;
    if (operations_ > stop_at_) {
      stopped_ = true;
      return gone();
    }
    return absl::OkStatus();
  }
  void remember(Pending pending) {
    if (began_ && stopped_) pending_.push_back(std::move(pending));
  }
  void count_only() {
    if (!stopped_) ++operations_;
  }
  absl::Status gone() const { return absl::AbortedError(folder_ + ": the process has ended"); }
  absl::Status full(std::string_view name) const {
    return absl::ResourceExhaustedError(path(name) + ": cannot write: No space left on device");
  }
  std::uint64_t used() const {
    std::uint64_t bytes = 0;
    for (const auto& [name, content] : files_) bytes += content->now.size();
    return bytes;
  }

  bool keep(Loss loss) {
    if (loss != Loss::kRandom) return loss == Loss::kNone;
    dice_ = dice_ * 6364136223846793005U + 1442695040888963407U;
    return (dice_ >> 40) % 2 == 0;
  }
  void settle(Content& content, Loss loss) {
    for (const std::size_t at : content.dirty) {
      if (keep(loss)) copy_sector(content.now, content.on_disk, at);
    }
  }
  static void copy_sector(const std::string& from, std::string& to, std::size_t sector) {
    if (to.size() < from.size()) to.resize(from.size());
    const std::size_t at = sector * kSector;
    const std::size_t size = std::min(kSector, from.size() - at);
    std::memcpy(to.data() + at, from.data() + at, size);
  }
  void settle_pending(Loss loss) {
    for (Pending& pending : pending_) {
      if (!keep(loss)) continue;
      if (pending.content != nullptr) {
        files_[pending.name] = pending.content;
      } else if (!pending.to.empty()) {
        move_file(pending.name, pending.to);
      } else {
        files_.erase(pending.name);
      }
    }
  }
  void move_file(const std::string& from, const std::string& to) {
    const auto it = files_.find(from);
    if (it == files_.end()) return;
    const std::shared_ptr<Content> content = it->second;
    files_.erase(it);
    files_[to] = content;
  }
  void forget_faults() {
    pending_.clear();
    stopped_ = locked_ = began_ = false;
    stop_at_ = fail_at_ = kNever;
    callback_ = nullptr;
    capacity_ = kNever;
  }

  static constexpr std::uint64_t kNever = UINT64_MAX;

  mutable std::mutex mutex_;
  std::string folder_ = "memory";
  std::map<std::string, std::shared_ptr<Content>, std::less<>> files_;
  std::vector<Pending> pending_;
  std::uint64_t operations_ = 0;
  std::uint64_t stop_at_ = kNever;
  std::uint64_t fail_at_ = kNever;
  std::uint64_t capacity_ = kNever;
  std::uint64_t dice_ = 1;
  absl::Status failure_;
  std::function<absl::Status(Operation, std::string_view)> callback_;
  bool stopped_ = false;
  bool began_ = false;
  bool locked_ = false;
};

}  // namespace evenkeel::testing
