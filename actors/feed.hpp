#pragma once
// Reads a feed source and sends its frames to every consumer, each from the frame it asked for. Consumers own their
// position: whoever restarts subscribes again. Nobody is more than `window` frames ahead of the slowest consumer that
// is waited for. A consumer that is not waited for (`conflated`) and has not processed the last `window` frames it was
// sent misses frames; once it has room again it gets them conflated: every frame, but only the newest ticks, and the
// counts of those left out (docs/kernel.md, "Conflation"). A live source is sent on as it grows, and has no end until
// the feed is stopped.
#include "actors/interfaces.hpp"
#include "actors/run_counters.hpp"
#include "runtime/domain/conflation.hpp"
#include "runtime/ports/live_source.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace bulkhead::actors {

struct feed_config {
  std::function<std::unique_ptr<feed_source>()> open;  ///< a fresh reader for every incarnation
  std::set<std::string> consumers;                     ///< nothing is sent before all of them have subscribed
  std::int64_t speed = 0;                              ///< times real time; 0: as fast as credit allows; not live
  std::uint64_t window = 1024;                         ///< frames sent and not processed by the slowest consumer
  std::uint64_t batch = 64;                            ///< frames a message, at most; conflated ones aside
  /// Of the consumers, the ones that are not waited for; only when paced or live.
  std::set<std::string> conflated;
  /// May subscribe beside `consumers`. When paced or live, nobody waits for them, and they read every frame whole at
  /// their own pace, however far behind.
  std::set<std::string> readers;
  std::shared_ptr<feed_counters> counters;
};

struct feed_state {
  struct consumer {
    caf::actor who;
    feed_seq next = 1;
    feed_seq processed = 0;
    bool waited_for = true;
    bool told_end = false;
    /// Not waited for: frames up to here were sent to others before it subscribed; it reads them whole, at its pace.
    feed_seq catch_up = 0;
    bool rejoins = false;  ///< it was isolated: not waited for until it has what the others have
    conflation missed;     ///< not waited for: frames after `catch_up` that it had no room for
  };

  explicit feed_state(feed_actor::pointer self) : self(self) {}
  void begin(feed_config c);
  void subscribed(const subscribe& message);
  /// Whoever was isolated and has caught up is waited for again.
  void let_rejoin();
  void pump();
  /// The next frames to those who are waited for and whoever keeps up with them.
  bool send_batch();
  /// To consumers that are not waited for and have room: what they missed.
  void serve_missed();
  void send(consumer& to, const std::shared_ptr<const frame_batch>& batch, std::vector<feed_noticed> notices = {});
  /// Reads [first, last] into `loaded`, unless it is there already.
  void load(feed_seq first, feed_seq last);
  /// Paced: the frames from `first` to at most `limit` whose time has come; nullptr: none yet, and wakes up when one
  /// is.
  [[nodiscard]] std::shared_ptr<const frame_batch> due_frames(feed_seq first, feed_seq limit);
  void advance_frontier(const frame_batch& sent);
  [[nodiscard]] bool has_room(const consumer& c) const { return c.next <= c.processed + config.window; }
  [[nodiscard]] feed_seq last_frame() const;
  /// The market's time goes on while a consumer does not.
  [[nodiscard]] bool waits_for_nobody() const { return config.speed > 0 || live != nullptr; }
  void tell_ends();
  void look_at_size();
  /// The consumer that is waited for and furthest behind; nullptr: nobody is waited for.
  [[nodiscard]] const consumer* furthest_behind() const;
  /// Processed by everybody who is waited for.
  [[nodiscard]] feed_seq slowest() const;
  [[nodiscard]] bool is_waited_for(const std::string& consumer_name) const;
  void pump_soon();
  void pump_after(std::chrono::nanoseconds delay);

  static inline const char* name = "feed";
  feed_actor::pointer self;
  feed_config config;
  std::unique_ptr<feed_source> source;
  live_source* live = nullptr;  ///< the source, where it is one
  feed_seq size = 0;      ///< the source's frames; a live one's as the counters tell them: no frame beyond is sent
  feed_seq position = 1;  ///< of the source's next frame
  std::shared_ptr<frame_batch> loaded;
  std::map<std::string, consumer> consumers;
  std::set<std::string> readmitted;  ///< isolated before, may subscribe again
  feed_seq frontier = 0;             ///< highest frame that any consumer has seen
  timestamp frontier_ts;
  caf::actor_clock::time_point frontier_due{};
  bool stopping = false;  ///< ends at the frontier
  bool pump_queued = false;
  bool timer_set = false;
  /// Live: set from any thread once more frames are there, until this actor looks.
  std::shared_ptr<std::atomic<bool>> more = std::make_shared<std::atomic<bool>>(false);
};

feed_actor::behavior_type feed(feed_actor::stateful_pointer<feed_state> self, feed_config config);

}  // namespace bulkhead::actors
