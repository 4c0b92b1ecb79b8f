#include "runtime/domain/risk/product_rule.hpp"

#include "runtime/domain/risk/session_hours.hpp"

#include <algorithm>

namespace bulkhead::risk {

verdict product_rule(const signal& s, timestamp now, std::optional<duration> square_off, price valued_at) {
  const price widest = std::max(s.stop_loss_offset, s.target_offset);
  if (s.product == product::cnc && s.side == side::sell) return refusal{"product", "BUY", "SELL", "CNC side"};
  if (s.product == product::cnc && widest.raw > 0) {
    return refusal{"product", to_string(price{}), to_string(widest), "CNC bracket offset"};
  }
  if (s.product == product::mis && square_off && time_of_day(now) >= *square_off) {
    return refusal{"product", clock_text(*square_off), clock_text(now), "IST"};
  }
  if (widest.raw > 0 && valued_at.raw > 0 && widest >= valued_at) {
    return refusal{"product", to_string(valued_at), to_string(widest), "bracket offset"};
  }
  return std::nullopt;
}

}  // namespace bulkhead::risk
