#pragma once
// What the market looks like now: last price, day's range, volume, five levels of depth, circuit limits, and the
// minutes of the day so far, each by instrument. Pure; one owner.
//
// The replayed feed has last prices and perhaps a best bid and ask. Where it has none, bid and ask lie `spread_ticks`
// steps beside the last price. Below and above them are four more levels, a step apart; level n has n times
// `level_quantity` units. What an order takes from a level is gone until the instrument's next tick.
#include "tools/kite_sim/core/listing.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace bulkhead::kite_sim {

inline constexpr std::size_t depth_levels = 5;

struct market_settings {
  std::int64_t spread_ticks = 1;      ///< bid and ask beside the last price, in steps of the tick size
  quantity level_quantity = 10'000;   ///< units at the first level
  std::int64_t circuit_percent = 20;  ///< of the close before, up and down
};

struct level {
  price at;  ///< 0: no such level
  quantity units = 0;
};

/// Best level first.
using ladder = std::array<level, depth_levels>;

/// A minute, or a day.
struct candle {
  timestamp start;
  price open;
  price high;
  price low;
  price close;
  std::int64_t volume = 0;
};

struct market_row {
  price last;  ///< 0: no tick yet
  quantity last_quantity = 0;
  timestamp last_trade;  ///< 0: none
  timestamp exchange_time;
  price open;  ///< of this day; 0: no tick yet
  price high;
  price low;
  price previous_close;  ///< 0: not known before the first tick
  std::int64_t volume = 0;
  money traded_value;  ///< price times units, for the day's average
  ladder bids;
  ladder asks;
  price lower_circuit;
  price upper_circuit;
  std::uint64_t changes = 0;    ///< grows with every change of this row
  std::vector<candle> minutes;  ///< of all days so far
};

class market_state {
 public:
  /// Keeps a reference to `listed`.
  market_state(const listing& listed, market_settings settings);

  /// A tick of the feed: new last price, fresh depth.
  void apply(const tick& t, timestamp at);
  /// A new trading day: the last prices become the closes before it.
  void start_day();
  /// An execution of the simulator's own: takes from a level and counts as volume.
  void take(instrument_id id, bool from_asks, std::size_t level_index, quantity units, timestamp at);
  /// An execution between two orders of the simulator's own.
  void traded(instrument_id id, price at_price, quantity units, timestamp at);

  [[nodiscard]] const market_row& row(instrument_id id) const { return rows_.at(id.index); }
  [[nodiscard]] const listing& listed() const noexcept { return *listed_; }
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }

 private:
  void count(market_row& row, price at_price, quantity units, timestamp at);
  void set_circuits(const instrument& of, market_row& row) const;

  const listing* listed_;
  market_settings settings_;
  std::vector<market_row> rows_;
};

/// The day's average price, rounded; 0 before the first trade.
[[nodiscard]] price average_price(const market_row& row);
[[nodiscard]] quantity total_units(const ladder& levels);

}  // namespace bulkhead::kite_sim
