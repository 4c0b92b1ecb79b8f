#pragma once
// Trading hours of the exchange. Pre-open and after-close ticks exist in real feeds; they are not the session.
#include "runtime/domain/time.hpp"

namespace bulkhead {

/// Continuous session [open, close) in IST, Monday to Friday. NSE equities: 09:15 to 15:30
/// (https://www.nseindia.com/market-data/market-timings). Pure and cheap to copy.
struct trading_session {
  duration open = seconds(9 * 3600 + 15 * 60);
  duration close = seconds(15 * 3600 + 30 * 60);

  [[nodiscard]] bool is_open(timestamp t) const;
  /// The close of the day that `t` falls on; the expiry of a DAY order placed at `t`.
  [[nodiscard]] timestamp close_of(timestamp t) const { return start_of_day(date_of(t)) + close; }
};

}  // namespace bulkhead
