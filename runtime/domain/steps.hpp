#pragma once
// What the sequencer asks of a broker's roles, and what they answer.
#include "runtime/domain/events.hpp"
#include "runtime/domain/market.hpp"
#include "runtime/domain/order_manager.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead {

enum class role : std::uint8_t { trader, risk_manager, portfolio };
inline constexpr std::size_t role_count = 3;
[[nodiscard]] std::string_view to_string(role r);  // "trader", "risk_manager", "portfolio"

enum class work_kind : std::uint8_t {
  market,    ///< trader: ticks of instruments with working orders, or an expiry is due
  signals,   ///< risk_manager: decide the frame's signals
  orders,    ///< trader: turn approvals into intents
  mark,      ///< portfolio: make a snapshot event
  updates,   ///< trader: reports of a broker with a clock of its own
  snapshot,  ///< any: hand over the state as JSON
};
[[nodiscard]] std::string_view to_string(work_kind k);

/// One step for one role. Fields that a kind does not use are empty.
struct step_request {
  std::uint64_t id = 0;  ///< counts up within one sequencer; an answer with another id is ignored
  role to = role::trader;
  work_kind kind = work_kind::market;
  feed_seq feed = 0;
  timestamp ts;
  frame_kind frame = frame_kind::ticks;
  std::vector<tick> ticks;                             ///< market
  std::vector<signal> signals;                         ///< signals
  std::vector<quote> quotes;                           ///< signals, mark
  std::vector<risk_approved<order_request>> approved;  ///< orders
  std::vector<broker_update> updates;                  ///< updates
};

struct step_result {
  std::uint64_t id = 0;
  role from = role::trader;
  std::vector<event_body> events;
  std::string snapshot;  ///< kind snapshot: JSON
};

/// Intents that are durable and may now try the effect gate.
struct place_request {
  std::vector<std::pair<client_order_id, std::uint64_t>> intents;  ///< order and the seq of its order_submitted
};

struct place_result {
  std::vector<client_order_id> placed;
  std::vector<order_rejected> refused;  ///< by the gate, with its reason
};

/// From what a restarted role takes up its state: the last cut, then every event since.
struct role_recovery {
  std::string snapshot;                   ///< JSON; empty: none yet
  std::vector<event_list> tail;           ///< in order
  std::vector<client_order_id> unplaced;  ///< trader: intents that have not passed the effect gate yet
};

}  // namespace bulkhead
