// A broken invariant stops the process, in production too: state that is already wrong must not
// send an order. This is never used for bad input (absl::Status) or for an expected outcome (an
// enum).
#pragma once

#include <cstdio>
#include <cstdlib>

namespace evenkeel {

/// Prints what was violated and where, then aborts. Never returns.
[[noreturn, gnu::cold, gnu::noinline]] inline void invariant_failed(const char* expression,
                                                                    const char* file, int line) {
  std::fprintf(stderr, "evenkeel: broken invariant: %s at %s:%d\n", expression, file, line);
  std::abort();
}

}  // namespace evenkeel

/// Stops the process when `expression` is false; evaluated in every build type.
#define EVENKEEL_CHECK(expression)                      \
  (static_cast<bool>(expression) ? static_cast<void>(0) \
                                 : ::evenkeel::invariant_failed(#expression, __FILE__, __LINE__))
