#pragma once
// Publishes the frames of the feed to market.ticks, each as one record: its boundary is data. A consumer of the feed
// like any other, but one that is never sent conflated frames: at full speed the feed waits for it, and a paced feed
// goes on and lets it read what it missed. What waits here for the servers is within the feed's window.
#include "actors/interfaces.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace bulkhead::actors {

struct ticks_publisher_config {
  std::shared_ptr<event_publisher> topic;
  std::function<std::string(const frame_view&)> encode;  ///< a frame as its record's text
  std::string key;                                       ///< of every record: all frames keep their order
  node_actor node;
  /// For people; called on a scheduler thread, must not block.
  std::function<void(const std::string&)> notice = [](const std::string&) {};
  std::chrono::milliseconds retry{1000};  ///< after an error of the topic
};

struct ticks_publisher_state {
  explicit ticks_publisher_state(ticks_publisher_actor::pointer self) : self(self) {}
  void begin(ticks_publisher_config c);
  void role_changed(const role_up& up);
  void ask_position();
  void known(const published_position& message);
  void subscribe_to_feed();
  void take(const frames& message);
  void step();
  void done(const published& message);
  void complain(const std::string& what);

  static inline const char* name = "ticks_publisher";
  ticks_publisher_actor::pointer self;
  ticks_publisher_config config;
  caf::actor feed;
  bool ready = false;  ///< the topic told where it ends
  bool busy = false;   ///< a batch is on its way
  bool ended = false;  ///< the feed has no more
  feed_seq done_to = 0;
  feed_seq taken = 0;  ///< newest frame that waits or is on its way
  feed_seq sent = 0;   ///< newest frame that is on its way
  std::deque<std::shared_ptr<const frame_batch>> waiting;
  std::string complained;
};

ticks_publisher_actor::behavior_type ticks_publisher(
    ticks_publisher_actor::stateful_pointer<ticks_publisher_state> self, ticks_publisher_config config);

}  // namespace bulkhead::actors
