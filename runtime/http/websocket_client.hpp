#pragma once
// One WebSocket connection as a client: TLS with checked certificates, finite time-outs, bounded messages, and the
// truth about why it ended.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bulkhead {

struct websocket_settings {
  std::chrono::milliseconds connect_timeout{5'000};  ///< address, connection, TLS and upgrade together
  std::chrono::milliseconds idle_timeout{5'000};  ///< without a whole message (pings are none), or with a write stuck
  std::chrono::milliseconds close_timeout{500};   ///< for the goodbye that stop() says
  std::chrono::milliseconds pulse{250};           ///< between two calls of on_pulse; the grain of idle_timeout
  std::size_t max_message_bytes = 1024UL * 1024;
  std::size_t max_queued_bytes = 1024UL * 1024;              ///< of texts that are not sent yet
  std::filesystem::path ca_file;                             ///< certificates that sign servers; empty: the system's
  std::vector<std::pair<std::string, std::string>> headers;  ///< of the upgrade, besides what WebSocket needs
};

enum class websocket_end : std::uint8_t {
  stopped,        ///< stop() was called
  no_connection,  ///< never open: no address, no connection, no TLS session, an answer that is no HTTP
  refused,        ///< the server answered the upgrade with another HTTP status
  closed,         ///< the server said goodbye
  broken,         ///< cut, or the server broke the protocol or sent a message that is too large
  silent,         ///< no message for idle_timeout
};

struct websocket_result {
  websocket_end end = websocket_end::no_connection;
  int status = 0;     ///< refused: the HTTP status
  std::string error;  ///< for people; holds no part of the URL's path and query
};

/// All are called on the thread of run(), and must neither throw nor block.
struct websocket_events {
  std::function<void()> on_open = [] {};
  std::function<void(std::string_view)> on_text = [](std::string_view) {};
  std::function<void(std::span<const std::uint8_t>)> on_binary = [](std::span<const std::uint8_t>) {};
  std::function<void()> on_pulse = [] {};  ///< from on_open to the end
};

/// What is wrong with the URL of a WebSocket; empty: nothing. wss:// to any host, ws:// only to this machine.
[[nodiscard]] std::string websocket_url_error(std::string_view url);

/// One connection: run() is called once. Answers pings and sends none; no extension is offered.
class websocket_client {
 public:
  websocket_client(websocket_settings settings, websocket_events events);
  ~websocket_client();
  websocket_client(const websocket_client&) = delete;
  websocket_client& operator=(const websocket_client&) = delete;

  /// Connects and serves the connection until it ends, on the calling thread. The URL may hold secrets: it is in no
  /// error. Throws std::invalid_argument for a URL that websocket_url_error refuses.
  [[nodiscard]] websocket_result run(const std::string& url);

  /// From any thread, in the order of the calls. False: not open, or more than max_queued_bytes would wait; nothing is
  /// sent then.
  bool send_text(std::string text);

  /// From any thread: run() ends soon, with a goodbye where the connection is open. Also before run().
  void stop();

 private:
  class core;
  const std::shared_ptr<core> core_;
};

}  // namespace bulkhead
