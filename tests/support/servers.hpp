#pragma once
// Real Kafka and Redis for a test program: started by tools/services at the first call, in a folder of their own, and
// one of each for the whole program. A process that tools/services leaves behind waits for the end of this program,
// by return, crash or kill, then kills the servers and removes the folder: nothing is to be done at the end.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bulkhead::test {

/// What tools/services started for this program. Any thread may read it; stopping and killing is for one at a time.
class started_server {
 public:
  started_server(const started_server&) = delete;
  started_server& operator=(const started_server&) = delete;

  /// The server's part of services.json: ports, users, process id.
  [[nodiscard]] const nlohmann::json& config() const noexcept { return config_; }
  [[nodiscard]] std::filesystem::path password_file(const std::string& user) const {
    return config_.at("users").at(user).at("password_file").get<std::string>();
  }
  void pause() const { send(SIGSTOP); }
  void resume() const { send(SIGCONT); }
  /// kill -9; returns when it has ended. Its port, data and users stay for `start()`.
  void kill() const {
    const auto handle = static_cast<int>(::syscall(SYS_pidfd_open, config_.at("pid").get<int>(), 0));
    if (handle < 0) throw std::runtime_error(name_ + ": no such process");
    send(SIGKILL);
    ::pollfd end{handle, POLLIN, 0};
    const bool ended = ::poll(&end, 1, 60'000) == 1;
    ::close(handle);
    if (!ended) throw std::runtime_error(name_ + " was killed and has not ended");
  }
  /// After `kill()`: on the former port, with its data. Returns when it answers.
  void start() {
    run("up --brokers paper,zerodha" + options_ + " --until-exit-of " + std::to_string(::getpid()));
    std::ifstream in{folder_ / "services.json"};
    config_ = nlohmann::json::parse(in).at(name_);
  }
  void restart() {
    kill();
    start();
  }

 protected:
  started_server(std::string name, std::string options) : name_{std::move(name)}, options_{std::move(options)} {
    // Short, because the path of Redis' socket has at most 107 bytes.
    std::string folder = (std::filesystem::temp_directory_path() / "bulkhead-servers-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("mkdtemp " + folder);
    folder_ = folder;
    start();
  }
  ~started_server() = default;

 private:
  void send(int number) const {
    if (::kill(config_.at("pid").get<int>(), number) != 0) throw std::runtime_error(name_ + ": no such process");
  }

  /// Throws with what tools/services said.
  void run(const std::string& command) const {
    const auto whole =
        std::string{BULKHEAD_SOURCE_DIR "/tools/services "} + command + " --dir " + folder_.string() + " 2>&1";
    std::FILE* out = ::popen(whole.c_str(), "r");
    if (out == nullptr) throw std::runtime_error("popen " + whole);
    std::string said;
    std::array<char, 512> part{};
    while (std::fgets(part.data(), static_cast<int>(part.size()), out) != nullptr) said += part.data();
    if (::pclose(out) != 0) throw std::runtime_error(whole + ": " + said);
  }

  std::string name_;
  std::string options_;
  std::filesystem::path folder_;
  nlohmann::json config_;
};

class kafka_server : public started_server {
 public:
  static kafka_server& shared() {
    static kafka_server one;
    return one;
  }
  /// host:port without login, every right: for tests that are not about rights.
  [[nodiscard]] std::string bootstrap() const { return config().at("plain_servers").get<std::string>(); }
  /// host:port with a login by SCRAM-SHA-256.
  [[nodiscard]] std::string sasl_bootstrap() const { return config().at("bootstrap_servers").get<std::string>(); }

 private:
  kafka_server() : started_server{"kafka", " --kafka-only --plain"} {}
};

class redis_server : public started_server {
 public:
  static redis_server& shared() {
    static redis_server one;
    return one;
  }
  [[nodiscard]] std::string socket() const { return config().at("socket").get<std::string>(); }
  [[nodiscard]] int port() const { return config().at("port").get<int>(); }

 private:
  redis_server() : started_server{"redis", " --redis-only"} {}
};

}  // namespace bulkhead::test
