#pragma once
// Rule 9, trigger (SL, SL-M): a stop waits on the far side of the last price, and its limit lies beyond its trigger; a
// trigger that is reached already would be an order of another kind.
#include "runtime/domain/risk/refusal.hpp"
#include "runtime/domain/signal.hpp"

namespace bulkhead::risk {

[[nodiscard]] inline verdict trigger_side(const signal& s, price last) {
  if (!has_trigger(s.type)) return std::nullopt;
  const auto is_beyond = [&](price a, price b) { return s.side == side::buy ? a > b : a < b; };
  if (!is_beyond(s.trigger_price, last)) {
    return refusal{"trigger", to_string(last), to_string(s.trigger_price), "rupees"};
  }
  if (s.type == order_type::stop_limit && is_beyond(s.trigger_price, s.limit_price)) {
    return refusal{"trigger", to_string(s.trigger_price), to_string(s.limit_price), "rupees"};
  }
  return std::nullopt;
}

}  // namespace bulkhead::risk
