#include "tools/app/topics.hpp"

#include "runtime/domain/event_codec.hpp"
#include "runtime/feeds/recorded_frames.hpp"
#include "runtime/feeds/ticks_source.hpp"
#include "runtime/kafka/topic_names.hpp"
#include "runtime/topics/kafka_publisher.hpp"
#include "runtime/topics/ticks_topic.hpp"
#include "tools/app/kafka_access.hpp"
#include "tools/app/node_builder.hpp"

#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace bulkhead::app {
namespace {

constexpr std::chrono::seconds patience{10};

void warn(const std::string& text) { spdlog::warn("{}", text); }

}  // namespace

bool publishes_topics(const config::settings& s) {
  return s.kafka.topics == "on" || (s.kafka.topics == "auto" && s.journal.backend == "kafka");
}

bool publishes_ticks(const config::settings& s) { return publishes_topics(s) && s.feed.kind != "kafka"; }

std::vector<topics::planned_topic> planned_topics(const config::settings& s) {
  constexpr std::int64_t hour_ms = 3'600'000;
  topics::plan_settings how;
  how.partitions = static_cast<std::int32_t>(s.kafka.partitions);
  how.replication = static_cast<std::int32_t>(s.kafka.replication);
  how.retention_ms = s.kafka.retention_hours * hour_ms;
  how.ticks_retention_ms = s.kafka.ticks_retention_hours * hour_ms;
  std::vector<broker_id> brokers;
  for (const config::broker_settings& b : s.brokers) brokers.push_back(b.id);
  return topics::plan(brokers, shared_id, how);
}

std::vector<topics::difference> topic_differences(const config::settings& s, const kafka::connection& to,
                                                  const std::vector<topics::planned_topic>& planned) {
  std::vector<topics::difference> all;
  kafka::admin servers{to};
  for (const topics::planned_topic& t : planned) {
    for (auto& d : topics::differences(t, servers.find(t.spec.name, patience), s.kafka.bootstrap_servers)) {
      all.push_back(std::move(d));
    }
  }
  return all;
}

namespace {

/// Waits for servers that are away, as the journals do; says so once.
std::string check_as(const config::settings& s, const broker_id& owner, const config::server_login& login,
                     const std::vector<topics::planned_topic>& planned) {
  constexpr std::chrono::seconds pause{1};
  const auto to = kafka_connection(s, login, "bulkhead-" + owner.str());
  for (bool told = false;;) {
    try {
      std::string out;
      for (const auto& d : topic_differences(s, to, topics::plan_of(owner, planned))) out += d.text() + "\n";
      return out;
    } catch (const kafka::error& e) {
      if (e.why() != kafka::error::cause::passing) return fmt::format("{}: {}\n", owner.str(), e.what());
      if (!std::exchange(told, true)) fmt::print(stderr, "bulkhead: {}; waiting for the servers\n", e.what());
      std::fflush(stderr);
      std::this_thread::sleep_for(pause);
    }
  }
}

}  // namespace

std::string check_topics(const config::settings& s) {
  const auto planned = planned_topics(s);
  std::string out = check_as(s, shared_id, s.kafka.login, planned);
  for (const config::broker_settings& b : s.brokers) out += check_as(s, b.id, b.kafka, planned);
  return out;
}

std::shared_ptr<event_publisher> make_publisher(const config::settings& s, const config::broker_settings& b) {
  topics::kafka_publisher_settings settings;
  settings.to = kafka_connection(s, b.kafka, "bulkhead-" + b.id.str() + "-publisher");
  settings.broker = b.id;
  settings.groups = topics::service_groups(b.kind);
  settings.notice = [id = b.id.str()](const std::string& text) { warn(fmt::format("{}: topics: {}", id, text)); };
  return std::make_shared<topics::kafka_publisher>(std::move(settings));
}

std::shared_ptr<event_publisher> make_ticks_topic(const config::settings& s, const std::string& feed) {
  topics::ticks_topic_settings settings;
  settings.to = kafka_connection(s, s.kafka.login, "bulkhead-ticks");
  settings.feed = feed;
  settings.notice = [](const std::string& text) { warn("market.ticks: " + text); };
  return std::make_shared<topics::ticks_topic>(std::move(settings));
}

feed_result make_kafka_feed(const config::settings& s) {
  const std::string topic{kafka::market_ticks_topic};
  const auto from = kafka_connection(s, s.kafka.login, "bulkhead-feed");
  recorded_frames frames{s.instruments, s.feed.from, s.feed.to};
  try {
    topics::read_newest_feed(
        from, patience,
        [&] {
          frames = recorded_frames{s.instruments, s.feed.from, s.feed.to};
        },
        [&](const std::string& text, std::int64_t offset) {
          try {
            frames.take(text);
          } catch (const codec_error& e) {
            throw kafka::error(fmt::format("{} offset {}: {}", topic, offset, e.what()));
          }
        });
  } catch (const kafka::error& e) {
    return {nullptr, fmt::format("feed.kind kafka: {}", e.what())};
  }
  if (frames.last_seq() == 0) {
    return {nullptr, fmt::format("feed.kind kafka: {} at {} holds no frame; a node with journal.backend kafka and "
                                 "another feed writes it",
                                 topic, kafka::describe(from))};
  }
  if (!frames.is_complete()) {
    return {nullptr, fmt::format("feed.kind kafka: the newest feed in {} ends at frame {}, which is no session_close: "
                                 "it still grows, or was cut off; allowed: a day that is complete. Start again when "
                                 "its node is done",
                                 topic, frames.last_seq())};
  }
  if (frames.frames().empty()) {
    return {nullptr, fmt::format("feed.kind kafka: {} has no frame from {} to {} ({} of other dates); check feed.from "
                                 "and feed.to",
                                 topic, s.feed.from ? to_string(*s.feed.from) : "the start",
                                 s.feed.to ? to_string(*s.feed.to) : "the end", frames.last_seq())};
  }
  return {make_frames_source(std::move(frames.frames()), s.instruments), {}};
}

}  // namespace bulkhead::app
