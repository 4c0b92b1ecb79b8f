#pragma once
// One state per instrument of a strategy. No history is shared: a price of one instrument never reaches another's
// indicator.
#include "runtime/domain/market.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace bulkhead {

/// Allocated once; a look-up is two array reads. One owner.
template <class State>
class per_instrument {
 public:
  struct entry {
    std::string key;  ///< snapshots name instruments by key: indices move when the instruments file changes
    State state;
  };

  per_instrument(std::span<const instrument> instruments, const State& initial) {
    for (const instrument& row : instruments) {
      if (row.id.index >= slots_.size()) slots_.resize(row.id.index + 1, none);
      if (slots_[row.id.index] != none) continue;
      slots_[row.id.index] = static_cast<std::uint32_t>(entries_.size());
      entries_.push_back({row.key, initial});
    }
  }

  /// Throws std::out_of_range for an instrument that the strategy did not ask for.
  [[nodiscard]] State& at(instrument_id id) {
    const std::uint32_t slot = slots_.at(id.index);
    if (slot == none) throw std::out_of_range("instrument is not one of this strategy's");
    return entries_[slot].state;
  }
  [[nodiscard]] const std::vector<entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] std::vector<entry>& entries() noexcept { return entries_; }

 private:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> slots_;  ///< instrument index -> entry
  std::vector<entry> entries_;
};

}  // namespace bulkhead
