#pragma once
// Quotes and historical candles as Kite's API shows them. Pure.
#include "tools/kite_sim/core/market_state.hpp"

#include <optional>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace bulkhead::kite_sim {

[[nodiscard]] nlohmann::json ltp_row(const market_state& market, instrument_id id);
[[nodiscard]] nlohmann::json ohlc_row(const market_state& market, instrument_id id);
[[nodiscard]] nlohmann::json quote_row(const market_state& market, instrument_id id);

/// A length of candles that Kite offers, and the days that one request may span.
struct candle_interval {
  std::string_view name;
  std::int64_t minutes = 0;  ///< 0: a day
  std::int64_t most_days = 0;
};

[[nodiscard]] std::optional<candle_interval> find_interval(std::string_view name);

/// Candles of that length from minutes, aligned to the opening of each day's session, those that begin in [from, to].
[[nodiscard]] std::vector<candle> aggregate(const std::vector<candle>& minutes, const candle_interval& interval,
                                            duration session_open, timestamp from, timestamp to);
[[nodiscard]] nlohmann::json candle_rows(const std::vector<candle>& candles, bool with_open_interest);

}  // namespace bulkhead::kite_sim
