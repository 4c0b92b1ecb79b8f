#pragma once
// Every fact of a broker. The journal is a sequence of these; every state is a fold over them.
#include "runtime/domain/charges.hpp"
#include "runtime/domain/orders.hpp"
#include "runtime/domain/signal.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace bulkhead {

/// First event of a journal.
struct account_opened {
  money capital;
};

/// Where a signal from outside came from: a record of the broker's inbox, and the id that its sender gave it.
struct signal_origin {
  std::string id;
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

struct signal_received {
  bulkhead::signal signal;
  std::optional<signal_origin> origin;  ///< none: from a strategy of this node
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

/// New terms were approved by risk and are on their way to the broker.
struct order_modify_requested {
  bulkhead::client_order_id client_order_id;
  order_terms terms;
  std::string reason;
};

/// The order works on these terms from here on: a modification took effect, or the venue took from a grouped order what
/// another of its group filled.
struct order_modified {
  bulkhead::client_order_id client_order_id;
  order_terms terms;
  std::string reason;
};

struct order_modify_rejected {
  bulkhead::client_order_id client_order_id;
  std::string reason;
};

/// SL, SL-M: the trigger price was reached.
struct order_triggered {
  bulkhead::client_order_id client_order_id;
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
  bool at_gate = false;  ///< stopped here, by the effect gate or for want of a way to the broker: it never saw it
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
  bulkhead::product product = bulkhead::product::mis;
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

/// One line per (strategy, instrument, product).
struct position_view {
  strategy_id strategy;
  instrument_id instrument;
  bulkhead::product product = bulkhead::product::mis;
  quantity qty = 0;
  money cost;  ///< signed cost of what is open: positive long, negative short
  price last;
  money realised;  ///< gross of charges
  money unrealised;
  money charges;
};

/// A strategy's share of the broker's account, or the account as a whole. Net is realised + unrealised - charges.
struct performance {
  money net;
  money day_pnl;         ///< net less net at the last mark of an earlier date
  money peak;            ///< highest net of any mark so far, at least 0: where the account began
  money drawdown;        ///< peak less net, at least 0
  money gross_exposure;  ///< sum of |quantity| * last over open positions
  money margin;          ///< what the products of the open positions bind
};

struct strategy_view {
  strategy_id strategy;
  money realised;
  money unrealised;
  money charges;
  bulkhead::performance performance;
};

struct portfolio_snapshot {
  money cash;  ///< capital - buys + sells - charges
  money realised;
  money unrealised;
  money charges;
  money equity;                           ///< cash + open positions at the last price
  bulkhead::performance performance;      ///< of the whole account
  std::vector<position_view> positions;   ///< by (strategy, instrument key, product); everything traded, flat ones too
  std::vector<strategy_view> strategies;  ///< by name; every one that traded
};

/// The kill switch of a broker, or of one strategy at this broker, closed. It stays so over every restart until
/// released.
struct kill_latched {
  strategy_id strategy;  ///< empty: the whole broker
  std::string mode;      ///< "reduce-only" or "halt"
  std::string cause;     ///< "operator", or the rule that latched: "day_loss", "drawdown", "consecutive_rejects"
  std::string reason;    ///< for people: limit and observed value, or what the operator typed
};

/// The operator opened it again. What latched it is counted anew from here on: the day's loss, the drawdown's peak, the
/// rejects in a row.
struct kill_released {
  strategy_id strategy;  ///< empty: the whole broker
  std::string reason;
};

/// A command from outside that was taken and what became of it, for those that change nothing else in the log.
struct command_refused {
  std::string command;  ///< as typed: "cancel abcdefghij234567klmn"
  std::string reason;
};

/// What happened to a strategy in the runner after the frame: reloads, pauses, quarantines, and what its feed went
/// through.
struct strategy_changed {
  strategy_id strategy;
  std::string change;  ///< "paused", "resumed", "reloaded", "quarantined", "added", "removed"
  std::string reason;
};

/// Ticks that a consumer did not see one by one, or an instrument that went quiet.
struct feed_noticed {
  instrument_id instrument;
  std::string what;         ///< "conflated", "gap", "stale", "fresh"
  std::uint64_t count = 0;  ///< conflated: ticks left out; gap: missing ticks or seconds; stale: seconds of silence
};

/// From which record on the broker's inbox is read: at its first start, and where what came next is gone.
struct inbox_positioned {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string reason;  ///< for people
};

/// Ours and the broker's book do not say the same, or no longer differ; or the account has something that is not ours.
struct account_difference {
  std::string subject;     ///< "order", "fills", "position"; not ours: "foreign_order", "foreign_position"
  std::string key;         ///< client order id, "NSE:INFY MIS", or the broker's id of a foreign order
  std::string ours;        ///< what the journal says
  std::string theirs;      ///< what the broker's book says
  std::int64_t units = 0;  ///< positions: theirs less what ours and foreign trades explain, or what is foreign
  /// "halted": unexplained, new risk is latched; "stopped": so is all of that line. "noted": foreign, shown.
  /// "repaired": the book proves what follows. "resolved": the operator's word. "settled": it is over.
  std::string action;
  std::string reason;  ///< for people
};

/// A settled statement of the broker's account fits the journal up to here: said again after orders and fills have
/// changed what is ours, after a difference, and once in each life of the broker's sequencer.
struct account_reconciled {
  std::string occasion;                ///< "start", "reconnect", "timer"
  std::int64_t orders = 0;             ///< of ours in the broker's book
  std::int64_t foreign_orders = 0;     ///< not ours, in the broker's book
  std::int64_t open_positions = 0;     ///< lines of the account that are not flat, foreign ones too
  std::int64_t foreign_positions = 0;  ///< of those, where the journal holds nothing
  money cash;                          ///< what the broker calls available cash; 0: it said none
};

using event_body =
    std::variant<account_opened, signal_received, signal_validated, signal_rejected, order_submitted, order_withheld,
                 order_accepted, order_cancel_requested, order_cancelled, order_expired, order_rejected, order_unknown,
                 order_filled, broker_update_refused, portfolio_snapshot, kill_latched, kill_released,
                 order_modify_requested, order_modified, order_modify_rejected, order_triggered, command_refused,
                 strategy_changed, feed_noticed, inbox_positioned, account_difference, account_reconciled>;

/// Step of a frame at the sequencer. A step's events are one atomic append, so a journal ends on a whole step.
enum class step_kind : std::uint8_t {
  start = 0,    ///< opening of the account
  market = 1,   ///< ticks to the trader: accepts, fills, expiries
  signals = 2,  ///< the frame's signals through the risk rules
  orders = 3,   ///< what risk approved, as intents
  mark = 4,     ///< portfolio snapshot
  guard = 5,    ///< what the risk limits on losses and rejects make of the frame: kill latches
  input = 6,    ///< what came from outside after the frame: effect-gate refusals, operator commands, broker updates
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
