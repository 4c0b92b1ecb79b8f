#pragma once
// Rule 3, nothing_to_exit: an exit gives up what its own strategy holds and never more, so one strategy's exit cannot
// close another's position, and a repeated exit cannot turn one.
#include "runtime/domain/risk/refusal.hpp"
#include "runtime/domain/signal.hpp"

#include <algorithm>

namespace bulkhead::risk {

/// What an exit may be approved for; below 1: nothing.
/// held: signed position of the strategy in the instrument; in_flight: what its working exits on `exit_side` have to
/// fill.
[[nodiscard]] constexpr quantity exit_quantity(side exit_side, quantity asked, quantity held, quantity in_flight) {
  const quantity left = -sign(exit_side) * held - in_flight;
  return std::min(asked, left);
}

[[nodiscard]] inline verdict nothing_to_exit(quantity asked, quantity allowed) {
  if (allowed >= 1) return std::nullopt;
  return refusal{"nothing_to_exit", "0", std::to_string(asked), "units"};
}

}  // namespace bulkhead::risk
