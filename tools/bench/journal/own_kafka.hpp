#pragma once
// The Kafka of a benchmark: the one that is given, or one that tools/services starts and ends.
#include "runtime/kafka/connection.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace bulkhead::bench {

class own_kafka {
 public:
  own_kafka(std::string bootstrap, std::string services, const std::filesystem::path& dir)
      : services_(std::move(services)) {
    servers_.servers = std::move(bootstrap);
    if (!servers_.servers.empty()) return;
    dir_ = dir / fmt::format("bulkhead-bench-kafka-{}", ::getpid());
    std::filesystem::create_directories(dir_);
    if (run("up --kafka-only --plain") != 0) {
      throw std::runtime_error(fmt::format("{} did not start a Kafka; give --bootstrap", services_));
    }
    std::ifstream in{dir_ / "services.json"};
    servers_.servers = nlohmann::json::parse(in).at("kafka").at("plain_servers").get<std::string>();
  }
  own_kafka(const own_kafka&) = delete;
  own_kafka& operator=(const own_kafka&) = delete;
  ~own_kafka() {
    if (dir_.empty()) return;
    (void)run("down");
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }

  [[nodiscard]] const kafka::connection& servers() const { return servers_; }

 private:
  [[nodiscard]] int run(const std::string& what) const {
    return std::system(fmt::format("'{}' {} --dir '{}' >&2", services_, what, dir_.string()).c_str());
  }

  std::string services_;
  std::filesystem::path dir_;
  kafka::connection servers_;
};

}  // namespace bulkhead::bench
