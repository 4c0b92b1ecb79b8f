#pragma once
// One connection to Kite's WebSocket that is kept: made anew after every loss, with the login that counts then, and
// subscribed again. Owns one thread.
#include "runtime/brokers/zerodha/kite_rest.hpp"
#include "runtime/brokers/zerodha/kite_ticks.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace bulkhead {

class websocket_client;
struct websocket_result;

struct kite_socket_settings {
  std::string url = "wss://ws.kite.trade";  ///< or ws://127.0.0.1:PORT of a simulator; without a query
  std::filesystem::path ca_file;            ///< empty: the system's
  std::vector<std::uint32_t> tokens;        ///< empty: order updates only. At most kite_socket::most_tokens
  kite_mode mode = kite_mode::full;         ///< of all tokens
  std::size_t tokens_a_message = 500;       ///< Kite names no limit for one message
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds silence{5'000};         ///< without any frame (heartbeats count): the connection is dropped
  std::chrono::milliseconds first_delay{2'000};     ///< before the second attempt; doubles until one has settled
  std::chrono::milliseconds settled{30'000};        ///< a connection that spoke so long: the delays begin again
  std::chrono::milliseconds longest_delay{60'000};  ///< also between two attempts with a login that was refused
  std::chrono::milliseconds throttled_delay{10'000};  ///< at least, after HTTP 429
  std::chrono::milliseconds login_check{500};         ///< between two looks at the login
};

/// Why there is no connection.
enum class kite_loss : std::uint8_t {
  not_yet,    ///< no attempt has ended
  no_login,   ///< there is no access token, or Kite refused it (HTTP 403)
  throttled,  ///< too many connections or attempts (HTTP 429)
  new_login,  ///< dropped on purpose: another access token is there
  network,    ///< everything else
};

/// Called on the socket's thread; must neither block nor throw. What arrives between connected() and lost() came over
/// one connection, in order. There is no replay: what happened while it was lost has to be asked for.
struct kite_socket_events {
  std::function<void()> connected = [] {};  ///< and subscribed; nothing has been heard yet
  /// Once for each connection that ends, and for each attempt that fails for another reason than the one before.
  std::function<void(kite_loss, const std::string& why)> lost = [](kite_loss, const std::string&) {};
  std::function<void(std::span<const std::uint8_t>)> binary = [](std::span<const std::uint8_t>) {};
  std::function<void(std::string_view)> text = [](std::string_view) {};
  std::function<void()> pulse = [] {};  ///< about every 250 ms while connected, also when nothing comes
};

class kite_socket {
 public:
  static constexpr std::size_t most_tokens = 3'000;  ///< of one connection, by Kite's rule

  /// `credentials` and `why_none` as of kite_session_source; asked from the socket's thread. Throws
  /// std::invalid_argument for a URL that is not safe, or too many tokens.
  kite_socket(kite_socket_settings settings, std::function<kite_credentials()> credentials,
              std::function<std::string()> why_none, kite_socket_events events);
  ~kite_socket();  ///< ends the connection; no call of an event lasts longer
  kite_socket(const kite_socket&) = delete;
  kite_socket& operator=(const kite_socket&) = delete;

 private:
  void run();
  [[nodiscard]] websocket_result connect_once(const kite_credentials& login);
  void subscribe(websocket_client& client);
  void report(kite_loss loss, const std::string& why);
  /// Waits for `delay`, or until there is another access token than `used`. False: it ends.
  bool wait(std::chrono::milliseconds delay, const secret_text& used);
  [[nodiscard]] std::chrono::milliseconds next_delay();

  const kite_socket_settings settings_;
  const std::function<kite_credentials()> credentials_;
  const std::function<std::string()> why_none_;
  const kite_socket_events events_;
  std::minstd_rand jitter_{std::random_device{}()};
  int failures_ = 0;  ///< attempts since a connection had settled
  bool has_new_login_ = false;
  kite_loss last_loss_ = kite_loss::not_yet;
  std::string last_why_;
  std::mutex guard_;
  std::condition_variable ended_;
  bool is_ending_ = false;                    ///< under guard_
  std::shared_ptr<websocket_client> client_;  ///< under guard_: the one that is connecting or open
  std::thread thread_;
};

}  // namespace bulkhead
