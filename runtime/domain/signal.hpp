#pragma once
// What a strategy wants. The identical signal, same id, goes to every active broker that the strategy names.
#include "runtime/domain/ids.hpp"
#include "runtime/domain/market.hpp"
#include "runtime/domain/money.hpp"
#include "runtime/domain/time.hpp"

#include <cstdint>
#include <string>

namespace bulkhead {

enum class side : std::uint8_t { buy, sell };
enum class order_type : std::uint8_t {
  market,
  limit,
  stop_limit,   ///< "SL": a LIMIT order that rests until the last price reaches its trigger
  stop_market,  ///< "SL-M": likewise, and then a MARKET order
};
enum class validity : std::uint8_t {
  day,  ///< works until the session closes
  ioc,  ///< fills at once as far as it can, the rest is cancelled
};
/// Kite's products (https://kite.trade/docs/connect/v3/orders/#products). Positions are kept apart by product.
enum class product : std::uint8_t {
  mis,   ///< intraday: squared off by the broker's square_off time
  cnc,   ///< equity delivery: never short, carried over
  nrml,  ///< futures and options: carried over
};
enum class signal_action : std::uint8_t {
  entry,   ///< opens or adds to a position
  exit,    ///< reduces what this strategy holds at the broker; cut down to that, and never more
  cancel,  ///< asks to cancel this strategy's working entry orders of that side in the instrument
  modify,  ///< gives this strategy's newest working entry order of that side in the instrument new terms
};

[[nodiscard]] constexpr bool has_limit(order_type t) { return t == order_type::limit || t == order_type::stop_limit; }
[[nodiscard]] constexpr bool has_trigger(order_type t) {
  return t == order_type::stop_limit || t == order_type::stop_market;
}

[[nodiscard]] constexpr side opposite(side s) { return s == side::buy ? side::sell : side::buy; }
/// +1 for buy, -1 for sell.
[[nodiscard]] constexpr std::int64_t sign(side s) { return s == side::buy ? 1 : -1; }

struct signal {
  signal_id id;
  strategy_id strategy;
  instrument_id instrument;
  signal_action action = signal_action::entry;
  bulkhead::side side = bulkhead::side::buy;
  quantity qty = 0;  ///< > 0. An exit may ask for more than is held: it is cut down.
  order_type type = order_type::market;
  bulkhead::validity validity = bulkhead::validity::day;
  bulkhead::product product = bulkhead::product::mis;
  price limit_price;          ///< LIMIT and SL only
  price trigger_price;        ///< SL and SL-M only
  price stop_loss_offset;     ///< entries: a bracket's stop lies so far on the losing side of each fill; 0: no stop
  price target_offset;        ///< entries: its target so far on the winning side; 0: no target
  timestamp ts;               ///< event time of the frame that caused it
  feed_seq feed = 0;          ///< that frame
  std::uint32_t ordinal = 0;  ///< position among the signals of this strategy and instrument in that frame
  std::string reason;         ///< for people: what the strategy saw
};

}  // namespace bulkhead
