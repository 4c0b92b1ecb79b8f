#pragma once
// Positions, holdings and margins as Kite's API shows them. Pure.
#include "tools/kite_sim/core/account.hpp"

#include <nlohmann/json.hpp>

namespace bulkhead::kite_sim {

/// {"net": [...], "day": [...]}; 29 fields a row, the multiplier is 1 throughout.
[[nodiscard]] nlohmann::json positions_json(const position_book& positions, const market_state& market);
[[nodiscard]] nlohmann::json holdings_json(const account& of, const market_state& market);
/// One segment's margins. All funds are in equity; commodity is empty and disabled.
[[nodiscard]] nlohmann::json margins_json(const funds& of, bool equity);

}  // namespace bulkhead::kite_sim
