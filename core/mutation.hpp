// Deliberate bugs, so that a test can show it would notice them. A hook is one expression at the
// place of the bug:
//
//   if (seen && !mutated(Mutation::kNoDedupe)) return;
//
// In every normal build it is the constant false and costs nothing. Only files compiled with
// EVENKEEL_MUTATIONS (for the program mutation_tests) ask a variable. Hooks stand in .cpp files, or
// in templates that no two programs share: so that nobody links a header's two meanings.
#pragma once

#include <cstdint>

namespace evenkeel {

/// X(name, what the bug is)
#define EVENKEEL_MUTATIONS_LIST(X)                                                             \
  X(kSkipSync, "a block is called durable without waiting for the disk")                       \
  X(kReleaseEarly, "intents go on before their block is written")                              \
  X(kIgnoreWriteFailure, "the journal's agent goes on after a failed write")                   \
  X(kCountForeignEvents, "events of other sources are counted as the FIX session's")           \
  X(kKeepTornTail, "a torn end is not written over with zeroes")                               \
  X(kCommitInboundEarly, "an inbound number is recorded before its report is durable")         \
  X(kCommitInboundOneOff, "an inbound number is recorded one too far")                         \
  X(kNeverAttemptedInverted, "what was sent is taken for never sent, and the other way round") \
  X(kNeverAttemptedAlways, "every undecided request of the last run is taken for never sent")  \
  X(kResendOrders, "orders are sent again when the peer asks for a resend")                    \
  X(kSendWithoutProbe, "orders go out before the peer is known to miss nothing")               \
  X(kSendUndurable, "orders go out although the journal has failed")                           \
  X(kNoDedupe, "an execution counts as often as it is reported")                               \
  X(kIgnoreBust, "a bust changes no position")                                                 \
  X(kCorrectionAdds, "a correction adds to the fill that it corrects")                         \
  X(kIgnoreCumulative, "a counterparty's other CumQty is not noticed")                         \
  X(kStatusIsFill, "what a status answer says was filled is booked as a fill")                 \
  X(kIgnoreLateFill, "a fill after the end of its order is not booked")                        \
  X(kBelieveStaleStatus, "a status answer sent again is taken for news")                       \
  X(kNoDoubtAfterLoss, "orders stay certain when the session is lost")                         \
  X(kReuseOrderIds, "order numbers start again after a restart")                               \
  X(kStaleEpochs, "a run is not entered in the table of epochs")                               \
  X(kStartKeepsPrices, "prices from before a restart are acted on")                            \
  X(kStartClearsHalt, "a restart resumes what was halted")                                     \
  X(kCancelFreesAtOnce, "a cancelled order stops counting when the cancel is sent")            \
  X(kSnapshotForgetsRules, "a snapshot leaves out the rules' state")                           \
  X(kSnapshotForgetsMarket, "a snapshot leaves out the market's state")

enum class Mutation : std::uint8_t {
  kNone = 0,
#define EVENKEEL_MUTATION_NAME(name, text) name,
  EVENKEEL_MUTATIONS_LIST(EVENKEEL_MUTATION_NAME)
#undef EVENKEEL_MUTATION_NAME
};

#if defined(EVENKEEL_MUTATIONS)
inline namespace with_mutations {
/// Which bug is on. Set by the test, between two simulations.
inline Mutation active_mutation = Mutation::kNone;
inline bool mutated(Mutation which) { return which == active_mutation; }
}  // namespace with_mutations
#else
inline namespace without_mutations {
constexpr bool mutated(Mutation) { return false; }
}  // namespace without_mutations
#endif

}  // namespace evenkeel
