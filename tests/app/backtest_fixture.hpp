#pragma once
// Fills, marks and histories with round figures for tests of the backtest report.
#include "support/order_fixtures.hpp"
#include "tools/app/backtest/figures.hpp"

#include <string>
#include <vector>

namespace bulkhead::test {

using namespace bulkhead::app;

inline constexpr std::int64_t day_s = 86'400;

/// `day` days after Monday 2022-01-03.
inline timestamp on_day(int day, int hour, int minute = 0) { return at(hour, minute) + seconds(day * day_s); }

/// `fee` is its whole charges, as brokerage.
inline fill_fact fill_at(timestamp ts, side s, quantity qty, price p, money fee = {},
                         order_origin origin = order_origin::signal, const char* strategy = "demo",
                         instrument_id on = nifty) {
  return {.fill = {.strategy = strategy_id{strategy},
                   .instrument = on,
                   .side = s,
                   .qty = qty,
                   .price = p,
                   .charges = {.brokerage = fee}},
          .ts = ts,
          .origin = origin};
}

inline position_view line_at(price last, const char* strategy = "demo", instrument_id on = nifty) {
  return {.strategy = strategy_id{strategy}, .instrument = on, .last = last};
}

/// Monday 2022-01-03 and the trading days after it, `count` in all, without a holiday.
inline session_axis axis_of(int count) {
  std::vector<trade_date> dates;
  for (int day = 0; static_cast<int>(dates.size()) < count; ++day) {
    const trade_date date = date_of(on_day(day, 12));
    if (trading_session{}.is_trading_day(date)) dates.push_back(date);
  }
  return {trading_session{}, dates};
}

}  // namespace bulkhead::test
