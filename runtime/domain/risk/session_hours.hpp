#pragma once
// Rule 2, session: nothing outside the continuous session, exits included: the exchange would not take it.
#include "runtime/domain/risk/refusal.hpp"
#include "runtime/domain/session.hpp"

namespace bulkhead::risk {

[[nodiscard]] verdict session_hours(const trading_session& session, timestamp now);

}  // namespace bulkhead::risk
