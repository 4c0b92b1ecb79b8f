#pragma once
// Takes what is posted to a port of this machine's loopback address: webhooks that a proxy of the owner's passes on.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace bulkhead {

class post_receiver_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Nothing but 127.0.0.1 reaches it. One request a connection; each connection has a few seconds, each request a bound,
/// and one connection too many is closed at once. One thread, its own.
class post_receiver {
 public:
  /// The body of one POST to the HTTP status of its answer. On the receiver's thread; must not wait, must not throw.
  using handler = std::function<int(std::string_view body)>;

  static constexpr std::size_t max_connections = 32;

  /// Listens from here on. 0: any free port. Throws post_receiver_error.
  post_receiver(std::uint16_t port, handler take, std::size_t max_body);
  /// Closes what is open; waits for a handler that runs.
  ~post_receiver();
  post_receiver(const post_receiver&) = delete;
  post_receiver& operator=(const post_receiver&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  class server;
  std::unique_ptr<server> server_;
};

}  // namespace bulkhead
