#pragma once
// What the sequencer asks of a broker's roles, and what they answer.
#include "runtime/domain/events.hpp"
#include "runtime/domain/market.hpp"
#include "runtime/domain/order_manager.hpp"
#include "runtime/domain/risk/kill_latch.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead {

enum class role : std::uint8_t { trader, risk_manager, portfolio };
inline constexpr std::size_t role_count = 3;
[[nodiscard]] std::string_view to_string(role r);  // "trader", "risk_manager", "portfolio"

/// What an operator asks of a broker, once. Through the risk manager, like everything that changes orders.
struct operator_command {
  enum class kind : std::uint8_t { kill, release, cancel_order, cancel_all, resolve_order };
  kind what = kind::kill;
  kill_mode mode = kill_mode::halt;  ///< kill
  strategy_id strategy;              ///< kill, release, cancel_all: of this strategy alone; empty: the whole broker
  client_order_id order;             ///< cancel_order, resolve_order
  std::string reason;                ///< what the operator typed
  std::string cause = "operator";    ///< kill: "reconciliation" where the sequencer asks by itself
  quantity filled = 0;               ///< resolve_order: so much in all; what is not filled never will be
  price at{};                        ///< resolve_order: of what was filled and is not known yet
};

enum class work_kind : std::uint8_t {
  market,    ///< trader: ticks of instruments with working orders, or an expiry is due
  signals,   ///< risk_manager: decide the frame's signals
  orders,    ///< trader: turn approvals into intents
  mark,      ///< portfolio: make a snapshot event
  updates,   ///< trader: reports of a broker with a clock of its own
  guard,     ///< risk_manager: losses, drawdown and rejects after the mark
  commands,  ///< risk_manager: what an operator asks
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
  std::vector<quote> quotes;                           ///< signals (all that are known), mark
  std::vector<risk_approved<order_request>> approved;  ///< orders
  std::vector<broker_update> updates;                  ///< updates
  std::vector<operator_command> commands;              ///< commands
};

struct step_result {
  std::uint64_t id = 0;
  role from = role::trader;
  std::vector<event_body> events;
  std::string snapshot;  ///< kind snapshot: JSON
};

/// Intents and modifications that are durable and may now try the effect gate.
struct place_request {
  std::vector<std::pair<client_order_id, std::uint64_t>> intents;        ///< order and the seq of its order_submitted
  std::vector<std::pair<client_order_id, std::uint64_t>> modifications;  ///< and of its order_modify_requested
};

struct place_result {
  std::vector<client_order_id> placed;
  std::vector<order_rejected> refused;  ///< by the gate, with its reason
  std::vector<client_order_id> modified;
  std::vector<order_modify_rejected> modifications_refused;
};

/// From what a restarted role takes up its state: the last cut, then every event since.
struct role_recovery {
  std::string snapshot;                   ///< JSON; empty: none yet
  std::vector<event_list> tail;           ///< in order
  std::vector<client_order_id> unplaced;  ///< trader: intents that have not passed the effect gate yet
};

}  // namespace bulkhead
