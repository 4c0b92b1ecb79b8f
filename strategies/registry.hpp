#pragma once
// Every kind of strategy there is. A new one: a pair of files and a row in registry.cpp.
#include "strategies/strategy_kind.hpp"

#include <string_view>
#include <vector>

namespace bulkhead {

/// Immutable; in order of name.
[[nodiscard]] const std::vector<strategy_kind>& strategy_kinds();

/// nullptr: there is no such kind.
[[nodiscard]] const strategy_kind* find_strategy_kind(std::string_view name);

}  // namespace bulkhead
