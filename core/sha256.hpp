// SHA-256, for the journal's chain and for digests of state. A thin cover over OpenSSL's libcrypto,
// which no other file sees. It never holds a secret.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace evenkeel {

using Sha256 = std::array<std::byte, 32>;

/// Of all the bytes at once.
Sha256 sha256(std::span<const std::byte> bytes);

/// 64 lower-case digits.
std::string to_hex(const Sha256& hash);

/// Of bytes that come in pieces. Reusable: `finish` begins anew.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void update(std::span<const std::byte> bytes);
  Sha256 finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace evenkeel
