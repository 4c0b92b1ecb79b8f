#pragma once
// Which topics a node needs, and how they must be made. Pure.
#include "runtime/domain/ids.hpp"
#include "runtime/kafka/admin.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::topics {

struct plan_settings {
  std::int32_t partitions = 1;    ///< of the projections
  std::int32_t replication = 1;   ///< of every topic
  std::int64_t retention_ms = 0;  ///< of the projections and of dead letters; 0: for good
  std::int64_t ticks_retention_ms = 0;
};

struct planned_topic {
  broker_id owner;    ///< whose topic it is; "_shared": no broker's
  std::string holds;  ///< for people
  kafka::topic_spec spec;
};

/// In the order of the contract: the shared ones, then each broker's.
[[nodiscard]] std::vector<planned_topic> plan(const std::vector<broker_id>& brokers, const broker_id& shared,
                                              const plan_settings& s);
/// Those of one owner.
[[nodiscard]] std::vector<planned_topic> plan_of(const broker_id& owner, const std::vector<planned_topic>& all);

/// Something at the servers that is not as planned.
struct difference {
  std::string topic;
  std::string key;    ///< "topic", "partitions", "replication", or an option
  std::string given;  ///< at the servers
  std::string wanted;
  std::string mend;  ///< a command, or what to do
  [[nodiscard]] std::string text() const;
};

/// `found`: nullopt where there is no such topic, or no right to see it. `servers`: for the commands that mend it.
[[nodiscard]] std::vector<difference> differences(const planned_topic& wanted,
                                                  const std::optional<kafka::topic_spec>& found,
                                                  const std::string& servers);

/// "for good", "2 d", "36 h", "1500 ms".
[[nodiscard]] std::string duration_text(std::int64_t ms);

}  // namespace bulkhead::topics
