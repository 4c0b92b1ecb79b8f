#include "runtime/domain/session.hpp"

namespace bulkhead {

bool trading_session::is_open(timestamp t) const {
  const int day = weekday(date_of(t));
  const duration now = time_of_day(t);
  return day != 0 && day != 6 && now >= open && now < close;
}

}  // namespace bulkhead
