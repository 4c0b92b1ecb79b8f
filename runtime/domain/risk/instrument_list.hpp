#pragma once
// Rule 3, instrument (entries): only what the broker's configuration lists.
#include "runtime/domain/market.hpp"
#include "runtime/domain/risk/refusal.hpp"

#include <algorithm>
#include <span>

namespace bulkhead::risk {

/// `allowed`: sorted; empty: every instrument.
[[nodiscard]] inline verdict instrument_list(std::span<const instrument_id> allowed, const instrument& asked) {
  if (allowed.empty() || std::ranges::binary_search(allowed, asked.id)) return std::nullopt;
  return refusal{"instrument", "trading.<broker>.instruments", asked.key, "instrument"};
}

}  // namespace bulkhead::risk
