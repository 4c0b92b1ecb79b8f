#pragma once
// Whether a live feed is live: every part of it must be well, and the first that is not is the reason. Pure; one owner.
#include <array>
#include <cstdint>
#include <string>

namespace bulkhead::app {

/// In the order in which their reasons are told.
enum class feed_part : std::uint8_t {
  recording,  ///< the log takes the frames
  disk,       ///< what it took reaches the disk
  sockets,
  clock,  ///< this machine's agrees with the exchange's
};

class feed_health {
 public:
  /// `why`: what is wrong with that part; empty: nothing. True: is_live() or why() is another than before.
  bool set(feed_part part, const std::string& why);

  [[nodiscard]] bool is_live() const noexcept { return why().empty(); }
  /// STALE: the reason, for people.
  [[nodiscard]] const std::string& why() const noexcept;

 private:
  std::array<std::string, 4> whys_{"", "", "not connected yet", ""};
};

}  // namespace bulkhead::app
