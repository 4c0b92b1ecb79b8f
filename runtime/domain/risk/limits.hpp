#pragma once
// What the configuration says about risk. A limit of 0 does not limit, unless its line says otherwise. docs/kernel.md
// names the rule of each.
#include "runtime/domain/charges.hpp"
#include "runtime/domain/ids.hpp"
#include "runtime/domain/market.hpp"
#include "runtime/domain/money.hpp"
#include "runtime/domain/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace bulkhead {

/// Of a broker, or of one strategy at a broker.
struct risk_limits {
  quantity max_order_quantity = 0;       ///< units an entry order may have
  money max_order_value;                 ///< quantity * price of an entry order
  quantity max_position_quantity = 0;    ///< |units| per instrument, open and unknown orders at worst case
  money max_gross_exposure;              ///< sum of |units| * mark, working entries included
  std::int64_t max_open_orders = 0;      ///< working orders, exits included
  money max_open_order_value;            ///< of the working entries
  std::int64_t price_collar_bps = 0;     ///< a limit or trigger price may be this far from the last price, in 1/100 %
  std::int64_t max_price_age_ms = 0;     ///< an entry's last price may be this old, event time
  std::int64_t max_signal_age_ms = 0;    ///< a signal may be this old, event time
  std::int64_t duplicate_window_ms = 0;  ///< an entry equal to one approved within it is refused
  std::int64_t max_orders_per_day = 0;   ///< approvals of a date; exits are not refused for it
  std::int64_t max_orders_per_minute = 0;
  std::int64_t exit_reserve_per_minute = 0;  ///< of those, kept for exits
  std::int64_t max_orders_per_second = 0;    ///< approvals in any sliding window (t - 1 s, t]
  std::int64_t exit_reserve_per_second = 0;  ///< of those, kept for exits: an entry may use max - reserve
  std::int64_t max_consecutive_rejects = 0;  ///< refusals by the broker in a row; reaching it latches
  money max_day_loss;                        ///< reaching it latches
  money max_drawdown;                        ///< from the highest net P&L; reaching it latches
  bool allow_self_trade = true;              ///< false: no entry that a strategy's own broker-side order could meet
};

/// What an open position or a working entry binds, as a share of its value.
struct margin_rates {
  rate mis{200'000'000};     ///< 20 %
  rate cnc{1'000'000'000};   ///< all of it
  rate nrml{1'000'000'000};  ///< all of it

  [[nodiscard]] rate of(product p) const { return p == product::mis ? mis : p == product::cnc ? cnc : nrml; }
};

struct risk_settings {
  risk_limits broker;
  risk_limits each_strategy;                       ///< where a strategy has no limits of its own
  std::map<strategy_id, risk_limits> by_strategy;  ///< of strategies that have
  std::vector<instrument_id> instruments;          ///< that entries may name; empty: every one
  std::optional<duration> square_off;              ///< since midnight IST; nullopt: MIS is not squared off
  margin_rates margin;

  [[nodiscard]] const risk_limits& of(const strategy_id& s) const {
    const auto it = by_strategy.find(s);
    return it == by_strategy.end() ? each_strategy : it->second;
  }
};

}  // namespace bulkhead
