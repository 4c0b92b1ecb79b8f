#include "tools/app/topics_command.hpp"

#include "runtime/kafka/consumer.hpp"
#include "runtime/kafka/topic_names.hpp"
#include "runtime/topics/service_groups.hpp"
#include "tools/app/kafka_access.hpp"
#include "tools/app/table.hpp"
#include "tools/app/topics.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

constexpr std::chrono::seconds patience{10};

/// nullptr: the findings are printed.
std::shared_ptr<const config::settings> settings_with_servers(const common_options& options) {
  auto s = load_or_explain(options);
  if (s && s->kafka.bootstrap_servers.empty()) {
    fmt::print(stderr,
               "bulkhead: kafka.bootstrap_servers: given nothing, allowed: host:port[,host:port...]; set it to "
               "ask the servers\n");
    return nullptr;
  }
  return s;
}

kafka::connection own_connection(const config::settings& s) {
  return kafka_connection(s, s.kafka.login, "bulkhead-topics");
}

nlohmann::json json_of(const topics::planned_topic& t) {
  return {{"topic", t.spec.name},
          {"holds", t.holds},
          {"partitions", t.spec.partitions},
          {"replication", t.spec.replication},
          {"config", t.spec.config}};
}

struct lag_row {
  std::string group;
  std::string topic;
  std::int32_t partition = 0;
  std::optional<std::int64_t> committed;
  std::int64_t end = 0;
  std::int64_t low = 0;
  /// Without a commit: everything that is there.
  [[nodiscard]] std::int64_t lag() const { return std::max<std::int64_t>(end - committed.value_or(low), 0); }
};

/// Every (group, topic) that the node commits.
std::set<std::pair<std::string, std::string>> group_topics(const config::settings& s) {
  std::set<std::pair<std::string, std::string>> out;
  for (const config::broker_settings& b : s.brokers) {
    for (const std::string_view suffix : kafka::projection_suffixes) {
      out.emplace(topics::publisher_group, kafka::topic_of(b.id, suffix));
    }
    for (const auto& g : topics::service_groups(b.kind)) out.emplace(g.group, kafka::topic_of(b.id, g.suffix));
  }
  return out;
}

std::vector<lag_row> read_lag(const config::settings& s) {
  std::vector<lag_row> rows;
  const auto to = own_connection(s);
  kafka::admin servers{to};
  std::map<std::string, std::int32_t> partitions;
  std::unique_ptr<kafka::consumer> group;
  std::string name;
  for (const auto& [of, topic] : group_topics(s)) {
    if (of != name || !group) group = std::make_unique<kafka::consumer>(to, name = of);
    if (!partitions.contains(topic)) {
      const auto found = servers.find(topic, patience);
      partitions[topic] = found ? found->partitions : 0;
    }
    for (std::int32_t p = 0; p < partitions[topic]; ++p) {
      const auto ends = group->ends(topic, p, patience);
      const auto at = group->committed(topic, p, patience);
      rows.push_back({of, topic, p, at ? std::optional{at->offset} : std::nullopt, ends.high, ends.low});
    }
  }
  return rows;
}

}  // namespace

int topics_plan(const common_options& options) {
  const auto s = load_or_explain(options);
  if (!s) return exit_usage;
  const auto planned = planned_topics(*s);
  if (options.json) {
    nlohmann::json out = nlohmann::json::array();
    for (const auto& t : planned) out.push_back(json_of(t));
    fmt::print("{}\n", out.dump(1));
    return exit_done;
  }
  table t{{{"topic"},
           {"holds", align::left, true},
           {"partitions", align::right},
           {"copies", align::right},
           {"kept", align::right},
           {"largest, bytes", align::right}}};
  for (const auto& p : planned) {
    t.add({p.spec.name, p.holds, fmt::format("{}", p.spec.partitions), fmt::format("{}", p.spec.replication),
           topics::duration_text(std::stoll(p.spec.config.at("retention.ms"))), p.spec.config.at("max.message.bytes")});
  }
  fmt::print("{}", t.text());
  return exit_done;
}

int topics_create(const common_options& options) {
  const auto s = settings_with_servers(options);
  if (!s) return exit_usage;
  const auto to = own_connection(*s);
  kafka::admin servers{to};
  std::vector<kafka::topic_spec> missing;
  std::map<std::string, std::string> said;
  for (const auto& p : planned_topics(*s)) {
    if (servers.find(p.spec.name, patience)) {
      said[p.spec.name] = "there already";
    } else {
      missing.push_back(p.spec);
    }
  }
  int code = exit_done;
  for (const auto& [topic, error] : servers.create(missing, patience)) {
    said[topic] = error.empty() ? "made" : "not made: " + error;
    if (!error.empty()) code = exit_failed;
  }
  if (options.json) {
    fmt::print("{}\n", nlohmann::json(said).dump(1));
  } else {
    for (const auto& [topic, text] : said) fmt::print("{}: {}\n", topic, text);
  }
  return code;
}

int topics_check(const common_options& options) {
  const auto s = settings_with_servers(options);
  if (!s) return exit_usage;
  const auto planned = planned_topics(*s);
  const auto found = topic_differences(*s, own_connection(*s), planned);
  if (options.json) {
    nlohmann::json out = nlohmann::json::array();
    for (const auto& d : found) {
      out.push_back({{"topic", d.topic}, {"key", d.key}, {"given", d.given}, {"wanted", d.wanted}, {"mend", d.mend}});
    }
    fmt::print("{}\n", out.dump(1));
  } else {
    for (const auto& d : found) fmt::print("{}\n", d.text());
    if (found.empty()) fmt::print("{} topics, all as planned\n", planned.size());
  }
  return found.empty() ? exit_done : exit_failed;
}

int topics_lag(const common_options& options) {
  const auto s = settings_with_servers(options);
  if (!s) return exit_usage;
  const auto rows = read_lag(*s);
  nlohmann::json out = nlohmann::json::array();
  table t{{{"group"},
           {"topic"},
           {"partition", align::right},
           {"committed", align::right},
           {"end", align::right},
           {"lag, records", align::right}}};
  for (const lag_row& r : rows) {
    const std::int64_t lag = r.lag();
    t.add({r.group, r.topic, fmt::format("{}", r.partition), r.committed ? fmt::format("{}", *r.committed) : "-",
           fmt::format("{}", r.end), fmt::format("{}", lag)});
    out.push_back({{"group", r.group},
                   {"topic", r.topic},
                   {"partition", r.partition},
                   {"committed", r.committed ? nlohmann::json(*r.committed) : nlohmann::json()},
                   {"end", r.end},
                   {"lag", lag}});
  }
  if (options.json) {
    fmt::print("{}\n", out.dump(1));
  } else {
    fmt::print("{}", t.text());
  }
  return exit_done;
}

}  // namespace bulkhead::app
