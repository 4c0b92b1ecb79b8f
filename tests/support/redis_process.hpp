#pragma once
// A real redis-server of one test: on a socket in a folder of its own, ended with the test. It keeps nothing on disk
// unless it is told to.
#include "runtime/redis/connection.hpp"
#include "support/temp_dir.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bulkhead::test {

class redis_process {
 public:
  /// `options`: more of redis-server's arguments.
  explicit redis_process(std::vector<std::string> options = {}) : options_(std::move(options)) { start(); }
  redis_process(const redis_process&) = delete;
  redis_process& operator=(const redis_process&) = delete;
  ~redis_process() { kill(); }

  /// For all tests of a program that want any empty server; each begins with a FLUSHALL.
  static redis_process& shared() {
    static redis_process one;
    return one;
  }

  [[nodiscard]] const std::filesystem::path& folder() const { return dir_.path(); }
  [[nodiscard]] redis::settings settings() const {
    redis::settings out;
    out.address = "unix:" + socket().string();
    out.command_timeout = std::chrono::seconds{20};
    return out;
  }
  /// As a user whose password is `password`; the file is made.
  [[nodiscard]] redis::settings settings(const std::string& user, const std::string& password) const {
    redis::settings out = settings();
    out.username = user;
    out.password_file = dir_.path() / (user + ".password");
    std::ofstream{out.password_file} << password << '\n';
    std::filesystem::permissions(out.password_file, std::filesystem::perms::owner_read);
    return out;
  }
  /// The answer to one command of the default user, who may do everything.
  redis::reply tell(const redis::command& one) const { return redis::connection{settings()}.ask(one); }

  void start() {
    std::vector<std::string> words{
        "redis-server", "--port", "0", "--unixsocket", socket().string(), "--dir", dir_.path().string(), "--appendonly",
        "no",           "--save", ""};
    words.insert(words.end(), options_.begin(), options_.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int none = ::open("/dev/null", O_RDWR);
      ::dup2(none, STDOUT_FILENO);
      ::execvp(argv[0], argv.data());
      ::_exit(127);
    }
    wait_until_ready();
  }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  void restart() {
    kill();
    start();
  }
  void pause() const { ::kill(pid_, SIGSTOP); }
  void resume() const { ::kill(pid_, SIGCONT); }

 private:
  [[nodiscard]] std::filesystem::path socket() const { return dir_.path() / "redis.sock"; }

  void wait_until_ready() const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    for (;;) {
      try {
        (void)tell({"PING"});
        return;
      } catch (const redis::error& e) {
        if (std::chrono::steady_clock::now() > until) {
          throw std::runtime_error(std::string{"redis-server does not start (is it installed?): "} + e.what());
        }
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
  }

  temp_dir dir_;
  const std::vector<std::string> options_;
  pid_t pid_ = 0;
};

}  // namespace bulkhead::test
