#include "runtime/topics/topic_plan.hpp"

#include "runtime/kafka/journal_topics.hpp"
#include "runtime/kafka/topic_names.hpp"

#include <fmt/format.h>

namespace bulkhead::topics {
namespace {

constexpr std::int64_t for_good = -1;  // as the servers write it
/// An event that a journal takes must fit every topic that it is published to.
constexpr std::int64_t event_bytes = 8LL * 1024 * 1024;
/// A dead letter is a record with its reason, and may hold its bytes as text.
constexpr std::int64_t dead_letter_bytes = 12LL * 1024 * 1024;

kafka::topic_spec spec_of(std::string name, std::int32_t partitions, std::int32_t replication, std::int64_t retention,
                          std::int64_t bytes) {
  return {std::move(name),
          partitions,
          replication,
          {{"cleanup.policy", "delete"},
           {"max.message.bytes", fmt::format("{}", bytes)},
           {"retention.bytes", "-1"},
           {"retention.ms", fmt::format("{}", retention == 0 ? for_good : retention)}}};
}

void add_journal(std::vector<planned_topic>& out, const broker_id& owner, const plan_settings& s) {
  const char* const holds[] = {"the journal", "its snapshots", "starts, restarts, epochs"};
  std::size_t n = 0;
  for (kafka::topic_spec& t : kafka::journal_topics(owner, s.replication))
    out.push_back({owner, holds[n++], std::move(t)});
}

void add_with_dlq(std::vector<planned_topic>& out, const broker_id& owner, const std::string& name, std::string holds,
                  std::int32_t partitions, std::int64_t retention, const plan_settings& s) {
  out.push_back({owner, std::move(holds), spec_of(name, partitions, s.replication, retention, event_bytes)});
  out.push_back(
      {owner, "its dead letters", spec_of(kafka::dlq_of(name), 1, s.replication, s.retention_ms, dead_letter_bytes)});
}

std::string mend_of(const std::string& key, const planned_topic& wanted, const kafka::topic_spec& found,
                    const std::string& servers) {
  const std::string& topic = wanted.spec.name;
  if (key == "partitions") {
    if (found.partitions < wanted.spec.partitions) {
      return fmt::format("kafka-topics.sh --bootstrap-server {} --alter --topic {} --partitions {}", servers, topic,
                         wanted.spec.partitions);
    }
    return fmt::format(
        "partitions are never taken away: {}delete the topic, and run: bulkhead topics create",
        wanted.spec.partitions == 1 ? "" : fmt::format("set kafka.partitions: {}, or ", found.partitions));
  }
  if (key == "replication") {
    return fmt::format("kafka-reassign-partitions.sh, or set kafka.replication: {}", found.replication);
  }
  return fmt::format(
      "kafka-configs.sh --bootstrap-server {} --alter --entity-type topics --entity-name {} "
      "--add-config {}={}",
      servers, topic, key, wanted.spec.config.at(key));
}

}  // namespace

std::vector<planned_topic> plan(const std::vector<broker_id>& brokers, const broker_id& shared,
                                const plan_settings& s) {
  std::vector<planned_topic> out;
  add_with_dlq(out, shared, std::string{kafka::market_ticks_topic}, "the feed, a frame a record", 1,
               s.ticks_retention_ms, s);
  add_journal(out, shared, s);
  for (const broker_id& b : brokers) {
    add_journal(out, b, s);
    for (const std::string_view suffix : kafka::projection_suffixes) {
      add_with_dlq(out, b, kafka::topic_of(b, suffix), "events, from the journal", s.partitions, s.retention_ms, s);
    }
  }
  return out;
}

std::vector<planned_topic> plan_of(const broker_id& owner, const std::vector<planned_topic>& all) {
  std::vector<planned_topic> out;
  for (const planned_topic& t : all) {
    if (t.owner == owner) out.push_back(t);
  }
  return out;
}

std::string difference::text() const {
  return fmt::format("{}: {}: given {}, wanted {}; {}", topic, key, given, wanted, mend);
}

std::vector<difference> differences(const planned_topic& wanted, const std::optional<kafka::topic_spec>& found,
                                    const std::string& servers) {
  const kafka::topic_spec& w = wanted.spec;
  if (!found) return {{w.name, "topic", "none, or no right to see it", "there", "run: bulkhead topics create"}};
  std::vector<difference> out;
  const auto compare = [&](const std::string& key, const std::string& given, const std::string& want) {
    if (given != want) out.push_back({w.name, key, given, want, mend_of(key, wanted, *found, servers)});
  };
  compare("partitions", fmt::format("{}", found->partitions), fmt::format("{}", w.partitions));
  compare("replication", fmt::format("{}", found->replication), fmt::format("{}", w.replication));
  for (const auto& [key, value] : w.config) {
    const auto it = found->config.find(key);
    compare(key, it == found->config.end() ? "nothing" : it->second, value);
  }
  return out;
}

std::string duration_text(std::int64_t ms) {
  constexpr std::int64_t hour = 3'600'000;
  if (ms < 0) return "for good";
  if (ms % (24 * hour) == 0) return fmt::format("{} d", ms / (24 * hour));
  if (ms % hour == 0) return fmt::format("{} h", ms / hour);
  return fmt::format("{} ms", ms);
}

}  // namespace bulkhead::topics
