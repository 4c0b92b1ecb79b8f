#pragma once
// Logins at Kafka as the settings name them.
#include "config/settings.hpp"
#include "runtime/kafka/connection.hpp"

#include <string>

namespace bulkhead::app {

/// As that user.
[[nodiscard]] kafka::connection kafka_connection(const config::settings& s, const config::server_login& login,
                                                 const std::string& client_id = "bulkhead");
/// As the user of that broker; of shared_id and of what is no active broker: as kafka.username.
[[nodiscard]] kafka::connection kafka_connection(const config::settings& s, const broker_id& b);

}  // namespace bulkhead::app
