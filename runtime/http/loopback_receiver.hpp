#pragma once
// Waits on this machine's loopback address for a browser that is sent back here: the last step of a login.
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bulkhead {

class loopback_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Nothing but 127.0.0.1 reaches it. Serves several connections at once: browsers open some that say nothing. Each may
/// send so much and last so long; one too many ends the oldest. One thread.
class loopback_receiver {
 public:
  static constexpr std::size_t max_request = 8UL * 1024;
  static constexpr std::size_t max_connections = 16;

  /// Listens from here on. 0: any free port. Throws loopback_error.
  explicit loopback_receiver(std::uint16_t port);
  ~loopback_receiver();
  loopback_receiver(const loopback_receiver&) = delete;
  loopback_receiver& operator=(const loopback_receiver&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// The target ("/path?query") of the first GET that `wanted` says yes to; that one is shown `page`, others are
  /// answered with 404. nullopt: none came in time.
  [[nodiscard]] std::optional<std::string> wait(const std::function<bool(std::string_view target)>& wanted,
                                                std::string_view page, std::chrono::milliseconds timeout);

 private:
  int listener_;
  std::uint16_t port_ = 0;
};

}  // namespace bulkhead
