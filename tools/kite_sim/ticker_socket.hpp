#pragma once
// One WebSocket connection of a client: what it subscribed to, and what is on its way to it. Runs on the server's one
// thread; owned by its pending operations and by the hub.
//
// Ticks wait as the set of instruments that changed, so a slow reader gets the newest state of each and the queue is
// bounded by the subscriptions. Texts (order updates, errors) are never merged; beyond ten thousand of them the
// connection is closed.
#include "tools/kite_sim/core/simulator.hpp"
#include "tools/kite_sim/core/subscriptions.hpp"
#include "tools/kite_sim/sim_stream.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

namespace bulkhead::kite_sim {

class ticker_socket : public std::enable_shared_from_this<ticker_socket> {
 public:
  using upgrade = boost::beast::http::request<boost::beast::http::string_body>;

  /// Keeps a reference to `sim`. `at_end` is called once, when the connection is over.
  ticker_socket(sim_stream stream, simulator& sim, access who, std::function<void()> at_end);

  void accept(upgrade request);
  [[nodiscard]] const access& who() const noexcept { return who_; }
  /// These instruments changed.
  void changed(const std::vector<instrument_id>& instruments);
  void send_text(std::string text);
  /// Nothing is on its way, or never will be.
  [[nodiscard]] bool idle() const noexcept;
  /// Closes the connection without a word.
  void cut();

 private:
  enum class message_kind : std::uint8_t { text, binary };
  struct message {
    message_kind kind;
    std::string bytes;
    bool has_met_faults = false;
  };

  void read();
  void on_command(const std::string& command);
  void beat();
  void flush();
  void write(message next);
  [[nodiscard]] message next_message();
  [[nodiscard]] std::string next_ticks();
  [[nodiscard]] bool meets_faults(message& frame);
  [[nodiscard]] static bool session_ended(const ticker_socket& one);
  [[nodiscard]] bool is_muted() const { return std::chrono::steady_clock::now() < muted_until_; }

  boost::beast::websocket::stream<sim_stream> stream_;
  simulator* sim_;
  access who_;
  std::function<void()> at_end_;
  boost::beast::flat_buffer buffer_;
  boost::asio::steady_timer heart_;
  subscriptions wanted_;
  std::set<std::uint32_t> dirty_;
  std::deque<message> queue_;
  std::string writing_;  ///< the frame on its way
  bool is_writing_ = false;
  bool sent_since_beat_ = false;
  bool open_ = false;
  bool over_ = false;
  std::chrono::steady_clock::time_point muted_until_;
};

}  // namespace bulkhead::kite_sim
