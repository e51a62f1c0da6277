// Realised volatility: an exponentially weighted average of squared simple returns, sampled on a
// fixed grid of event time. Integers throughout (variance in units of 10^-24, in 128 bits), so that
// every compiler, flag and machine gives the same bits; `quantised_volatility` is the one place
// where the statistic becomes the Ratio that a rule sees. Never decides, never reads a clock.
//
// A sample is the mark that stood at the grid point: what is known before the first event at or
// after it. Grid points that pass without any event therefore saw the same mark, and count as zero
// returns. A grid point at which a price was unsound is no sample, and the return across it does
// not count; neither does one across a silence of more than `kSilentPointsMax` points, which is an
// outage and not calm.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/archive.hpp"
#include "core/check.hpp"
#include "core/time.hpp"
#include "core/units.hpp"

namespace evenkeel::rules {

struct VolatilitySettings {
  DurationNs sample = kMinute;  // > 0
  Ratio lambda;                 // weight of the past, in (0, 1)
  // Samples in a year, as a fraction.
  std::int64_t year_numerator = 1;
  std::int64_t year_denominator = 1;
  std::uint32_t warm_up = 30;  // samples before the estimate is shown, >= 1
};

/// Largest integer whose square is at most `value`. Precondition: value >= 0.
constexpr Int128 integer_sqrt(Int128 value) {
  Int128 root = 0;
  Int128 bit = Int128{1} << 124;
  while (bit > value) bit >>= 2;
  for (; bit != 0; bit >>= 2) {
    if (value >= root + bit) {
      value -= root + bit;
      root = (root >> 1) + bit;
    } else {
      root >>= 1;
    }
  }
  return root;
}

/// The lambda whose weights halve every `half_life`: 2^(-sample / half_life), to 10^-9.
/// Preconditions: both positive, sample <= 32 x half_life.
constexpr Ratio lambda_of_half_life(DurationNs sample, DurationNs half_life) {
  EVENKEEL_CHECK(sample > 0 && half_life > 0 && sample / 32 <= half_life);
  constexpr Int128 kOne = 1'000'000'000'000'000'000;
  constexpr int kBits = 40;
  Int128 power = kOne;
  for (DurationNs whole = sample / half_life; whole > 0; --whole) power /= 2;
  // The fraction's binary digits, each worth a square root of the one before.
  Int128 fraction = (static_cast<Int128>(sample % half_life) << kBits) / half_life;
  Int128 factor = kOne / 2;
  for (int bit = kBits - 1; bit >= 0; --bit) {
    factor = integer_sqrt(factor * kOne);
    if ((fraction >> bit & 1) != 0) power = divide_rounded(power * factor, kOne);
  }
  return Ratio::from_raw(static_cast<std::int64_t>(divide_rounded(power, kOne / Ratio::kScale)));
}

/// Variance of one sample (10^-24) to an annual volatility (10^-9, rounded): the only quantisation.
constexpr Ratio quantised_volatility(Int128 variance, std::int64_t year_numerator,
                                     std::int64_t year_denominator) {
  // A variance is at most 10^26 and a year has at most 10^11 samples; divide first when it is
  // large.
  constexpr Int128 kRoom = Int128{1} << 80;
  const Int128 annual = variance < kRoom && year_numerator < (std::int64_t{1} << 40)
                            ? divide_rounded(variance * year_numerator, year_denominator)
                            : variance / year_denominator * year_numerator;
  const Int128 root = integer_sqrt(annual);  // 10^-12
  return narrow<Ratio>(divide_rounded(root, 1'000), INT64_MAX).value_or(Ratio::max());
}

/// The volatility of the average return of some instruments.
class VolatilityEstimator {
 public:
  static constexpr std::int64_t kSilentPointsMax = 60;

  VolatilityEstimator(const VolatilitySettings& settings, std::size_t instruments)
      : settings_(settings), seen_(instruments) {
    EVENKEEL_CHECK(settings.sample > 0 && instruments > 0 && settings.warm_up > 0);
    EVENKEEL_CHECK(settings.lambda.raw() > 0 && settings.lambda < kWhole);
    EVENKEEL_CHECK(settings.year_numerator > 0 && settings.year_denominator > 0);
  }

  /// Takes the samples of the grid points up to and including `now`, from what `see` last said.
  /// Call before `see` of the same event. True when the estimate may have changed.
  bool advance(TimeNs now) {
    const std::int64_t point = now / settings_.sample;
    if (point_ < 0) point_ = point;
    if (point <= point_) return false;
    const std::int64_t silent = point - point_ - 1;
    point_ = point;
    take_sample();
    if (silent > kSilentPointsMax) {
      has_reference_ = false;
    } else if (has_reference_) {
      for (std::int64_t i = 0; i < silent; ++i) add(0);
    }
    return true;
  }
  /// The mark of instrument `index` as it stands, and whether it may be used.
  void see(std::size_t index, Price mark, bool sound) {
    seen_[index].mark = mark;
    seen_[index].sound = sound && mark.raw() > 0;
  }

  /// Annualised; nothing until warmed up.
  std::optional<Ratio> annual() const {
    if (samples_ < settings_.warm_up) return std::nullopt;
    return quantised_volatility(variance_, settings_.year_numerator, settings_.year_denominator);
  }
  std::uint64_t samples() const { return samples_; }

  /// Into an estimator of the same settings and as many instruments.
  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [settings, seen, point, has_reference, samples, sum, variance] = s;
    a.table(seen);
    a(point, has_reference, samples, sum, variance);
  }

 private:
  struct Seen {
    Price mark;
    Price reference;
    bool sound = false;

    template <class A, class Self>
    static void archive(A& a, Self& s) {
      auto& [mark, reference, sound] = s;
      a(mark, reference, sound);
    }
  };
  // A return beyond +-1,000% counts as that: keeps squares within 10^26.
  static constexpr Int128 kReturnMax = 10'000'000'000'000;

  void take_sample() {
    bool all_sound = true;
    for (const Seen& seen : seen_) all_sound = all_sound && seen.sound;
    if (all_sound && has_reference_) {
      Int128 sum = 0;
      for (const Seen& seen : seen_) sum += return_of(seen);
      const Int128 mean = divide_rounded(sum, static_cast<Int128>(seen_.size()));
      add(mean * mean);
    }
    has_reference_ = all_sound;
    for (Seen& seen : seen_) seen.reference = seen.mark;
  }
  static Int128 return_of(const Seen& seen) {
    constexpr Int128 kReturnScale = 1'000'000'000'000;
    const Int128 change = static_cast<Int128>(seen.mark.raw()) - seen.reference.raw();
    const Int128 value = divide_rounded(change * kReturnScale, seen.reference.raw());
    return value > kReturnMax ? kReturnMax : value;
  }
  /// A plain mean while warming up, weighted by lambda from then on.
  void add(Int128 square) {
    ++samples_;
    if (samples_ <= settings_.warm_up) {
      sum_ += square;
      variance_ = divide_rounded(sum_, static_cast<Int128>(samples_));
      return;
    }
    const std::int64_t lambda = settings_.lambda.raw();
    variance_ =
        divide_rounded(variance_ * lambda + square * (Ratio::kScale - lambda), Ratio::kScale);
  }

  VolatilitySettings settings_;
  std::vector<Seen> seen_;
  std::int64_t point_ = -1;
  bool has_reference_ = false;
  std::uint64_t samples_ = 0;
  Int128 sum_ = 0;
  Int128 variance_ = 0;
};

}  // namespace evenkeel::rules
