#pragma once
// Rule 7, position (entries): how far the broker's position in the instrument could go to this side if all that works
// there fills and nothing of the other side does.
#include "runtime/domain/risk/refusal.hpp"
#include "runtime/domain/signal.hpp"

namespace bulkhead::risk {

/// position: signed, over all strategies; working: what remains of every live order on `s`; both in units.
[[nodiscard]] inline verdict position_limit(side s, quantity asked, quantity position, quantity working, quantity max) {
  const quantity worst_case = sign(s) * position + working + asked;
  if (worst_case <= max) return std::nullopt;
  return refusal{"position", std::to_string(max), std::to_string(worst_case), "units"};
}

}  // namespace bulkhead::risk
