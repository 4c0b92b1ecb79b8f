#pragma once
// Kite's ticks as the node's: its instruments, the best bid and ask, what was traded since the tick before. Pure; one
// owner.
#include "runtime/brokers/zerodha/kite_ticks.hpp"
#include "runtime/domain/market.hpp"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace bulkhead {

class kite_quotes {
 public:
  /// `mode`: what is subscribed to. Throws std::invalid_argument where two rows have the same token: their ticks could
  /// not be told apart. Rows without a token get no ticks.
  kite_quotes(const instrument_table& instruments, kite_mode mode);

  /// Of every instrument that has a token, in the table's order.
  [[nodiscard]] std::vector<std::uint32_t> tokens() const;

  /// Appends the ticks of a frame that are of `today`. Left out and counted: tokens that nobody asked for, instruments
  /// that have not traded yet, and ticks that the exchange stamped on another date, which a subscription brings before
  /// the first trade of the day. In mode full also those without a stamp: a subscription begins in mode quote, and what
  /// comes until Kite has changed it may be of any day. Modes ltp and quote carry no stamp: all theirs count as
  /// today's.
  void convert(const kite_frame& frame, trade_date today, std::vector<tick>& out);

  /// The newest stamp of the exchange in the frame; nullopt: there is none.
  [[nodiscard]] static std::optional<timestamp> newest_stamp(const kite_frame& frame);

  struct left_out {
    std::uint64_t unknown_token = 0;
    std::uint64_t not_traded = 0;
    std::uint64_t other_day = 0;
    std::uint64_t unstamped = 0;
  };
  [[nodiscard]] const left_out& counts() const noexcept { return counts_; }

 private:
  struct row {
    instrument_id instrument;
    std::int64_t volume = -1;  ///< traded in `day` so far; -1: not known yet
    trade_date day = 0;
  };
  /// What was traded since the total before; notes this one.
  [[nodiscard]] static std::int64_t traded(row& known, std::int64_t total, trade_date today);

  const kite_mode mode_;
  std::unordered_map<std::uint32_t, row> rows_;  ///< by token
  std::vector<std::uint32_t> tokens_;
  left_out counts_;
};

}  // namespace bulkhead
