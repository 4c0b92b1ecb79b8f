#pragma once
// The summary of one broker's account, or of one strategy at one broker. Never of several brokers together.
#include "tools/app/backtest/returns.hpp"
#include "tools/app/backtest/round_trips.hpp"

#include <optional>
#include <span>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::app {

/// Trades that ended are counted; open ones are in the amounts only. A win has a net above 0, a loss below.
struct figures {
  money gross;  ///< realised + unrealised
  money net;    ///< gross less charges
  charge_breakdown charges;
  std::optional<ratio> return_percent;  ///< net on capital
  std::optional<ratio> annual_growth_percent;
  std::optional<ratio> sharpe;
  std::optional<ratio> sortino;
  std::optional<drawdown> max_drawdown;
  money turnover;                       ///< sum of price * quantity over all fills
  std::optional<ratio> turnover_times;  ///< of the capital
  std::int64_t trades = 0;              ///< closed
  std::int64_t open_trades = 0;         ///< held at the end
  std::int64_t wins = 0;
  std::int64_t losses = 0;
  std::optional<ratio> hit_rate_percent;  ///< wins of closed trades
  std::optional<money> average_win;
  std::optional<money> average_loss;       ///< negative
  std::optional<ratio> profit_factor;      ///< sum of wins / sum of losses
  std::int64_t longest_losing_streak = 0;  ///< closed trades in a row, in the order in which they ended
  std::optional<ratio> exposure_percent;   ///< of session time with a position, however many at once
  std::int64_t fills = 0;
};

/// What figures are made of.
struct scope {
  money capital;  ///< of the broker, also for a strategy
  std::span<const net_mark> marks;
  std::vector<fill_fact> fills;
  std::vector<round_trip> trades;
};

[[nodiscard]] figures figures_of(const scope& s, const session_axis& axis);

/// Session time in which at least one of the trades was held.
[[nodiscard]] duration time_in_market(std::span<const round_trip> trades, const session_axis& axis);

/// Exact decimal text for every amount and ratio, null for what there is none of.
[[nodiscard]] nlohmann::json to_json(const figures& f);
[[nodiscard]] std::string to_string(ratio r);  // "-0.05"

}  // namespace bulkhead::app
