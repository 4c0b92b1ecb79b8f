#pragma once
// Frames from market.ticks records that are read one by one. Pure; one owner.
#include "runtime/feeds/market_ticks_codec.hpp"

#include <optional>
#include <string_view>

namespace bulkhead {

class recorded_frames {
 public:
  /// Keeps a reference to `instruments`. Frames of other dates are left out.
  recorded_frames(const instrument_table& instruments, std::optional<trade_date> from, std::optional<trade_date> to)
      : codec_(instruments), from_(from), to_(to) {}

  /// The next record. One whose frame was given before is left out. Throws codec_error on
  /// one that is none, or where frames are missing before it.
  void take(std::string_view text);

  /// In range, counted from 1.
  [[nodiscard]] frame_batch& frames() noexcept { return frames_; }
  /// Frames in all; 0: no record yet.
  [[nodiscard]] feed_seq last_seq() const noexcept { return last_seq_; }
  /// Whether the close of its last day is among them.
  [[nodiscard]] bool is_complete() const noexcept { return complete_; }

 private:
  market_ticks_codec codec_;
  std::optional<trade_date> from_;
  std::optional<trade_date> to_;
  frame_batch frames_;
  feed_seq last_seq_ = 0;
  std::optional<trade_date> closed_;  ///< the last day whose close was given
  bool complete_ = false;
};

}  // namespace bulkhead
