#pragma once
// What people look at: current orders, positions and portfolio as flat hashes, made from events. Each event sets fields
// that do not depend on other events, so writing it again changes nothing.
//
// Keys: "{broker}:orders:{client order id}", "{broker}:positions:{strategy}:{instrument}",
// "{broker}:portfolio:summary". Amounts are exact decimal rupees, times ISO 8601 in IST.
#include "runtime/domain/events.hpp"
#include "runtime/domain/ids.hpp"

#include <string>
#include <utility>
#include <vector>

namespace bulkhead {

struct view_change {
  std::string key;
  std::vector<std::pair<std::string, std::string>> fields;
};

[[nodiscard]] std::vector<view_change> views_of(const event& e, const broker_id& broker,
                                                const instrument_table& instruments);

}  // namespace bulkhead
