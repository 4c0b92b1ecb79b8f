#pragma once
// Trades as a trader counts them: from flat to flat per (strategy, instrument, product), at average cost like the
// portfolio. A fill through zero ends one trade and begins the next; its charges are shared by quantity. So the trades'
// gross, charges and net add up to the portfolio's figures exactly.
#include "tools/app/backtest/trading_history.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace bulkhead::app {

struct round_trip {
  strategy_id strategy;
  instrument_id instrument;
  bulkhead::product product = bulkhead::product::mis;
  bulkhead::side side = bulkhead::side::buy;  ///< of the entry: BUY is a long trade
  quantity qty = 0;                           ///< all that was entered, over every fill
  timestamp entered;                          ///< first fill
  timestamp exited;                           ///< last fill; open: the last mark
  price entry;                                ///< average, rounded to 1/10000 rupee
  price exit;                                 ///< likewise; what is still open counts at the last price
  money gross;
  money charges;
  bool open = false;                           ///< still held at the end, marked at the last price
  order_origin origin = order_origin::signal;  ///< of the order that made it flat; open: means nothing

  [[nodiscard]] money net() const { return gross - charges; }
  [[nodiscard]] duration held() const { return exited - entered; }
  /// "signal", "bracket", "square_off", "safety", or "open".
  [[nodiscard]] std::string_view exit_reason() const;
};

/// Closed trades in the order in which they ended, then the open ones. `lines`: the last price of each line.
[[nodiscard]] std::vector<round_trip> round_trips(std::span<const fill_fact> fills,
                                                  std::span<const position_view> lines, timestamp marked_at);

}  // namespace bulkhead::app
