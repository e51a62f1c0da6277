// Agents and how they idle. An agent is anything with `int do_work()`: it does a bounded piece of
// work and says how much. It is run by the caller or on a thread of its own
// (core/agent_thread.hpp); the idle policy is a template parameter. Nothing here owns a thread or
// reads a clock.
#pragma once

#include <concepts>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace evenkeel {

/// `do_work()` returns the amount of work done, 0 when there was none.
template <class A>
concept Agent = requires(A agent) {
  { agent.do_work() } -> std::same_as<int>;
};

/// Called after each duty cycle with the work done. May pause, yield or park.
template <class P>
concept IdlePolicy = requires(P policy, int work) {
  policy.idle(work);
};

/// Tells the processor that this is a spin-wait.
inline void cpu_pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Burns the core: only for a core that has nothing else to do.
struct BusySpin {
  void idle(int work) {
    if (work == 0) cpu_pause();
  }
};

}  // namespace evenkeel
