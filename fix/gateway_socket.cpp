#include "fix/gateway_socket.hpp"

#include <chrono>
#include <cstring>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

namespace evenkeel::fix {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

FixSocket::FixSocket(asio::io_context& context, std::size_t output_bytes_max)
    : socket_(context), linger_(context), output_(output_bytes_max) {}

bool FixSocket::attach(tcp::socket socket) {
  abort();
  ++generation_;
  socket_ = std::move(socket);
  begin_ = end_ = 0;
  readable_ = waiting_readable_ = waiting_writable_ = closing_ = broken_ = false;
  problem_.clear();
  error_code error;
  socket_.set_option(tcp::no_delay(true), error);
  if (!error) socket_.non_blocking(true, error);
  if (error) {
    fail(error);
    shut();
    return false;
  }
  wait_readable();
  return true;
}

void FixSocket::wait_readable() {
  if (waiting_readable_ || !open()) return;
  waiting_readable_ = true;
  socket_.async_wait(tcp::socket::wait_read,
                     [this, generation = generation_](const error_code& error) {
                       if (generation != generation_) return;
                       waiting_readable_ = false;
                       if (error != asio::error::operation_aborted) readable_ = true;
                     });
}

void FixSocket::wait_writable() {
  if (waiting_writable_ || !open()) return;
  waiting_writable_ = true;
  socket_.async_wait(tcp::socket::wait_write,
                     [this, generation = generation_](const error_code& error) {
                       if (generation != generation_) return;
                       waiting_writable_ = false;
                       if (!error) flush();
                     });
}

std::size_t FixSocket::read(char* out, std::size_t size) {
  if (!open()) return 0;
  error_code error;
  const std::size_t got = socket_.read_some(asio::buffer(out, size), error);
  if (!error) return got;
  readable_ = false;
  if (error == asio::error::would_block || error == asio::error::try_again) {
    wait_readable();
    return 0;
  }
  fail(error);
  shut();
  return 0;
}

std::size_t FixSocket::writable_bytes() noexcept {
  if (!open() || ending()) return 0;
  return output_.size() - unsent();
}

bool FixSocket::write(const char* data, std::size_t size) noexcept {
  if (writable_bytes() < size || size == 0) return false;
  std::size_t sent = 0;
  if (unsent() == 0) {
    sent = send_now(data, size);
    if (broken_) return false;  // the kernel took nothing of it
  }
  if (sent == size) return true;
  if (output_.size() - end_ < size - sent) {  // move what waits to the front
    std::memmove(output_.data(), output_.data() + begin_, unsent());
    end_ -= begin_;
    begin_ = 0;
  }
  std::memcpy(output_.data() + end_, data + sent, size - sent);
  end_ += size - sent;
  wait_writable();
  return true;
}

std::size_t FixSocket::send_now(const char* data, std::size_t size) {
  error_code error;
  const std::size_t sent = socket_.write_some(asio::buffer(data, size), error);
  if (!error) return sent;
  if (error != asio::error::would_block && error != asio::error::try_again) {
    fail(error);
    readable_ = true;  // the owner looks, reads the end, and knows
  }
  return 0;
}

void FixSocket::flush() {
  while (unsent() > 0 && !broken_) {
    const std::size_t sent = send_now(output_.data() + begin_, unsent());
    if (sent == 0) break;
    begin_ += sent;
  }
  if (broken_) return;
  if (unsent() > 0) {
    wait_writable();
    return;
  }
  begin_ = end_ = 0;
  if (closing_) shut();
}

void FixSocket::close() noexcept {
  if (!open()) return;
  closing_ = true;
  if (unsent() == 0 || broken_) {
    shut();
    return;
  }
  linger_.expires_after(std::chrono::nanoseconds(kLinger));
  linger_.async_wait([this, generation = generation_](const error_code& error) {
    if (!error && generation == generation_) shut();
  });
}

void FixSocket::abort() {
  linger_.cancel();
  if (open()) shut();
}

void FixSocket::fail(const error_code& error) {
  broken_ = true;
  if (problem_.empty()) {
    problem_ = error == asio::error::eof ? "closed by the peer" : error.message();
  }
}

void FixSocket::shut() {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  readable_ = false;
}

}  // namespace evenkeel::fix
