#pragma once
// From settings to topics: what a node needs of them, and who publishes there.
#include "config/settings.hpp"
#include "runtime/feeds/feed_result.hpp"
#include "runtime/kafka/connection.hpp"
#include "runtime/ports/event_publisher.hpp"
#include "runtime/topics/topic_plan.hpp"

#include <memory>
#include <string>
#include <vector>

namespace bulkhead::app {

/// Whether the node publishes events and frames to topics.
[[nodiscard]] bool publishes_topics(const config::settings& s);
/// A feed that is read from market.ticks is not written there again.
[[nodiscard]] bool publishes_ticks(const config::settings& s);

/// For the active brokers.
[[nodiscard]] std::vector<topics::planned_topic> planned_topics(const config::settings& s);

/// Asks the servers for each planned topic. Throws kafka::error.
[[nodiscard]] std::vector<topics::difference> topic_differences(const config::settings& s, const kafka::connection& to,
                                                                const std::vector<topics::planned_topic>& planned);

/// What is wrong with the topics that this node needs, each asked for as the user who will use it, a line each; empty:
/// nothing. Blocking; waits for servers that are away, and says so on stderr.
[[nodiscard]] std::string check_topics(const config::settings& s);

[[nodiscard]] std::shared_ptr<event_publisher> make_publisher(const config::settings& s,
                                                              const config::broker_settings& b);
[[nodiscard]] std::shared_ptr<event_publisher> make_ticks_topic(const config::settings& s, const std::string& feed);

/// feed.kind kafka: the newest feed of market.ticks, which must be complete. Blocking.
[[nodiscard]] feed_result make_kafka_feed(const config::settings& s);

}  // namespace bulkhead::app
