#include "runtime/http/loopback_receiver.hpp"

#include <algorithm>
#include <cerrno>
#include <list>
#include <system_error>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bulkhead {
namespace {

using steady = std::chrono::steady_clock;

[[noreturn]] void fail(std::string_view what) {
  throw loopback_error(fmt::format("{}: {}", what, std::error_code{errno, std::generic_category()}.message()));
}

/// One browser's connection.
class visitor {
 public:
  explicit visitor(int fd) : fd_(fd) {}
  ~visitor() { ::close(fd_); }
  visitor(const visitor&) = delete;
  visitor& operator=(const visitor&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool has_ended() const { return has_ended_; }

  /// Takes what has come. The target, once the whole head of a GET is here.
  std::optional<std::string> receive() {
    char buffer[2048];
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
    if (n <= 0) {
      has_ended_ = true;
      return std::nullopt;
    }
    head_.append(buffer, static_cast<std::size_t>(n));
    if (head_.find("\r\n\r\n") != std::string::npos) return target();
    if (head_.size() > loopback_receiver::max_request) has_ended_ = true;
    return std::nullopt;
  }

  void answer(std::string_view status, std::string_view page) {
    const std::string text = fmt::format(
        "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n"
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{}",
        status, page.size(), page);
    // A page is smaller than a socket's buffer; a browser that is gone is no loss.
    (void)::send(fd_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(fd_, SHUT_WR);
    has_ended_ = true;
  }

 private:
  std::optional<std::string> target() {
    const std::string line = head_.substr(0, head_.find("\r\n"));
    const auto end = line.find(' ', 4);
    if (!line.starts_with("GET /") || end == std::string::npos || !line.substr(end).starts_with(" HTTP/1.")) {
      answer("400 Bad Request", "");
      return std::nullopt;
    }
    return line.substr(4, end - 4);
  }

  int fd_;
  std::string head_;
  bool has_ended_ = false;
};

}  // namespace

loopback_receiver::loopback_receiver(std::uint16_t port)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  if (listener_ < 0) fail("no socket");
  const int yes = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    const int error = errno;
    ::close(listener_);
    errno = error;
    fail(fmt::format("127.0.0.1:{} cannot be listened on; end what uses it, or choose another port", port));
  }
  port_ = ntohs(address.sin_port);
}

loopback_receiver::~loopback_receiver() { ::close(listener_); }

std::optional<std::string> loopback_receiver::wait(const std::function<bool(std::string_view)>& wanted,
                                                   std::string_view page, std::chrono::milliseconds timeout) {
  const auto deadline = steady::now() + timeout;
  std::list<visitor> visitors;  // the oldest first
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady::now()).count();
    if (left <= 0) return std::nullopt;
    std::vector<pollfd> watched{{listener_, POLLIN, 0}};
    for (const visitor& v : visitors) watched.push_back({v.fd(), POLLIN, 0});
    if (::poll(watched.data(), watched.size(), static_cast<int>(std::min<long>(left, 1000))) < 0 && errno != EINTR) {
      fail("poll");
    }
    for (visitor& v : visitors) {
      auto target = v.receive();
      if (!target) continue;
      if (wanted(*target)) {
        v.answer("200 OK", page);
        return target;
      }
      v.answer("404 Not Found", "");
    }
    visitors.remove_if([](const visitor& v) { return v.has_ended(); });
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    if (visitors.size() == max_connections) visitors.pop_front();
    visitors.emplace_back(fd);
  }
}

}  // namespace bulkhead
