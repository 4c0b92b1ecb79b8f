#pragma once
// Rule 6, nothing_to_exit: see exit_plan.hpp for what an exit may take.
#include "runtime/domain/money.hpp"
#include "runtime/domain/risk/refusal.hpp"

namespace bulkhead::risk {

[[nodiscard]] inline verdict nothing_to_exit(quantity asked, quantity planned) {
  if (planned >= 1) return std::nullopt;
  return refusal{"nothing_to_exit", "0", std::to_string(asked), "units"};
}

}  // namespace bulkhead::risk
