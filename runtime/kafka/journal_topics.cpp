#include "runtime/kafka/journal_topics.hpp"

#include "runtime/kafka/topic_names.hpp"

#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

namespace bulkhead::kafka {

std::vector<topic_spec> journal_topics(const broker_id& b, std::int32_t replication) {
  const std::string largest = "8388608";  // bytes of one record
  const std::string in_sync = replication > 2 ? "2" : "1";
  return {{topic_of(b, journal_events),
           1,
           replication,
           {{"cleanup.policy", "delete"},
            {"retention.ms", "-1"},
            {"retention.bytes", "-1"},
            {"max.message.bytes", largest},
            {"min.insync.replicas", in_sync}}},
          {topic_of(b, journal_snapshots),
           1,
           replication,
           {{"cleanup.policy", "compact"},
            {"segment.bytes", "67108864"},
            {"max.message.bytes", largest},
            {"min.insync.replicas", in_sync}}},
          {topic_of(b, ops_events), 1, replication, {{"cleanup.policy", "delete"}, {"retention.ms", "-1"}}}};
}

std::string wrong_with(const topic_spec& wanted, const topic_spec& found) {
  std::string out;
  const auto say = [&](std::string_view key, std::string_view is, std::string_view needed) {
    out += fmt::format("{}{} is {}, a journal needs {}", out.empty() ? "" : "; ", key, is, needed);
  };
  if (found.partitions != wanted.partitions) {
    say("the number of partitions", std::to_string(found.partitions), std::to_string(wanted.partitions));
  }
  for (const auto& [key, needed] : wanted.config) {
    const auto it = found.config.find(key);
    const std::string is = it == found.config.end() ? "not known" : it->second;
    if (key == "max.message.bytes") {
      const auto bytes = [](const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); };
      if (bytes(is) < bytes(needed)) say(key, is, needed + " or more");
    } else if (key == "cleanup.policy" && needed == "compact") {
      if (is.find(needed) == std::string::npos) say(key, is, needed);
    } else if (key == "cleanup.policy" || key.starts_with("retention.")) {
      if (is != needed) say(key, is, needed);
    }
  }
  return out;
}

}  // namespace bulkhead::kafka
