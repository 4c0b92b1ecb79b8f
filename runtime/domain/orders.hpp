#pragma once
// Orders and their life. One transition table decides which change of status is legal; nothing else does.
#include "runtime/domain/signal.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace bulkhead {

enum class order_status : std::uint8_t {
  submitted,         ///< intent journaled; on its way through the effect gate to the broker
  open,              ///< accepted by the broker, nothing filled
  partially_filled,  ///< accepted, part filled, still working
  pending_cancel,    ///< a cancel is on its way; fills may still come
  unknown,           ///< the broker's answer was lost: neither resent nor forgotten, reserved at its worst case
  filled,            ///< terminal
  cancelled,         ///< terminal; may have fills
  expired,           ///< terminal: DAY order at session close; may have fills
  rejected,          ///< terminal: refused by the broker or the effect gate
};

/// What can happen to an order.
enum class order_trigger : std::uint8_t {
  accept,            ///< the broker took it
  partial_fill,      ///< filled, quantity remains
  final_fill,        ///< filled, nothing remains
  cancel_requested,  ///< we asked the broker to cancel
  cancel,            ///< the broker cancelled
  expire,            ///< DAY order at session close
  reject,            ///< the broker or the gate refused
  lose_answer,       ///< time-out, 5xx, bad reply, crash: the outcome is not known
};

/// Why there is an order.
enum class order_origin : std::uint8_t {
  signal,      ///< a strategy said so
  bracket,     ///< stop or target of a bracketed entry's fill
  square_off,  ///< MIS position at the broker's square_off time
  safety,      ///< exit in place of a protective order that the broker refused
};

/// The table. nullopt: the trigger is illegal in this status and changes nothing.
[[nodiscard]] std::optional<order_status> next_status(order_status from, order_trigger trigger);
[[nodiscard]] bool is_terminal(order_status s);

[[nodiscard]] std::string_view to_string(order_status s);
[[nodiscard]] std::string_view to_string(order_trigger t);
[[nodiscard]] std::string_view to_string(side s);           // "BUY" | "SELL"
[[nodiscard]] std::string_view to_string(order_type t);     // "MARKET" | "LIMIT" | "SL" | "SL-M"
[[nodiscard]] std::string_view to_string(validity v);       // "DAY" | "IOC"
[[nodiscard]] std::string_view to_string(product p);        // "MIS" | "CNC" | "NRML"
[[nodiscard]] std::string_view to_string(signal_action a);  // "ENTRY" | "EXIT" | "CANCEL" | "MODIFY"
[[nodiscard]] std::string_view to_string(order_origin o);   // "signal" | "bracket" | "square_off" | "safety"

/// What is asked of a broker.
struct order_request {
  bulkhead::client_order_id client_order_id;
  bulkhead::signal_id signal_id;
  strategy_id strategy;
  instrument_id instrument;
  bulkhead::side side = bulkhead::side::buy;
  order_type type = order_type::market;
  bulkhead::validity validity = bulkhead::validity::day;
  bulkhead::product product = bulkhead::product::mis;
  quantity qty = 0;
  price limit_price;       ///< LIMIT and SL only
  price trigger_price;     ///< SL and SL-M only
  price stop_loss_offset;  ///< entries, see signal; 0: no stop
  price target_offset;     ///< entries; 0: no target
  /// Orders of one group together fill at most the group's quantity: a fill takes as much from each other order at the
  /// venue where one of the two is of origin bracket, and cancels what reaches 0 (one cancels the other). Named after
  /// the fill that it protects; empty: no group.
  std::string group;
  order_origin origin = order_origin::signal;
  price reference_price;  ///< last price when risk approved it; values a market order
  bool reduces = false;   ///< cuts an existing position of its strategy, never opens or turns one
  timestamp expires_at;   ///< DAY: the session close of its day
};

/// What a modification changes of a working order; its type stays.
struct order_terms {
  quantity qty = 0;     ///< of the whole order, what is filled included
  price limit_price;    ///< LIMIT and SL only
  price trigger_price;  ///< SL and SL-M only, while it has not triggered
  friend bool operator==(const order_terms&, const order_terms&) = default;
};

/// Proof that the risk rules approved a request: only the risk engine (and the codec, reading what the risk engine
/// journaled) can make one, so an order that bypasses risk does not compile.
template <class T>
class risk_approved {
 public:
  [[nodiscard]] const T& get() const noexcept { return value_; }
  const T* operator->() const noexcept { return &value_; }

 private:
  explicit risk_approved(T value) : value_(std::move(value)) {}
  T value_;
  friend class risk_engine;
  friend class event_codec;
};

/// One order as its owner, the order manager, knows it: a fold over its events.
struct order {
  order_request request;
  order_status status = order_status::submitted;
  bulkhead::broker_order_id broker_order_id;
  quantity filled = 0;
  std::uint32_t fill_count = 0;
  money filled_value;       ///< sum of price * quantity over its fills
  money brokerage_charged;  ///< the brokerage cap is per order, not per fill
  timestamp submitted_at;
  feed_seq submitted_feed = 0;  ///< it may fill from the next tick of its instrument, never from this frame
  std::uint64_t ordinal = 0;    ///< its place among the broker's submitted orders, from 1: first placed, first served
  bool triggered = false;       ///< SL, SL-M: the venue has seen the trigger reached
  std::optional<order_terms> asked_terms;  ///< a modification on its way to the broker
  timestamp changed_at;                    ///< when the newest cancel or modification was asked for
  feed_seq changed_feed = 0;               ///< in which frame; 0: none was

  [[nodiscard]] quantity remaining() const { return request.qty - filled; }
};

}  // namespace bulkhead
