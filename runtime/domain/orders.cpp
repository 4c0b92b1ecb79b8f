#include "runtime/domain/orders.hpp"

#include <array>

namespace bulkhead {
namespace {

using enum order_status;
using cell = std::optional<order_status>;
constexpr cell no = std::nullopt;

constexpr std::size_t trigger_count = 8;
constexpr std::size_t status_count = 9;

// One row per status, one column per trigger, both in the order of their enums.
//
// - A fill may overtake the acceptance it belongs to, so `submitted` may fill; the late acceptance then only brings the
//   broker's id (partially_filled, pending_cancel: the status stays).
// - `open` may still be rejected: a broker answers with an order id first, and its risk checks speak later.
// - An order that part filled is never rejected: it is cancelled or expires.
// - A lost answer matters until the broker has shown that it knows the order, so never in open or partially_filled.
// - `unknown` is left only by what a broker's book proves; there is nothing to cancel before that.
constexpr std::array<std::array<cell, trigger_count>, status_count> table{{
    // accept, partial_fill, final_fill, cancel_requested, cancel, expire, reject, lose_answer
    {{open, partially_filled, filled, pending_cancel, cancelled, expired, rejected, unknown}},   // submitted
    {{no, partially_filled, filled, pending_cancel, cancelled, expired, rejected, no}},          // open
    {{partially_filled, partially_filled, filled, pending_cancel, cancelled, expired, no, no}},  // partially_filled
    {{pending_cancel, pending_cancel, filled, no, cancelled, expired, rejected, unknown}},       // pending_cancel
    {{open, partially_filled, filled, no, cancelled, expired, rejected, no}},                    // unknown
    {{no, no, no, no, no, no, no, no}},                                                          // filled
    {{no, no, no, no, no, no, no, no}},                                                          // cancelled
    {{no, no, no, no, no, no, no, no}},                                                          // expired
    {{no, no, no, no, no, no, no, no}},                                                          // rejected
}};

constexpr std::array<std::string_view, status_count> status_names{
    "submitted", "open", "partially_filled", "pending_cancel", "unknown", "filled", "cancelled", "expired", "rejected"};

constexpr std::array<std::string_view, trigger_count> trigger_names{
    "accept", "partial_fill", "final_fill", "cancel_requested", "cancel", "expire", "reject", "lose_answer"};

}  // namespace

std::optional<order_status> next_status(order_status from, order_trigger trigger) {
  return table.at(static_cast<std::size_t>(from)).at(static_cast<std::size_t>(trigger));
}

bool is_terminal(order_status s) { return s == filled || s == cancelled || s == expired || s == rejected; }

std::string_view to_string(order_status s) { return status_names.at(static_cast<std::size_t>(s)); }
std::string_view to_string(order_trigger t) { return trigger_names.at(static_cast<std::size_t>(t)); }
std::string_view to_string(side s) { return s == side::buy ? "BUY" : "SELL"; }
std::string_view to_string(validity v) { return v == validity::day ? "DAY" : "IOC"; }

std::string_view to_string(order_type t) {
  static constexpr std::array<std::string_view, 4> names{"MARKET", "LIMIT", "SL", "SL-M"};
  return names.at(static_cast<std::size_t>(t));
}

std::string_view to_string(product p) {
  static constexpr std::array<std::string_view, 3> names{"MIS", "CNC", "NRML"};
  return names.at(static_cast<std::size_t>(p));
}

std::string_view to_string(signal_action a) {
  static constexpr std::array<std::string_view, 4> names{"ENTRY", "EXIT", "CANCEL", "MODIFY"};
  return names.at(static_cast<std::size_t>(a));
}

std::string_view to_string(order_origin o) {
  static constexpr std::array<std::string_view, 4> names{"signal", "bracket", "square_off", "safety"};
  return names.at(static_cast<std::size_t>(o));
}

}  // namespace bulkhead
