#ifndef EVENKEEL_FIX_QUICKFIX_ENGINE_SETUP_HPP_
#define EVENKEEL_FIX_QUICKFIX_ENGINE_SETUP_HPP_

// What a QuickFIX session is built from: checked settings, the dictionary, the schedule, and the
// store as QuickFIX wants it. Internal to fix/quickfix: it includes QuickFIX. It opens no file and
// holds no session.

#include <quickfix/DataDictionaryProvider.h>
#include <quickfix/MessageStore.h>
#include <quickfix/TimeRange.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "fix/quickfix/sequence_store.hpp"
#include "fix/quickfix/session_host.hpp"

namespace evenkeel {
namespace fix {

constexpr char kBeginString[] = "FIX.4.4";

// Null when the settings are usable, otherwise why they are not.
const char* problem_of(const SessionSettings& settings);

// The embedded dictionary. Throws FIX::ConfigError when it cannot be read, which a test excludes.
const FIX::DataDictionaryProvider& shared_dictionary();

// Precondition: the schedule is within range, see problem_of().
FIX::TimeRange make_time_range(const SessionSchedule& schedule);

// SequenceStore as QuickFIX wants it. QuickFIX ends the process when a store throws anything but
// IOException.
class StoreAdapter : public FIX::MessageStore {
 public:
  // Without `gives_messages`, a peer's resend request finds none: QuickFIX then answers with one
  // gap fill, instead of parsing a day's orders only to be told for each that it must not leave
  // again.
  StoreAdapter(SequenceStore* store, bool non_stop, bool gives_messages)
      : store_(store), non_stop_(non_stop), gives_messages_(gives_messages) {}

  void give_messages() { gives_messages_ = true; }

  // How many writes have failed so far.
  std::uint64_t failures() const { return failures_; }

  bool set(int seq, const std::string& message) throw(FIX::IOException) override {
    return check(store_->put(seq, message.data(), message.size()), "record a message");
  }
  void get(int begin, int end, std::vector<std::string>& out) const
      throw(FIX::IOException) override {
    if (!gives_messages_) return;
    // Only what the store can still hold, whatever range the peer asks for.
    const int newest = std::min(end, store_->next_sender() - 1);
    const int held = static_cast<int>(store_->slot_count());
    std::string message;
    for (int seq = std::max(std::max(begin, 1), newest - held + 1); seq <= newest; ++seq) {
      if (store_->get(seq, &message)) out.push_back(message);
    }
  }
  int getNextSenderMsgSeqNum() const throw(FIX::IOException) override {
    return store_->next_sender();
  }
  int getNextTargetMsgSeqNum() const throw(FIX::IOException) override {
    return store_->next_target();
  }
  void setNextSenderMsgSeqNum(int next) throw(FIX::IOException) override {
    check(store_->set_next_sender(next), "set the outbound number");
  }
  void setNextTargetMsgSeqNum(int next) throw(FIX::IOException) override {
    check(store_->set_next_target(next), "set the inbound number");
  }
  void incrNextSenderMsgSeqNum() throw(FIX::IOException) override {
    setNextSenderMsgSeqNum(store_->next_sender() + 1);
  }
  void incrNextTargetMsgSeqNum() throw(FIX::IOException) override {
    setNextTargetMsgSeqNum(store_->next_target() + 1);
  }
  FIX::UtcTimeStamp getCreationTime() const throw(FIX::IOException) override {
    // Always now: never another session's range, so QuickFIX never resets. See make_time_range().
    if (non_stop_) return FIX::UtcTimeStamp();
    return FIX::UtcTimeStamp(static_cast<time_t>(store_->creation_time_ns() / 1000000000));
  }
  void reset() throw(FIX::IOException) override {
    const std::int64_t now = FIX::UtcTimeStamp().getTimeT();
    check(store_->reset(now * 1000000000), "reset");
  }
  void refresh() throw(FIX::IOException) override {}

 private:
  bool check(bool ok, const char* doing) {
    if (ok) return true;
    ++failures_;
    throw FIX::IOException(std::string("the FIX store could not ") + doing);
  }

  SequenceStore* store_;
  bool non_stop_;
  bool gives_messages_;
  std::uint64_t failures_ = 0;
};

}  // namespace fix
}  // namespace evenkeel

#endif  // EVENKEEL_FIX_QUICKFIX_ENGINE_SETUP_HPP_
