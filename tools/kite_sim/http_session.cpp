#include "tools/kite_sim/http_session.hpp"

#include "tools/kite_sim/sim_server.hpp"

#include <algorithm>
#include <chrono>
#include <sstream>
#include <utility>

#include <boost/asio/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

namespace bulkhead::kite_sim {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

// Above a minute: the Python client keeps a connection and does not send a POST again on one that was closed.
constexpr std::chrono::seconds idle_time{120};
constexpr std::chrono::seconds handshake_time{30};
constexpr std::uint32_t longest_header = 256 * 1024;  // 1000 instruments in one query
constexpr std::uint64_t longest_body = 1024UL * 1024;

std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

http_session::http_session(sim_stream stream, sim_server& server)
    : stream_(std::move(stream)), server_(&server), delay_(stream_.get_executor()) {
  beast::error_code ignored;
  stream_.socket().set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
}

void http_session::start() {
  if (stream_.tls() == nullptr) return read();
  stream_.next_layer().expires_after(handshake_time);
  stream_.tls()->async_handshake(boost::asio::ssl::stream_base::server,
                                 [self = shared_from_this()](const beast::error_code& error) {
                                   if (error) return self->close();
                                   self->read();
                                 });
}

void http_session::read() {
  parser_.emplace();
  parser_->header_limit(longest_header);
  parser_->body_limit(longest_body);
  stream_.next_layer().expires_after(idle_time);
  http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](beast::error_code error, std::size_t) {
    if (error) return self->close();
    self->on_request();
  });
}

void http_session::on_request() {
  const auto& request = parser_->get();
  keep_alive_ = request.keep_alive();
  version_ = request.version();
  if (beast::websocket::is_upgrade(request)) return upgrade();
  http_request made;
  made.method = text_of(request.method_string());
  made.target = text_of(request.target());
  made.authorization = text_of(request[http::field::authorization]);
  made.body = request.body();
  beast::error_code unknown;
  const auto peer = stream_.socket().remote_endpoint(unknown);
  made.from_loopback = !unknown && peer.address().is_loopback();
  stream_.next_layer().expires_never();
  server_->handle(made, [self = shared_from_this()](const http_reply& reply) { self->answer(reply); });
}

void http_session::upgrade() {
  const std::string target = text_of(parser_->get().target());
  if (const auto refused = server_->hub().refuse(target)) {
    keep_alive_ = false;
    return send(*refused);
  }
  stream_.next_layer().expires_never();
  server_->hub().open(std::move(stream_), parser_->release());
}

void http_session::answer(const http_reply& reply) {
  if (reply.end == http_reply::ending::none) return close();
  if (reply.delay_ms <= 0) return send(reply);
  delay_.expires_after(std::chrono::milliseconds{reply.delay_ms});
  delay_.async_wait([self = shared_from_this(), reply](const beast::error_code& error) {
    if (!error) self->send(reply);
  });
}

void http_session::send(const http_reply& reply) {
  response_ = std::make_shared<response>(static_cast<http::status>(reply.status), version_);
  response_->set(http::field::content_type, reply.type);
  if (!reply.location.empty()) response_->set(http::field::location, reply.location);
  response_->keep_alive(keep_alive_);
  response_->body() = reply.body;
  response_->prepare_payload();
  stream_.next_layer().expires_after(idle_time);
  if (reply.end == http_reply::ending::half) return send_half(*response_);
  http::async_write(stream_, *response_, [self = shared_from_this()](beast::error_code error, std::size_t) {
    if (error || !self->keep_alive_) return self->close();
    self->read();
  });
}

/// The header promises the whole; the connection ends in the middle of the body.
void http_session::send_half(const response& whole) {
  std::ostringstream text;
  text << whole;
  half_ = text.str();
  half_.erase(half_.size() - std::min(half_.size(), whole.body().size() / 2));
  boost::asio::async_write(stream_, boost::asio::buffer(half_),
                           [self = shared_from_this()](beast::error_code, std::size_t) { self->close(); });
}

/// At once, inside TLS too: answers say how long they are, and a lost one ends like a cut line.
void http_session::close() {
  beast::error_code ignored;
  stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
  stream_.next_layer().close();
}

}  // namespace bulkhead::kite_sim
