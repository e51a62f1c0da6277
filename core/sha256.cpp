#include "core/sha256.hpp"

#include <openssl/evp.h>

#include "core/check.hpp"

namespace evenkeel {
namespace {

/// Looked up once: finding it by name costs more than hashing a small block.
const EVP_MD* algorithm() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVENKEEL_CHECK(kAlgorithm != nullptr);
  return kAlgorithm;
}

unsigned char* raw(Sha256& hash) { return reinterpret_cast<unsigned char*>(hash.data()); }

}  // namespace

Sha256 sha256(std::span<const std::byte> bytes) {
  Sha256 hash;
  EVENKEEL_CHECK(EVP_Digest(bytes.data(), bytes.size(), raw(hash), nullptr, algorithm(), nullptr) ==
                 1);
  return hash;
}

std::string to_hex(const Sha256& hash) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * hash.size());
  for (const std::byte byte : hash) {
    text.push_back(kDigits[std::to_integer<unsigned>(byte) >> 4]);
    text.push_back(kDigits[std::to_integer<unsigned>(byte) & 15U]);
  }
  return text;
}

struct Sha256Stream::Context {
  EVP_MD_CTX* const evp = EVP_MD_CTX_new();
  Context() { EVENKEEL_CHECK(evp != nullptr); }
  ~Context() { EVP_MD_CTX_free(evp); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  void begin() const { EVENKEEL_CHECK(EVP_DigestInit_ex2(evp, algorithm(), nullptr) == 1); }
};

Sha256Stream::Sha256Stream() : context_(std::make_unique<Context>()) { context_->begin(); }
Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::update(std::span<const std::byte> bytes) {
  EVENKEEL_CHECK(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) == 1);
}

Sha256 Sha256Stream::finish() {
  Sha256 hash;
  EVENKEEL_CHECK(EVP_DigestFinal_ex(context_->evp, raw(hash), nullptr) == 1);
  context_->begin();
  return hash;
}

}  // namespace evenkeel
