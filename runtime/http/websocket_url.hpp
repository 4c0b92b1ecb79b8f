#pragma once
// The parts of a WebSocket's URL.
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead {

struct websocket_url {
  bool is_tls = false;
  std::string host;  ///< without the brackets of an IPv6 address
  std::string port;
  std::string authority;  ///< as the Host header names it
  std::string target;     ///< path and query; begins with "/"; may hold secrets
};

/// nullopt: no URL of a WebSocket.
[[nodiscard]] std::optional<websocket_url> parse_websocket_url(std::string_view text);

/// "localhost", 127.x.y.z or ::1, by the text alone.
[[nodiscard]] bool is_loopback_host(std::string_view host);

}  // namespace bulkhead
