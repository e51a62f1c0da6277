// What outlives a desk's process: the journal's folder and the file of the FIX store, both in
// memory, both able to lose what was not synced, and to stop the process at any write to either.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "fix/quickfix/sequence_store.hpp"
#include "tests/support/memory_storage.hpp"

namespace evenkeel::simulation {

class Disks {
 public:
  using Loss = testing::MemoryStorage::Loss;

  Disks() { watch(); }
  Disks(const Disks&) = delete;
  Disks& operator=(const Disks&) = delete;

  testing::MemoryStorage& journal() { return journal_; }
  /// The folder of the FIX store, for what else is kept there.
  testing::MemoryStorage& beside() { return beside_; }
  /// Over the file as it is. Null, and *error says why, as SequenceStore does.
  std::shared_ptr<fix::SequenceStore> open_store(fix::StoreOptions options, std::string* error) {
    options.boot = boot_;
    std::shared_ptr<fix::SequenceStore> store =
        fix::SequenceStore::on_image(options, image_, error);
    store_ = store;
    return store;
  }

  // --- stopping and crashing ---

  /// The operation after this many more is begun, and then the process is no more.
  void stop_after(std::uint64_t operations) { stop_at_ = operations_ + operations; }
  bool stop_is_planned() const { return stop_at_ != kNever; }
  bool stopped() const { return stopped_; }
  /// Writes, syncs and whatever else changes one of the two, so far.
  std::uint64_t operations() const { return operations_; }

  /// The process has ended (kNone), or the machine: what was not synced is lost or drawn by lot.
  void crash(Loss loss, std::uint64_t seed) {
    if (loss == Loss::kNone) {
      journal_.restart();
      beside_.restart();
    } else {
      journal_.crash(loss, seed);
      beside_.crash(loss, seed + 1);
      ++boot_;
      std::uint64_t dice = seed | 1;
      image_->lose_power([&dice, loss](std::size_t) {
        dice = dice * 6364136223846793005U + 1442695040888963407U;
        return loss == Loss::kRandom && (dice >> 40) % 2 == 0;
      });
    }
    image_->revive();
    stop_at_ = kNever;
    stopped_ = troubled_ = store_failing_ = false;
    watch();
  }

  // --- bad disks ---

  /// Nothing may grow any more.
  void fill_up() {
    troubled_ = true;
    journal_.set_capacity(0);
  }
  void fail_at(std::uint64_t operation) {
    troubled_ = true;
    journal_.fail_at(operation, absl::UnavailableError("Input/output error"));
  }
  void fail_store() {
    if (const auto store = store_.lock()) store->fail_writes(true);
    store_failing_ = troubled_ = true;
  }
  bool store_failing() const { return store_failing_; }
  void mend_store() {
    if (const auto store = store_.lock()) store->fail_writes(false);
    store_failing_ = false;
  }
  void mend() {
    mend_store();
    journal_.set_capacity(kNever);
    journal_.fail_at(kNever / 2, absl::OkStatus());
    troubled_ = false;
  }
  bool troubled() const { return troubled_; }

  /// The journal's files as the disk has them, or as the system does.
  void copy_journal(testing::MemoryStorage& to, bool as_synced) {
    const auto names = journal_.list();
    if (!names.ok()) return;
    for (const std::string& name : *names) {
      to.set_content(name, as_synced ? journal_.on_disk(name) : journal_.content(name));
    }
  }

 private:
  static constexpr std::uint64_t kNever = UINT64_MAX;

  void watch() {
    for (testing::MemoryStorage* folder : {&journal_, &beside_}) {
      folder->on_operation([this](testing::MemoryStorage::Operation, std::string_view) {
        if (stopped_) return absl::UnavailableError("the process has ended");
        if (++operations_ <= stop_at_) return absl::OkStatus();
        stopped_ = true;
        return absl::AbortedError("the process ends");
      });
    }
    image_->on_point = [this](std::size_t, std::size_t size) -> std::size_t {
      if (stopped_) return 0;
      if (++operations_ <= stop_at_) return size == 0 ? 1 : size;
      stopped_ = true;
      return size / 2;
    };
  }

  testing::MemoryStorage journal_{"journal"}, beside_{"fix_store"};
  std::shared_ptr<fix::StoreImage> image_ = std::make_shared<fix::StoreImage>();
  std::weak_ptr<fix::SequenceStore> store_;
  std::uint64_t operations_ = 0, stop_at_ = kNever, boot_ = 1;
  bool stopped_ = false, troubled_ = false, store_failing_ = false;
};

}  // namespace evenkeel::simulation
