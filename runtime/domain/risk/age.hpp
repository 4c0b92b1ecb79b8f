#pragma once
// Ages in milliseconds of event time, for the rules that limit one.
#include "runtime/domain/risk/refusal.hpp"
#include "runtime/domain/time.hpp"

#include <cstdint>

#include <fmt/format.h>

namespace bulkhead::risk {

[[nodiscard]] constexpr duration milliseconds(std::int64_t ms) { return {ms * 1'000'000}; }

/// Rounded up, so that an age that was refused for being above a limit reads above it.
[[nodiscard]] inline std::string milliseconds_text(duration d) { return std::to_string((d.ns + 999'999) / 1'000'000); }

/// max_ms: 0: no limit.
[[nodiscard]] inline verdict at_most_so_old(const char* rule, duration age, std::int64_t max_ms) {
  if (max_ms == 0 || age <= milliseconds(max_ms)) return std::nullopt;
  return refusal{rule, std::to_string(max_ms), milliseconds_text(age), "ms"};
}

}  // namespace bulkhead::risk
