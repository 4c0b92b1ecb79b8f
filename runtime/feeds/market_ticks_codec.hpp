#pragma once
// Frames as the JSON envelope of `market.ticks`, the shared topic, and of recorded feeds: one frame, one line, one
// canonical text, as in runtime/domain/event_codec.hpp. Pure; one owner.
#include "runtime/domain/market.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead {

/// A frame that owns its ticks.
struct market_frame {
  feed_seq seq = 0;
  timestamp ts;
  frame_kind kind = frame_kind::ticks;
  std::vector<tick> ticks;
  [[nodiscard]] frame_view view() const { return {seq, ts, kind, ticks}; }
  friend bool operator==(const market_frame&, const market_frame&) = default;
};

[[nodiscard]] std::string_view to_string(frame_kind kind);  // "ticks", "session_close", "clock"

class market_ticks_codec {
 public:
  /// Keeps a reference to `instruments`.
  explicit market_ticks_codec(const instrument_table& instruments) : instruments_(&instruments) {}

  /// {"broker":"shared","causation_id":"","correlation_id":"","data":{"kind","ticks":[{"ask","bid","instrument","last",
  /// "volume"}]},"id":"shared:{seq}","key":"shared","seq","source":"bulkhead","trace_id":"f{seq}","ts",
  /// "type":"market.ticks","version":1}, without a line end. Prices are exact decimal texts; bid and ask "0.00": the
  /// source has no depth.
  [[nodiscard]] std::string encode(const frame_view& frame) const;

  /// Throws codec_error (runtime/domain/event_codec.hpp) on malformed text, another type, version, broker or source, an
  /// id, key or trace_id that is not the seq's, a missing or ill-typed field, an unknown instrument, one that ticks
  /// twice, ticks in a frame of another kind, a frame of ticks without one. Unknown fields are ignored.
  [[nodiscard]] market_frame decode(std::string_view text) const;

 private:
  const instrument_table* instruments_;
};

}  // namespace bulkhead
