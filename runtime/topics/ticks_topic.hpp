#pragma once
// market.ticks: the frames of one feed after the other, each feed from its first frame on. The header bulkhead-feed is
// the feed's fingerprint, bulkhead-seq the frame's seq. The last record says where to go on: no gap, nothing twice.
#include "runtime/ports/event_publisher.hpp"
#include "runtime/topics/record_sender.hpp"
#include "runtime/topics/worker.hpp"

#include <chrono>
#include <memory>

namespace bulkhead::topics {

struct ticks_topic_settings {
  kafka::connection to;
  std::string feed;                                                            ///< its fingerprint
  std::function<void(const std::string&)> notice = [](const std::string&) {};  ///< for people; any thread
  std::chrono::milliseconds timeout{5000};                                     ///< of a question to the servers
};

class ticks_topic final : public event_publisher {
 public:
  explicit ticks_topic(ticks_topic_settings settings);

  /// Of the last record, where it is of this feed; otherwise 0: the feed begins.
  void position(position_fn done) override;
  void publish(std::vector<published_record> batch, publish_mark through, done_fn done) override;
  [[nodiscard]] std::string outage() const override { return sender_.outage(); }

 private:
  publish_mark read_position() const;

  ticks_topic_settings settings_;
  record_sender sender_;  ///< on the worker's thread only
  worker worker_;         ///< last: it uses the others
};

/// Every record of the newest feed, in order. `begin` is called when a feed begins: what came before it is of another.
/// Throws kafka::error.
void read_newest_feed(const kafka::connection& from, std::chrono::milliseconds timeout,
                      const std::function<void()>& begin,
                      const std::function<void(const std::string& text, std::int64_t offset)>& take);

}  // namespace bulkhead::topics
