#pragma once
// Which strategies asked for which instrument, so that a tick costs only those.
#include "runtime/domain/market.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace bulkhead {

class tick_routes {
 public:
  explicit tick_routes(std::size_t instruments) : askers_(instruments) {}

  /// Call in order of `strategy`. Throws std::out_of_range for an instrument that is not in the table.
  void add(std::uint32_t strategy, std::span<const instrument_id> instruments) {
    for (const instrument_id id : instruments) {
      auto& askers = askers_.at(id.index);
      if (askers.empty() || askers.back() != strategy) askers.push_back(strategy);
    }
  }
  /// Strategies in order, each once.
  [[nodiscard]] std::span<const std::uint32_t> of(instrument_id id) const { return askers_.at(id.index); }

 private:
  std::vector<std::vector<std::uint32_t>> askers_;  ///< by instrument index
};

}  // namespace bulkhead
