#include "rules/market_days.hpp"

#include <algorithm>
#include <span>

namespace evenkeel::rules {
namespace {

// --- Words that the rules are made of --------------------------------------------------------

bool is_date(CivilDate date, std::int32_t month, std::int32_t day) {
  return date.month == month && date.day == day;
}

bool is_nth(DayNumber day, std::int32_t month, Weekday weekday, std::int32_t n) {
  const CivilDate date = civil_date(day);
  return date.month == month && day == nth_weekday(date.year, month, weekday, n);
}

bool is_last(DayNumber day, std::int32_t month, Weekday weekday) {
  const CivilDate date = civil_date(day);
  return date.month == month && day == last_weekday(date.year, month, weekday);
}

/// Days from Easter Sunday of the same year.
std::int32_t from_easter(DayNumber day) { return day - easter_sunday(civil_date(day).year); }
bool is_good_friday(DayNumber day) { return from_easter(day) == -2; }
bool is_easter_monday(DayNumber day) { return from_easter(day) == 1; }
bool is_whit_monday(DayNumber day) { return from_easter(day) == 50; }

/// A fixed holiday, or, when it is a Sunday, the Monday after it.
bool is_or_monday_after(DayNumber day, std::int32_t month, std::int32_t of_month) {
  if (is_date(civil_date(day), month, of_month)) return true;
  return weekday_of(day) == Weekday::kMonday && is_date(civil_date(day - 1), month, of_month);
}

/// The same, and when it is a Saturday, the Friday before it.
bool is_observed(DayNumber day, std::int32_t month, std::int32_t of_month) {
  if (weekday_of(day) == Weekday::kFriday && is_date(civil_date(day + 1), month, of_month))
    return true;
  return is_or_monday_after(day, month, of_month);
}

/// Dates that no rule foresees, in order.
constexpr DayNumber on(std::int32_t year, std::int32_t month, std::int32_t day) {
  return day_number(year, month, day);
}
bool listed(std::span<const DayNumber> days, DayNumber day) {
  return std::binary_search(days.begin(), days.end(), day);
}

constexpr DayPlan from_to(DurationNs opens, DurationNs closes) {
  return {.trades = true, .opens = opens, .closes = closes};
}
constexpr DayPlan until(DayPlan plan, DurationNs closes) {
  plan.closes = closes;
  plan.early_close = true;
  return plan;
}

// --- New York: NYSE Rule 7.2 and the exchange's yearly notices --------------------------------

/// Closed for: the attacks of 11 September 2001; President Reagan's and President Ford's days of
/// mourning; hurricane Sandy; President Bush's and President Carter's days of mourning.
constexpr std::array kNewYorkClosures = {
    on(2001, 9, 11), on(2001, 9, 12),  on(2001, 9, 13),  on(2001, 9, 14), on(2004, 6, 11),
    on(2007, 1, 2),  on(2012, 10, 29), on(2012, 10, 30), on(2018, 12, 5), on(2025, 1, 9)};

bool is_new_york_holiday(DayNumber day) {
  const std::int32_t year = civil_date(day).year;
  // A New Year's Day on a Saturday is not made up for: the Friday ends the year's accounts.
  return is_or_monday_after(day, 1, 1) || is_nth(day, 1, Weekday::kMonday, 3) ||
         is_nth(day, 2, Weekday::kMonday, 3) || is_good_friday(day) ||
         is_last(day, 5, Weekday::kMonday) || (year >= 2022 && is_observed(day, 6, 19)) ||
         is_observed(day, 7, 4) || is_nth(day, 9, Weekday::kMonday, 1) ||
         is_nth(day, 11, Weekday::kThursday, 4) || is_observed(day, 12, 25);
}

/// 13:00: the day after Thanksgiving, Christmas Eve, and the day before Independence Day when both
/// are weekdays. Until 2012 a Thursday holiday was preceded by a full Wednesday and followed by a
/// short Friday; of the years here that is 2002. 2003-12-26 was short by notice.
bool is_new_york_early(DayNumber day) {
  const CivilDate date = civil_date(day);
  if (day == on(2002, 7, 5) || day == on(2003, 12, 26)) return true;
  if (day == on(2002, 7, 3)) return false;
  return is_nth(day - 1, 11, Weekday::kThursday, 4) || is_date(date, 12, 24) ||
         (is_date(date, 7, 3) && !is_weekend(day + 1));
}

bool new_york_trades(DayNumber day) {
  return !is_weekend(day) && !is_new_york_holiday(day) && !listed(kNewYorkClosures, day);
}

DayPlan new_york_plan(DayNumber day) {
  if (!new_york_trades(day)) return {};
  DayPlan plan = from_to(9 * kHour + 30 * kMinute, 16 * kHour);
  if (day == on(2002, 9, 11)) plan.opens = 12 * kHour;  // the first anniversary
  return is_new_york_early(day) ? until(plan, 13 * kHour) : plan;
}

// --- Chicago: CME's Globex holiday schedules for equity index futures -------------------------

/// A session bears the date on which it ends: from 17:00 of the evening before to 16:00, the hour
/// between is the daily break. New York's short days end at 12:15, its holidays at 12:00, its days
/// of mourning at 08:30, and the two days of Sandy at 08:15; New Year, Good Friday and Christmas
/// have no session (Globex opens for some morning hours of a Good Friday with a jobs report; an
/// order had better not). Nor have New York's unforeseen closures of 2001 to 2007.
DayPlan cme_index_plan(DayNumber day) {
  constexpr DayPlan kFull = from_to(-7 * kHour, 16 * kHour);
  if (is_weekend(day)) return {};
  if (new_york_trades(day)) {
    return is_new_york_early(day) ? until(kFull, 12 * kHour + 15 * kMinute) : kFull;
  }
  if (day == on(2018, 12, 5) || day == on(2025, 1, 9))
    return until(kFull, 8 * kHour + 30 * kMinute);
  if (day == on(2012, 10, 29) || day == on(2012, 10, 30))
    return until(kFull, 8 * kHour + 15 * kMinute);
  if (listed(kNewYorkClosures, day) || is_or_monday_after(day, 1, 1) || is_good_friday(day) ||
      is_observed(day, 12, 25))
    return {};
  return until(kFull, 12 * kHour);
}

// --- London: bank holidays of England and Wales -----------------------------------------------

/// Holidays that were moved, in the years in which they were, and extra ones: the jubilees of 2002,
/// 2012 and 2022, VE day 2020, a wedding, a funeral and a coronation.
constexpr std::array kLondonExtra = {
    on(2002, 6, 3), on(2002, 6, 4), on(2011, 4, 29), on(2012, 6, 4),  on(2012, 6, 5),
    on(2020, 5, 8), on(2022, 6, 2), on(2022, 6, 3),  on(2022, 9, 19), on(2023, 5, 8)};
constexpr std::array kLondonMovedFrom = {on(2002, 5, 27), on(2012, 5, 28), on(2020, 5, 4),
                                         on(2022, 5, 30)};

/// New Year's Day; a weekend makes the Monday after it the holiday.
bool is_london_new_year(DayNumber day) {
  const CivilDate date = civil_date(day);
  return is_date(date, 1, 1) ||
         (weekday_of(day) == Weekday::kMonday && date.month == 1 && date.day <= 3);
}

/// Christmas and Boxing Day; what falls on a weekend moves to the next days that are neither.
bool is_london_christmas(DayNumber day) {
  const CivilDate date = civil_date(day);
  if (date.month != 12 || date.day < 25 || date.day > 28) return false;
  if (date.day <= 26) return true;
  const DayNumber christmas = day_number(date.year, 12, 25);
  return is_weekend(christmas + (date.day == 27 ? 0 : 1));
}

bool london_trades(DayNumber day) {
  if (is_weekend(day) || listed(kLondonExtra, day)) return false;
  const bool spring_or_may =
      is_nth(day, 5, Weekday::kMonday, 1) || is_last(day, 5, Weekday::kMonday);
  if (spring_or_may) return listed(kLondonMovedFrom, day);
  return !is_london_new_year(day) && !is_good_friday(day) && !is_easter_monday(day) &&
         !is_last(day, 8, Weekday::kMonday) && !is_london_christmas(day);
}

/// 12:30 on the last day of trading before Christmas and before New Year.
DayPlan london_plan(DayNumber day) {
  if (!london_trades(day)) return {};
  const DayPlan plan = from_to(8 * kHour, 16 * kHour + 30 * kMinute);
  const std::int32_t year = civil_date(day).year;
  DayNumber eve = day_number(year, 12, 24), last = day_number(year, 12, 31);
  while (is_weekend(eve)) --eve;
  while (is_weekend(last)) --last;
  return day == eve || day == last ? until(plan, 12 * kHour + 30 * kMinute) : plan;
}

// --- Germany: the trading calendars of Deutsche Boerse and Eurex ------------------------------

/// Common to both: New Year, Easter, May Day, Christmas Eve to Boxing Day, New Year's Eve.
bool is_german_holiday(DayNumber day) {
  const CivilDate date = civil_date(day);
  return is_date(date, 1, 1) || is_good_friday(day) || is_easter_monday(day) ||
         is_date(date, 5, 1) || is_date(date, 12, 24) || is_date(date, 12, 25) ||
         is_date(date, 12, 26) || is_date(date, 12, 31);
}

/// The last day of trading of the year, the 31st being none. On Xetra it has been a short one since
/// 2010.
bool is_last_german_day(DayNumber day) {
  DayNumber last = day_number(civil_date(day).year, 12, 30);
  while (is_weekend(last)) --last;
  return day == last;
}

DayPlan xetra_plan(DayNumber day) {
  const CivilDate date = civil_date(day);
  const bool whit =
      is_whit_monday(day) && (date.year == 2007 || (date.year >= 2015 && date.year <= 2021));
  const bool unity = is_date(date, 10, 3) && date.year >= 2014 && date.year <= 2021;
  if (is_weekend(day) || is_german_holiday(day) || whit || unity || day == on(2017, 10, 31))
    return {};
  const DayPlan plan = from_to(9 * kHour, 17 * kHour + 30 * kMinute);
  return date.year >= 2010 && is_last_german_day(day) ? until(plan, 14 * kHour) : plan;
}

/// The Asian hours of Eurex began on 2018-12-10.
DayPlan eurex_plan(DayNumber day) {
  if (is_weekend(day) || is_german_holiday(day)) return {};
  return from_to(day >= on(2018, 12, 10) ? 1 * kHour + 10 * kMinute : 8 * kHour, 22 * kHour);
}

// --- Tokyo: the Act on National Holidays, and the exchange's own year-end ---------------------

/// Vernal and autumnal equinox by the accepted formula, good for 1980 to 2099; the day becomes a
/// holiday when the cabinet proclaims it, in February of the year before.
bool is_equinox_holiday(CivilDate date) {
  const std::int64_t years = date.year - 1980;
  const auto falls_on = [&](std::int64_t base_micro_days) {
    return (base_micro_days + 242'194 * years) / 1'000'000 - years / 4;
  };
  if (date.month == 3) return date.day == falls_on(20'843'100);
  return date.month == 9 && date.day == falls_on(23'248'800);
}

/// The four holidays that 2020 and 2021 moved for the Olympic Games, and the accession of 2019.
constexpr std::array kJapaneseExtra = {on(2019, 5, 1),  on(2019, 10, 22), on(2020, 7, 23),
                                       on(2020, 7, 24), on(2020, 8, 10),  on(2021, 7, 22),
                                       on(2021, 7, 23), on(2021, 8, 8)};

bool is_emperors_birthday(CivilDate date) {
  return date.year <= 2018 ? is_date(date, 12, 23) : date.year >= 2020 && is_date(date, 2, 23);
}

/// Marine, Mountain, Respect for the Aged, and Sports Day: those that were moved about.
bool is_movable_japanese_holiday(DayNumber day, CivilDate date) {
  const bool games = date.year == 2020 || date.year == 2021;
  const bool marine =
      date.year <= 2002 ? is_date(date, 7, 20) : !games && is_nth(day, 7, Weekday::kMonday, 3);
  const bool mountain = date.year >= 2016 && !games && is_date(date, 8, 11);
  const bool aged = date.year <= 2002 ? is_date(date, 9, 15) : is_nth(day, 9, Weekday::kMonday, 3);
  const bool sports = !games && is_nth(day, 10, Weekday::kMonday, 2);
  return marine || mountain || aged || sports;
}

/// Named in the Act, or by an act of its own.
bool is_named_japanese_holiday(DayNumber day) {
  const CivilDate date = civil_date(day);
  return is_date(date, 1, 1) || is_nth(day, 1, Weekday::kMonday, 2) || is_date(date, 2, 11) ||
         is_emperors_birthday(date) || is_equinox_holiday(date) || is_date(date, 4, 29) ||
         is_date(date, 5, 3) || (date.year >= 2007 && is_date(date, 5, 4)) || is_date(date, 5, 5) ||
         is_movable_japanese_holiday(day, date) || is_date(date, 11, 3) || is_date(date, 11, 23) ||
         listed(kJapaneseExtra, day);
}

/// For a holiday on a Sunday: the next day that is none itself (until 2006, the Monday or nothing).
bool is_japanese_substitute(DayNumber day) {
  if (is_named_japanese_holiday(day)) return false;
  if (civil_date(day).year < 2007)
    return weekday_of(day) == Weekday::kMonday && is_named_japanese_holiday(day - 1);
  for (DayNumber before = day - 1; is_named_japanese_holiday(before); --before) {
    if (weekday_of(before) == Weekday::kSunday) return true;
  }
  return false;
}

/// The exchange rests from 31 December to 3 January. On 2020-10-01 its system stood still all day.
bool tokyo_trades(DayNumber day) {
  const CivilDate date = civil_date(day);
  const bool year_end = (date.month == 1 && date.day <= 3) || is_date(date, 12, 31);
  return !is_weekend(day) && !year_end && !is_japanese_holiday(day) && day != on(2020, 10, 1);
}

/// Until the end of 2008 the last day of a year, and until 2009 the first, had a morning only.
bool is_tokyo_half_day(DayNumber day) {
  const CivilDate date = civil_date(day);
  if (date.month == 1 && date.day <= 10 && date.year <= 2009) {
    for (DayNumber before = day - 1; before > first_of_month(date.year, 1); --before) {
      if (tokyo_trades(before)) return false;
    }
    return true;
  }
  if (date.month != 12 || date.day < 25 || date.year > 2008) return false;
  for (DayNumber after = day + 1; after < day_number(date.year, 12, 31); ++after) {
    if (tokyo_trades(after)) return false;
  }
  return true;
}

DayPlan tokyo_plan(DayNumber day) {
  if (!tokyo_trades(day)) return {};
  const DurationNs noon = day >= on(2011, 11, 21) ? 11 * kHour + 30 * kMinute : 11 * kHour;
  if (is_tokyo_half_day(day)) return until(from_to(9 * kHour, noon), noon);
  DayPlan plan =
      from_to(9 * kHour, day >= on(2024, 11, 5) ? 15 * kHour + 30 * kMinute : 15 * kHour);
  plan.pauses = noon;
  plan.resumes = 12 * kHour + 30 * kMinute;
  return plan;
}

// --- Currencies ------------------------------------------------------------------------------

/// Days follow each other at 17:00 in New York. Banks everywhere rest on 1 January and Christmas.
DayPlan fx_plan(DayNumber day) {
  const CivilDate date = civil_date(day);
  if (is_weekend(day) || is_date(date, 1, 1) || is_date(date, 12, 25)) return {};
  return from_to(-7 * kHour, 17 * kHour);
}

}  // namespace

bool is_japanese_holiday(DayNumber day) {
  if (is_named_japanese_holiday(day) || is_japanese_substitute(day)) return true;
  // A day between two named holidays is one as well, unless it is a Sunday.
  return weekday_of(day) != Weekday::kSunday && is_named_japanese_holiday(day - 1) &&
         is_named_japanese_holiday(day + 1);
}

DayPlan day_plan(Market market, DayNumber day) {
  switch (market) {
    case Market::kAlways:
      return from_to(0, kCalendarDay);
    case Market::kNewYork:
      return new_york_plan(day);
    case Market::kCmeIndex:
      return cme_index_plan(day);
    case Market::kLondon:
      return london_plan(day);
    case Market::kXetra:
      return xetra_plan(day);
    case Market::kEurex:
      return eurex_plan(day);
    case Market::kTokyo:
      return tokyo_plan(day);
    case Market::kFx:
      return fx_plan(day);
  }
  return {};
}

}  // namespace evenkeel::rules
