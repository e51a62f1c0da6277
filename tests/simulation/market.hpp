// The market of a simulation: prices that walk, and the datagrams that tell of them. What the
// broker trades at is always the truth; what the desk hears has been through a bad network.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "feeds/tops_writer.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/faults.hpp"
#include "tests/simulation/small_desk.hpp"

namespace evenkeel::simulation {

struct TrueQuote {
  std::int64_t bid_e9 = 0, ask_e9 = 0;
  std::int64_t size_e6 = 0;
  bool halted = false;
};

class Market {
 public:
  Market(std::uint64_t seed, const std::vector<PlainInstrument>& instruments, Faults& faults);

  /// Prices move and packets are sent, once.
  void step(TimeNs wall);
  /// Quotes everything anew, so that a desk that has lost track knows it all.
  void tell_all(TimeNs wall);
  /// Null for an unknown symbol.
  const TrueQuote* find(const std::string& symbol) const;

  /// The next datagram as it arrives; the consumer pops it.
  std::deque<std::string>& arriving() { return arriving_; }
  /// The desk is not listening: what arrives is gone.
  void nobody_listens() { arriving_.clear(); }

 private:
  struct Line {
    PlainInstrument instrument;
    std::int64_t mid_e4 = 0;
    TrueQuote quote;
  };

  void move(Line& line);
  void requote(Line& line);
  void write_quote(const Line& line, TimeNs wall);
  void send(TimeNs wall);
  void deliver(std::string packet);

  Dice dice_, network_;
  Faults& faults_;
  std::vector<Line> lines_;
  feeds::tops::PacketWriter writer_{4711, 1};
  std::deque<std::string> arriving_;
  std::string held_back_;  // a packet that the next one overtakes
  TimeNs silent_until_ = 0, sent_at_ = 0;
  bool opened_ = false;
};

}  // namespace evenkeel::simulation
