#include "tests/rules/heap_count.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define EVENKEEL_SANITIZER_OWNS_THE_HEAP 1
#endif
#endif
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define EVENKEEL_SANITIZER_OWNS_THE_HEAP 1
#endif

#if defined(EVENKEEL_SANITIZER_OWNS_THE_HEAP)

std::optional<std::uint64_t> evenkeel::rules::testing::heap_count() { return std::nullopt; }

#else

namespace {
std::uint64_t count = 0;
}  // namespace

// Every other form of new that the rules could use ends in this one.
void* operator new(std::size_t size) {
  ++count;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

std::optional<std::uint64_t> evenkeel::rules::testing::heap_count() { return count; }

#endif
