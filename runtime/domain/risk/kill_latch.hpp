#pragma once
// Rule 1, kill_latch: `halt` refuses entries, modifications and exits; `reduce-only` lets exits through. Cancels pass.
#include "runtime/domain/orders.hpp"
#include "runtime/domain/risk/refusal.hpp"

#include <string_view>

namespace bulkhead {

enum class kill_mode : std::uint8_t { off, reduce_only, halt };

/// "off", "reduce-only", "halt": the text of kill_latched::mode.
[[nodiscard]] constexpr std::string_view to_string(kill_mode m) {
  switch (m) {
    case kill_mode::off:
      return "off";
    case kill_mode::reduce_only:
      return "reduce-only";
    case kill_mode::halt:
      break;
  }
  return "halt";
}

/// A mode that is not known latches at its safest: halt.
[[nodiscard]] constexpr kill_mode kill_mode_of(std::string_view text) {
  for (const kill_mode m : {kill_mode::off, kill_mode::reduce_only}) {
    if (text == to_string(m)) return m;
  }
  return kill_mode::halt;
}

namespace risk {

[[nodiscard]] inline verdict kill_latch(kill_mode mode, signal_action action) {
  const bool passes = mode == kill_mode::off || action == signal_action::cancel ||
                      (mode == kill_mode::reduce_only && action == signal_action::exit);
  if (passes) return std::nullopt;
  return refusal{"kill_latch", std::string{to_string(mode)}, std::string{to_string(action)}, "kill mode"};
}

}  // namespace risk
}  // namespace bulkhead
