#pragma once
// Sees instruments go quiet: gaps between their ticks, silence while the session is open. Pure: a fold over frames; one
// owner. Rule: docs/kernel.md, "Gaps and silence".
#include "runtime/domain/events.hpp"
#include "runtime/domain/market.hpp"
#include "runtime/domain/session.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead {

struct feed_monitor_settings {
  std::int64_t stale_after_s = 0;  ///< silence of an instrument, in event time while the session is open; 0: off
  std::int64_t gap_after_s = 0;    ///< more than this between two ticks of an instrument in one session; 0: off
};

/// An instrument is watched from its first tick on. A frame costs a constant per tick and per notice, however many
/// instruments there are: those that are not stale are kept in order of their last tick.
class feed_monitor {
 public:
  /// Throws std::invalid_argument for a negative setting. Keeps a reference to `instruments`.
  feed_monitor(feed_monitor_settings settings, trading_session session, const instrument_table& instruments);

  /// Appends what this frame shows, first of its ticks in order: "gap" with the whole seconds between the two ticks,
  /// "fresh" with the seconds that the instrument was silent; then "stale" with its seconds of silence, the longest
  /// silent first. Frames in order of time.
  void on_frame(const frame_view& frame, std::vector<feed_noticed>& out);

  /// All that the next frames' notices depend on, as canonical JSON, and back: a run that goes on from a cut notices
  /// the same. restore throws codec_error (runtime/domain/event_codec.hpp) for any other text; the monitor is then as
  /// before.
  [[nodiscard]] std::string snapshot() const;
  void restore(const std::string& text);

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  struct watched {
    std::optional<timestamp> last;  ///< newest tick; nullopt: not watched yet
    bool stale = false;
    std::uint32_t before = none;  ///< neighbours in order of the newest tick, by index
    std::uint32_t after = none;
  };

  void start_day(timestamp t);
  void on_tick(instrument_id id, timestamp ts, bool open, std::vector<feed_noticed>& out);
  /// Since when the silence of the instrument counts.
  [[nodiscard]] timestamp silent_since(const watched& w) const;
  void unlink(std::uint32_t index);
  void link_newest(std::uint32_t index);

  feed_monitor_settings settings_;
  trading_session session_;
  const instrument_table* instruments_;
  std::vector<watched> all_;  ///< by instrument index
  std::uint32_t oldest_ = none;
  std::uint32_t newest_ = none;
  trade_date day_ = 0;
  std::optional<timestamp> open_;  ///< of the day's session; nullopt: there is none
  timestamp close_;
};

}  // namespace bulkhead
