#include "core/ring.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <thread>

#include "core/agent.hpp"
#include "core/event.hpp"

namespace evenkeel {
namespace {

template <class T>
concept RingMovable = std::movable<T>;
static_assert(!std::is_copy_constructible_v<SpscRing<int>>);
static_assert(!RingMovable<SpscRing<int>>);

TEST(SpscRing, IsFirstInFirstOut) {
  SpscRing<int> ring(4);
  int out = 0;
  EXPECT_EQ(ring.capacity(), 4U);
  EXPECT_EQ(ring.front(), nullptr);
  EXPECT_FALSE(ring.try_pop(out));
  EXPECT_TRUE(ring.try_push(1));
  EXPECT_TRUE(ring.try_push(2));
  EXPECT_EQ(ring.size(), 2U);
  ASSERT_NE(ring.front(), nullptr);
  EXPECT_EQ(*ring.front(), 1);
  EXPECT_EQ(*ring.front(), 1);  // looking takes nothing
  ring.pop();
  EXPECT_TRUE(ring.try_pop(out));
  EXPECT_EQ(out, 2);
  EXPECT_FALSE(ring.try_pop(out));
  EXPECT_EQ(out, 2);  // an empty ring leaves the output alone
}

TEST(SpscRing, FullIsAReturnValue) {
  SpscRing<int> ring(2);
  EXPECT_TRUE(ring.try_push(1));
  EXPECT_TRUE(ring.try_push(2));
  EXPECT_FALSE(ring.try_push(3));
  EXPECT_EQ(ring.size(), 2U);
  int out = 0;
  ASSERT_TRUE(ring.try_pop(out));
  EXPECT_EQ(out, 1);  // what did not fit overwrote nothing
  EXPECT_TRUE(ring.try_push(4));
  EXPECT_FALSE(ring.try_push(5));
  ASSERT_TRUE(ring.try_pop(out));
  EXPECT_EQ(out, 2);
  ASSERT_TRUE(ring.try_pop(out));
  EXPECT_EQ(out, 4);
}

TEST(SpscRing, GoesRoundManyTimes) {
  SpscRing<std::uint64_t> ring(8);
  std::uint64_t pushed = 0, popped = 0;
  for (int round = 0; round < 1000; ++round) {
    for (int i = 0; i < round % 9; ++i) pushed += ring.try_push(pushed) ? 1 : 0;
    EXPECT_LE(ring.size(), 8U);
    std::uint64_t out = 0;
    for (int i = 0; i < (round * 5) % 9 && ring.try_pop(out); ++i) EXPECT_EQ(out, popped++);
  }
  EXPECT_GT(popped, 1000U);
}

TEST(SpscRingDeathTest, CapacityIsAPowerOfTwo) {
  EXPECT_DEATH(SpscRing<int>(3), "has_single_bit");
  EXPECT_DEATH(SpscRing<int>(1), "broken invariant");
}

/// An event whose every payload word follows from `number`.
Event numbered_event(std::uint64_t number) {
  Event event = Event::make(EventType::kExecution, SourceId{1});
  event.sequence = number;
  for (std::size_t i = 0; i < sizeof event.payload.bytes; ++i) {
    event.payload.bytes[i] = static_cast<std::uint8_t>(number * 31 + i);
  }
  return event;
}

TEST(SpscRing, TwoThreadsSeeWholeElementsInOrder) {
  constexpr std::uint64_t kCount = 200'000;
  SpscRing<Event> ring(64);
  std::thread producer([&ring] {
    for (std::uint64_t n = 0; n < kCount; ++n) {
      const Event event = numbered_event(n);
      while (!ring.try_push(event)) std::this_thread::yield();
    }
  });
  std::uint64_t wrong = 0;
  for (std::uint64_t n = 0; n < kCount; ++n) {
    const Event* event = ring.front();
    while (event == nullptr) {
      std::this_thread::yield();
      event = ring.front();
    }
    const Event wanted = numbered_event(n);
    wrong += std::memcmp(event, &wanted, sizeof wanted) == 0 ? 0 : 1;
    ring.pop();
  }
  producer.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(ring.size(), 0U);
}

TEST(SpscRing, AThirdThreadSeesASizeWithinBounds) {
  constexpr std::uint64_t kCount = 100'000;
  SpscRing<std::uint64_t> ring(16);
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> beyond{0};
  std::thread observer([&] {
    while (!done.load(std::memory_order_acquire)) {
      if (ring.size() > ring.capacity()) beyond.fetch_add(1);
      std::this_thread::yield();
    }
  });
  std::thread producer([&] {
    for (std::uint64_t n = 0; n < kCount; ++n) {
      while (!ring.try_push(n)) std::this_thread::yield();
    }
  });
  std::uint64_t sum = 0, out = 0;
  for (std::uint64_t n = 0; n < kCount; ++n) {
    while (!ring.try_pop(out)) std::this_thread::yield();
    sum += out;
  }
  producer.join();
  done.store(true, std::memory_order_release);
  observer.join();
  EXPECT_EQ(sum, kCount * (kCount - 1) / 2);
  EXPECT_EQ(beyond.load(), 0U);
}

}  // namespace
}  // namespace evenkeel
