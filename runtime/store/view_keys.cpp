#include "runtime/store/view_keys.hpp"

#include <fmt/format.h>

namespace bulkhead {

std::string refuse_key(const broker_id& broker, const std::string& key) {
  const std::string prefix = broker.str() + ":";
  if (key.starts_with(prefix) && key.size() > prefix.size()) return {};
  return fmt::format("state store of \"{}\": key \"{}\" given, keys \"{}...\" allowed; nothing was written",
                     broker.str(), key, prefix);
}

std::string refuse_updates(const broker_id& broker, std::span<const view_update> updates) {
  for (const auto& update : updates) {
    if (auto refusal = refuse_key(broker, update.key); !refusal.empty()) return refusal;
  }
  return {};
}

std::string refuse_lost_position(const broker_id& broker) {
  return fmt::format(
      "state store of \"{}\": an earlier projection failed or the store was lost; ask projected() and project from "
      "there",
      broker.str());
}

}  // namespace bulkhead
