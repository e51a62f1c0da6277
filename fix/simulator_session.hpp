// What the simulator's sessions have in common: an acceptor that keeps its store in memory, and
// messages that wait until somebody is logged on. Never drops one without saying so.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "fix/quickfix/session_host.hpp"

namespace evenkeel::fix {

/// `kind` tells the stores of sessions between the same two names apart. Transport and application
/// outlive it. Errors: InvalidArgument.
absl::StatusOr<std::unique_ptr<SessionHost>> open_acceptor(const std::string& sender,
                                                           const std::string& target,
                                                           std::string_view kind,
                                                           Transport& transport,
                                                           Application& application);

template <class Message>
class Outbox {
 public:
  void add(const Message& message) { waiting_.push_back(message); }
  std::size_t waiting() const { return waiting_.size(); }

  /// Sends with `send(message)` as long as the session takes messages. How many wait no more; one
  /// that can never be sent is among them, and `give_up(result)` is told. What was lost in the
  /// sending is recorded, and the session sends it again.
  template <class Send, class GiveUp>
  int send(const SessionHost& host, Send send, GiveUp give_up) {
    int done = 0;
    while (!waiting_.empty() && host.logged_on() && !host.resend_pending()) {
      const SendResult result = send(waiting_.front()).result;
      // No room or no session now: later.
      if (result == SendResult::kNotLoggedOn || result == SendResult::kBackpressure) break;
      if (result == SendResult::kInvalid || result == SendResult::kStoreFailed) give_up(result);
      waiting_.pop_front();
      ++done;
    }
    return done;
  }

 private:
  std::deque<Message> waiting_;
};

}  // namespace evenkeel::fix
