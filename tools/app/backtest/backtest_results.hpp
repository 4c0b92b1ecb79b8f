#pragma once
// All that a backtest report says, worked out: from the brokers' histories and the feed's prices. No files here.
#include "config/settings.hpp"
#include "tools/app/backtest/chart_series.hpp"
#include "tools/app/backtest/figures.hpp"

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::app {

struct broker_results {
  const config::broker_settings* settings = nullptr;
  trading_history history;
  std::vector<round_trip> trades;
  figures account;
  std::map<strategy_id, figures> by_strategy;  ///< every one that names this broker, without trades too
  std::vector<month_result> months;
};

struct backtest_results {
  const config::settings* settings = nullptr;
  std::uint64_t frames = 0;
  std::uint64_t malformed_rows = 0;
  std::string fingerprint;  ///< of the feed's content
  session_axis axis;
  std::map<instrument_id, chart_series> prices;  ///< of everything that was traded
  std::vector<broker_results> brokers;           ///< in the order of the settings
};

/// `histories`: one for each broker of the settings, in their order. Settings and source outlive the results.
[[nodiscard]] backtest_results results_of(const config::settings& s, feed_source& source,
                                          std::vector<trading_history> histories);

/// One broker's part of it.
[[nodiscard]] broker_results broker_results_of(const config::settings& s, const config::broker_settings& b,
                                               trading_history history, const session_axis& axis);

/// The content of summary.json, and the figures of the page.
[[nodiscard]] nlohmann::json summary_json(const backtest_results& r);

}  // namespace bulkhead::app
