#pragma once
// Rule 5, signal_age: what a strategy wanted too long ago it may not want any more.
#include "runtime/domain/risk/age.hpp"
#include "runtime/domain/signal.hpp"

namespace bulkhead::risk {

[[nodiscard]] inline verdict signal_age(const signal& s, timestamp now, std::int64_t max_ms) {
  return at_most_so_old("signal_age", now - s.ts, max_ms);
}

}  // namespace bulkhead::risk
