#pragma once
// One order of the journals by as much of its id as is unique.
#include "tools/app/journal_access.hpp"

#include <string>

namespace bulkhead::app {

struct found_order {
  broker_id broker;
  order_life life;
  broker_history history;  ///< of that broker
};

/// At that broker, or at any for an empty name. Throws command_error: nothing begins so, or several do: which.
[[nodiscard]] found_order find_order(const config::settings& s, const std::string& broker, const std::string& prefix);

[[nodiscard]] nlohmann::json order_json(const order_life& o, const broker_id& b, const instrument_table& instruments);

}  // namespace bulkhead::app
