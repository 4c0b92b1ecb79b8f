#pragma once
// An order as the simulated exchange keeps it: what never changes, and every state it was in. The last state is the
// order's; the book as it was some seconds ago is read from the earlier ones.
#include "runtime/domain/market.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::kite_sim {

enum class order_side : std::uint8_t { buy, sell };
enum class order_kind : std::uint8_t { market, limit, sl, sl_m };
enum class order_validity : std::uint8_t { day, ioc, ttl };

/// Stages in Kite's words; see docs/kite-simulator.md for their order.
enum class order_stage : std::uint8_t {
  put_received,
  amo_received,
  validation_pending,
  open_pending,
  open,
  trigger_pending,
  modify_validation_pending,
  modify_pending,
  modified,
  not_modified,
  cancel_pending,
  cancelled,  ///< terminal, as the two below
  complete,
  rejected,
};

[[nodiscard]] std::string_view text_of(order_side side);
[[nodiscard]] std::string_view text_of(order_kind kind);
[[nodiscard]] std::string_view text_of(order_validity validity);
[[nodiscard]] std::string_view text_of(order_stage stage);
[[nodiscard]] constexpr bool is_terminal(order_stage stage) { return stage >= order_stage::cancelled; }
/// At the exchange and free to be changed.
[[nodiscard]] constexpr bool is_resting(order_stage stage) {
  return stage == order_stage::open || stage == order_stage::trigger_pending;
}

/// What a modification can change.
struct order_terms {
  order_kind kind = order_kind::limit;
  order_validity validity = order_validity::day;
  std::int64_t ttl_minutes = 0;
  quantity units = 0;
  quantity disclosed = 0;
  price limit;    ///< 0: none. A MARKET order with protection has its band price here
  price trigger;  ///< 0: none
};

struct order_state {
  order_stage stage = order_stage::put_received;
  order_terms terms;
  quantity filled = 0;
  quantity cancelled = 0;
  money filled_value;       ///< sum of price times units of its trades
  std::string message;      ///< empty: null
  std::string message_raw;  ///< empty: null
  bool modified = false;
  timestamp order_time;  ///< of the request or change, market time
  std::optional<timestamp> exchange_time;
  std::optional<timestamp> exchange_update_time;
  timestamp known_at;  ///< wall time at which it came to be: what a lagging book goes by
};

struct sim_order {
  std::string id;
  std::string exchange_id;  ///< empty: never reached the exchange
  std::string parent_id;    ///< empty: none
  std::string user_id;
  std::string api_key;  ///< empty: placed by hand in the broker's own app
  std::string variety;
  std::string product;
  std::string tag;
  std::vector<std::string> tags;
  instrument_id instrument;
  order_side side = order_side::buy;
  trade_date day = 0;          ///< the book of this day shows it
  std::uint64_t priority = 0;  ///< place in time among orders at the same price
  int modifications = 0;
  std::optional<timestamp> ttl_end;
  std::vector<order_state> states;  ///< oldest first, never empty

  [[nodiscard]] const order_state& now() const { return states.back(); }
  [[nodiscard]] quantity open_units() const { return now().terms.units - now().filled; }
};

struct sim_trade {
  std::string id;
  std::string order_id;
  std::string exchange_order_id;
  std::string user_id;
  std::string product;
  instrument_id instrument;
  order_side side = order_side::buy;
  price at_price;
  quantity units = 0;
  timestamp at;  ///< market time
  trade_date day = 0;
  timestamp known_at;  ///< wall time
};

}  // namespace bulkhead::kite_sim
