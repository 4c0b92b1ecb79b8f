#pragma once
// Kite's binary market data, to the byte. Pure: bytes in, ticks out.
//
// A frame is big-endian: u16 count, then `count` times (u16 length, packet). The length tells what a packet is: 8 (last
// price), 44 (quote) and 184 (full) bytes for what is traded, 28 and 32 for indices. A frame of one byte is a
// heartbeat.
#include "runtime/domain/money.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bulkhead {

/// What an instrument is subscribed to.
enum class kite_mode : std::uint8_t { ltp, quote, full };

struct kite_level {
  bulkhead::price price;  ///< 0: no such level
  quantity qty = 0;
  std::uint16_t orders = 0;
  friend bool operator==(const kite_level&, const kite_level&) = default;
};

/// What is not in a packet of its mode is 0. `last`, and the best level of a side, are within 0 and price::max(); all
/// other prices are as sent.
struct kite_tick {
  static constexpr std::size_t levels = 5;

  std::uint32_t token = 0;
  kite_mode mode = kite_mode::ltp;
  bool is_index = false;  ///< a packet of the index layout
  price last;             ///< 0: not traded yet
  price open, high, low;
  price close;   ///< the day before's
  price change;  ///< indices: as sent, may be negative
  price average;
  quantity last_quantity = 0;
  std::int64_t volume = 0;
  std::int64_t buy_quantity = 0;  ///< of the whole book, not of five levels
  std::int64_t sell_quantity = 0;
  std::int64_t open_interest = 0;
  std::int64_t open_interest_high = 0;
  std::int64_t open_interest_low = 0;
  std::int64_t last_trade_time = 0;             ///< seconds since the Unix epoch
  std::int64_t exchange_time = 0;               ///< likewise
  std::array<kite_level, levels> bids, offers;  ///< best first; crossed and stale ones do occur
};

/// Keep one and decode into it again: it keeps its memory.
struct kite_frame {
  std::vector<kite_tick> ticks;
  std::uint32_t skipped = 0;    ///< packets left out: a length that is not Kite's, or a price that no instrument has
  std::uint32_t odd_token = 0;  ///< the first that was left out for its price; 0: none
  std::uint32_t rounded = 0;    ///< prices finer than four decimals, rounded half up
  bool is_heartbeat = false;
};

/// Kite divides prices by 10,000,000 for CDS, by 10,000 for BCD and NCO, by 100 for the rest; the segment is the lowest
/// byte of the token.
[[nodiscard]] std::uint32_t kite_price_divisor(std::uint32_t token) noexcept;

/// Replaces what `out` held. Returns why the frame is refused; `out` is then empty: no part of a frame that is
/// truncated, or longer than its packets, is ever used. nullopt: `out` holds all of it but the packets that were
/// skipped.
[[nodiscard]] std::optional<std::string> decode_frame(std::span<const std::uint8_t> bytes, kite_frame& out);

}  // namespace bulkhead
