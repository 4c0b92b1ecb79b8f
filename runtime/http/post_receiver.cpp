#include "runtime/http/post_receiver.hpp"

#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

namespace bulkhead {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr std::chrono::seconds connection_time{5};
constexpr std::uint32_t max_header = 16UL * 1024;

/// One connection. Owned by its pending operation.
class visit : public std::enable_shared_from_this<visit> {
 public:
  visit(tcp::socket socket, const post_receiver::handler& take, std::size_t max_body, std::shared_ptr<void> place)
      : stream_(std::move(socket)), take_(take), place_(std::move(place)) {
    parser_.header_limit(max_header);
    parser_.body_limit(max_body);
  }

  void begin() {
    stream_.expires_after(connection_time);  // for all of it
    http::async_read(stream_, buffer_, parser_, [me = shared_from_this()](beast::error_code error, std::size_t) {
      if (!error) return me->answer(me->judge());
      if (error == http::error::body_limit) return me->answer(http::status::payload_too_large);
      if (error == http::error::header_limit) return me->answer(http::status::request_header_fields_too_large);
      if (error != http::error::end_of_stream && error.category() == http::make_error_code(http::error{}).category()) {
        return me->answer(http::status::bad_request);
      }
    });
  }

 private:
  http::status judge() {
    const auto& request = parser_.get();
    if (request.method() != http::verb::post) return http::status::method_not_allowed;
    return static_cast<http::status>(take_(request.body()));
  }

  void answer(http::status status) {
    reply_.emplace(status, 11);
    reply_->keep_alive(false);
    if (status == http::status::method_not_allowed) reply_->set(http::field::allow, "POST");
    reply_->prepare_payload();
    http::async_write(stream_, *reply_, [me = shared_from_this()](beast::error_code, std::size_t) {
      beast::error_code ignored;
      me->stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request_parser<http::string_body> parser_;
  std::optional<http::response<http::empty_body>> reply_;
  const post_receiver::handler& take_;
  std::shared_ptr<void> place_;  ///< among the connections
};

}  // namespace

class post_receiver::server {
 public:
  server(std::uint16_t port, handler take, std::size_t max_body)
      : take_(std::move(take)), max_body_(max_body), acceptor_(context_) {
    const tcp::endpoint here{asio::ip::address_v4::loopback(), port};
    try {
      acceptor_.open(here.protocol());
      acceptor_.set_option(tcp::acceptor::reuse_address(true));
      acceptor_.bind(here);
      acceptor_.listen();
    } catch (const boost::system::system_error& e) {
      throw post_receiver_error(
          fmt::format("127.0.0.1:{} cannot be listened on ({}); end what uses it, or choose another port", port,
                      e.code().message()));
    }
    accept();
    thread_ = std::thread{[this] { context_.run(); }};
  }

  ~server() {
    context_.stop();
    thread_.join();
  }
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void accept() {
    acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error && places_.use_count() <= static_cast<long>(max_connections)) {
        std::make_shared<visit>(std::move(socket), take_, max_body_, places_)->begin();
      }
      if (!error) return accept();
      // No descriptor is left, say: not at once again.
      later_.expires_after(std::chrono::milliseconds{200});
      later_.async_wait([this](const beast::error_code& stopped) {
        if (!stopped) accept();
      });
    });
  }

  const handler take_;
  const std::size_t max_body_;
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer later_{context_};
  std::shared_ptr<void> places_ = std::make_shared<char>();  ///< one owner here, one for each connection
  std::thread thread_;
};

post_receiver::post_receiver(std::uint16_t port, handler take, std::size_t max_body)
    : server_(std::make_unique<server>(port, std::move(take), max_body)) {}

post_receiver::~post_receiver() = default;

std::uint16_t post_receiver::port() const noexcept { return server_->port(); }

}  // namespace bulkhead
