#pragma once
// Where the facts of a journal, or the frames of a feed, are published for others to read: topics. Asynchronous; every
// call returns at once and answers through its callback, on the backend's own thread. At least once: whoever publishes
// asks for the position, and publishes everything after it, again if need be.
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bulkhead {

struct published_record {
  std::string topic;    ///< suffix: "orders.filled"
  std::string key;      ///< records of one key keep their order
  std::string payload;  ///< the envelope's text
  std::uint64_t seq = 0;
};

/// Up to where everything is published.
struct publish_mark {
  std::uint64_t seq = 0;  ///< 0: nothing yet
  std::string check;      ///< tells what has that seq from what has it in another past; empty: not known
};

class event_publisher {
 public:
  virtual ~event_publisher() = default;

  using position_fn = std::function<void(std::string error, publish_mark at)>;
  using done_fn = std::function<void(std::string error)>;

  /// What was kept of the last publish(). May be older than what the topics hold, never newer.
  virtual void position(position_fn done) = 0;

  /// Publishes the batch in order. `done` comes when all of it is acknowledged, with an error when some may not be: the
  /// batch is to be published again. While the servers are away it waits for them. `through`: everything up to it is
  /// published once the batch is. One call at a time.
  virtual void publish(std::vector<published_record> batch, publish_mark through, done_fn done) = 0;

  /// Keeps the position of what is published, at the end of a process. Waits for it, up to `patience`.
  virtual void keep_position(std::chrono::milliseconds /*patience*/) {}

  /// Why nothing is published just now although nothing has failed: the servers are away. Empty: none. Any thread.
  [[nodiscard]] virtual std::string outage() const { return {}; }
};

}  // namespace bulkhead
