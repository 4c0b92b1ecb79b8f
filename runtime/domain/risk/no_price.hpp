#pragma once
// Rule 7, no_price: without a tick of the instrument there is no value and no collar to check against.
#include "runtime/domain/market.hpp"
#include "runtime/domain/risk/refusal.hpp"

namespace bulkhead::risk {

/// `last`: the instrument's last quote; null: it has had no tick. A quote that is not above 0 is no price either.
[[nodiscard]] inline verdict no_price(const quote* last) {
  if (last != nullptr && last->last.raw > 0) return std::nullopt;
  return refusal{"no_price", "1", "0", "ticks"};
}

}  // namespace bulkhead::risk
