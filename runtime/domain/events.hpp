#pragma once
// Every fact of a broker. The journal is a sequence of these; every state is a fold over them.
#include "runtime/domain/charges.hpp"
#include "runtime/domain/orders.hpp"
#include "runtime/domain/signal.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace bulkhead {

/// First event of a journal.
struct account_opened {
  money capital;
};

struct signal_received {
  bulkhead::signal signal;
};

/// Carries the order that risk approved (an exit: already cut down).
struct signal_validated {
  risk_approved<order_request> order;
};

struct signal_rejected {
  bulkhead::signal_id signal_id;
  strategy_id strategy;
  instrument_id instrument;
  std::string rule;      ///< name of the rule, e.g. "order_quantity"
  std::string limit;     ///< the configured limit, exact decimal text
  std::string observed;  ///< what the signal would have made of it
  std::string unit;      ///< of both: "units", "rupees", "orders/s", "IST", ...
};

/// The intent: durable before the order passes the effect gate.
struct order_submitted {
  order_request request;
};

/// Approved but not sent because placing is off for this broker (trading.<broker>.enabled: false).
struct order_withheld {
  bulkhead::client_order_id client_order_id;
  std::string reason;
};

struct order_accepted {
  bulkhead::client_order_id client_order_id;
  bulkhead::broker_order_id broker_order_id;
};

struct order_cancel_requested {
  bulkhead::client_order_id client_order_id;
  std::string reason;
};

struct order_cancelled {
  bulkhead::client_order_id client_order_id;
  quantity filled = 0;
  std::string reason;
};

struct order_expired {
  bulkhead::client_order_id client_order_id;
  quantity filled = 0;
};

struct order_rejected {
  bulkhead::client_order_id client_order_id;
  std::string reason;
};

struct order_unknown {
  bulkhead::client_order_id client_order_id;
  std::string reason;
};

struct order_filled {
  bulkhead::client_order_id client_order_id;
  bulkhead::fill_id fill_id;
  strategy_id strategy;
  instrument_id instrument;
  bulkhead::side side = bulkhead::side::buy;
  quantity qty = 0;
  bulkhead::price price;
  quantity cumulative_qty = 0;  ///< of the order, this fill included
  quantity remaining_qty = 0;
  charge_breakdown charges;
};

/// A broker's report that fits no legal transition. Kept, so that nothing a broker said is dropped in silence.
struct broker_update_refused {
  bulkhead::client_order_id client_order_id;
  std::string update;  ///< what was reported
  std::string reason;
};

struct position_view {
  strategy_id strategy;
  instrument_id instrument;
  quantity qty = 0;
  money cost;  ///< signed cost of what is open: positive long, negative short
  price last;
  money realised;  ///< gross of charges
  money unrealised;
  money charges;
};

struct portfolio_snapshot {
  money cash;  ///< capital - buys + sells - charges
  money realised;
  money unrealised;
  money charges;
  money equity;                          ///< cash + open positions at the last price
  std::vector<position_view> positions;  ///< by (strategy, instrument key); everything traded, flat ones too
};

struct kill_latched {
  std::string mode;  ///< "reduce-only" or "halt"
  std::string reason;
};

struct kill_released {
  std::string reason;
};

using event_body =
    std::variant<account_opened, signal_received, signal_validated, signal_rejected, order_submitted, order_withheld,
                 order_accepted, order_cancel_requested, order_cancelled, order_expired, order_rejected, order_unknown,
                 order_filled, broker_update_refused, portfolio_snapshot, kill_latched, kill_released>;

/// Step of a frame at the sequencer. A step's events are one atomic append, so a journal ends on a whole step.
enum class step_kind : std::uint8_t {
  start = 0,    ///< opening of the account
  market = 1,   ///< ticks to the trader: accepts, fills, expiries
  signals = 2,  ///< the frame's signals through the risk rules
  orders = 3,   ///< what risk approved, as intents
  mark = 4,     ///< portfolio snapshot
  input = 5,    ///< what came from outside after the frame: effect-gate refusals, operator commands, broker updates
};

struct event {
  std::uint64_t seq = 0;  ///< gap-free within the broker from 1; 0: not sequenced yet
  feed_seq feed = 0;      ///< the frame that it followed
  step_kind step = step_kind::start;
  timestamp ts;                     ///< event time: that frame's
  std::string correlation;          ///< signal id of the order's life; empty for account and portfolio events
  std::uint64_t causation_seq = 0;  ///< the event that led here; 0: the frame itself
  feed_seq trace_feed = 0;          ///< the frame of the tick at the root of this chain
  event_body body;
};

/// Events are shared, never changed after sequencing.
using event_list = std::shared_ptr<const std::vector<event>>;

}  // namespace bulkhead
