#include "runtime/http/websocket_client.hpp"

#include "runtime/http/websocket_connection.hpp"
#include "runtime/http/websocket_url.hpp"

#include <mutex>
#include <stdexcept>

#include <boost/asio/ssl/host_name_verification.hpp>

namespace bulkhead {

namespace asio = boost::asio;
using tls_stream = beast::ssl_stream<beast::tcp_stream>;

/// Shared with whatever another thread has posted: that may run after the client is gone.
class websocket_client::core : public std::enable_shared_from_this<core> {
 public:
  core(websocket_settings settings, websocket_events events)
      : settings_(std::move(settings)), events_(std::move(events)) {}

  websocket_result run(const std::string& url) {
    if (const std::string error = websocket_url_error(url); !error.empty()) {
      throw std::invalid_argument("the URL of the WebSocket " + error);
    }
    const websocket_url parts = *parse_websocket_url(url);
    try {
      auto connection = parts.is_tls ? make_tls(parts) : make_plain(parts);
      {
        const std::scoped_lock lock{guard_};
        if (is_stopped_) return {websocket_end::stopped, 0, "stopped"};
        connection_ = connection;
      }
      connection->start();
      context_.run();
      const std::scoped_lock lock{guard_};
      connection_.reset();
      return connection->result();
    } catch (const boost::system::system_error& e) {  // a file of certificates, no memory for a session
      return {websocket_end::no_connection, 0, e.code().message()};
    }
  }

  bool send_text(std::string text) {
    std::shared_ptr<websocket_connection_base> connection;
    {
      const std::scoped_lock lock{guard_};
      connection = connection_;
    }
    return connection && connection->send_text(std::move(text));
  }

  void stop() {
    const std::scoped_lock lock{guard_};
    is_stopped_ = true;
    if (connection_) connection_->stop();
  }

 private:
  std::shared_ptr<websocket_connection_base> make_plain(const websocket_url& url) {
    return std::make_shared<websocket_connection<beast::tcp_stream>>(context_, settings_, events_, url,
                                                                     beast::tcp_stream{asio::make_strand(context_)});
  }

  std::shared_ptr<websocket_connection_base> make_tls(const websocket_url& url) {
    tls_.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                     asio::ssl::context::no_tlsv1_1);
    if (settings_.ca_file.empty()) {
      tls_.set_default_verify_paths();
    } else {
      boost::system::error_code error;
      tls_.load_verify_file(settings_.ca_file.string(), error);
      if (error) throw boost::system::system_error(error);
    }
    tls_stream stream{asio::make_strand(context_), tls_};
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification{url.host});
    // The server chooses its certificate by this name.
    if (SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str()) != 1) {
      throw boost::system::system_error(asio::error::invalid_argument);
    }
    return std::make_shared<websocket_connection<tls_stream>>(context_, settings_, events_, url, std::move(stream));
  }

  const websocket_settings settings_;
  const websocket_events events_;
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  asio::io_context context_{1};
  std::mutex guard_;
  std::shared_ptr<websocket_connection_base> connection_;  // under guard_
  bool is_stopped_ = false;                                // under guard_
};

websocket_client::websocket_client(websocket_settings settings, websocket_events events)
    : core_(std::make_shared<core>(std::move(settings), std::move(events))) {}
websocket_client::~websocket_client() = default;

websocket_result websocket_client::run(const std::string& url) { return core_->run(url); }
bool websocket_client::send_text(std::string text) { return core_->send_text(std::move(text)); }
void websocket_client::stop() { core_->stop(); }

}  // namespace bulkhead
