#pragma once
// Decimal numbers as Kite writes them, into integers. No double on the way.
#include <cstdint>
#include <optional>
#include <string_view>

namespace bulkhead {

/// value * 10^decimals of a JSON number ("1573.7", "7360198.0", "7e6"), rounded half away from zero. nullopt: no such
/// number, or out of the range of 18 digits. `exact`: also where it had to be rounded.
[[nodiscard]] std::optional<std::int64_t> scaled_decimal(std::string_view number, int decimals, bool exact = false);

}  // namespace bulkhead
