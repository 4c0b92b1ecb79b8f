#pragma once
// What a strategy believes to hold of one instrument, and when it last entered. A belief, not a fact: each broker has
// its own position, and an exit is cut down to what is held there.
#include "runtime/domain/time.hpp"

#include <cstdint>
#include <optional>

namespace bulkhead {

enum class belief : std::uint8_t { flat, long_position, short_position };

/// A plain value: part of its strategy's state.
struct stance {
  belief held = belief::flat;
  std::optional<timestamp> last_entry;

  /// True while an entry has to wait: now < last entry + cooldown. Exits never ask.
  [[nodiscard]] bool cooling(timestamp now, duration cooldown) const {
    return last_entry && now < *last_entry + cooldown;
  }
  void enter(belief side, timestamp now) {
    held = side;
    last_entry = now;
  }
  void exit() { held = belief::flat; }

  friend bool operator==(const stance&, const stance&) = default;
};

}  // namespace bulkhead
