#pragma once
// Rule 2, session: nothing outside the continuous session, exits included: the exchange would not take it.
#include "runtime/domain/risk/refusal.hpp"
#include "runtime/domain/session.hpp"

#include <string>

namespace bulkhead::risk {

/// "09:07:00" or, below the second, "09:14:59.999", IST.
[[nodiscard]] std::string clock_text(timestamp t);
[[nodiscard]] std::string clock_text(duration since_midnight);

[[nodiscard]] verdict session_hours(const trading_session& session, timestamp now);

}  // namespace bulkhead::risk
