// Identifiers: small integers that index tables built at start, each its own type so that they
// cannot be mixed up. They are never hashes and never addresses, so that the same input gives the
// same ids.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "core/check.hpp"

namespace evenkeel {

/// An index into a table of Tag. `none()` is the absent value.
template <class Tag, class Int>
struct Id {
  Int value = static_cast<Int>(-1);

  static constexpr Id none() { return Id{}; }
  /// Precondition: `index` is below the absent value, so that no two indices share an id.
  static constexpr Id of(std::size_t index) {
    EVENKEEL_CHECK(index < static_cast<Int>(-1));
    return Id{static_cast<Int>(index)};
  }
  constexpr bool valid() const { return value != static_cast<Int>(-1); }
  constexpr std::size_t index() const { return value; }
  friend constexpr bool operator==(Id, Id) = default;
  friend constexpr auto operator<=>(Id, Id) = default;
};

using InstrumentId = Id<struct InstrumentTag, std::uint32_t>;
using PortfolioId = Id<struct PortfolioTag, std::uint32_t>;
using CurrencyId = Id<struct CurrencyTag, std::uint16_t>;
/// A model is one policy's shape (its sleeve tree); many portfolios may share it.
using ModelId = Id<struct ModelTag, std::uint16_t>;
using SleeveId = Id<struct SleeveTag, std::uint16_t>;
/// A source of events: a feed line, a FIX session, the operator.
using SourceId = Id<struct SourceTag, std::uint16_t>;

/// Orders are numbered from 1 by the order desk, in the order of the journal; 0 is no order.
using OrderId = std::uint64_t;

}  // namespace evenkeel
