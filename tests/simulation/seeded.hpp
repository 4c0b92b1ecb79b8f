#pragma once
// The one source of chance of a simulated run: same seed, same choices, on every machine.
#include "runtime/feeds/mix64.hpp"

#include <cstddef>
#include <cstdint>

namespace bulkhead::simulation {

class chance {
 public:
  explicit chance(std::uint64_t seed) : next_(mix64(seed + 1)) {}

  /// In [0, n); n > 0.
  std::size_t below(std::size_t n) {
    return scale32(static_cast<std::uint32_t>(next_() >> 32U), static_cast<std::uint32_t>(n));
  }
  /// In [from, to].
  std::size_t between(std::size_t from, std::size_t to) { return from + below(to - from + 1); }
  bool percent(std::size_t p) { return below(100) < p; }

 private:
  splitmix64 next_;
};

}  // namespace bulkhead::simulation
