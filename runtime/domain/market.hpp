#pragma once
// Instruments, ticks and frames: what the feed sends.
#include "runtime/domain/ids.hpp"
#include "runtime/domain/money.hpp"
#include "runtime/domain/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bulkhead {

/// Dense index of an instrument in this node's instrument_table. Never written to a journal: there the instrument is
/// its key, because derivative tokens are reused after expiry and indices move when the file changes.
struct instrument_id {
  std::uint32_t index = 0;
  friend constexpr auto operator<=>(instrument_id, instrument_id) = default;
};

struct instrument {
  instrument_id id;
  std::string key;               ///< "EXCHANGE:TRADINGSYMBOL", e.g. "NSE:NIFTY"
  std::string exchange;          ///< e.g. "NSE"
  std::string tradingsymbol;     ///< e.g. "NIFTY"
  std::uint32_t token = 0;       ///< Kite's instrument_token
  price tick_size;               ///< prices are multiples of it
  quantity lot_size = 1;         ///< quantities are multiples of it
  std::string segment;           ///< Kite's segment column, e.g. "NSE", "INDICES", "NFO-FUT", "NFO-OPT"
  quantity freeze_quantity = 0;  ///< the exchange refuses one order above it; 0: none known
};

/// Read-only after start; shared by value or const reference.
class instrument_table {
 public:
  /// Gives the next id. Throws std::invalid_argument on a second row with the same key.
  instrument_id add(instrument row);
  [[nodiscard]] const instrument& at(instrument_id id) const { return rows_.at(id.index); }
  [[nodiscard]] const std::string& key(instrument_id id) const { return at(id).key; }
  [[nodiscard]] std::optional<instrument_id> find(std::string_view key) const;
  /// The first row with this trading symbol on any exchange.
  [[nodiscard]] std::optional<instrument_id> find_symbol(std::string_view tradingsymbol) const;
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  [[nodiscard]] const std::vector<instrument>& rows() const noexcept { return rows_; }

 private:
  std::vector<instrument> rows_;
  std::unordered_map<std::string, instrument_id> by_key_;
};

/// One price change of one instrument. Its time is its frame's.
struct tick {
  instrument_id instrument;
  price last;
  price bid;  ///< 0: the source has no depth
  price ask;  ///< 0: the source has no depth
  std::int64_t volume = 0;
  friend bool operator==(const tick&, const tick&) = default;
};

enum class frame_kind : std::uint8_t {
  ticks,
  session_close,  ///< no ticks: the exchange's session of this day ended at `ts`
  clock,          ///< no ticks: so late it is; makes timed actions happen in a silent market
};

/// What the feed saw at one instant: at most one tick per instrument. The boundary is data; wire batching keeps it.
struct frame_view {
  feed_seq seq = 0;
  timestamp ts;  ///< event time, never decreasing along the feed
  frame_kind kind = frame_kind::ticks;
  std::span<const tick> ticks;
};

/// Consecutive frames in one message, stored flat: one allocation for the headers and one for the ticks.
class frame_batch {
 public:
  void add(feed_seq seq, timestamp ts, frame_kind kind, std::span<const tick> ticks);
  void clear();
  [[nodiscard]] std::size_t size() const noexcept { return heads_.size(); }
  [[nodiscard]] bool empty() const noexcept { return heads_.empty(); }
  [[nodiscard]] frame_view operator[](std::size_t i) const;
  [[nodiscard]] feed_seq first_seq() const { return heads_.front().seq; }
  [[nodiscard]] feed_seq last_seq() const { return heads_.back().seq; }

 private:
  struct head {
    feed_seq seq;
    timestamp ts;
    std::uint32_t first_tick;
    std::uint32_t tick_count;
    frame_kind kind;
  };
  std::vector<head> heads_;
  std::vector<tick> ticks_;
};

/// The last price of an instrument and when it was seen.
struct quote {
  instrument_id instrument;
  price last;
  timestamp ts;
};

}  // namespace bulkhead
