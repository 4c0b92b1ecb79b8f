#pragma once
// nothing_to_cancel and nothing_to_modify: a cancel or a modification needs a working entry order of its strategy,
// product, instrument and side.
#include "runtime/domain/risk/exposure.hpp"
#include "runtime/domain/risk/refusal.hpp"

namespace bulkhead::risk {

[[nodiscard]] inline refusal nothing_to_cancel() { return {"nothing_to_cancel", "1", "0", "orders"}; }

/// target: the newest entry order that could still be changed; null: none. One that is being modified already waits for
/// the answer first: the broker would mix the two up.
[[nodiscard]] inline verdict nothing_to_modify(const signal& s, const working_order* target) {
  constexpr const char* rule = "nothing_to_modify";
  if (target == nullptr) return refusal{rule, "1", "0", "orders"};
  if (s.type != target->request.type) {
    return refusal{rule, std::string{to_string(target->request.type)}, std::string{to_string(s.type)}, "order type"};
  }
  if (s.qty <= target->filled) {
    return refusal{rule, std::to_string(target->filled), std::to_string(s.qty), "units"};
  }
  if (target->asked) return refusal{rule, "0", "1", "modifications on their way"};
  return std::nullopt;
}

}  // namespace bulkhead::risk
