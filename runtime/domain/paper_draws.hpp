#pragma once
// The fate of an order at the paper exchange: latency, refusal and parts, drawn from the seed and the order's id alone.
// So it is the same after a restart, in a replay and in the oracle. docs/kernel.md, "The paper exchange". Pure.
#include "runtime/domain/ids.hpp"
#include "runtime/domain/orders.hpp"
#include "runtime/domain/paper_settings.hpp"

#include <cstdint>
#include <string_view>

namespace bulkhead {

/// The first 8 bytes, big-endian, of BLAKE2b-128 of "paper|seed|client order id|what".
[[nodiscard]] std::uint64_t paper_draw(std::uint64_t seed, const client_order_id& id, std::string_view what);

/// Orders that take a position out because the broker must not keep it: never refused here, filled at the close at
/// last.
[[nodiscard]] bool is_way_out(order_origin o);

struct paper_fate {
  duration latency;        ///< of the order and of each cancel and modification of it
  bool rejected = false;   ///< refused on arrival
  std::int64_t parts = 1;  ///< 1: a fill takes all that remains
};

[[nodiscard]] paper_fate paper_fate_of(const order_request& r, const paper_settings& settings);

}  // namespace bulkhead
