#pragma once
// The live feed of a node (feed.kind kite): Kite's sockets, the frames made of what they say, their log in the data
// folder, and whether it is live or STALE. docs/kite-feed.md.
#include "config/settings.hpp"
#include "runtime/feeds/feed_result.hpp"
#include "runtime/ports/feed_source.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::app {

[[nodiscard]] inline bool is_live_feed(const config::settings& s) { return s.feed.kind == "kite"; }
/// Of a live feed: the log of all frames that this folder's journals followed.
[[nodiscard]] std::filesystem::path frames_file(const config::settings& s);
/// What run.json says of a live feed.
[[nodiscard]] std::string live_feed_fingerprint();
/// What keeps the feed from starting, before anything is written; empty: nothing.
[[nodiscard]] std::string live_feed_error(const config::settings& s);
/// The frames that are in the log now, to be replayed.
[[nodiscard]] feed_result logged_feed(const config::settings& s);

struct feed_state_now {
  bool is_live = false;
  std::string why;  ///< STALE: the reason, for people
  timestamp since;  ///< wall clock
  std::uint64_t frames = 0;
  std::uint64_t other_day = 0;     ///< ticks left out: the exchange stamped them on another date
  std::uint64_t unstamped = 0;     ///< ticks left out: mode full, and no stamp says of which date
  std::uint64_t not_recorded = 0;  ///< messages left out: the log could not take them

  /// "live since 2022-01-03T09:15:00+05:30", or "STALE since ...: why".
  [[nodiscard]] std::string text() const;
  [[nodiscard]] nlohmann::json json() const;
};

/// Thread-safe. Owns its threads; they end with stop().
class live_feed {
 public:
  /// Opens the log and connects. `resume`: the log must be there. Throws std::runtime_error with what is wrong and what
  /// to do next: the log, the files of the login, too many instruments.
  live_feed(std::shared_ptr<const config::settings> s, bool resume);
  ~live_feed();
  live_feed(const live_feed&) = delete;
  live_feed& operator=(const live_feed&) = delete;

  /// A reader of the frames from the first one on, which grows.
  [[nodiscard]] std::unique_ptr<feed_source> open();
  [[nodiscard]] feed_state_now state() const;
  /// No more frames. What is there can still be read. Waits for nothing; stop() is still to come.
  void close();
  /// close(), and waits for the threads.
  void stop();

 private:
  class engine;
  const std::shared_ptr<engine> engine_;
};

}  // namespace bulkhead::app
