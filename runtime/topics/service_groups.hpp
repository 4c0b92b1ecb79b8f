#pragma once
// The consumer groups in which Kafka's tools find our services. They have no members: offsets are committed for them,
// and serve displays of lag only.
#include "runtime/domain/ids.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::topics {

inline constexpr std::string_view publisher_group = "bulkhead.publisher";

struct service_group {
  std::string group;
  std::string suffix;  ///< of the topic that the service works off
};

/// One per service, for all its brokers; a trader's is named by the broker's kind.
[[nodiscard]] inline std::vector<service_group> service_groups(const std::string& kind) {
  return {{"bulkhead.risk-manager", "signals.raw"},
          {"bulkhead." + kind + "-trader", "signals.validated"},
          {"bulkhead.portfolio", "orders.filled"}};
}

}  // namespace bulkhead::topics
