// Statistics of prices that rules may ask for by name: volatility from bars, correlation, beta and
// covariance of two instruments, tracking error against a benchmark, drawdown from a running peak.
// Integers throughout (returns in 10^-12, squares in 10^-24, in 128 bits), so that every compiler
// gives the same bits; windows keep exact sums, which do not drift. Each statistic becomes the
// Ratio that a rule sees in one place. Never decides, never reads a clock, never allocates after
// construction.
//
// A grid of event time cuts bars and samples, as in rules/volatility.hpp: what counts at a grid
// point is what is known before the first event at or after it; call `advance` with an event's time
// before `see` of the same event. What a gap in the prices means is a setting (`Gaps`).
//
// Volatility estimators, over n bars with o = ln(open / close before), u = ln(high / open),
// d = ln(low / open), c = ln(close / open):
//   close-to-close    sum (r - mean r)^2 / (n - 1), r = o + c
//   Parkinson         sum (u - d)^2 / (4 n ln 2)                              Parkinson 1980
//   Garman-Klass      sum [(u - d)^2 / 2 - (2 ln 2 - 1) c^2] / n              Garman & Klass 1980,
//   their
//                                                                             practical estimator
//   Rogers-Satchell   sum [u (u - c) + d (d - c)] / n                         Rogers & Satchell
//   1991 Yang-Zhang        var(o) + k var(c) + (1 - k) RS,                         Yang & Zhang
//   2000
//                     k = 0.34 / (1.34 + (n + 1) / (n - 1)), var with n - 1
//   realised          sum r^2 / n: the sum of squared returns of the window's bars
//   EWMA              v = lambda v + (1 - lambda) s^2, s the simple return; a plain mean while
//                     warming up; no window (rules/volatility.hpp gives the same bits)
// Parkinson, Garman-Klass and Rogers-Satchell see the inside of bars only, not what lies between.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "core/units.hpp"
#include "rules/logarithm.hpp"

namespace evenkeel::rules {

enum class Estimator : std::uint8_t {
  kEwma = 0,
  kCloseToClose,
  kParkinson,
  kGarmanKlass,
  kRogersSatchell,
  kYangZhang,
  kRealised,
};
/// "ewma", "close_to_close", "parkinson", "garman_klass", "rogers_satchell", "yang_zhang",
/// "realised".
std::string_view estimator_name(Estimator estimator);
std::optional<Estimator> find_estimator(std::string_view name);
/// All names, in the order of the enum.
const std::vector<std::string_view>& estimator_names();

/// What happens between two prices that may be acted on.
enum class Gaps : std::uint8_t {
  /// For bars within a session. A grid point at which the price is unsound is no sample, and the
  /// return across it does not count. Points that pass without any event saw the same price and
  /// count as zero returns, up to `kSilentPointsMax` of them: a longer silence is an outage.
  kBreak = 0,
  /// For bars of a day. A bar in which no sound price was seen is no bar (a weekend), and the
  /// return across it counts, unless more than `kSilentPointsMax` bars are missing.
  kSpan,
};

/// More silent grid points than this in a row are an outage and not calm.
inline constexpr std::int64_t kSilentPointsMax = 60;
/// Bars or samples in a window.
inline constexpr std::uint32_t kWindowMax = 4096;

/// Grid points lie at `phase` + k x `interval`.
struct Grid {
  DurationNs interval = kMinute;  // > 0
  DurationNs phase = 0;           // in [0, interval)
  Gaps gaps = Gaps::kBreak;

  constexpr std::int64_t point(TimeNs now) const {
    const std::int64_t since = now - phase;
    return since >= 0 ? since / interval : -((-since + interval - 1) / interval);
  }
};

/// Goes along a grid with the time of events.
class GridWalk {
 public:
  explicit GridWalk(const Grid& grid) : grid_(grid) {}
  const Grid& grid() const { return grid_; }

  /// The points up to `now` that have not been passed: how many of them before the last, or
  /// nothing when there is none. The first call only says where the walk begins.
  std::optional<std::int64_t> pass(TimeNs now) {
    const std::int64_t point = grid_.point(now);
    if (!started_) {
      started_ = true;
      point_ = point;
    }
    if (point <= point_) return std::nullopt;
    const std::int64_t silent = point - point_ - 1;
    point_ = point;
    return silent;
  }

  /// Into one of the same grid.
  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [grid, started, point] = s;
    a(started, point);
  }

 private:
  Grid grid_;
  bool started_ = false;
  std::int64_t point_ = 0;
};

/// Grid points in a year, as a fraction: a figure over one sample times this is annual.
struct Year {
  std::int64_t numerator = 1;  // > 0
  std::int64_t denominator = 1;
};

struct Bar {
  Price open, high, low, close;
  friend bool operator==(const Bar&, const Bar&) = default;
};

/// Cuts one instrument's marks into bars.
class BarMaker {
 public:
  explicit BarMaker(const Grid& grid);

  /// Closes the bars that end at or before `now`: `sink(bar, previous)` for each, in order, with
  /// the close that it follows (zero when there is none). A bar during which the watching began is
  /// not handed over. True when a grid point passed.
  template <class Sink>
  bool advance(TimeNs now, Sink&& sink) {
    const auto silent = walk_.pass(now);
    if (!silent) return false;
    if (walk_.grid().gaps == Gaps::kBreak) {
      close_or_break(*silent, sink);
    } else {
      close_or_span(*silent, sink);
    }
    has_marks_ = false;
    return true;
  }
  /// The mark as it stands, and whether it may be used.
  void see(Price mark, bool sound);

  /// Into a maker of the same grid.
  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [walk, whole, sound, has_marks, missing, mark, previous, bar] = s;
    a(walk, whole, sound, has_marks, missing, mark, previous);
    a(bar.open, bar.high, bar.low, bar.close);
    const bool marked = mark.raw() > 0 || (!sound && !has_marks);
    const bool barred = !has_marks || (bar.low.raw() > 0 && bar.low <= bar.high);
    if (!marked || !barred || previous.raw() < 0) a.fail();
  }

 private:
  template <class Sink>
  void close_or_break(std::int64_t silent, Sink&& sink) {
    if (!sound_) {
      previous_ = Price{};
      return;
    }
    if (!has_marks_) bar_ = flat(mark_);
    // Sound at its end; it counts when it was at its start, too.
    if (previous_.raw() > 0) sink(bar_, previous_);
    previous_ = mark_;
    if (silent > kSilentPointsMax) {
      previous_ = Price{};
      return;
    }
    for (std::int64_t i = 0; i < silent; ++i) sink(flat(mark_), mark_);
  }
  template <class Sink>
  void close_or_span(std::int64_t silent, Sink&& sink) {
    if (has_marks_) {
      if (whole_) sink(bar_, previous_);
      previous_ = bar_.close;
      missing_ = 0;
    } else if (missing_ <= kSilentPointsMax) {
      ++missing_;
    }
    whole_ = true;
    if (silent > kSilentPointsMax || (missing_ += silent) > kSilentPointsMax) {
      missing_ = kSilentPointsMax + 1;
      previous_ = Price{};
    }
  }
  static constexpr Bar flat(Price price) { return {price, price, price, price}; }

  GridWalk walk_;
  bool whole_ = false;  // the bar that is open has been watched from its start
  bool sound_ = false;
  bool has_marks_ = false;  // sound ones, in the bar that is open
  std::int64_t missing_ = 0;
  Price mark_;      // the last sound one
  Price previous_;  // close at the grid point before; zero: none that counts
  Bar bar_;
};

/// A mean that forgets: plain while warming up, weighted by lambda from then on.
class ForgettingMean {
 public:
  /// `term`: |term| <= 10^26. Preconditions: 0 < lambda < 1, warm_up >= 1, the same at each call.
  void add(Int128 term, Ratio lambda, std::uint32_t warm_up);
  Int128 value() const { return value_; }
  std::uint64_t samples() const { return samples_; }

  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [samples, sum, value] = s;
    a(samples, sum, value);
  }

 private:
  std::uint64_t samples_ = 0;
  Int128 sum_ = 0;
  Int128 value_ = 0;
};

struct BarVolatilitySettings {
  Estimator estimator = Estimator::kCloseToClose;
  Grid bars;
  std::uint32_t window = 20;   // bars, 1 .. kWindowMax; EWMA has none
  std::uint32_t warm_up = 20;  // bars before the estimate is shown: 1 .. window, for EWMA >= 1
  Ratio lambda;                // EWMA only: weight of the past, in (0, 1)
  Year year;                   // bars in a year
};

/// The volatility of one instrument.
class BarVolatility {
 public:
  /// Allocates its window. Broken settings stop the process: check them where they are read.
  explicit BarVolatility(const BarVolatilitySettings& settings);

  /// Closes the bars up to `now`. True when the estimate may have changed.
  bool advance(TimeNs now) {
    return maker_.advance(now, [this](const Bar& bar, Price previous) { add(bar, previous); });
  }
  void see(Price mark, bool sound) { maker_.see(mark, sound); }
  /// A bar that comes ready-made; `previous`: the close it follows, zero when none. Preconditions:
  /// prices positive, low <= open, close <= high.
  void add(const Bar& bar, Price previous);

  /// Annualised; nothing until warmed up (and never from fewer than two bars where n - 1 divides).
  std::optional<Ratio> annual() const;
  /// Variance of one bar in 10^-24, rounded. Precondition: as many samples as the estimator needs.
  Int128 variance() const;
  std::uint64_t samples() const { return samples_; }

  /// Into an estimator of the same settings.
  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [settings, maker, window, next, samples, sums, mean] = s;
    a.table(window);
    a(maker, next, samples, sums, mean);
    if (next != 0 && next >= window.size()) a.fail();
  }

 private:
  struct Sample {
    std::int64_t overnight = 0, up = 0, down = 0, close = 0;

    template <class A, class Self>
    static void archive(A& a, Self& s) {
      auto& [overnight, up, down, close] = s;
      a(overnight, up, down, close);
    }
  };
  /// Exact sums over the window.
  struct Sums {
    Int128 overnight = 0, overnight_squares = 0;
    Int128 close = 0, close_squares = 0;
    Int128 total = 0, total_squares = 0;  // overnight + close
    Int128 range_squares = 0;
    Int128 rogers_satchell = 0;
    void add(const Sample& sample, int sign);

    template <class A, class Self>
    static void archive(A& a, Self& s) {
      auto& [overnight, overnight_squares, close, close_squares, total, total_squares,
             range_squares, rogers_satchell] = s;
      a(overnight, overnight_squares, close, close_squares, total, total_squares, range_squares,
        rogers_satchell);
    }
  };
  bool needs_previous() const;

  BarVolatilitySettings settings_;
  BarMaker maker_;
  std::vector<Sample> window_;
  std::uint32_t next_ = 0;
  std::uint64_t samples_ = 0;
  Sums sums_;
  ForgettingMean mean_;
};

/// Simple returns of two series of levels, sampled at the same grid points.
class PairSampler {
 public:
  explicit PairSampler(const Grid& grid);

  /// `sink(first, second)` with the returns of each sample up to `now`. True when a point passed.
  template <class Sink>
  bool advance(TimeNs now, Sink&& sink) {
    const auto silent = walk_.pass(now);
    if (!silent) return false;
    if (usable(sides_[0]) && usable(sides_[1])) {
      if (has_reference_) sink(return_of(sides_[0]), return_of(sides_[1]));
      take_reference();
      missing_ = 0;
    } else if (walk_.grid().gaps == Gaps::kBreak) {
      has_reference_ = false;
    } else {
      ++missing_;
    }
    pass(*silent, sink);
    for (Side& side : sides_) side.fresh = false;
    return true;
  }
  /// Series `index` (0 or 1) as it stands: a level > 0, and whether it may be used.
  void see(std::size_t index, std::int64_t level, bool sound);
  /// A flow changed the level from `before` to `after` without a return.
  void rebase(std::size_t index, std::int64_t before, std::int64_t after);

  /// Into a sampler of the same grid.
  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [walk, has_reference, missing, sides] = s;
    a(walk, has_reference, missing, sides);
    for (const auto& side : sides) {
      const bool levelled = side.level > 0 || !(side.sound || side.fresh);
      if (!levelled || (has_reference && side.reference <= 0)) a.fail();
    }
  }

 private:
  struct Side {
    std::int64_t level = 0;  // the last sound one
    std::int64_t reference = 0;
    bool sound = false;
    bool fresh = false;  // a sound one since the last grid point

    template <class A, class Self>
    static void archive(A& a, Self& s) {
      auto& [level, reference, sound, fresh] = s;
      a(level, reference, sound, fresh);
    }
  };
  template <class Sink>
  void pass(std::int64_t silent, Sink&& sink) {
    if (silent > kSilentPointsMax) {
      has_reference_ = false;
    } else if (walk_.grid().gaps == Gaps::kBreak) {
      for (std::int64_t i = 0; has_reference_ && i < silent; ++i) sink(0, 0);
    } else if ((missing_ += silent) > kSilentPointsMax) {
      has_reference_ = false;
      missing_ = 0;
    }
  }
  bool usable(const Side& side) const {
    return walk_.grid().gaps == Gaps::kBreak ? side.sound : side.fresh;
  }
  static std::int64_t return_of(const Side& side) {
    return simple_return(side.reference, side.level);
  }
  void take_reference();

  GridWalk walk_;
  bool has_reference_ = false;
  std::int64_t missing_ = 0;
  Side sides_[2];
};

struct PairSettings {
  Grid grid;
  std::uint32_t window = 0;    // samples, 2 .. kWindowMax; zero: forgetting by lambda instead
  std::uint32_t warm_up = 30;  // samples before anything is shown: 2 .. window
  Ratio lambda;                // without a window: in (0, 1)
  Year year;
};

/// How the returns of two instruments move together. A window takes means away and divides by n -
/// 1; forgetting takes returns about zero, as RiskMetrics does.
class PairEstimator {
 public:
  explicit PairEstimator(const PairSettings& settings);

  bool advance(TimeNs now) {
    return sampler_.advance(now, [this](std::int64_t x, std::int64_t y) { add(x, y); });
  }
  void see(std::size_t index, Price mark, bool sound) { sampler_.see(index, mark.raw(), sound); }
  /// One pair of returns in 10^-12, within +-kReturnMax.
  void add(std::int64_t first, std::int64_t second);

  /// Within [-1, 1]; nothing until warmed up, nor while one of the two does not move.
  std::optional<Ratio> correlation() const;
  /// Slope of the first on the second; nothing while the second does not move.
  std::optional<Ratio> beta() const;
  /// Annualised; nothing until warmed up.
  std::optional<Ratio> annual_covariance() const;
  std::uint64_t samples() const { return samples_; }

  /// Into an estimator of the same settings.
  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [settings, sampler, window, next, samples, sum_first, sum_second, squares, covariance,
           variance_first, variance_second] = s;
    a.table(window);
    a(sampler, next, samples, sum_first, sum_second, squares, covariance, variance_first,
      variance_second);
    if (next != 0 && next >= window.size()) a.fail();
  }

 private:
  struct Sample {
    std::int64_t first = 0, second = 0;

    template <class A, class Self>
    static void archive(A& a, Self& s) {
      auto& [first, second] = s;
      a(first, second);
    }
  };
  /// Second moments up to a common positive factor.
  struct Moments {
    Int128 covariance = 0, first = 0, second = 0;

    template <class A, class Self>
    static void archive(A& a, Self& s) {
      auto& [covariance, first, second] = s;
      a(covariance, first, second);
    }
  };
  void accumulate(const Sample& sample, int sign);
  Moments moments() const;
  bool warm() const { return samples_ >= settings_.warm_up; }
  Int128 in_window() const;

  PairSettings settings_;
  PairSampler sampler_;
  std::vector<Sample> window_;
  std::uint32_t next_ = 0;
  std::uint64_t samples_ = 0;
  Int128 sum_first_ = 0, sum_second_ = 0;
  Moments squares_;  // sums of products over the window
  ForgettingMean covariance_, variance_first_, variance_second_;
};

struct TrackingErrorSettings {
  Grid grid;
  std::uint32_t warm_up = 30;
  Ratio lambda;
  Year year;
};

/// The volatility of what a portfolio returns beyond its benchmark: EWMA of squared active returns.
class TrackingError {
 public:
  explicit TrackingError(const TrackingErrorSettings& settings);

  bool advance(TimeNs now) {
    return sampler_.advance(now, [this](std::int64_t own, std::int64_t other) { add(own, other); });
  }
  /// A NAV that is not positive is not sound.
  void see_nav(Money nav, bool sound) { sampler_.see(0, nav.raw(), sound); }
  void see_benchmark(Price level, bool sound) { sampler_.see(1, level.raw(), sound); }
  /// Money came or went: no return.
  void flow(Money before, Money after) { sampler_.rebase(0, before.raw(), after.raw()); }
  std::optional<Ratio> annual() const;
  std::uint64_t samples() const { return mean_.samples(); }

  /// Into one of the same settings.
  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [settings, sampler, mean] = s;
    a(sampler, mean);
  }

 private:
  void add(std::int64_t own, std::int64_t other);

  TrackingErrorSettings settings_;
  PairSampler sampler_;
  ForgettingMean mean_;
};

/// How far the NAV lies below its running peak. The peak is taken on a grid, not at each tick, so
/// that it does not depend on how many ticks there are; the distance is that of the NAV now.
class Drawdown {
 public:
  explicit Drawdown(DurationNs sample);

  /// The NAV that stood at the grid points up to `now` may be a new peak. True when it is.
  bool advance(TimeNs now);
  void see(Money nav, bool sound);
  /// Money came or went: the peak moves in proportion. An account that was empty has no peak.
  void flow(Money before, Money after);
  /// (peak - NAV) / peak, not below zero; nothing before the first peak or while the NAV is
  /// unsound.
  std::optional<Ratio> value() const;
  Money peak() const { return peak_; }

  /// Into one of the same grid.
  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [walk, sound, nav, peak] = s;
    a(walk, sound, nav, peak);
    if (peak.raw() < 0) a.fail();
  }

 private:
  GridWalk walk_;
  bool sound_ = false;
  Money nav_;
  Money peak_;  // zero: none yet
};

}  // namespace evenkeel::rules
