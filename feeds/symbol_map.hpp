// From the eight bytes of a symbol on the wire to an instrument: open addressing, built at start
// and never changed, one probe as a rule. It knows the instruments of one feed line only.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/ids.hpp"
#include "core/instrument.hpp"
#include "feeds/tops.hpp"

namespace evenkeel::feeds {

class SymbolMap {
 public:
  // The quoted instruments that name `line` as their feed. InvalidArgument names a symbol that does
  // not fit the eight characters of the wire.
  static absl::StatusOr<SymbolMap> build(const InstrumentTable& instruments, SourceId line) {
    std::vector<Slot> wanted;
    for (std::uint32_t i = 0; i < instruments.size(); ++i) {
      const Instrument& instrument = instruments[InstrumentId{i}];
      if (!instrument.quoted || instrument.feed != line) continue;
      const auto symbol = tops::WireSymbol::from(instrument.symbol.view());
      if (!symbol) {
        return absl::InvalidArgumentError("symbol \"" + std::string(instrument.symbol.view()) +
                                          "\" does not fit the eight characters of the feed");
      }
      wanted.push_back({symbol->key(), InstrumentId{i}});
    }
    SymbolMap map(std::bit_ceil(wanted.size() * 2 + 2));
    for (const Slot& slot : wanted) map.insert(slot);
    return map;
  }

  // None when the symbol is no instrument of the line.
  InstrumentId find(const tops::WireSymbol& symbol) const {
    const std::uint64_t key = symbol.key();
    for (std::size_t at = home(key);; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.key == key || !slot.id.valid()) return slot.key == key ? slot.id : InstrumentId{};
    }
  }
  std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint64_t key = 0;
    InstrumentId id;  // none: the slot is free, which ends a search
  };

  explicit SymbolMap(std::size_t capacity)
      : slots_(capacity), mask_(capacity - 1), shift_(64 - std::countr_zero(capacity)) {}

  // Fibonacci hashing: the high bits of the product mix all eight characters.
  std::size_t home(std::uint64_t key) const {
    return static_cast<std::size_t>((key * 0x9e3779b97f4a7c15U) >> shift_);
  }
  void insert(const Slot& slot) {
    std::size_t at = home(slot.key);
    while (slots_[at].id.valid()) at = (at + 1) & mask_;
    slots_[at] = slot;
    ++size_;
  }

  std::vector<Slot> slots_;  // at most half full
  std::size_t mask_;
  int shift_;
  std::size_t size_ = 0;
};

}  // namespace evenkeel::feeds
