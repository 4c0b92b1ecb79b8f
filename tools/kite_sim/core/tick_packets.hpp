#pragma once
// Binary ticks as Kite's WebSocket sends them: big-endian, the length of a packet tells its mode. Pure.
#include "tools/kite_sim/core/market_state.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::kite_sim {

enum class tick_mode : std::uint8_t { ltp, quote, full };

/// What a price in a packet is multiplied by, from the token's segment: 10^7 for CDS, 10^4 for BCD and NCO, else 100.
[[nodiscard]] std::int64_t price_divisor(std::uint32_t token);

/// 8, 44 or 184 bytes; for an index 8, 28 or 32.
[[nodiscard]] std::string tick_packet(std::uint32_t token, const market_row& row, tick_mode mode);
/// u16 count, then a u16 length before each packet. At most 65535 packets.
[[nodiscard]] std::string tick_frame(const std::vector<std::string>& packets);

}  // namespace bulkhead::kite_sim
