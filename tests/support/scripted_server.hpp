#pragma once
// A server on a socket that says what a test wants, whatever it hears.
#include "support/temp_dir.hpp"

#include <atomic>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace bulkhead::test {

/// Serves one connection after the other on a thread of its own.
class scripted_server {
 public:
  /// Given a connection; it is closed when the script returns. `stopping` must end a script that waits.
  using script = std::function<void(int fd, const std::atomic<bool>& stopping)>;

  explicit scripted_server(script s)
      : script_(std::move(s)), listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    const std::string path = (dir_.path() / "fake.sock").string();
    std::strncpy(where.sun_path, path.c_str(), sizeof where.sun_path - 1);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
        ::listen(listener_, 8) != 0) {
      throw std::runtime_error("scripted_server: bind");
    }
    thread_ = std::thread{[this] { run(); }};
  }
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;
  ~scripted_server() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }

  [[nodiscard]] std::string address() const { return "unix:" + (dir_.path() / "fake.sock").string(); }

  /// False: the other end is gone.
  static bool say(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// Waits for any bytes; false: the other end is gone.
  static bool hear(int fd, const std::atomic<bool>& stopping) {
    char some[65536];
    while (!stopping) {
      pollfd one{fd, POLLIN, 0};
      if (::poll(&one, 1, 20) > 0) return ::recv(fd, some, sizeof some, 0) > 0;
    }
    return false;
  }

 private:
  void run() {
    while (!stopping_) {
      pollfd one{listener_, POLLIN, 0};
      if (::poll(&one, 1, 20) <= 0) continue;
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) continue;
      script_(fd, stopping_);
      ::close(fd);
    }
  }

  temp_dir dir_;
  const script script_;
  int listener_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace bulkhead::test
