#include "runtime/domain/risk/session_hours.hpp"

#include <fmt/format.h>

namespace bulkhead::risk {

// The part of to_iso_ist between date and offset.
std::string clock_text(timestamp t) {
  const std::string iso = to_iso_ist(t);
  const std::size_t from = iso.find('T') + 1;
  return iso.substr(from, iso.rfind('+') - from);
}

// Within a day, so any midnight does.
std::string clock_text(duration since_midnight) { return clock_text(start_of_day(19700101) + since_midnight); }

verdict session_hours(const trading_session& session, timestamp now) {
  if (session.is_open(now)) return std::nullopt;
  // Without the day, a Saturday's "10:00:00" would read as inside the hours.
  const int day = weekday(date_of(now));
  const char* weekend = day == 0 ? "Sun " : day == 6 ? "Sat " : "";
  const trading_hours hours = session.hours_of(date_of(now)).value_or(trading_hours{session.open, session.close});
  return refusal{"session", fmt::format("{}-{}", clock_text(hours.open), clock_text(hours.close)),
                 weekend + clock_text(now), "IST"};
}

}  // namespace bulkhead::risk
