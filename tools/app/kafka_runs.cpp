#include "tools/app/kafka_runs.hpp"

#include "runtime/journal/kafka_log.hpp"
#include "runtime/kafka/producer.hpp"
#include "runtime/kafka/topic_names.hpp"
#include "tools/app/journal_source.hpp"
#include "tools/app/kafka_access.hpp"
#include "tools/app/node_builder.hpp"

#include <chrono>
#include <string_view>
#include <vector>

#include <fmt/core.h>

namespace bulkhead::app {
namespace {

/// Without its log a snapshot is worth nothing.
constexpr std::string_view what_to_delete =
    "delete the topics {broker}.journal.events and {broker}.journal.snapshots of every broker and of _shared";

/// The logs of one configuration; tells once of servers that are away.
kafka_log log_of(const config::settings& s, const broker_id& b) {
  kafka_log_settings settings;
  settings.servers = kafka_connection(s, b);
  settings.broker = b;
  settings.replication = static_cast<std::int32_t>(s.kafka.replication);
  settings.trouble = [told = false](const std::string& text) mutable {
    if (text.empty() || told) return;
    told = true;
    fmt::print(stderr, "bulkhead: {}; waiting for the servers\n", text);
    std::fflush(stderr);
  };
  return kafka_log{std::move(settings)};
}

/// Beside the runner's snapshots, under a key of its own: compaction keeps it for good.
std::string write_fingerprint(const config::settings& s, const std::string& topic, const std::string& fingerprint) {
  kafka::record r;
  r.topic = topic;
  r.key = std::string{run_key};
  r.value = fingerprint;
  std::string failed;
  kafka::producer out{
      kafka_connection(s, shared_id), {}, {[&](const kafka::delivery& d) { failed = d.error; }, {}, {}}};
  std::string why;
  if (out.send(r, 0, &why) != kafka::send_result::taken) return why;
  if (!out.flush(std::chrono::seconds{30})) return topic + ": no acknowledgement within 30 s";
  return failed;
}

}  // namespace

std::string prepare_topics(const config::settings& s, start_mode mode, const std::string& feed_fingerprint) {
  std::vector<broker_id> all{shared_id};
  for (const config::broker_settings& b : s.brokers) all.push_back(b.id);
  std::string held;
  try {
    for (const broker_id& b : all) {
      kafka_log log = log_of(s, b);
      if (log.has_events()) held += (held.empty() ? "" : ", ") + log.events_topic();
    }
    if (mode == start_mode::fresh) {
      return fmt::format(
          "--fresh moves files aside, and journals in Kafka are none{}{}: {}, or give the brokers other ids, to start "
          "anew; --resume goes on",
          held.empty() ? "" : ": there is ", held, what_to_delete);
    }
    if (mode == start_mode::plain && !held.empty()) {
      return fmt::format(
          "{} hold{} events of an earlier run, which this one would trade again; use --resume to go on where it ended, "
          "or {} to start anew",
          held, held.find(',') == std::string::npos ? "s" : "", what_to_delete);
    }
    kafka_log shared = log_of(s, shared_id);
    shared.require_topics();
    const std::optional<std::string> recorded = shared.run_note();
    if (held.empty()) {
      if (recorded == feed_fingerprint) return {};
      return write_fingerprint(s, shared.snapshots_topic(), feed_fingerprint);
    }
    if (recorded == feed_fingerprint) return {};
  } catch (const std::exception& e) {
    return e.what();
  }
  return fmt::format(
      "the feed is not the one that {} followed (data, dates or instruments changed); a resumed run must see the same "
      "frames: restore them, or {} to start anew",
      held, what_to_delete);
}

}  // namespace bulkhead::app
