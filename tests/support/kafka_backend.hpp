#pragma once
// The journal in a real Kafka, for the contract tests.
#include "runtime/journal/kafka_journal.hpp"
#include "runtime/journal/kafka_log.hpp"
#include "runtime/kafka/consumer.hpp"
#include "runtime/kafka/producer.hpp"
#include "support/servers.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

namespace bulkhead::test {

/// Topics of its own for each case, on a server that all share.
struct kafka_backend {
  broker_id broker{fmt::format("j{}x{}", ::getpid(), ++count)};
  kafka::connection servers = connect();

  static kafka::connection connect() {
    kafka::connection c;
    c.servers = test::kafka_server::shared().bootstrap();
    return c;
  }
  std::unique_ptr<journal> client() {
    kafka_journal_settings settings;
    settings.servers = servers;
    settings.broker = broker;
    settings.lease = std::chrono::milliseconds{60};
    return std::make_unique<kafka_journal>(settings);
  }
  /// A log only grows: the newest ones once more, with the newest usable one damaged.
  void damage_newest_snapshot() {
    const std::string topic = broker.str() + ".journal.snapshots";
    std::vector<kafka::record> newest;
    const auto keep = [&](kafka::record&& r) {
      newest.push_back(std::move(r));
      return true;
    };
    kafka::read_partition(servers, topic, 0, 0, std::chrono::seconds{20}, keep);
    newest.erase(newest.begin(), newest.end() - 3);
    std::string wrong;
    const auto usable =
        std::find_if(newest.rbegin(), newest.rend(), [&](const auto& r) { return !!snapshot_of(r, wrong); });
    REQUIRE(usable != newest.rend());
    usable->value->front() = 'x';
    kafka::producer out{servers, {}, {}};
    for (kafka::record& r : newest) {
      r.timestamp_ms = 0;
      REQUIRE(out.send(r, 0) == kafka::send_result::taken);
    }
    REQUIRE(out.flush(std::chrono::seconds{20}));
  }

  static inline int count = 0;
};

}  // namespace bulkhead::test
