#include "core/agent_thread.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <cstdint>

#include "core/ring.hpp"

namespace evenkeel {
namespace {

struct NotAnAgent {
  void do_work() {}
};
static_assert(!Agent<NotAnAgent> && !IdlePolicy<NotAnAgent>);
static_assert(IdlePolicy<BusySpin> && IdlePolicy<SpinYield>);

bool readable(int fd) {
  pollfd waiter{fd, POLLIN, 0};
  return poll(&waiter, 1, 0) == 1;
}

TEST(Doorbell, RingsOnlyForAConsumerThatIsParked) {
  Doorbell bell;
  bell.notify();
  EXPECT_FALSE(readable(bell.fd()));
  bell.set_parked(true);
  bell.notify();
  bell.notify();
  EXPECT_TRUE(readable(bell.fd()));
  bell.drain();
  EXPECT_FALSE(readable(bell.fd()));
  bell.set_parked(false);
  bell.notify();
  EXPECT_FALSE(readable(bell.fd()));
  bell.ring();
  EXPECT_TRUE(readable(bell.fd()));
}

TEST(Doorbell, DoesNotSleepWhenWorkIsThereAlready) {
  Doorbell bell;
  int asked = 0;
  // Without a timeout: this returns only because the work is seen.
  bell.park([&asked] { return ++asked > 0; }, -1);
  EXPECT_EQ(asked, 1);
}

TEST(Doorbell, ARingBeforeTheSleepEndsIt) {
  Doorbell bell;
  bell.ring();
  bell.park([] { return false; }, -1);
  EXPECT_FALSE(readable(bell.fd()));  // drained: the next sleep is a sleep again
}

/// Sends each number it receives back; parks without a timeout, so that one lost wake-up hangs the
/// test.
struct Echo {
  SpscRing<std::uint64_t>* in;
  SpscRing<std::uint64_t>* out;
  Doorbell* answer;
  int do_work() {
    std::uint64_t value = 0;
    if (!in->try_pop(value)) return 0;
    EXPECT_TRUE(out->try_push(value));
    answer->notify();
    return 1;
  }
};

void ping_pong(int spins, std::uint64_t rounds) {
  SpscRing<std::uint64_t> there(2), back(2);
  Doorbell there_bell, back_bell;
  Echo echo{&there, &back, &back_bell};
  const auto has_ping = [&there] { return there.size() > 0; };
  const auto has_pong = [&back] { return back.size() > 0; };
  AgentThread thread(echo, SpinPark(there_bell, has_ping, -1, spins));
  SpinPark idle(back_bell, has_pong, -1, spins);
  std::uint64_t wrong = 0;
  for (std::uint64_t n = 0; n < rounds; ++n) {
    ASSERT_TRUE(there.try_push(n));
    there_bell.notify();
    std::uint64_t value = 0;
    while (!back.try_pop(value)) idle.idle(0);
    idle.idle(1);
    wrong += value == n ? 0 : 1;
  }
  EXPECT_EQ(wrong, 0U);
  thread.request_stop();
  there_bell.ring();
  thread.stop();
}

TEST(SpinPark, LosesNoWakeUpWhenItAlwaysParks) { ping_pong(0, 20'000); }
TEST(SpinPark, LosesNoWakeUpAtTheEdgeOfParking) { ping_pong(40, 20'000); }

TEST(SpinPark, SpinsBeforeItParks) {
  Doorbell bell;
  int asked = 0;
  SpinPark idle(
      bell,
      [&asked] {
        ++asked;
        return true;
      },
      -1, 3);
  for (int i = 0; i < 3; ++i) idle.idle(0);
  EXPECT_EQ(asked, 0);
  idle.idle(0);
  idle.idle(0);
  EXPECT_EQ(asked, 2);
  idle.idle(1);  // work: spins anew
  for (int i = 0; i < 3; ++i) idle.idle(0);
  EXPECT_EQ(asked, 2);
}

struct Counter {
  std::atomic<std::uint64_t> cycles{0};
  int do_work() {
    cycles.fetch_add(1, std::memory_order_relaxed);
    return static_cast<int>(cycles.load(std::memory_order_relaxed) & 1);
  }
};

template <class Policy>
void runs_until_stopped(Policy policy) {
  Counter counter;
  AgentThread thread(counter, policy);
  while (counter.cycles.load(std::memory_order_relaxed) < 5'000) std::this_thread::yield();
  thread.stop();
  const std::uint64_t at_stop = counter.cycles.load();
  thread.stop();  // again is harmless
  EXPECT_EQ(counter.cycles.load(), at_stop);
}

TEST(AgentThread, RunsUntilStopped) {
  runs_until_stopped(BusySpin{});
  runs_until_stopped(SpinYield{});
}

TEST(AgentThread, TheDestructorJoins) {
  Counter counter;
  { AgentThread thread(counter, SpinYield{}); }
  const std::uint64_t at_end = counter.cycles.load();
  std::this_thread::yield();
  EXPECT_EQ(counter.cycles.load(), at_end);
}

}  // namespace
}  // namespace evenkeel
