#pragma once
// Rule 7, stale_price (entries): a last price that is too old values and collars nothing.
#include "runtime/domain/market.hpp"
#include "runtime/domain/risk/age.hpp"

namespace bulkhead::risk {

[[nodiscard]] inline verdict stale_price(const quote& last, timestamp now, std::int64_t max_ms) {
  return at_most_so_old("stale_price", now - last.ts, max_ms);
}

}  // namespace bulkhead::risk
