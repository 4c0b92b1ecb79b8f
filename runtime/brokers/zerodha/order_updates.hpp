#pragma once
// The ways in for what Kite says about orders unasked: its socket, and postbacks on a port of this machine. Both live
// as long as the account, whoever trades on it just now.
#include "runtime/brokers/zerodha/kite_rows.hpp"
#include "runtime/brokers/zerodha/kite_session.hpp"
#include "runtime/ports/kite_settings.hpp"
#include "runtime/secrets/secret_source.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace bulkhead {

class kite_socket;
class order_watch;
class post_receiver;

/// Thread-safe. Makes no connection and listens on no port before somebody takes the updates.
class order_updates {
 public:
  /// All three outlive it.
  order_updates(const kite_settings& settings, const secret_source& api_secret, kite_session_source& session);
  ~order_updates();
  order_updates(const order_updates&) = delete;
  order_updates& operator=(const order_updates&) = delete;

  /// From now on `watch` gets them, for as long as it lives; the newest counts. A port that was taken is tried again.
  /// `notice`: for people. `connected`: at each connection of the socket: what happened before is not told by it.
  void give_to(
      std::weak_ptr<order_watch> watch, std::function<void(const std::string&)> notice,
      std::function<void()> connected = [] {});

  /// The socket is there and has spoken: the book may be read rarely.
  [[nodiscard]] bool are_coming() const;
  [[nodiscard]] std::string socket_text() const;    ///< for people
  [[nodiscard]] std::string postback_text() const;  ///< empty: no port is named

  /// One postback's body to the HTTP status of its answer.
  [[nodiscard]] int on_postback(std::string_view body);
  /// One text frame of the socket.
  void on_text(std::string_view json);

 private:
  using steady = std::chrono::steady_clock;

  void open_socket();
  void listen();
  void on_heard();
  void on_connected();
  void on_lost(const std::string& why);
  void deliver(kite_order_row row);
  void tell(const std::string& text);
  [[nodiscard]] secret_text secret_or_none() const;
  [[nodiscard]] std::shared_ptr<order_watch> watch() const;

  const kite_settings& settings_;
  const secret_source& api_secret_;
  kite_session_source& session_;

  mutable std::mutex guard_;
  std::weak_ptr<order_watch> watch_;
  std::function<void(const std::string&)> notice_;
  std::function<void()> connected_;
  bool is_connected_ = false;
  bool has_spoken_ = false;  ///< since it connected
  steady::time_point heard_at_;
  std::string why_not_ = "not yet";
  std::string last_told_;
  std::uint64_t from_socket_ = 0;
  std::uint64_t unreadable_ = 0;  ///< text frames
  std::string not_listening_;     ///< why; empty: it listens, or need not
  std::uint64_t postbacks_ = 0;
  std::uint64_t bad_postbacks_ = 0;

  std::unique_ptr<post_receiver> receiver_;  ///< these last: their threads use the others
  std::unique_ptr<kite_socket> socket_;
};

}  // namespace bulkhead
