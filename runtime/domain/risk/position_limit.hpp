#pragma once
// Rule 13, position (entries): how far the position in the instrument could go to this side if all that works there
// fills and nothing of the other side does.
#include "runtime/domain/risk/refusal.hpp"
#include "runtime/domain/signal.hpp"

namespace bulkhead::risk {

/// position: signed; working: worst case of every live order on `s`; added: by this order; all in units. max: 0: no
/// limit.
[[nodiscard]] inline verdict position_limit(side s, quantity added, quantity position, quantity working, quantity max) {
  const quantity worst_case = sign(s) * position + working + added;
  if (max == 0 || worst_case <= max) return std::nullopt;
  return refusal{"position", std::to_string(max), std::to_string(worst_case), "units"};
}

}  // namespace bulkhead::risk
