#include "tools/app/kafka_access.hpp"

#include <algorithm>

namespace bulkhead::app {

kafka::connection kafka_connection(const config::settings& s, const config::server_login& login,
                                   const std::string& client_id) {
  return {s.kafka.bootstrap_servers, s.kafka.security, s.kafka.ca_file, login.username, login.password_file, client_id};
}

kafka::connection kafka_connection(const config::settings& s, const broker_id& b) {
  const auto known = std::ranges::find(s.brokers, b, &config::broker_settings::id);
  return kafka_connection(s, known == s.brokers.end() ? s.kafka.login : known->kafka, "bulkhead-" + b.str());
}

}  // namespace bulkhead::app
