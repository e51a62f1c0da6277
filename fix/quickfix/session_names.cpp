#include "fix/quickfix/session_host.hpp"

namespace evenkeel {
namespace fix {

const char* to_string(SessionEventKind kind) {
  switch (kind) {
    case SessionEventKind::kConnected:
      return "connected";
    case SessionEventKind::kDisconnected:
      return "disconnected";
    case SessionEventKind::kLoggedOn:
      return "logged on";
    case SessionEventKind::kLoggedOut:
      return "logged out";
    case SessionEventKind::kLogonRefused:
      return "logon refused";
    case SessionEventKind::kLogoutReceived:
      return "logout received";
    case SessionEventKind::kLogoutSent:
      return "logout sent";
    case SessionEventKind::kSequenceTooLow:
      return "sequence too low";
    case SessionEventKind::kSequenceGap:
      return "sequence gap";
    case SessionEventKind::kResendRequested:
      return "resend requested";
    case SessionEventKind::kPeerResendRequest:
      return "peer requests resend";
    case SessionEventKind::kPeerSequenceReset:
      return "peer sets sequence";
    case SessionEventKind::kRejectSent:
      return "message refused";
    case SessionEventKind::kGarbled:
      return "garbled bytes";
    case SessionEventKind::kBadChecksum:
      return "bad checksum";
    case SessionEventKind::kOversized:
      return "oversized message";
    case SessionEventKind::kWrongCompId:
      return "wrong CompID";
    case SessionEventKind::kTooManyQueued:
      return "too many messages behind a gap";
    case SessionEventKind::kTestRequestSent:
      return "test request sent";
    case SessionEventKind::kProbeAnswered:
      return "probe answered";
    case SessionEventKind::kHeartbeatTimeout:
      return "heartbeat timeout";
    case SessionEventKind::kLogonTimeout:
      return "logon timeout";
    case SessionEventKind::kLogoutTimeout:
      return "logout timeout";
    case SessionEventKind::kOutputOverflow:
      return "output overflow";
    case SessionEventKind::kStoreFailed:
      return "store failed";
    case SessionEventKind::kEngineError:
      return "engine error";
    case SessionEventKind::kNote:
      return "note";
  }
  return "unknown";
}

const char* to_string(SendResult result) {
  switch (result) {
    case SendResult::kSent:
      return "sent";
    case SendResult::kNotLoggedOn:
      return "not logged on";
    case SendResult::kBackpressure:
      return "backpressure";
    case SendResult::kStoreFailed:
      return "store failed";
    case SendResult::kInvalid:
      return "invalid";
    case SendResult::kLost:
      return "lost";
  }
  return "unknown";
}

}  // namespace fix
}  // namespace evenkeel
