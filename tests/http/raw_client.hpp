#pragma once
// One TCP connection to this machine that says what it is told, byte for byte; closed at its end.
#include <cstdint>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bulkhead::test {

class raw_client {
 public:
  explicit raw_client(std::uint16_t port, std::string_view text = {}) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    (void)::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
  }
  ~raw_client() { ::close(fd_); }
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  /// All that comes until the other side closes.
  [[nodiscard]] std::string received() const {
    std::string all;
    char buffer[1024];
    for (ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0); n > 0; n = ::recv(fd_, buffer, sizeof buffer, 0)) {
      all.append(buffer, static_cast<std::size_t>(n));
    }
    return all;
  }

 private:
  int fd_;
};

}  // namespace bulkhead::test
