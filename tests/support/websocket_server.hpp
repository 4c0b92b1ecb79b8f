#pragma once
// A WebSocket server that does what a test tells it to, connection by connection.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <poll.h>

namespace bulkhead::test {

/// One connection, in the hands of the test's function; cut when that returns. A peer that is gone is no error.
class websocket_peer {
 public:
  virtual ~websocket_peer() = default;
  [[nodiscard]] virtual const std::string& target() const = 0;  ///< of the request: path and query
  [[nodiscard]] virtual std::string header(const std::string& name) const = 0;
  virtual bool accept() = 0;                 ///< answers the upgrade with yes
  virtual void refuse(unsigned status) = 0;  ///< answers it with an HTTP status
  virtual void send_text(const std::string& text) = 0;
  virtual void send_binary(const std::vector<std::uint8_t>& bytes) = 0;
  virtual void ping() = 0;
  virtual void close() = 0;                             ///< says goodbye
  virtual void send_raw(const std::string& bytes) = 0;  ///< below the WebSocket
  virtual std::optional<std::string> read() = 0;        ///< nullopt: the client is gone
  virtual void wait_until_gone() = 0;                   ///< without reading as a WebSocket
  [[nodiscard]] virtual int pongs() const = 0;          ///< seen by read()
};

/// Each connection runs the script on a thread of its own, with its number: 0, 1, ...
class websocket_server {
 public:
  using script = std::function<void(websocket_peer&, int number)>;

  /// `tls_folder`: of tls_certificate.pem and tls_key.pem; empty: no TLS.
  explicit websocket_server(script s, const std::string& tls_folder = {});
  ~websocket_server();
  websocket_server(const websocket_server&) = delete;
  websocket_server& operator=(const websocket_server&) = delete;

  [[nodiscard]] std::string url(const std::string& host = "127.0.0.1") const {
    return (is_tls_ ? "wss://" : "ws://") + host + ":" + std::to_string(acceptor_.local_endpoint().port());
  }
  [[nodiscard]] int connections() const { return connections_.load(); }
  /// Scripts that wait ask it now and then.
  [[nodiscard]] bool is_ending() const { return is_ending_.load(); }

 private:
  void accept_all();
  void serve(boost::asio::ip::tcp::socket socket, int number);

  const script script_;
  const bool is_tls_;
  boost::asio::io_context context_;
  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_server};
  boost::asio::ip::tcp::acceptor acceptor_{context_, {boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::atomic<bool> is_ending_{false};
  std::atomic<int> connections_{0};
  std::mutex guard_;
  std::vector<int> open_;  // sockets, shut down at the end so that every read returns
  std::vector<std::thread> threads_;
  std::thread acceptor_thread_;
};

template <class Next>
class websocket_peer_over final : public websocket_peer {
 public:
  explicit websocket_peer_over(Next& next) : socket_(next) {
    boost::beast::flat_buffer buffer;
    boost::beast::http::read(socket_.next_layer(), buffer, request_, error_);
    target_ = std::string{request_.target()};
    socket_.control_callback([this](boost::beast::websocket::frame_type kind, boost::beast::string_view) {
      if (kind == boost::beast::websocket::frame_type::pong) ++pongs_;
    });
  }
  const std::string& target() const override { return target_; }
  std::string header(const std::string& name) const override { return std::string{request_[name]}; }
  bool accept() override {
    socket_.accept(request_, error_);
    return !error_;
  }
  void refuse(unsigned status) override {
    boost::beast::http::response<boost::beast::http::string_body> answer;
    answer.result(status);
    answer.version(11);
    answer.body() = "{\"status\":\"error\"}";
    answer.prepare_payload();
    boost::beast::http::write(socket_.next_layer(), answer, error_);
  }
  void send_text(const std::string& text) override {
    socket_.text(true);
    socket_.write(boost::asio::buffer(text), error_);
  }
  void send_binary(const std::vector<std::uint8_t>& bytes) override {
    socket_.binary(true);
    socket_.write(boost::asio::buffer(bytes), error_);
  }
  void ping() override { socket_.ping("are you there", error_); }
  void close() override { socket_.close(boost::beast::websocket::close_code::going_away, error_); }
  void send_raw(const std::string& bytes) override {
    boost::asio::write(socket_.next_layer(), boost::asio::buffer(bytes), error_);
  }
  std::optional<std::string> read() override {
    boost::beast::flat_buffer buffer;
    socket_.read(buffer, error_);
    if (error_) return std::nullopt;
    return boost::beast::buffers_to_string(buffer.data());
  }
  void wait_until_gone() override {
    char byte = 0;
    while (!error_) socket_.next_layer().read_some(boost::asio::buffer(&byte, 1), error_);
  }
  int pongs() const override { return pongs_; }

 private:
  boost::beast::websocket::stream<Next&, false> socket_;
  boost::beast::http::request<boost::beast::http::string_body> request_;
  boost::system::error_code error_;
  std::string target_;
  int pongs_ = 0;
};

inline websocket_server::websocket_server(script s, const std::string& tls_folder)
    : script_(std::move(s)), is_tls_(!tls_folder.empty()) {
  if (is_tls_) {
    tls_.use_certificate_chain_file(tls_folder + "/tls_certificate.pem");
    tls_.use_private_key_file(tls_folder + "/tls_key.pem", boost::asio::ssl::context::pem);
  }
  acceptor_thread_ = std::thread{[this] { accept_all(); }};
}

inline websocket_server::~websocket_server() {
  is_ending_ = true;
  acceptor_thread_.join();
  {
    const std::scoped_lock lock{guard_};
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& t : threads_) t.join();
}

inline void websocket_server::accept_all() {
  while (!is_ending_) {
    pollfd watched{acceptor_.native_handle(), POLLIN, 0};
    if (::poll(&watched, 1, 20) != 1) continue;
    boost::system::error_code error;
    boost::asio::ip::tcp::socket socket{context_};
    acceptor_.accept(socket, error);
    if (error) continue;
    threads_.emplace_back(
        [this, socket = std::move(socket), number = connections_++]() mutable { serve(std::move(socket), number); });
  }
}

inline void websocket_server::serve(boost::asio::ip::tcp::socket socket, int number) {
  const int fd = socket.native_handle();
  {
    const std::scoped_lock lock{guard_};
    open_.push_back(fd);
  }
  if (is_tls_) {
    boost::beast::ssl_stream<boost::asio::ip::tcp::socket&> stream{socket, tls_};
    boost::system::error_code error;
    stream.handshake(boost::asio::ssl::stream_base::server, error);
    if (!error) {
      websocket_peer_over<decltype(stream)> peer{stream};
      script_(peer, number);
    }
  } else {
    websocket_peer_over<boost::asio::ip::tcp::socket> peer{socket};
    script_(peer, number);
  }
  const std::scoped_lock lock{guard_};
  std::erase(open_, fd);
  boost::system::error_code ignored;
  socket.close(ignored);
}

}  // namespace bulkhead::test
