#pragma once
// The simulator on the network: an acceptor, the sessions behind it, the clock that moves the market. All on the one
// thread that runs the io_context.
#include "tools/kite_sim/core/simulator.hpp"
#include "tools/kite_sim/market_driver.hpp"
#include "tools/kite_sim/postback_sender.hpp"
#include "tools/kite_sim/ticker_hub.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace bulkhead::kite_sim {

class sim_server {
 public:
  using answer = std::function<void(http_reply)>;

  /// Binds at once; port 0 takes a free one. Throws boost::system::system_error. Keeps references to all but the
  /// address. `tls` nullptr: plain HTTP and WebSocket, else both inside TLS.
  sim_server(boost::asio::io_context& io, simulator& sim, market_driver& market, const std::string& address,
             std::uint16_t port, boost::asio::ssl::context* tls);

  [[nodiscard]] std::uint16_t port() const;
  void start();
  void stop();

  /// One request; `reply` is called once, perhaps later.
  void handle(const http_request& request, const answer& reply);
  [[nodiscard]] ticker_hub& hub() noexcept { return hub_; }

 private:
  /// Where an advance of the market ends: after so many frames, or at a time.
  struct advance_goal {
    std::optional<std::uint64_t> frames;
    std::optional<timestamp> until;
  };
  void accept();
  void keep_pace();
  void heartbeat();
  /// Sends out what the last request or frame brought about.
  void settle();
  [[nodiscard]] bool own_route(const http_request& request, const answer& reply);
  [[nodiscard]] advance_goal read_goal(const form& fields) const;
  void advance(advance_goal goal, const answer& reply, int waited_ms);
  [[nodiscard]] http_reply clock_reply() const;

  boost::asio::io_context* io_;
  simulator* sim_;
  market_driver* market_;
  boost::asio::ssl::context* tls_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pace_;
  boost::asio::steady_timer heart_;
  boost::asio::steady_timer advance_timer_;
  ticker_hub hub_;
  postback_sender postbacks_;
};

}  // namespace bulkhead::kite_sim
