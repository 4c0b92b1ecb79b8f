#pragma once
// Topics: what is there, and making them. Blocking, each call up to its timeout. One thread.
#include "runtime/kafka/connection.hpp"
#include "runtime/kafka/consumer.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::kafka {

struct topic_spec {
  std::string name;
  std::int32_t partitions = 1;
  std::int32_t replication = 1;
  std::map<std::string, std::string> config;  ///< retention.ms, cleanup.policy, max.message.bytes, ...
};

class admin {
 public:
  explicit admin(const connection& c);
  admin(const admin&) = delete;
  admin& operator=(const admin&) = delete;
  ~admin();

  /// nullopt: no such topic, or no right to see it. Throws `error` where no server answers.
  [[nodiscard]] std::optional<topic_spec> find(const std::string& topic, std::chrono::milliseconds timeout);
  /// By topic: empty text, or why it could not be made. One that is there already is no failure.
  [[nodiscard]] std::map<std::string, std::string> create(const std::vector<topic_spec>& topics,
                                                          std::chrono::milliseconds timeout);

  /// Sets the offsets of a group that has no members. Throws `error`.
  void commit_for(const std::string& group, const std::vector<position>& positions, std::chrono::milliseconds timeout);
  /// Names of every topic that this login may see, sorted. Throws `error`.
  [[nodiscard]] std::vector<std::string> topics(std::chrono::milliseconds timeout);
  /// Removes the records of a partition before this offset, for good. Throws `error`.
  void delete_records(const std::string& topic, std::int32_t partition, std::int64_t before,
                      std::chrono::milliseconds timeout);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace bulkhead::kafka
