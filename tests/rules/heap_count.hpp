// How often the test program has asked the heap for memory, so that a test can say "never".
#pragma once

#include <cstdint>
#include <optional>

namespace evenkeel::rules::testing {

/// Calls of operator new so far; nothing where a sanitizer owns the heap.
std::optional<std::uint64_t> heap_count();

}  // namespace evenkeel::rules::testing
