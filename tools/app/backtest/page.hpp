#pragma once
// report.html: one file with its style, script and data inside. It asks the network for nothing, and everything but
// the charts is there without script.
#include "tools/app/backtest/backtest_results.hpp"

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::app {

/// Trades in a broker's table, at most; trades.csv has them all.
inline constexpr std::size_t max_table_trades = 500;
/// Trades marked in a broker's charts, at most.
inline constexpr std::size_t max_chart_trades = 8000;

/// `summary`: of the same results; every figure of the page is one of its values.
[[nodiscard]] std::string page_html(const backtest_results& r, const nlohmann::json& summary);

/// Parts of the page.
[[nodiscard]] std::string_view page_style();
[[nodiscard]] std::string_view page_script();
/// What the script draws: the axis, prices, and for each broker equity, drawdown and trades.
[[nodiscard]] nlohmann::json chart_data(const backtest_results& r);
/// "How to read this": what the run assumes, from the settings that it ran with.
[[nodiscard]] std::string assumptions_html(const backtest_results& r);
/// Figures, months, strategies, charts' places and trades of one broker. `at`: its place in the results.
[[nodiscard]] std::string broker_html(const backtest_results& r, std::size_t at, const nlohmann::json& summary);

}  // namespace bulkhead::app
