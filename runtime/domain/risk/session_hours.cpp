#include "runtime/domain/risk/session_hours.hpp"

#include <fmt/format.h>

namespace bulkhead::risk {
namespace {

/// "09:07:00" or, below the second, "09:14:59.999": the part of to_iso_ist between date and offset.
std::string clock_text(timestamp t) {
  const std::string iso = to_iso_ist(t);
  const std::size_t from = iso.find('T') + 1;
  return iso.substr(from, iso.rfind('+') - from);
}

/// The session's hours are within a day, so any midnight does.
std::string clock_text(duration since_midnight) { return clock_text(start_of_day(19700101) + since_midnight); }

}  // namespace

verdict session_hours(const trading_session& session, timestamp now) {
  if (session.is_open(now)) return std::nullopt;
  // Without the day, a Saturday's "10:00:00" would read as inside the hours.
  const int day = weekday(date_of(now));
  const char* weekend = day == 0 ? "Sun " : day == 6 ? "Sat " : "";
  return refusal{"session", fmt::format("{}-{}", clock_text(session.open), clock_text(session.close)),
                 weekend + clock_text(now), "IST"};
}

}  // namespace bulkhead::risk
