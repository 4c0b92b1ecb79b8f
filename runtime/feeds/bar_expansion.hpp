#pragma once
// A bar as the four ticks that it stands for. Pure. Rule: docs/kernel.md, "From bars to frames".
#include "runtime/feeds/bar_csv.hpp"

#include <array>

namespace bulkhead {

/// In order of time.
enum class bar_part : std::uint8_t { open, first_extreme, second_extreme, close };

inline constexpr std::array<bar_part, 4> bar_parts = {bar_part::open, bar_part::first_extreme, bar_part::second_extreme,
                                                      bar_part::close};

/// 60, 40, 20 and 1 seconds before the end of the minute.
[[nodiscard]] timestamp time_of(bar_part part, timestamp end);

/// A rising or level bar (close >= open) sees its low first, a falling one its high. The minute's volume comes with the
/// close, as only then is it known.
[[nodiscard]] tick tick_of(bar_part part, const bar& b);

}  // namespace bulkhead
