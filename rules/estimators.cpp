#include "rules/estimators.hpp"

#include <algorithm>
#include <limits>

#include "core/check.hpp"
#include "rules/volatility.hpp"

namespace evenkeel::rules {
namespace {

constexpr Int128 kSquareUnit = 1'000'000'000'000;  // 10^-12 squared is 10^-24

void check_grid(const Grid& grid) {
  EVENKEEL_CHECK(grid.interval > 0 && grid.phase >= 0 && grid.phase < grid.interval);
}
void check_year(const Year& year) { EVENKEEL_CHECK(year.numerator > 0 && year.denominator > 0); }
void check_lambda(Ratio lambda) { EVENKEEL_CHECK(lambda.raw() > 0 && lambda < kWhole); }

Ratio saturated(Int128 raw) {
  return narrow<Ratio>(raw, std::numeric_limits<std::int64_t>::max())
      .value_or(raw < 0 ? -Ratio::max() : Ratio::max());
}

/// numerator / denominator as a Ratio, rounded half away from zero, by long division: exact for any
/// size. Precondition: 0 < denominator < 2^123.
Ratio quotient(Int128 numerator, Int128 denominator) {
  const bool negative = numerator < 0;
  const Int128 magnitude = negative ? -numerator : numerator;
  Int128 value = magnitude / denominator;
  if (value > std::numeric_limits<std::int64_t>::max()) return saturated(negative ? -value : value);
  Int128 rest = magnitude % denominator;
  for (std::int64_t scale = Ratio::kScale; scale > 1; scale /= 10) {
    rest *= 10;
    value = value * 10 + rest / denominator;
    rest %= denominator;
  }
  if (2 * rest >= denominator) ++value;
  return saturated(negative ? -value : value);
}

/// n x (sum of squares) - (sum)^2: the sum of squared distances from the mean, times n.
Int128 spread_times_n(Int128 squares, Int128 sum, Int128 n) { return n * squares - sum * sum; }

/// floor(sqrt(value << 2 shift)) below 2^61, with the shift that makes it largest.
struct ScaledRoot {
  Int128 root;
  int shift;
};
ScaledRoot scaled_root(Int128 value) {
  int shift = 0;
  constexpr Int128 kRoom = Int128{1} << 120;
  for (; value < kRoom; value <<= 2) ++shift;
  if (value >= kRoom << 2) {
    value >>= 2;
    --shift;
  }
  return {integer_sqrt(value), shift};
}

/// covariance / sqrt(first x second), within [-1, 1]. Preconditions: variances positive, below
/// 2^124; all three with one factor.
Ratio correlation_of(Int128 covariance, Int128 first, Int128 second) {
  const ScaledRoot a = scaled_root(first);
  const ScaledRoot b = scaled_root(second);
  const int shift = a.shift + b.shift;
  const bool negative = covariance < 0;
  Int128 magnitude = negative ? -covariance : covariance;
  // By Cauchy and Schwarz at most the product of the roots, and one more by their rounding.
  const Int128 bound = a.root * b.root;
  if (shift < 0) {
    magnitude >>= -shift;
  } else if (magnitude > bound >> shift) {
    magnitude = bound;
  } else {
    magnitude <<= shift;
  }
  const Ratio value = std::min(quotient(magnitude, bound), kWhole);
  return negative ? -value : value;
}

constexpr std::string_view kNames[] = {"ewma",         "close_to_close",  "parkinson",
                                       "garman_klass", "rogers_satchell", "yang_zhang",
                                       "realised"};

}  // namespace

std::string_view estimator_name(Estimator estimator) {
  return kNames[static_cast<std::size_t>(estimator)];
}

std::optional<Estimator> find_estimator(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name) return static_cast<Estimator>(i);
  }
  return std::nullopt;
}

const std::vector<std::string_view>& estimator_names() {
  static const std::vector<std::string_view> kAll(std::begin(kNames), std::end(kNames));
  return kAll;
}

// --- BarMaker --------------------------------------------------------------------------------

BarMaker::BarMaker(const Grid& grid) : walk_(grid) { check_grid(grid); }

void BarMaker::see(Price mark, bool sound) {
  sound_ = sound && mark.raw() > 0;
  if (!sound_) return;
  mark_ = mark;
  if (!has_marks_) {
    bar_ = flat(mark);
    has_marks_ = true;
    return;
  }
  bar_.high = std::max(bar_.high, mark);
  bar_.low = std::min(bar_.low, mark);
  bar_.close = mark;
}

void ForgettingMean::add(Int128 term, Ratio lambda, std::uint32_t warm_up) {
  ++samples_;
  if (samples_ <= warm_up) {
    sum_ += term;
    value_ = divide_rounded(sum_, static_cast<Int128>(samples_));
    return;
  }
  value_ =
      divide_rounded(value_ * lambda.raw() + term * (Ratio::kScale - lambda.raw()), Ratio::kScale);
}

// --- BarVolatility ---------------------------------------------------------------------------

BarVolatility::BarVolatility(const BarVolatilitySettings& settings)
    : settings_(settings), maker_(settings.bars) {
  check_year(settings.year);
  EVENKEEL_CHECK(settings.warm_up >= 1);
  if (settings.estimator == Estimator::kEwma) {
    check_lambda(settings.lambda);
    return;
  }
  EVENKEEL_CHECK(settings.window >= settings.warm_up && settings.window <= kWindowMax);
  window_.resize(settings.window);
}

bool BarVolatility::needs_previous() const {
  switch (settings_.estimator) {
    case Estimator::kEwma:
    case Estimator::kCloseToClose:
    case Estimator::kYangZhang:
    case Estimator::kRealised:
      return true;
    case Estimator::kParkinson:
    case Estimator::kGarmanKlass:
    case Estimator::kRogersSatchell:
      return false;
  }
  return true;
}

void BarVolatility::Sums::add(const Sample& sample, int sign) {
  const Int128 o = sample.overnight, u = sample.up, d = sample.down, c = sample.close;
  overnight += sign * o;
  overnight_squares += sign * (o * o);
  close += sign * c;
  close_squares += sign * (c * c);
  total += sign * (o + c);
  total_squares += sign * ((o + c) * (o + c));
  range_squares += sign * ((u - d) * (u - d));
  rogers_satchell += sign * (u * (u - c) + d * (d - c));
}

void BarVolatility::add(const Bar& bar, Price previous) {
  const bool follows = previous.raw() > 0;
  if (needs_previous() && !follows) return;
  ++samples_;
  if (settings_.estimator == Estimator::kEwma) {
    const Int128 move = simple_return(previous.raw(), bar.close.raw());
    mean_.add(move * move, settings_.lambda, settings_.warm_up);
    return;
  }
  const std::int64_t open = bar.open.raw();
  const Sample sample{.overnight = follows ? log_return(previous.raw(), open) : 0,
                      .up = log_return(open, bar.high.raw()),
                      .down = log_return(open, bar.low.raw()),
                      .close = log_return(open, bar.close.raw())};
  if (samples_ > settings_.window) sums_.add(window_[next_], -1);
  window_[next_] = sample;
  next_ = next_ + 1 == settings_.window ? 0 : next_ + 1;
  sums_.add(sample, +1);
}

Int128 BarVolatility::variance() const {
  const Int128 n = std::min<Int128>(samples_, settings_.window);
  switch (settings_.estimator) {
    case Estimator::kEwma:
      return mean_.value();
    case Estimator::kCloseToClose:
      return divide_rounded(spread_times_n(sums_.total_squares, sums_.total, n), n * (n - 1));
    case Estimator::kParkinson: {
      constexpr Int128 kOneOverFourLnTwo = 360'673'760'222;  // 10^-12
      return divide_rounded(divide_rounded(sums_.range_squares, n) * kOneOverFourLnTwo,
                            kSquareUnit);
    }
    case Estimator::kGarmanKlass: {
      constexpr Int128 kTwoLnTwoLessOne = 386'294'361'120;  // 10^-12
      const Int128 closes =
          divide_rounded(divide_rounded(sums_.close_squares, n) * kTwoLnTwoLessOne, kSquareUnit);
      return std::max<Int128>(divide_rounded(sums_.range_squares, 2 * n) - closes, 0);
    }
    case Estimator::kRogersSatchell:
      return divide_rounded(sums_.rogers_satchell, n);
    case Estimator::kYangZhang: {
      const Int128 pairs = n * (n - 1);
      const Int128 overnight =
          divide_rounded(spread_times_n(sums_.overnight_squares, sums_.overnight, n), pairs);
      const Int128 close =
          divide_rounded(spread_times_n(sums_.close_squares, sums_.close, n), pairs);
      const Int128 inside = divide_rounded(sums_.rogers_satchell, n);
      // k = 0.34 (n - 1) / (1.34 (n - 1) + n + 1) = 34 (n - 1) / (234 n - 34)
      const Int128 k = 34 * (n - 1), whole = 234 * n - 34;
      return overnight + divide_rounded(close * k + inside * (whole - k), whole);
    }
    case Estimator::kRealised:
      return divide_rounded(sums_.total_squares, n);
  }
  return 0;
}

std::optional<Ratio> BarVolatility::annual() const {
  const bool degrees = settings_.estimator == Estimator::kCloseToClose ||
                       settings_.estimator == Estimator::kYangZhang;
  if (samples_ < settings_.warm_up || (degrees && samples_ < 2) ||
      (degrees && settings_.window < 2))
    return std::nullopt;
  return quantised_volatility(variance(), settings_.year.numerator, settings_.year.denominator);
}

// --- Pairs -----------------------------------------------------------------------------------

PairSampler::PairSampler(const Grid& grid) : walk_(grid) { check_grid(grid); }

void PairSampler::see(std::size_t index, std::int64_t level, bool sound) {
  Side& side = sides_[index];
  side.sound = sound && level > 0;
  if (!side.sound) return;
  side.level = level;
  side.fresh = true;
}

void PairSampler::take_reference() {
  for (Side& side : sides_) side.reference = side.level;
  has_reference_ = true;
}

void PairSampler::rebase(std::size_t index, std::int64_t before, std::int64_t after) {
  Side& side = sides_[index];
  const Int128 moved = before > 0 && after > 0
                           ? divide_rounded(static_cast<Int128>(side.reference) * after, before)
                           : 0;
  if (moved <= 0 || moved > std::numeric_limits<std::int64_t>::max()) {
    has_reference_ = false;
  } else {
    side.reference = static_cast<std::int64_t>(moved);
  }
  side.sound = side.sound && after > 0;
  side.fresh = side.fresh && after > 0;
  if (after > 0) side.level = after;
}

PairEstimator::PairEstimator(const PairSettings& settings)
    : settings_(settings), sampler_(settings.grid), window_(settings.window) {
  check_year(settings.year);
  EVENKEEL_CHECK(settings.warm_up >= 2 && settings.window <= kWindowMax);
  if (settings.window == 0) {
    check_lambda(settings.lambda);
  } else {
    EVENKEEL_CHECK(settings.warm_up <= settings.window);
  }
}

Int128 PairEstimator::in_window() const { return std::min<Int128>(samples_, settings_.window); }

void PairEstimator::accumulate(const Sample& sample, int sign) {
  const Int128 x = sample.first, y = sample.second;
  sum_first_ += sign * x;
  sum_second_ += sign * y;
  squares_.covariance += sign * (x * y);
  squares_.first += sign * (x * x);
  squares_.second += sign * (y * y);
}

void PairEstimator::add(std::int64_t first, std::int64_t second) {
  ++samples_;
  if (settings_.window == 0) {
    const Int128 x = first, y = second;
    covariance_.add(x * y, settings_.lambda, settings_.warm_up);
    variance_first_.add(x * x, settings_.lambda, settings_.warm_up);
    variance_second_.add(y * y, settings_.lambda, settings_.warm_up);
    return;
  }
  if (samples_ > settings_.window) accumulate(window_[next_], -1);
  window_[next_] = {first, second};
  accumulate(window_[next_], +1);
  next_ = next_ + 1 == settings_.window ? 0 : next_ + 1;
}

/// Without a window: 10^-24. With one: times n (n - 1).
PairEstimator::Moments PairEstimator::moments() const {
  if (settings_.window == 0)
    return {covariance_.value(), variance_first_.value(), variance_second_.value()};
  const Int128 n = in_window();
  return {n * squares_.covariance - sum_first_ * sum_second_,
          spread_times_n(squares_.first, sum_first_, n),
          spread_times_n(squares_.second, sum_second_, n)};
}

std::optional<Ratio> PairEstimator::correlation() const {
  if (!warm()) return std::nullopt;
  const Moments m = moments();
  if (m.first <= 0 || m.second <= 0) return std::nullopt;
  return correlation_of(m.covariance, m.first, m.second);
}

std::optional<Ratio> PairEstimator::beta() const {
  if (!warm()) return std::nullopt;
  const Moments m = moments();
  if (m.second <= 0) return std::nullopt;
  return quotient(m.covariance, m.second);
}

std::optional<Ratio> PairEstimator::annual_covariance() const {
  if (!warm()) return std::nullopt;
  const Int128 pairs = settings_.window == 0 ? 1 : in_window() * (in_window() - 1);
  const Int128 covariance = divide_rounded(moments().covariance, pairs);  // 10^-24
  // To 10^-9 and a year: in the order that keeps the digits when there is room for them.
  constexpr Int128 kToRatio = 1'000'000'000'000'000;
  constexpr Int128 kRoom = Int128{1} << 63;
  const Int128 magnitude = covariance < 0 ? -covariance : covariance;
  if (magnitude < kRoom) {
    return saturated(divide_rounded(
        divide_rounded(covariance * settings_.year.numerator, settings_.year.denominator),
        kToRatio));
  }
  const Int128 unit = divide_rounded(covariance, kToRatio / 1'000);  // 10^-12
  return saturated(divide_rounded(
      divide_rounded(unit * settings_.year.numerator, settings_.year.denominator), 1'000));
}

// --- Tracking error --------------------------------------------------------------------------

TrackingError::TrackingError(const TrackingErrorSettings& settings)
    : settings_(settings), sampler_(settings.grid) {
  check_lambda(settings.lambda);
  check_year(settings.year);
  EVENKEEL_CHECK(settings.warm_up >= 1);
}

void TrackingError::add(std::int64_t own, std::int64_t other) {
  const Int128 active = std::clamp(own - other, -kReturnMax, kReturnMax);
  mean_.add(active * active, settings_.lambda, settings_.warm_up);
}

std::optional<Ratio> TrackingError::annual() const {
  if (mean_.samples() < settings_.warm_up) return std::nullopt;
  return quantised_volatility(mean_.value(), settings_.year.numerator, settings_.year.denominator);
}

// --- Drawdown --------------------------------------------------------------------------------

Drawdown::Drawdown(DurationNs sample) : walk_({.interval = sample}) { check_grid(walk_.grid()); }

bool Drawdown::advance(TimeNs now) {
  if (!walk_.pass(now)) return false;
  if (!sound_ || nav_ <= peak_) return false;
  peak_ = nav_;
  return true;
}

void Drawdown::see(Money nav, bool sound) {
  nav_ = nav;
  sound_ = sound;
}

void Drawdown::flow(Money before, Money after) {
  const Int128 moved =
      before.raw() > 0 && after.raw() > 0
          ? divide_rounded(static_cast<Int128>(peak_.raw()) * after.raw(), before.raw())
          : 0;
  peak_ = narrow<Money>(moved, std::numeric_limits<std::int64_t>::max()).value_or(Money{});
  nav_ = after;
}

std::optional<Ratio> Drawdown::value() const {
  if (!sound_ || peak_.raw() <= 0) return std::nullopt;
  if (nav_ >= peak_) return Ratio{};
  return quotient(static_cast<Int128>(peak_.raw()) - nav_.raw(), peak_.raw());
}

}  // namespace evenkeel::rules
