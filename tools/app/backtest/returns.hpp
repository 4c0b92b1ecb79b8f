#pragma once
// Days, months, drawdown and risk-adjusted returns of one account or strategy, from its marks. Amounts are integers;
// doubles only where a root or a power is taken.
#include "tools/app/backtest/session_axis.hpp"
#include "tools/app/backtest/trading_history.hpp"

#include <optional>
#include <span>
#include <vector>

namespace bulkhead::app {

/// A ratio in hundredths: 123 is 1.23, or 1.23 %.
struct ratio {
  std::int64_t hundredths = 0;
  friend constexpr auto operator<=>(ratio, ratio) = default;
};

/// 100 * part / whole in percent, rounded half away from zero; nullopt unless whole > 0.
[[nodiscard]] std::optional<ratio> percent_of(money part, money whole);

struct day_result {
  trade_date date = 0;
  money net;  ///< of this day alone, charges taken off
};

/// One for each day of the axis, days without trades too: net at its last mark less net at the day before's. Marks
/// between two days belong to the earlier one.
[[nodiscard]] std::vector<day_result> daily_results(std::span<const net_mark> marks, const session_axis& axis);

struct month_result {
  std::int32_t year = 0;
  std::int32_t month = 0;  ///< 1 to 12
  money net;
};
[[nodiscard]] std::vector<month_result> monthly_results(std::span<const day_result> days);

/// A day's return is its net / capital; capital > 0. Over n days, zero risk-free rate, 252 days a year:
/// mean / sample deviation (n - 1) * sqrt(252). nullopt under two days, or when no day differs from another.
[[nodiscard]] std::optional<ratio> sharpe(std::span<const day_result> days, money capital);
/// Likewise with the downside deviation: root of (sum of squared negative returns / n). nullopt also without a losing
/// day.
[[nodiscard]] std::optional<ratio> sortino(std::span<const day_result> days, money capital);

/// (1 + net / capital) ^ (365 / calendar days, both ends counted) - 1, in percent; nullopt up to 365 days, or when the
/// capital is gone.
[[nodiscard]] std::optional<ratio> annual_growth(std::span<const day_result> days, money net, money capital);

struct drawdown {
  money amount;    ///< > 0
  ratio percent;   ///< of the equity at its peak
  timestamp from;  ///< the peak's last mark
  timestamp to;    ///< the lowest mark after it
};
/// The largest fall of capital + net below its peak, of equal ones the first. nullopt: never below.
[[nodiscard]] std::optional<drawdown> largest_drawdown(std::span<const net_mark> marks, money capital);

}  // namespace bulkhead::app
