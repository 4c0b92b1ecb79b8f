#pragma once
// Publishes one broker's events to its topics. The position is kept with the offsets that group bulkhead.publisher
// commits: as the metadata of the commit on partition 0 of the broker's signals.raw, after the records were
// acknowledged. The groups of the services are committed along, so that Kafka's own tools show their lag; nobody reads
// those to recover.
#include "runtime/domain/ids.hpp"
#include "runtime/kafka/admin.hpp"
#include "runtime/kafka/consumer.hpp"
#include "runtime/ports/event_publisher.hpp"
#include "runtime/topics/record_sender.hpp"
#include "runtime/topics/service_groups.hpp"
#include "runtime/topics/worker.hpp"

#include <map>
#include <memory>
#include <utility>

namespace bulkhead::topics {

struct kafka_publisher_settings {
  kafka::connection to;
  broker_id broker;
  std::vector<service_group> groups;                                           ///< whose offsets are committed along
  std::function<void(const std::string&)> notice = [](const std::string&) {};  ///< for people; any thread
  std::chrono::milliseconds commit_every{1000};
  std::chrono::milliseconds timeout{5000};  ///< of a question to the servers
};

class kafka_publisher final : public event_publisher {
 public:
  explicit kafka_publisher(kafka_publisher_settings settings);

  void position(position_fn done) override;
  void publish(std::vector<published_record> batch, publish_mark through, done_fn done) override;
  void keep_position(std::chrono::milliseconds patience) override;
  [[nodiscard]] std::string outage() const override { return sender_.outage(); }

 private:
  kafka::consumer& offsets();
  publish_mark read_position();
  std::string send(const std::vector<published_record>& batch, const publish_mark& through);
  void commit();

  kafka_publisher_settings settings_;
  std::string carrier_;  ///< topic whose commit carries the position
  // On the worker's thread only.
  record_sender sender_;
  std::unique_ptr<kafka::consumer> offsets_;
  std::unique_ptr<kafka::admin> admin_;
  std::int64_t carrier_offset_ = 0;
  publish_mark published_;
  bool uncommitted_ = false;
  std::map<std::pair<std::string, std::int32_t>, std::int64_t> next_;  ///< offset after the last acknowledged
  std::string commit_trouble_;
  worker worker_;  ///< last: it uses the others
};

/// The position in a commit's metadata. Pure.
[[nodiscard]] std::string mark_text(const publish_mark& mark);
/// A text that is none of ours: throws kafka::error.
[[nodiscard]] publish_mark mark_of(const std::string& text);

}  // namespace bulkhead::topics
