#pragma once
// The other end of an order's way: a bare HTTP server on loopback that notes when a placement has arrived whole, and
// refuses it, so that the order is over. Everything else is answered with an empty account.
#include "tools/bench/pipeline/probes.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bulkhead::bench {

class order_sink {
 public:
  struct arrival {
    std::string tag;
    time_point at;
  };

  order_sink() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no socket on 127.0.0.1 for the benchmark's server");
    }
    port_ = ntohs(address.sin_port);
    arrivals_.reserve(100'000);
    acceptor_ = std::thread{[this] { accept_all(); }};
  }
  /// Whoever sends to it has ended.
  ~order_sink() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::scoped_lock lock{guard_};
      for (const int fd : connections_) ::shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& t : readers_) t.join();
    for (const int fd : connections_) ::close(fd);
    ::close(listener_);
  }
  order_sink(const order_sink&) = delete;
  order_sink& operator=(const order_sink&) = delete;

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::vector<arrival> arrivals() {
    const std::scoped_lock lock{guard_};
    return arrivals_;
  }

 private:
  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const std::scoped_lock lock{guard_};
      connections_.push_back(fd);
      readers_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    std::string buffer;
    std::array<char, 8192> part{};
    for (;;) {
      const ssize_t got = ::recv(fd, part.data(), part.size(), 0);
      if (got <= 0) return;
      buffer.append(part.data(), static_cast<std::size_t>(got));
      for (std::size_t whole = request_size(buffer); whole > 0; whole = request_size(buffer)) {
        const time_point now = bench_clock::now();
        const std::string_view request{buffer.data(), whole};
        const bool placed = request.starts_with("POST /orders/");
        const std::string_view answer = placed ? refusal : empty_answer(request);
        if (placed) note(request, now);  // whoever has the answer finds the note
        if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
        buffer.erase(0, whole);
      }
    }
  }

  void note(std::string_view request, time_point now) {
    constexpr std::string_view key = "tag=";
    const std::size_t at = std::min(request.rfind(key), request.size() - key.size()) + key.size();
    const std::string_view tag = request.substr(at, request.find('&', at) - at);
    const std::scoped_lock lock{guard_};
    arrivals_.push_back({std::string{tag}, now});
    ++count_;
  }

  /// Of the first request in the buffer, head and body; 0: not whole yet.
  static std::size_t request_size(const std::string& buffer) {
    const std::size_t end = buffer.find("\r\n\r\n");
    if (end == std::string::npos) return 0;
    constexpr std::string_view key = "Content-Length: ";
    const std::size_t at = buffer.find(key);
    const std::size_t body = at < end ? std::stoul(buffer.substr(at + key.size(), 12)) : 0;
    return buffer.size() >= end + 4 + body ? end + 4 + body : 0;
  }

  static std::string_view empty_answer(std::string_view request) {
    return request.starts_with("GET /portfolio/positions") ? no_positions : no_rows;
  }

  static constexpr std::string_view refusal =
      "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 79\r\n\r\n"
      R"({"status":"error","message":"bench","error_type":"InputException","data":null} )";
  static constexpr std::string_view no_positions =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n"
      R"({"status":"success","data":{"net":[],"day":[]}}   )";
  static constexpr std::string_view no_rows =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n"
      R"({"status":"success","data":[]})";

  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> count_{0};
  std::mutex guard_;  ///< of what follows
  std::vector<arrival> arrivals_;
  std::vector<int> connections_;
  std::vector<std::thread> readers_;  ///< the acceptor's until it has ended
  std::thread acceptor_;
};

}  // namespace bulkhead::bench
