// What goes wrong in a simulation: the kinds of trouble, how likely each is under a seed, and how
// often each happened.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "tests/simulation/dice.hpp"

namespace evenkeel::simulation {

/// X(name, what people read, most chances in a million for each occasion)
#define EVENKEEL_FAULTS_LIST(X)                                \
  X(kPacketLost, "packet lost", 60'000)                        \
  X(kPacketTwice, "packet twice", 50'000)                      \
  X(kPacketLate, "packet late", 50'000)                        \
  X(kPacketCorrupt, "packet corrupt", 20'000)                  \
  X(kLineSilent, "line silent", 3'000)                         \
  X(kInstrumentHalt, "instrument halted", 3'000)               \
  X(kPriceJump, "price jump", 4'000)                           \
  X(kCrashProcess, "process crash", 3'000)                     \
  X(kCrashPowerAll, "power loss, all unsynced lost", 2'000)    \
  X(kCrashPowerSome, "power loss, some unsynced lost", 2'000)  \
  X(kCrashInWrite, "crash within a write", 4'000)              \
  X(kOrderlyRestart, "orderly restart", 1'500)                 \
  X(kDiskFull, "disk full", 1'000)                             \
  X(kDiskError, "disk error", 1'000)                           \
  X(kStoreError, "FIX store error", 1'000)                     \
  X(kDisconnect, "disconnect", 4'000)                          \
  X(kBytesLost, "bytes lost at a cut", 700'000)                \
  X(kConnectRefused, "connection refused", 200'000)            \
  X(kStalledOut, "connection stalls, then breaks", 4'000)      \
  X(kStalledIn, "connection stalls", 50'000)                   \
  X(kSequenceHigh, "sequence too high", 3'000)                 \
  X(kSequenceLow, "sequence too low", 1'500)                   \
  X(kResendFinite, "resend request, finite", 3'000)            \
  X(kResendInfinite, "resend request, infinite", 3'000)        \
  X(kResendOverlapping, "resend requests, overlapping", 2'000) \
  X(kGarbled, "garbled message", 2'000)                        \
  X(kPeerSilent, "peer silent", 1'500)                         \
  X(kReportTwice, "report twice", 60'000)                      \
  X(kReportsSwapped, "reports swapped", 30'000)                \
  X(kFillBeforeNew, "fill before acknowledgement", 150'000)    \
  X(kWrongCumulative, "wrong CumQty", 10'000)                  \
  X(kLateFill, "fill after cancel", 200'000)                   \
  X(kBust, "bust", 30'000)                                     \
  X(kCorrection, "correction", 30'000)                         \
  X(kUnsolicitedCancel, "unsolicited cancel", 20'000)          \
  X(kOtherEnding, "expired, done for day", 15'000)             \
  X(kRestated, "quantity restated", 15'000)                    \
  X(kReject, "reject", 60'000)                                 \
  X(kRejectStorm, "reject storm", 2'000)                       \
  X(kCancelRejected, "cancel rejected", 150'000)               \
  X(kStatusUnanswered, "status request unanswered", 100'000)   \
  X(kOrderIgnored, "order unanswered for long", 30'000)        \
  X(kForeignReport, "report of a stranger's order", 10'000)    \
  X(kClockForward, "clock forward", 1'500)                     \
  X(kClockBack, "clock back", 1'500)                           \
  X(kHalt, "operator: halt", 2'000)                            \
  X(kCancelAll, "operator: cancel all", 2'000)                 \
  X(kCashFlow, "cash flow", 3'000)

enum class Fault : std::uint8_t {
#define EVENKEEL_FAULT_NAME(name, text, most) name,
  EVENKEEL_FAULTS_LIST(EVENKEEL_FAULT_NAME)
#undef EVENKEEL_FAULT_NAME
      kCount
};
inline constexpr std::size_t kFaultCount = static_cast<std::size_t>(Fault::kCount);

inline constexpr std::array<std::string_view, kFaultCount> kFaultNames = {
#define EVENKEEL_FAULT_TEXT(name, text, most) text,
    EVENKEEL_FAULTS_LIST(EVENKEEL_FAULT_TEXT)
#undef EVENKEEL_FAULT_TEXT
};
inline constexpr std::array<std::uint32_t, kFaultCount> kFaultMost = {
#define EVENKEEL_FAULT_MOST(name, text, most) most,
    EVENKEEL_FAULTS_LIST(EVENKEEL_FAULT_MOST)
#undef EVENKEEL_FAULT_MOST
};

using FaultCounts = std::array<std::uint64_t, kFaultCount>;

/// How likely each fault is in one run. Every seed has its own mixture: some faults are off, so
/// that the others get far; some are at their most.
class Faults {
 public:
  explicit Faults(std::uint64_t seed) {
    Dice dice(seed, "faults");
    for (std::size_t i = 0; i < kFaultCount; ++i) {
      const std::uint32_t level = dice.below(4);  // off, rare, some, often
      chances_[i] = static_cast<std::uint32_t>(std::uint64_t{kFaultMost[i]} * level / 3);
    }
  }
  /// None at all.
  Faults() = default;

  bool happens(Fault fault, Dice& dice) {
    if (!on_ || !dice.chance(chances_[index(fault)])) return false;
    note(fault);
    return true;
  }
  /// As `happens`, for what may yet turn out impossible: counted by `note`.
  bool wanted(Fault fault, Dice& dice) { return on_ && dice.chance(chances_[index(fault)]); }
  void note(Fault fault) { ++counts_[index(fault)]; }
  void set(Fault fault, std::uint32_t of_million) { chances_[index(fault)] = of_million; }
  /// From now on nothing goes wrong any more.
  void end() { on_ = false; }
  bool on() const { return on_; }
  const FaultCounts& counts() const { return counts_; }

 private:
  static std::size_t index(Fault fault) { return static_cast<std::size_t>(fault); }

  std::array<std::uint32_t, kFaultCount> chances_{};
  FaultCounts counts_{};
  bool on_ = true;
};

}  // namespace evenkeel::simulation
