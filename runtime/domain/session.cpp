#include "runtime/domain/session.hpp"

#include <stdexcept>
#include <utility>

namespace bulkhead {
namespace {

constexpr duration one_day = seconds(86'400);

}  // namespace

bool trading_calendar::add_holiday(trade_date date, std::string name) {
  return days_.try_emplace(date, day{std::nullopt, std::move(name)}).second;
}

bool trading_calendar::add_special(trade_date date, trading_hours hours, std::string name) {
  if (hours.open < duration{} || hours.close <= hours.open || hours.close > one_day) {
    throw std::invalid_argument("hours of " + to_string(date) + ": allowed: open before close, within a day");
  }
  return days_.try_emplace(date, day{hours, std::move(name)}).second;
}

const trading_calendar::day* trading_calendar::find(trade_date date) const {
  const auto it = days_.find(date);
  return it == days_.end() ? nullptr : &it->second;
}

std::optional<trading_hours> trading_session::hours_of(trade_date date) const {
  if (calendar) {
    if (const trading_calendar::day* day = calendar->find(date)) return day->hours;
  }
  const int day = weekday(date);
  if (day == 0 || day == 6) return std::nullopt;
  return trading_hours{open, close};
}

bool trading_session::is_open(timestamp t) const {
  const auto hours = hours_of(date_of(t));
  const duration now = time_of_day(t);
  return hours && now >= hours->open && now < hours->close;
}

timestamp trading_session::open_of(timestamp t) const {
  const trade_date date = date_of(t);
  const auto hours = hours_of(date);
  return start_of_day(date) + (hours ? hours->open : open);
}

timestamp trading_session::close_of(timestamp t) const {
  const trade_date date = date_of(t);
  const auto hours = hours_of(date);
  return start_of_day(date) + (hours ? hours->close : close);
}

duration trading_session::moved_with_close(duration usual, trade_date date) const {
  const auto hours = hours_of(date);
  return hours ? duration{usual.ns + hours->close.ns - close.ns} : usual;
}

session_phase trading_session::phase(timestamp t) const {
  const auto hours = hours_of(date_of(t));
  if (!hours) return session_phase::closed;
  const duration now = time_of_day(t);
  if (now.ns < hours->open.ns - pre_open_length.ns) return session_phase::closed;
  if (now < hours->open) return session_phase::pre_open;
  if (now < hours->close) return session_phase::open;
  return now.ns < hours->close.ns + closing_length.ns ? session_phase::closing : session_phase::closed;
}

timestamp trading_session::next_open(timestamp t) const {
  // Ends: a calendar lists finitely many dates, and beyond them every Monday has a session.
  for (timestamp midnight = start_of_day(date_of(t));; midnight = midnight + one_day) {
    const auto hours = hours_of(date_of(midnight));
    if (hours && midnight + hours->open >= t) return midnight + hours->open;
  }
}

}  // namespace bulkhead
