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
enum class order_type : std::uint8_t { market, limit };
enum class validity : std::uint8_t { day };
enum class product : std::uint8_t { mis };
enum class signal_action : std::uint8_t {
  entry,  ///< opens or adds to a position
  exit,   ///< reduces what this strategy holds at the broker; cut down to that, and never more
};

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
  price limit_price;          ///< limit orders only
  timestamp ts;               ///< event time of the frame that caused it
  feed_seq feed = 0;          ///< that frame
  std::uint32_t ordinal = 0;  ///< position among the signals of this strategy and instrument in that frame
  std::string reason;         ///< for people: what the strategy saw
};

}  // namespace bulkhead
