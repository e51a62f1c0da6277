// How often the heap has been asked for memory by this thread, so that a test can say "never".
#pragma once

#include <cstdint>

namespace evenkeel::testing_world {

/// Calls of any operator new so far, on the calling thread.
std::uint64_t allocations();

}  // namespace evenkeel::testing_world
