#pragma once
// A server on a raw socket that does what a test tells it to, connection by connection: answers, stops in the middle,
// says nothing, or says nonsense.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bulkhead::test {

class raw_server;

/// One connection, in the hands of the test's function; closed when that returns.
class raw_connection {
 public:
  raw_connection(raw_server& server, int fd) : server_(server), fd_(fd) {}
  ~raw_connection() { ::close(fd_); }
  raw_connection(const raw_connection&) = delete;
  raw_connection& operator=(const raw_connection&) = delete;

  /// A whole request, headers and body; empty: the client closed. Noted in the server's list.
  std::string request();
  void send(std::string_view text);
  /// A whole answer on a connection that stays open.
  void answer(std::string_view body, std::string_view head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n") {
    send(std::string{head} + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body});
  }
  /// Until the client closes, or the server ends.
  void wait_for_close();

 private:
  bool readable();
  raw_server& server_;
  int fd_;
  std::string rest_;
};

class raw_server {
 public:
  using script = std::function<void(raw_connection&)>;

  /// Each connection runs the script on a thread of its own.
  explicit raw_server(script s) : script_(std::move(s)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no socket for a test server");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread{[this] { accept_all(); }};
  }
  ~raw_server() {
    stopping_ = true;
    acceptor_.join();
    ::close(listener_);
    for (std::thread& t : workers_) t.join();
  }
  raw_server(const raw_server&) = delete;
  raw_server& operator=(const raw_server&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view path = "/", std::string_view scheme = "http") const {
    return std::string{scheme} + "://127.0.0.1:" + std::to_string(port_) + std::string{path};
  }
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] std::vector<std::string> requests() {
    const std::scoped_lock lock{guard_};
    return requests_;
  }
  [[nodiscard]] bool is_stopping() const { return stopping_; }
  void note(std::string request) {
    const std::scoped_lock lock{guard_};
    requests_.push_back(std::move(request));
  }

 private:
  void accept_all() {
    while (!stopping_) {
      pollfd waiting{listener_, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++connections_;
      workers_.emplace_back([this, fd] {
        raw_connection connection{*this, fd};
        script_(connection);
      });
    }
  }

  script script_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::mutex guard_;
  std::vector<std::string> requests_;
  std::vector<std::thread> workers_;  ///< the acceptor's, until it ended
  std::thread acceptor_;
};

inline bool raw_connection::readable() {
  while (!server_.is_stopping()) {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) > 0) return true;
  }
  return false;
}

inline std::string raw_connection::request() {
  const auto body_size = [](const std::string& head) -> std::size_t {
    const auto at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
  };
  for (;;) {
    const auto end = rest_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::size_t size = end + 4 + body_size(rest_.substr(0, end));
      if (rest_.size() >= size) {
        std::string whole = rest_.substr(0, size);
        rest_.erase(0, size);
        server_.note(whole);
        return whole;
      }
    }
    char buffer[4096];
    if (!readable()) return {};
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n <= 0) return {};
    rest_.append(buffer, static_cast<std::size_t>(n));
  }
}

inline void raw_connection::send(std::string_view text) {
  while (!text.empty() && !server_.is_stopping()) {
    const ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

inline void raw_connection::wait_for_close() {
  while (!request().empty()) {
  }
}

}  // namespace bulkhead::test
