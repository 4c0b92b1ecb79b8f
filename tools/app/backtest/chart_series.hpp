#pragma once
// Series for the report's charts, thinned so that every peak and trough survives: the lowest and highest value of each
// of many equal stretches of session time, far more of them than a chart has pixels, so that one can zoom in.
#include "runtime/ports/feed_source.hpp"
#include "tools/app/backtest/session_axis.hpp"
#include "tools/app/backtest/trading_history.hpp"

#include <map>
#include <span>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::app {

class chart_series {
 public:
  struct stretch {
    std::int64_t index = 0;
    std::int64_t low = 0;
    std::int64_t high = 0;
    std::int64_t last = 0;
  };

  /// `stretches` > 0 of equal length make up the axis.
  chart_series(duration axis_total, std::int64_t stretches) : total_(axis_total), stretches_(stretches) {}

  /// Positions never decrease.
  void add(duration position, std::int64_t value);
  [[nodiscard]] const std::vector<stretch>& values() const noexcept { return values_; }
  /// {n: stretches, scale: values per unit, i, lo, hi, last}: lists; i and lo as the difference to the one before, hi
  /// and last as the height above lo.
  [[nodiscard]] nlohmann::json to_json(std::int64_t scale) const;

 private:
  duration total_;
  std::int64_t stretches_;
  std::vector<stretch> values_;
};

/// Dates of the frames in the source, ascending, once each. Reads it from the start.
[[nodiscard]] std::vector<trade_date> dates_in(feed_source& source);

/// In-session last prices, raw, of these instruments. Reads the source from the start. `stretches` is for all of them
/// together, but each has at least a thousand.
[[nodiscard]] std::map<instrument_id, chart_series> prices_in(feed_source& source, const trading_session& session,
                                                              const session_axis& axis,
                                                              std::span<const instrument_id> wanted,
                                                              std::int64_t stretches);

/// Equity of a broker, and how far it is below its peak (at most 0), both in paise.
struct equity_charts {
  chart_series equity;
  chart_series drawdown;
};
[[nodiscard]] equity_charts equity_charts_of(std::span<const net_mark> marks, money capital, const session_axis& axis,
                                             std::int64_t stretches);

}  // namespace bulkhead::app
