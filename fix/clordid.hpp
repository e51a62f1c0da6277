// The order identifier that goes over the wire (ClOrdID, tag 11), as a function of who the engine
// is, which run this is, and the order's number. So the same journal gives the same identifiers,
// and a report can be told ours or foreign by its text alone.
//
//   ENGINE-EPOCH-NUMBER      "EK1-TB5M80-2S"      at most 20 characters of [A-Z0-9-]
//
// Epoch and number are in base 36 without leading zeros: one text for one order, nothing else
// parses. It never cuts an identifier: what does not fit is refused.
//
// Numbers go on counting from run to run; the epoch is that of the run in which the number was
// given out, and a table remembers which was when. Should a journal be restored from an old backup,
// its numbers are given out again under an epoch that was never used.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/ids.hpp"
#include "core/text.hpp"

namespace evenkeel::fix {

inline constexpr std::size_t kClOrdIdMax = 20;

/// An engine's short name: one to four characters of [A-Z0-9].
using EngineCode = evenkeel::Text<4>;
using ClOrdId = evenkeel::Text<kClOrdIdMax>;

/// Nothing unless `text` is one to four characters of [A-Z0-9].
std::optional<EngineCode> engine_code(std::string_view text);

struct ClOrdIdParts {
  std::uint64_t epoch = 0;
  OrderId order_id = 0;
  friend bool operator==(const ClOrdIdParts&, const ClOrdIdParts&) = default;
};

/// Nothing when `order_id` is 0 or the text would be longer than 20 characters. With a four
/// character engine, an epoch in milliseconds (eight digits) leaves room for two billion orders.
std::optional<ClOrdId> format_cl_ord_id(const EngineCode& engine, std::uint64_t epoch,
                                        OrderId order_id);

/// The parts of an identifier that `format_cl_ord_id` made for this engine; nothing for any other
/// text.
std::optional<ClOrdIdParts> parse_cl_ord_id(const EngineCode& engine, std::string_view text);

/// Which epoch each order number belongs to: a bounded list of the epochs and the first number of
/// each, oldest first.
class EpochTable {
 public:
  static constexpr std::size_t kMax = 256;
  struct Entry {
    OrderId first = 0;
    std::uint64_t epoch = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  EpochTable() = default;
  /// One epoch for all numbers.
  explicit EpochTable(std::uint64_t epoch) { add(1, epoch); }

  /// Numbers from `first` on belong to `epoch`. An epoch that gave out no number is forgotten.
  /// False when the table is full, or an argument is not beyond the last entry's: nothing has
  /// changed.
  bool add(OrderId first, std::uint64_t epoch);
  /// Forgets the oldest epochs, as long as none of their numbers is `oldest` or later.
  void forget_before(OrderId oldest);
  bool full() const { return count_ == kMax; }

  /// Nothing for a number before the oldest entry.
  std::optional<std::uint64_t> epoch_of(OrderId order_id) const;
  /// The order's identifier; nothing as `format_cl_ord_id`, and when its epoch is not known.
  std::optional<ClOrdId> format(const EngineCode& engine, OrderId order_id) const;
  /// The order's number when the identifier is this engine's and its number belongs to its epoch; 0
  /// for everything else.
  OrderId parse(const EngineCode& engine, std::string_view text) const;

  std::span<const Entry> entries() const { return {entries_.data(), count_}; }

  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [entries, count] = s;
    a(count);
    if constexpr (A::kLoading) {
      if (count > kMax) {
        a.fail();
        count = 0;
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      a(entries[i].first, entries[i].epoch);
      if constexpr (A::kLoading) {
        const bool rises = i == 0 ? entries[i].first > 0
                                  : entries[i].first > entries[i - 1].first &&
                                        entries[i].epoch > entries[i - 1].epoch;
        if (!rises) a.fail();
      }
    }
  }
  friend bool operator==(const EpochTable& a, const EpochTable& b) {
    return std::equal(a.entries().begin(), a.entries().end(), b.entries().begin(),
                      b.entries().end());
  }

 private:
  std::array<Entry, kMax> entries_{};
  std::uint32_t count_ = 0;
};

}  // namespace evenkeel::fix
