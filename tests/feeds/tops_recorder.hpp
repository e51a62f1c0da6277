// A TOPS handler that keeps every message it is handed, and generators of random messages.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "feeds/tops.hpp"
#include "feeds/tops_writer.hpp"

namespace evenkeel::feeds::testing {

using AnyMessage = std::variant<tops::Quote, tops::Trade, tops::TradeBreak, tops::SystemEvent,
                                tops::SecurityDirectory, tops::TradingStatus, tops::OperationalHalt,
                                tops::ShortSaleTest, tops::RetailLiquidity, tops::OfficialPrice,
                                tops::AuctionInfo>;

struct Recorder {
  struct Odd {
    std::int64_t sequence;
    char type;
    std::size_t length;
    bool operator==(const Odd&) const = default;
  };
  std::vector<AnyMessage> messages;
  std::vector<std::int64_t> sequences;
  std::vector<Odd> unknown;
  std::vector<Odd> malformed;

  template <typename Message>
  void on_message(const tops::MessageMeta& meta, const Message& message) {
    messages.emplace_back(message);
    sequences.push_back(meta.sequence);
  }
  void on_unknown(const tops::MessageMeta& meta, char type, std::size_t length) {
    unknown.push_back({meta.sequence, type, length});
  }
  void on_malformed(const tops::MessageMeta& meta, char type, std::size_t length) {
    malformed.push_back({meta.sequence, type, length});
  }
};

inline tops::WireSymbol symbol(std::string_view text) { return *tops::WireSymbol::from(text); }

// Any value of any field, extremes included.
inline rc::Gen<AnyMessage> any_message() {
  return rc::gen::exec([]() -> AnyMessage {
    const auto i64 = [] { return *rc::gen::arbitrary<std::int64_t>(); };
    const auto u32 = [] { return *rc::gen::arbitrary<std::uint32_t>(); };
    const auto u8 = [] { return *rc::gen::arbitrary<std::uint8_t>(); };
    const auto ch = [] { return *rc::gen::arbitrary<char>(); };
    const auto sym = [&] {
      tops::WireSymbol s;
      for (char& c : s.chars) c = ch();
      return s;
    };
    switch (*rc::gen::inRange(0, 11)) {
      case 0:
        return tops::Quote{u8(), i64(), sym(), u32(), i64(), i64(), u32()};
      case 1:
        return tops::Trade{u8(), i64(), sym(), u32(), i64(), i64()};
      case 2:
        return tops::TradeBreak{u8(), i64(), sym(), u32(), i64(), i64()};
      case 3:
        return tops::SystemEvent{ch(), i64()};
      case 4:
        return tops::SecurityDirectory{u8(), i64(), sym(), u32(), i64(), u8()};
      case 5:
        return tops::TradingStatus{ch(), i64(), sym(), {ch(), ch(), ch(), ch()}};
      case 6:
        return tops::OperationalHalt{ch(), i64(), sym()};
      case 7:
        return tops::ShortSaleTest{u8(), i64(), sym(), ch()};
      case 8:
        return tops::RetailLiquidity{ch(), i64(), sym()};
      case 9:
        return tops::OfficialPrice{ch(), i64(), sym(), i64()};
      default:
        return tops::AuctionInfo{ch(), i64(), sym(), u32(), i64(), i64(), u32(),
                                 ch(), u8(),  u32(), i64(), i64(), i64(), i64()};
    }
  });
}

}  // namespace evenkeel::feeds::testing
