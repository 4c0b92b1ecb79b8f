#pragma once
// The report's tables as CSV (RFC 4180 quoting, "\n" line ends). Amounts are exact decimal rupees, times ISO 8601 in
// IST.
#include "tools/app/backtest/backtest_results.hpp"

#include <string>
#include <vector>

namespace bulkhead::app {

/// A row of trades.csv in the order of trade_columns().
using csv_row = std::vector<std::string>;

[[nodiscard]] const csv_row& trade_columns();
[[nodiscard]] csv_row trade_row(const round_trip& t, const broker_id& broker, const instrument_table& instruments);

/// One row per trade: broker by broker, closed trades in the order in which they ended, then the open ones.
[[nodiscard]] std::string trades_csv(const backtest_results& r);
/// One row per fill, in journal order, its charges by component.
[[nodiscard]] std::string fills_csv(const backtest_results& r);
/// One row per mark: broker, time, equity, drawdown (below the highest equity so far).
[[nodiscard]] std::string equity_csv(const backtest_results& r);

/// A line with its end.
[[nodiscard]] std::string csv_line(const csv_row& cells);

}  // namespace bulkhead::app
