#pragma once
// One HTTP connection, plain or inside TLS: reads requests, writes answers, keeps alive; hands the stream over when a
// client upgrades.
#include "tools/kite_sim/core/simulator.hpp"
#include "tools/kite_sim/sim_stream.hpp"

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace bulkhead::kite_sim {

class sim_server;

/// Owned by its pending operations; runs on the server's one thread.
class http_session : public std::enable_shared_from_this<http_session> {
 public:
  http_session(sim_stream stream, sim_server& server);
  void start();

 private:
  using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using response = boost::beast::http::response<boost::beast::http::string_body>;

  void read();
  void on_request();
  void upgrade();
  void answer(const http_reply& reply);
  void send(const http_reply& reply);
  void send_half(const response& whole);
  void close();

  sim_stream stream_;
  boost::beast::flat_buffer buffer_;
  sim_server* server_;
  std::optional<parser> parser_;
  std::shared_ptr<response> response_;
  std::string half_;
  boost::asio::steady_timer delay_;
  bool keep_alive_ = true;
  unsigned version_ = 11;
};

}  // namespace bulkhead::kite_sim
