#pragma once
// What a consumer that fell behind gets in place of the frames it missed: every frame, but of the ticks of each
// instrument only the newest. Pure; one owner. Rule: docs/kernel.md, "Conflation".
#include "runtime/domain/events.hpp"
#include "runtime/domain/market.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bulkhead {

struct conflated_frames {
  frame_batch frames;                 ///< every seq that was added, in order; frames of ticks may be empty
  std::vector<feed_noticed> notices;  ///< "conflated", with the ticks left out; by instrument, those with any
};

/// Collects frames while they cannot be sent. Memory: one tick an instrument between two clocks or session closes, and
/// 32 bytes a frame.
class conflation {
 public:
  /// The frame after the last one. A tick takes the place of the one of its instrument that still waits, unless a clock
  /// or a session close came in between: those act on the last prices of their moment.
  void add(const frame_view& frame);
  [[nodiscard]] bool empty() const noexcept { return heads_.empty(); }
  /// Frames that wait.
  [[nodiscard]] std::size_t size() const noexcept { return heads_.size(); }
  /// All that was added; leaves this empty.
  [[nodiscard]] conflated_frames take();

 private:
  struct head {
    feed_seq seq;
    timestamp ts;
    frame_kind kind;
  };
  struct waiting {
    std::size_t frame = 0;  ///< into heads_
    bulkhead::tick tick;
  };
  struct per_instrument {
    std::size_t stretch = 0;  ///< in which its newest tick waits; 0: none does
    std::size_t at = 0;       ///< of that tick, into ticks_
    std::uint64_t left_out = 0;
  };
  void add(const tick& t);

  std::vector<head> heads_;
  std::vector<waiting> ticks_;
  std::vector<per_instrument> instruments_;  ///< by index
  std::size_t stretch_ = 1;                  ///< of frames between two clocks or session closes
};

}  // namespace bulkhead
