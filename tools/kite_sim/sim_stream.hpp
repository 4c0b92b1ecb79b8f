#pragma once
// One accepted connection, plain or inside TLS: what HTTP and WebSocket are spoken over.
#include <memory>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>

namespace bulkhead::kite_sim {

/// Reads and writes as Asio's streams do, so Beast takes it for one. May be moved between two operations.
class sim_stream {
 public:
  using next_layer_type = boost::beast::tcp_stream;
  using executor_type = next_layer_type::executor_type;
  using tls_stream = boost::asio::ssl::stream<next_layer_type&>;

  /// `tls` nullptr: plain. Keeps a reference to it.
  sim_stream(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls)
      : tcp_(std::make_unique<next_layer_type>(std::move(socket))),
        tls_(tls == nullptr ? nullptr : std::make_unique<tls_stream>(*tcp_, *tls)) {}

  [[nodiscard]] next_layer_type& next_layer() noexcept { return *tcp_; }
  [[nodiscard]] const next_layer_type& next_layer() const noexcept { return *tcp_; }
  [[nodiscard]] boost::asio::ip::tcp::socket& socket() noexcept { return tcp_->socket(); }
  [[nodiscard]] executor_type get_executor() noexcept { return tcp_->get_executor(); }
  /// nullptr: plain.
  [[nodiscard]] tls_stream* tls() noexcept { return tls_.get(); }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& to, Handler&& done) {
    if (tls_) {
      tls_->async_read_some(to, std::forward<Handler>(done));
    } else {
      tcp_->async_read_some(to, std::forward<Handler>(done));
    }
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& from, Handler&& done) {
    if (tls_) {
      tls_->async_write_some(from, std::forward<Handler>(done));
    } else {
      tcp_->async_write_some(from, std::forward<Handler>(done));
    }
  }

 private:
  std::unique_ptr<next_layer_type> tcp_;  ///< where it is, whoever holds the stream: the TLS layer refers to it
  std::unique_ptr<tls_stream> tls_;
};

/// How Beast ends the connection after a WebSocket's closing handshake; found by its name.
template <class Handler>
void async_teardown(boost::beast::role_type role, sim_stream& stream, Handler&& done) {
  using boost::beast::websocket::async_teardown;
  if (stream.tls() != nullptr) {
    async_teardown(role, *stream.tls(), std::forward<Handler>(done));
  } else {
    async_teardown(role, stream.socket(), std::forward<Handler>(done));
  }
}

}  // namespace bulkhead::kite_sim
