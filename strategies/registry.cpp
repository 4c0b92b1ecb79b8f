#include "strategies/registry.hpp"

#include "strategies/ema_cross.hpp"
#include "strategies/low_frequency_demo.hpp"
#include "strategies/mean_reversion.hpp"
#include "strategies/momentum.hpp"
#include "strategies/opening_range_breakout.hpp"
#include "strategies/rsi.hpp"

#include <algorithm>

namespace bulkhead {

const std::vector<strategy_kind>& strategy_kinds() {
  static const std::vector<strategy_kind> kinds = {
      ema_cross_kind(), low_frequency_demo_kind(),     mean_reversion_kind(),
      momentum_kind(),  opening_range_breakout_kind(), rsi_kind(),
  };
  return kinds;
}

const strategy_kind* find_strategy_kind(std::string_view name) {
  const auto& kinds = strategy_kinds();
  const auto it = std::ranges::find(kinds, name, &strategy_kind::name);
  return it == kinds.end() ? nullptr : &*it;
}

}  // namespace bulkhead
