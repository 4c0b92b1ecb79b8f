// Trading days and hours: usual days, holidays, sessions with hours of their own.
#include "runtime/domain/session.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

using namespace bulkhead;

namespace {

constexpr duration at(int h, int m, int s = 0) { return seconds(h * 3600 + m * 60 + s); }
timestamp on(trade_date date, int h, int m, int s = 0) { return start_of_day(date) + at(h, m, s); }

/// 2024: Saturday 20 January in place of Monday the 22nd; Friday 1 November with Muhurat trading in the evening.
trading_session with_calendar() {
  auto calendar = std::make_shared<trading_calendar>();
  calendar->add_special(2024'01'20, {at(9, 15), at(15, 30)}, "Saturday session");
  calendar->add_holiday(2024'01'22, "Ram temple");
  calendar->add_holiday(2024'01'26, "Republic Day");
  calendar->add_special(2024'11'01, {at(18, 0), at(19, 0)}, "Muhurat trading");
  calendar->add_holiday(2024'12'25, "Christmas");
  calendar->add_holiday(2025'01'01, "a holiday after the year's end");
  trading_session session;
  session.calendar = calendar;
  return session;
}

}  // namespace

TEST_CASE("a holiday has no session, the days around it have theirs") {
  const trading_session session = with_calendar();
  CHECK(session.is_open(on(2024'01'25, 10, 0)));
  CHECK_FALSE(session.is_open(on(2024'01'26, 10, 0)));
  CHECK_FALSE(session.is_trading_day(2024'01'26));
  CHECK_FALSE(session.hours_of(2024'01'26));
  CHECK(session.is_trading_day(2024'01'29));
  CHECK(session.hours_of(2024'01'29) == trading_hours{at(9, 15), at(15, 30)});
  CHECK(session.close_of(on(2024'01'26, 10, 0)) == on(2024'01'26, 15, 30));
  CHECK(trading_session{}.is_open(on(2024'01'26, 10, 0)));  // without a calendar every Friday is a trading day
}

TEST_CASE("a Saturday with a special session is a trading day, other Saturdays are not") {
  const trading_session session = with_calendar();
  CHECK(session.is_open(on(2024'01'20, 9, 15)));
  CHECK_FALSE(session.is_open(on(2024'01'20, 15, 30)));
  CHECK_FALSE(session.is_open(on(2024'01'27, 10, 0)));
  CHECK_FALSE(session.is_trading_day(2024'01'21));
}

TEST_CASE("an evening session replaces the usual hours of its day") {
  const trading_session session = with_calendar();
  CHECK_FALSE(session.is_open(on(2024'11'01, 10, 0)));
  CHECK_FALSE(session.is_open(on(2024'11'01, 17, 59, 59)));
  CHECK(session.is_open(on(2024'11'01, 18, 0)));
  CHECK(session.is_open(on(2024'11'01, 18, 59, 59)));
  CHECK_FALSE(session.is_open(on(2024'11'01, 19, 0)));
  CHECK(session.close_of(on(2024'11'01, 8, 0)) == on(2024'11'01, 19, 0));
  CHECK(session.close_of(on(2024'11'04, 8, 0)) == on(2024'11'04, 15, 30));
}

TEST_CASE("the phases of a day follow each other at their first moments") {
  const trading_session session = with_calendar();
  const auto phase = [&](int h, int m, int s = 0) { return session.phase(on(2024'01'25, h, m, s)); };
  CHECK(phase(0, 0) == session_phase::closed);
  CHECK(phase(8, 59, 59) == session_phase::closed);
  CHECK(phase(9, 0) == session_phase::pre_open);  // the pre-open is not the session
  CHECK(phase(9, 14, 59) == session_phase::pre_open);
  CHECK(phase(9, 15) == session_phase::open);
  CHECK(phase(15, 29, 59) == session_phase::open);
  CHECK(phase(15, 30) == session_phase::closing);
  CHECK(phase(15, 59, 59) == session_phase::closing);
  CHECK(phase(16, 0) == session_phase::closed);
  CHECK(session.phase(on(2024'11'01, 17, 45)) == session_phase::pre_open);
  CHECK(session.phase(on(2024'11'01, 9, 15)) == session_phase::closed);
  CHECK(session.phase(on(2024'01'26, 10, 0)) == session_phase::closed);
}

TEST_CASE("the session is open exactly in phase open, every quarter of an hour of a year") {
  const trading_session session = with_calendar();
  for (timestamp t = on(2024'01'01, 0, 0); t < on(2025'01'01, 0, 0); t = t + at(0, 15)) {
    REQUIRE(session.is_open(t) == (session.phase(t) == session_phase::open));
  }
}

TEST_CASE("the next opening steps over midnight, weekends, holidays and the year's end") {
  const trading_session session = with_calendar();
  CHECK(session.next_open(on(2024'01'24, 0, 0)) == on(2024'01'24, 9, 15));
  CHECK(session.next_open(on(2024'01'24, 9, 15)) == on(2024'01'24, 9, 15));
  CHECK(session.next_open(on(2024'01'24, 9, 15) + duration{1}) == on(2024'01'25, 9, 15));
  CHECK(session.next_open(on(2024'01'24, 23, 59, 59)) == on(2024'01'25, 9, 15));
  CHECK(session.next_open(on(2024'01'25, 16, 0)) == on(2024'01'29, 9, 15));  // Republic Day, then a weekend
  CHECK(session.next_open(on(2024'01'19, 16, 0)) == on(2024'01'20, 9, 15));  // the special Saturday
  CHECK(session.next_open(on(2024'01'20, 16, 0)) == on(2024'01'23, 9, 15));  // Sunday, a holiday
  CHECK(session.next_open(on(2024'10'31, 16, 0)) == on(2024'11'01, 18, 0));
  CHECK(session.next_open(on(2024'12'31, 16, 0)) == on(2025'01'02, 9, 15));
}

TEST_CASE("India has no daylight saving: a day of March and one of November open at the same UTC time") {
  const trading_session session;
  // 09:15 IST is 03:45 UTC, also on dates when Europe's or America's clocks changed.
  for (const trade_date date : {2024'03'11, 2024'04'01, 2024'10'28, 2024'11'04}) {
    CAPTURE(date);
    const timestamp open = session.next_open(on(date, 0, 0));
    CHECK((open.ns / 1'000'000'000) % 86'400 == 3 * 3600 + 45 * 60);
    CHECK(date_of(open) == date);
  }
}

TEST_CASE("a date is listed once, and hours lie within a day") {
  trading_calendar calendar;
  CHECK(calendar.add_holiday(2024'01'26, "Republic Day"));
  CHECK_FALSE(calendar.add_special(2024'01'26, {at(9, 0), at(10, 0)}, "again"));
  REQUIRE(calendar.find(2024'01'26) != nullptr);
  CHECK(calendar.find(2024'01'26)->name == "Republic Day");
  CHECK_FALSE(calendar.find(2024'01'26)->hours);
  CHECK(calendar.find(2024'01'25) == nullptr);
  CHECK_THROWS_WITH(calendar.add_special(2024'01'27, {at(10, 0), at(10, 0)}, "empty"),
                    "hours of 2024-01-27: allowed: open before close, within a day");
  CHECK_THROWS_AS(calendar.add_special(2024'01'27, {at(10, 0), at(24, 1)}, "late"), std::invalid_argument);
  CHECK_THROWS_AS(calendar.add_special(2024'01'27, {duration{-1}, at(10, 0)}, "early"), std::invalid_argument);
  CHECK(calendar.days().size() == 1);
}
