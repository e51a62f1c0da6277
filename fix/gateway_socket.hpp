// A TCP connection as a FIX session host wants it: writes at once when the kernel takes it, keeps
// the rest in a buffer of fixed size, and says when there is something to read. It calls nobody
// back: its owner looks (`readable`, `open`) after each turn of the io_context, so that nothing
// re-enters the session. It never blocks, and never drops a byte it took while the connection
// stands.
//
// Asio's headers come with it: only .cpp files of this folder include it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/time.hpp"
#include "fix/quickfix/session_host.hpp"

namespace evenkeel::fix {

class FixSocket final : public Transport {
 public:
  /// What is still to be sent after `close` gets this long.
  static constexpr DurationNs kLinger = kSecond;

  FixSocket(boost::asio::io_context& context, std::size_t output_bytes_max);

  /// Takes a connection that stands: no delay, no blocking. False, and closed, when the kernel
  /// refuses.
  bool attach(boost::asio::ip::tcp::socket socket);
  bool open() const { return socket_.is_open(); }
  /// Takes no more messages: being closed, or broken already.
  bool ending() const { return closing_ || broken_; }
  /// There may be something to read, the end included.
  bool readable() const { return readable_; }
  /// Up to `size` bytes; 0 when there is nothing now or the connection has ended, see `open`.
  std::size_t read(char* out, std::size_t size);
  /// What is unsent is lost.
  void abort();
  /// Why it ended; empty when nobody knows.
  const std::string& problem() const { return problem_; }
  std::size_t unsent() const { return end_ - begin_; }

  // Transport
  std::size_t writable_bytes() noexcept override;
  bool write(const char* data, std::size_t size) noexcept override;
  void close() noexcept override;

 private:
  void wait_readable();
  void wait_writable();
  void flush();
  std::size_t send_now(const char* data, std::size_t size);
  void fail(const boost::system::error_code& error);
  void shut();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer linger_;
  std::vector<char> output_;  // [begin_, end_) waits
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t generation_ = 0;  // of the connection; handlers of another are late
  bool readable_ = false, waiting_readable_ = false, waiting_writable_ = false;
  bool closing_ = false, broken_ = false;
  std::string problem_;
};

}  // namespace evenkeel::fix
