#include "tools/app/dlq_letters.hpp"

#include "runtime/kafka/admin.hpp"
#include "runtime/kafka/consumer.hpp"
#include "runtime/kafka/topic_names.hpp"
#include "tools/app/journal_access.hpp"
#include "tools/app/kafka_access.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace bulkhead::app {
namespace {

constexpr std::string_view dlq_suffix = ".dlq";

std::string with_suffix(const std::string& topic) { return topic.ends_with(dlq_suffix) ? topic : kafka::dlq_of(topic); }

}  // namespace

void need_servers(const config::settings& s) {
  if (!s.kafka.bootstrap_servers.empty()) return;
  throw command_error(exit_usage,
                      "kafka.bootstrap_servers: given nothing, allowed: host:port[,host:port...]; dead letters are "
                      "kept in Kafka: name its servers in the configuration or with --set");
}

kafka::connection dlq_connection(const config::settings& s, const std::string& topic) {
  for (const config::broker_settings& b : s.brokers) {
    if (topic.starts_with(b.id.str() + ".")) return kafka_connection(s, b.kafka);
  }
  return kafka_connection(s, s.kafka.login);
}

std::vector<std::string> dlq_topics(const config::settings& s, const dlq_options& options) {
  need_servers(s);
  if (!options.broker.empty()) (void)broker_named(s, options.broker);
  std::set<std::string> found;
  const auto add_from = [&](const kafka::connection& c, const std::string& prefix) {
    for (const std::string& t : kafka::admin{c}.topics(dlq_patience)) {
      if (t.starts_with(prefix) && t.ends_with(dlq_suffix)) found.insert(t);
    }
  };
  for (const config::broker_settings& b : s.brokers) {
    if (options.broker.empty() || options.broker == b.id.str()) {
      add_from(kafka_connection(s, b.kafka), b.id.str() + ".");
    }
  }
  if (options.broker.empty()) add_from(kafka_connection(s, s.kafka.login), "market.");
  if (options.topic.empty()) return {found.begin(), found.end()};
  const std::string wanted = with_suffix(options.topic);
  if (found.contains(wanted)) return {wanted};
  std::string there;
  for (const std::string& t : found) there.append(there.empty() ? "" : ", ").append(t);
  throw command_error(exit_usage, fmt::format("--topic: given \"{}\", allowed: {}", options.topic,
                                              there.empty() ? "none: no letter was ever written" : there));
}

void each_letter(const config::settings& s, const std::string& dlq_topic,
                 const std::function<void(topics::found_letter&&)>& fn) {
  const kafka::connection to = dlq_connection(s, dlq_topic);
  const std::int32_t partitions = kafka::consumer{to, ""}.partitions(dlq_topic, dlq_patience);
  for (std::int32_t p = 0; p < partitions; ++p) {
    kafka::read_partition(to, dlq_topic, p, 0, dlq_patience, [&fn](kafka::record&& r) {
      if (auto found = topics::read_dlq_record(r)) fn(std::move(*found));
      return true;
    });
  }
}

std::vector<listed_letter> letters_of(const config::settings& s, const dlq_options& options, bool with_bodies) {
  std::vector<listed_letter> out;
  std::set<std::string> seen;
  const std::set<std::string> wanted{options.ids.begin(), options.ids.end()};
  for (const std::string& topic : dlq_topics(s, options)) {
    each_letter(s, topic, [&](topics::found_letter&& f) {
      const std::string id = f.id();
      if (!wanted.empty() && !wanted.contains(id)) return;
      if (!options.reason.empty() && f.letter.reason != options.reason) return;
      if (!seen.insert(id).second) return;
      const std::size_t bytes = f.letter.original.value ? f.letter.original.value->size() : 0;
      if (!with_bodies) f.letter.original.value.reset();
      out.push_back({std::move(f), bytes});
    });
  }
  for (const std::string& id : wanted) {
    if (seen.contains(id)) continue;
    throw command_error(exit_usage, fmt::format("no dead letter {}; see: bulkhead dlq ls", id));
  }
  return out;
}

}  // namespace bulkhead::app
