#include "tools/kite_sim/postback_sender.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

namespace bulkhead::kite_sim {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;

constexpr std::chrono::seconds patience{3};

}  // namespace

postback_target read_postback_url(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  const std::string given{url};
  if (!url.starts_with(scheme)) {
    throw std::invalid_argument(fmt::format("postback: given \"{}\", allowed: http://host:port/path", given));
  }
  url.remove_prefix(scheme.size());
  const std::size_t slash = std::min(url.find('/'), url.size());
  const std::string_view authority = url.substr(0, slash);
  const std::size_t colon = std::min(authority.find(':'), authority.size());
  postback_target out;
  out.host = authority.substr(0, colon);
  out.port = colon < authority.size() ? std::string{authority.substr(colon + 1)} : "80";
  out.path = slash < url.size() ? std::string{url.substr(slash)} : "/";
  if (out.host.empty()) {
    throw std::invalid_argument(fmt::format("postback: given \"{}\", allowed: http://host:port/path", given));
  }
  return out;
}

/// One request and its answer; owned by its pending operations.
struct postback_sender::delivery : std::enable_shared_from_this<postback_sender::delivery> {
  delivery(postback_sender& sender, boost::asio::io_context& io, waiting what)
      : owner(&sender), resolver(io), stream(io) {
    request.method(http::verb::post);
    request.target(what.to.path);
    request.version(11);
    request.set(http::field::host, what.to.host + ":" + what.to.port);
    request.set(http::field::content_type, "application/json");
    request.keep_alive(false);
    request.body() = std::move(what.body);
    request.prepare_payload();
    target = std::move(what.to);
  }

  void start() {
    stream.expires_after(patience);
    resolver.async_resolve(target.host, target.port,
                           [self = shared_from_this()](beast::error_code error, const tcp::resolver::results_type& to) {
                             if (error) return self->owner->done(false);
                             self->connect(to);
                           });
  }

  void connect(const tcp::resolver::results_type& to) {
    stream.async_connect(to, [self = shared_from_this()](beast::error_code error, const tcp::endpoint&) {
      if (error) return self->owner->done(false);
      http::async_write(self->stream, self->request, [self](beast::error_code failed, std::size_t) {
        if (failed) return self->owner->done(false);
        http::async_read(self->stream, self->buffer, self->answer, [self](beast::error_code broken, std::size_t) {
          self->owner->done(!broken && self->answer.result_int() == 200);
        });
      });
    });
  }

  postback_sender* owner;
  tcp::resolver resolver;
  beast::tcp_stream stream;
  postback_target target;
  http::request<http::string_body> request;
  beast::flat_buffer buffer;
  http::response<http::string_body> answer;
};

void postback_sender::send(postback_target to, std::string body) {
  if (queue_.size() >= most_waiting) {
    ++lost_;
    return;
  }
  queue_.push_back({std::move(to), std::move(body)});
  if (!busy_) next();
}

void postback_sender::next() {
  if (queue_.empty()) return;
  busy_ = true;
  auto one = std::make_shared<delivery>(*this, *io_, std::move(queue_.front()));
  queue_.pop_front();
  one->start();
}

void postback_sender::done(bool good) {
  ++(good ? sent_ : lost_);
  busy_ = false;
  next();
}

}  // namespace bulkhead::kite_sim
