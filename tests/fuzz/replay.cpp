// Runs one fuzz entry point as an ordinary test: over its committed seeds, then over a few thousand
// mutations of them that are the same on every machine. It never looks for new coverage; libFuzzer
// does that in the fuzz build.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr int kMutationCount = 4000;
constexpr std::size_t kInputBytesMax = 16384;

// SplitMix64: the next state and output are fixed by arithmetic alone, so a failure reproduces
// anywhere.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

  // A number below `bound`, which is not zero.
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }

 private:
  std::uint64_t state_;
};

std::vector<Bytes> read_seeds() {
  std::vector<std::filesystem::path> paths;
  if (std::filesystem::is_directory(EVENKEEL_FUZZ_CORPUS)) {
    for (const auto& entry : std::filesystem::directory_iterator(EVENKEEL_FUZZ_CORPUS)) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());  // a directory has no order of its own
  std::vector<Bytes> seeds;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

void run(const Bytes& input) {
  // A copy of exactly the right size: the address sanitizer then sees a read one byte past the end.
  const Bytes exact(input);
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

void mutate_once(Bytes& input, const std::vector<Bytes>& seeds, Dice& dice) {
  constexpr std::uint8_t kEdges[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '\n', '"', '-'};
  const std::size_t at = input.empty() ? 0 : dice.below(input.size());
  switch (dice.below(7)) {
    case 0:
      if (!input.empty()) input[at] = static_cast<std::uint8_t>(input[at] ^ (1U << dice.below(8)));
      break;
    case 1:
      if (!input.empty()) input[at] = kEdges[dice.below(std::size(kEdges))];
      break;
    case 2:
      input.resize(at);  // cut off: the commonest damage to a message
      break;
    case 3:
      input.insert(input.begin() + static_cast<std::ptrdiff_t>(at),
                   static_cast<std::uint8_t>(dice.next()));
      break;
    case 4:
      if (!input.empty()) input.erase(input.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 5: {  // a stretch of another seed in the middle of this one
      const Bytes& other = seeds[dice.below(seeds.size())];
      if (other.empty()) break;
      const std::size_t from = dice.below(other.size());
      const std::size_t length = 1 + dice.below(other.size() - from);
      input.insert(input.begin() + static_cast<std::ptrdiff_t>(at),
                   other.begin() + static_cast<std::ptrdiff_t>(from),
                   other.begin() + static_cast<std::ptrdiff_t>(from + length));
      break;
    }
    default: {  // four bytes at once: lengths, counts and sequence numbers live in such fields
      const auto word = static_cast<std::uint32_t>(dice.next());
      for (std::size_t i = 0; i < 4 && at + i < input.size(); ++i) {
        input[at + i] = static_cast<std::uint8_t>(word >> (8 * i));
      }
      break;
    }
  }
  if (input.size() > kInputBytesMax) input.resize(kInputBytesMax);
}

TEST(FuzzReplay, SeedsAreHandled) {
  const std::vector<Bytes> seeds = read_seeds();
  ASSERT_FALSE(seeds.empty()) << "no seed in " << EVENKEEL_FUZZ_CORPUS;
  for (const Bytes& seed : seeds) run(seed);
  run({});
}

TEST(FuzzReplay, MutationsOfSeedsAreHandled) {
  const std::vector<Bytes> seeds = read_seeds();
  ASSERT_FALSE(seeds.empty()) << "no seed in " << EVENKEEL_FUZZ_CORPUS;
  Dice dice(20170710);
  for (int i = 0; i < kMutationCount; ++i) {
    Bytes input = seeds[dice.below(seeds.size())];
    const std::size_t steps = 1 + dice.below(6);
    for (std::size_t step = 0; step < steps; ++step) mutate_once(input, seeds, dice);
    run(input);
  }
}

}  // namespace
