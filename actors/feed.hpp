#pragma once
// Reads a feed source and sends its frames to every consumer, each from the frame it asked for. Consumers own their
// position: whoever restarts subscribes again. No consumer is more than `window` frames ahead of the slowest one.
#include "actors/interfaces.hpp"
#include "actors/run_counters.hpp"
#include "runtime/ports/feed_source.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>

namespace bulkhead::actors {

struct feed_config {
  std::function<std::unique_ptr<feed_source>()> open;  ///< a fresh reader for every incarnation
  std::set<std::string> consumers;                     ///< nothing is sent before all of them have subscribed
  std::int64_t speed = 0;                              ///< times real time; 0: as fast as credit allows
  std::uint64_t window = 1024;                         ///< frames sent and not processed by the slowest consumer
  std::uint64_t batch = 64;                            ///< frames a message, at most
  std::shared_ptr<feed_counters> counters;
};

struct feed_state {
  struct consumer {
    caf::actor who;
    feed_seq next = 1;
    feed_seq processed = 0;
    bool told_end = false;
  };

  explicit feed_state(feed_actor::pointer self) : self(self) {}
  void begin(feed_config c);
  void subscribed(const subscribe& message);
  void pump();
  bool send_batch();
  /// Reads [first, last] into `loaded`, unless it is there already.
  void load(feed_seq first, feed_seq last);
  void advance_frontier();
  /// Paced: is it time for the loaded frame? If not, wakes up when it is.
  [[nodiscard]] bool due_now();
  [[nodiscard]] feed_seq last_frame() const;
  [[nodiscard]] feed_seq slowest() const;
  void pump_later(std::chrono::nanoseconds delay);

  static inline const char* name = "feed";
  feed_actor::pointer self;
  feed_config config;
  std::unique_ptr<feed_source> source;
  feed_seq position = 1;  ///< of the source's next frame
  std::shared_ptr<frame_batch> loaded;
  std::map<std::string, consumer> consumers;
  feed_seq frontier = 0;  ///< highest frame that any consumer has seen
  timestamp frontier_ts;
  caf::actor_clock::time_point frontier_due{};
  bool stopping = false;  ///< ends at the frontier
  bool pump_queued = false;
};

feed_actor::behavior_type feed(feed_actor::stateful_pointer<feed_state> self, feed_config config);

}  // namespace bulkhead::actors
