#include "runtime/http/websocket_url.hpp"

#include "runtime/http/websocket_client.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace bulkhead {
namespace {

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    return false;
  }
  const int port = std::stoi(std::string{text});
  return port >= 1 && port <= 65535;
}

/// No space, no control character and nothing beyond ASCII: it goes into a request line.
bool is_clean(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

std::optional<websocket_url> parse_websocket_url(std::string_view text) {
  websocket_url out;
  if (!is_clean(text) || text.find('#') != std::string_view::npos) return std::nullopt;
  out.is_tls = text.starts_with("wss://");
  if (!out.is_tls && !text.starts_with("ws://")) return std::nullopt;
  text.remove_prefix(out.is_tls ? 6 : 5);
  const auto end = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, end);
  const std::string_view rest = text.substr(end);
  if (authority.find('@') != std::string_view::npos) return std::nullopt;
  out.authority = authority;
  if (!rest.starts_with('/')) out.target.push_back('/');
  out.target += rest;
  out.port = out.is_tls ? "443" : "80";
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    out.host = authority.substr(1, close - 1);
    authority.remove_prefix(close + 1);
    if (!authority.empty() && !authority.starts_with(':')) return std::nullopt;
  } else {
    out.host = authority.substr(0, authority.find(':'));
    authority.remove_prefix(out.host.size());
  }
  if (!authority.empty()) {
    if (!is_port(authority.substr(1))) return std::nullopt;
    out.port = authority.substr(1);
  }
  if (out.host.empty()) return std::nullopt;
  return out;
}

bool is_loopback_host(std::string_view host) {
  const std::string text{host};
  std::array<unsigned char, 16> bytes{};
  if (text == "localhost") return true;
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return bytes[0] == 127;
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return false;
  return bytes.back() == 1 && std::all_of(bytes.begin(), bytes.end() - 1, [](unsigned char b) { return b == 0; });
}

std::string websocket_url_error(std::string_view url) {
  const auto parts = parse_websocket_url(url);
  if (!parts) return "is no URL of a WebSocket, allowed: wss://HOST[:PORT][/PATH], or ws:// to this machine";
  if (!parts->is_tls && !is_loopback_host(parts->host)) {
    return fmt::format("would send secrets in clear to {}, allowed: wss://, or ws:// to 127.0.0.1", parts->host);
  }
  return {};
}

}  // namespace bulkhead
