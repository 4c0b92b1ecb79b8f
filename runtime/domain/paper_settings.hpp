#pragma once
// How the paper exchange treats orders: trading.<broker>.paper. docs/kernel.md, "The paper exchange".
#include "runtime/domain/time.hpp"

#include <cstdint>

namespace bulkhead {

enum class slippage_mode : std::uint8_t { none, bps, ticks, depth };

struct paper_settings {
  slippage_mode slippage = slippage_mode::none;
  std::int64_t slippage_bps = 0;          ///< mode bps: 1/100 %
  std::int64_t slippage_ticks = 0;        ///< mode ticks: tick sizes
  std::int64_t latency_min_ms = 0;        ///< event time from an order, cancel or modification to the exchange
  std::int64_t latency_max_ms = 0;        ///< >= latency_min_ms
  std::int64_t partial_fill_percent = 0;  ///< 0 to 100: orders that fill in two to four parts
  std::int64_t reject_percent = 0;        ///< 0 to 100: orders that the exchange refuses
  std::uint64_t seed = 1;                 ///< same seed, same fate of the same order
};

}  // namespace bulkhead
