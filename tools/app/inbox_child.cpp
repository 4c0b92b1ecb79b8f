#include "tools/app/inbox_child.hpp"

#include "actors/supervisor.hpp"
#include "runtime/kafka/topic_names.hpp"
#include "runtime/topics/kafka_inbox.hpp"
#include "tools/app/data_dir.hpp"
#include "tools/app/kafka_access.hpp"
#include "tools/app/topics.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace bulkhead::app {
std::shared_ptr<inbox> make_inbox(const config::settings& s, const config::broker_settings& b) {
  if (!publishes_topics(s)) return nullptr;
  topics::kafka_inbox_settings settings;
  settings.to = kafka_connection(s, b.kafka, fmt::format("bulkhead-{}-inbox", b.id.str()));
  settings.run = journals_name(s);
  settings.topic = kafka::topic_of(b.id, kafka::signals_raw);
  return std::make_shared<topics::kafka_inbox>(std::move(settings));
}

void note_inbox(journal& log, const broker_id& broker, const std::string& text) {
  spdlog::warn("{}/inbox: {}", broker.str(), text);
  const nlohmann::json fact{
      {"path", broker.str() + "/inbox"}, {"what", "inbox"}, {"reason", text}, {"at", to_iso_ist(actors::wall_time())}};
  log.append_ops(fact.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace bulkhead::app
