#pragma once
// At which price and in what size the paper exchange fills an order that a tick meets. docs/kernel.md, "The paper
// exchange", rules 3 and 4. Pure functions.
#include "runtime/domain/market.hpp"
#include "runtime/domain/orders.hpp"
#include "runtime/domain/paper_settings.hpp"

#include <optional>

namespace bulkhead {

/// What a market order pays or gets on this tick. Never above price::max(), and where slippage is computed (bps, ticks)
/// never below one tick size.
[[nodiscard]] price slipped_price(side s, const tick& t, price tick_size, const paper_settings& settings);

/// The last price has come to the trigger of this SL or SL-M order.
[[nodiscard]] bool reaches_trigger(const order_request& r, price last);

/// nullopt: the tick does not fill it. A stop is asked about after its trigger only. `arriving`: the order, its new
/// terms or its triggered limit come to the exchange with this tick; else a limit order rests there and gives its
/// limit.
[[nodiscard]] std::optional<price> fill_price(const order_request& r, bool arriving, const tick& t, price tick_size,
                                              const paper_settings& settings);

/// The most that one tick fills of an order of `qty` in `parts` parts: whole lots.
[[nodiscard]] quantity part_of(quantity qty, std::int64_t parts, quantity lot_size);

}  // namespace bulkhead
