// Feeds arbitrary bytes to a FIX session that is logged on, as an initiator or as an acceptor, and
// checks what must hold whatever comes: nothing is thrown, expected numbers never go back, and no
// order leaves by itself.
//
// Input: one byte of options (bit 0: acceptor; bit 1: the rest is text), then either raw bytes for
// the wire, or lines "8|37=O1|17=E1|..." of a message type and fields with '|' for SOH, which are
// given number, header, length and checksum, since mutations hardly ever find a checksum. A line
// that begins with '#' is sent as it stands.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "fix/quickfix/number_text.hpp"
#include "fix/quickfix/session_host.hpp"

namespace {

namespace fix = evenkeel::fix;

constexpr char kSoh = '\x01';

void require(bool condition) {
  if (!condition) std::abort();
}

// Swallows what is written and notices orders among it.
class Sink : public fix::Transport {
 public:
  std::size_t writable_bytes() noexcept override { return 1 << 20; }
  bool write(const char* data, std::size_t size) noexcept override {
    const std::string message(data, size);
    orders += message.find(
                  "\x01"
                  "35=D\x01") != std::string::npos
                  ? 1
                  : 0;
    return true;
  }
  void close() noexcept override {}

  int orders = 0;
};

// Looks at every record, so that a sanitizer sees what is not initialised.
class Reader : public fix::Application {
 public:
  void on_session_event(const fix::SessionEvent& event) noexcept override {
    seen += event.text_size + event.msg_type.size();
    for (std::size_t i = 0; i < event.text_size; ++i) seen += event.text[i] == 'x' ? 1U : 0U;
  }
  void on_execution_report(const fix::ExecutionReport& r) noexcept override {
    require(r.header.msg_seq_num > 0 && !r.order_id.empty() && !r.exec_id.empty());
    require(r.side != 0 && r.exec_type != 0 && r.ord_status != 0);
    require(fix::is_field_safe(r.text.data(), r.text.size()));
  }
  void on_new_order(const fix::NewOrder& r) noexcept override {
    require(!r.cl_ord_id.empty() && r.side != 0 && r.transact_time_ns >= 0);
  }
  void on_cancel_order(const fix::CancelOrder& r) noexcept override {
    require(!r.orig_cl_ord_id.empty());
  }
  void on_message_reject(const fix::MessageReject& r) noexcept override {
    require(fix::is_field_safe(r.text.data(), r.text.size()));
  }

  std::size_t seen = 0;
};

std::string utc_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  char text[fix::kTimestampTextMax];
  const std::int64_t ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  return std::string(text, fix::format_utc_timestamp(ns, 3, text));
}

class Session {
 public:
  explicit Session(bool acceptor) {
    fix::SessionSettings settings;
    settings.role = acceptor ? fix::SessionRole::kAcceptor : fix::SessionRole::kInitiator;
    settings.sender_comp_id = "US";
    settings.target_comp_id = "THEM";
    settings.resend_application_messages = acceptor;
    settings.message_bytes_max = 4096;
    settings.queued_messages_max = 64;
    fix::StoreOptions options;
    options.identity = "fuzz";
    options.slot_bytes = 512;
    options.slot_count = 64;
    std::string error;
    store_ = fix::SequenceStore::in_memory(options, &error);
    host_ = fix::SessionHost::create(settings, store_, &sink_, &reader_, &error);
    require(host_ != nullptr);
    host_->on_connected();
    send_line("A|98=0|108=30|");
    require(host_->logged_on());
  }

  void feed(const std::string& bytes) {
    const std::int32_t before = host_->next_target();
    const std::size_t taken = host_->on_bytes(bytes.data(), bytes.size());
    require(taken == bytes.size() || !host_->connected());
    // Only a logon that resets may go back, and then to the very beginning.
    require(host_->next_target() >= before || host_->next_target() <= 2 || reset_seen(bytes));
  }

  void send_line(const std::string& line) {
    const std::size_t bar = line.find('|');
    const std::string type = line.substr(0, bar);
    const std::string fields = bar == std::string::npos ? "" : line.substr(bar + 1);
    std::string body = "35=" + type + "|34=" + std::to_string(host_->next_target()) +
                       "|49=THEM|52=" + utc_now() + "|56=US|" + fields;
    std::replace(body.begin(), body.end(), '|', kSoh);
    std::string message =
        "8=FIX.4.4\x01"
        "9=" +
        std::to_string(body.size()) + "\x01" + body;
    unsigned sum = 0;
    for (const char c : message) sum += static_cast<unsigned char>(c);
    message += "10=" + std::to_string(1000 + sum % 256).substr(1) + "\x01";
    feed(message);
  }

  void finish() {
    host_->on_timer(1);
    host_->on_disconnected();
    require(!host_->logged_on());
    require(sink_.orders == 0);
  }

 private:
  static bool reset_seen(const std::string& bytes) {
    return bytes.find("141=Y") != std::string::npos;
  }

  Sink sink_;
  Reader reader_;
  std::shared_ptr<fix::SequenceStore> store_;
  std::unique_ptr<fix::SessionHost> host_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned options = data[0];
  const std::string input(reinterpret_cast<const char*>(data) + 1, size - 1);
  Session session((options & 1U) != 0);
  if ((options & 2U) == 0) {
    session.feed(input);
    session.finish();
    return 0;
  }
  std::size_t at = 0;
  while (at < input.size()) {
    const std::size_t end = std::min(input.find('\n', at), input.size());
    std::string line = input.substr(at, end - at);
    at = end + 1;
    if (!line.empty() && line[0] == '#') {
      std::replace(line.begin(), line.end(), '|', kSoh);
      session.feed(line.substr(1));
    } else {
      session.send_line(line);
    }
  }
  session.finish();
  return 0;
}
