#pragma once
// The connection behind websocket_client: a chain of steps on one io_context, whose only thread is that of run(). Only
// websocket_client.cpp includes it.
#include "runtime/http/websocket_client.hpp"
#include "runtime/http/websocket_url.hpp"

#include <atomic>
#include <deque>
#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <fmt/format.h>

namespace bulkhead {

namespace beast = boost::beast;

class websocket_connection_base {
 public:
  virtual ~websocket_connection_base() = default;
  virtual void start() = 0;
  virtual bool send_text(std::string text) = 0;  ///< any thread
  virtual void stop() = 0;                       ///< any thread
  [[nodiscard]] const websocket_result& result() const noexcept { return result_; }

 protected:
  websocket_result result_;
};

/// `Next` is the stream below the WebSocket: TCP, or TLS over it.
template <class Next>
class websocket_connection final : public websocket_connection_base,
                                   public std::enable_shared_from_this<websocket_connection<Next>> {
  using tcp = boost::asio::ip::tcp;
  using error_code = boost::system::error_code;
  using steady = std::chrono::steady_clock;
  static constexpr bool is_tls = !std::is_same_v<Next, beast::tcp_stream>;

 public:
  websocket_connection(boost::asio::io_context& context, const websocket_settings& settings,
                       const websocket_events& events, websocket_url url, Next next)
      : context_(context),
        settings_(settings),
        events_(events),
        url_(std::move(url)),
        socket_(std::move(next)),
        resolver_(context),
        timer_(context) {}

  void start() override {
    deadline_ = steady::now() + settings_.connect_timeout;
    watch();
    error_code not_an_address;
    const auto address = boost::asio::ip::make_address(url_.host, not_an_address);
    const auto port = static_cast<std::uint16_t>(std::stoi(url_.port));
    if (!not_an_address) return connect({tcp::endpoint{address, port}});
    resolver_.async_resolve(url_.host, url_.port,
                            [me = self()](error_code error, const tcp::resolver::results_type& found) {
                              if (error) return me->fail(websocket_end::no_connection, error, "no address");
                              std::vector<tcp::endpoint> endpoints;
                              for (const auto& entry : found) endpoints.push_back(entry.endpoint());
                              me->connect(std::move(endpoints));
                            });
  }

  bool send_text(std::string text) override {
    if (!is_open_.load()) return false;
    const std::size_t size = text.size();
    if (queued_bytes_.fetch_add(size) + size > settings_.max_queued_bytes) {
      queued_bytes_.fetch_sub(size);
      return false;
    }
    boost::asio::post(context_, [me = self(), text = std::move(text)]() mutable {
      me->queue_.push_back(std::move(text));
      if (me->queue_.size() == 1) me->write();
    });
    return true;
  }

  void stop() override {
    boost::asio::post(context_, [me = self()] {
      if (me->has_ended_) return;
      me->note(websocket_end::stopped, "stopped");
      if (!me->is_open_) return me->cut();
      me->is_open_ = false;
      me->deadline_ = steady::now() + me->settings_.close_timeout;
      me->socket_.async_close(beast::websocket::close_code::normal, [me](error_code) { me->cut(); });
    });
  }

 private:
  std::shared_ptr<websocket_connection> self() { return this->shared_from_this(); }

  void connect(std::vector<tcp::endpoint> endpoints) {
    if (has_ended_) return;
    // A name of this machine may be written to lead elsewhere; clear text must not follow it there.
    if (!is_tls) std::erase_if(endpoints, [](const tcp::endpoint& e) { return !e.address().is_loopback(); });
    if (endpoints.empty()) return end(websocket_end::no_connection, "no address of this machine");
    endpoints_ = std::move(endpoints);
    beast::get_lowest_layer(socket_).async_connect(endpoints_, [me = self()](error_code error, const tcp::endpoint&) {
      if (error) return me->fail(websocket_end::no_connection, error, "no connection");
      error_code ignored;
      beast::get_lowest_layer(me->socket_).socket().set_option(tcp::no_delay{true}, ignored);
      me->begin_tls();
    });
  }

  void begin_tls() {
    if constexpr (is_tls) {
      socket_.next_layer().async_handshake(boost::asio::ssl::stream_base::client, [me = self()](error_code error) {
        if (!error) return me->upgrade();
        const long verdict = SSL_get_verify_result(me->socket_.next_layer().native_handle());
        if (verdict == X509_V_OK) return me->fail(websocket_end::no_connection, error, "no TLS session");
        me->end(websocket_end::no_connection, fmt::format("the certificate of {} is not trusted: {}", me->url_.host,
                                                          X509_verify_cert_error_string(verdict)));
      });
    } else {
      upgrade();
    }
  }

  void upgrade() {
    if (has_ended_) return;
    socket_.read_message_max(settings_.max_message_bytes);
    socket_.set_option(beast::websocket::stream_base::decorator([this](beast::websocket::request_type& request) {
      request.set(beast::http::field::user_agent, "bulkhead");
      for (const auto& [name, value] : settings_.headers) request.set(name, value);
    }));
    socket_.async_handshake(answer_, url_.authority, url_.target, [me = self()](error_code error) {
      if (error == beast::websocket::error::upgrade_declined) {
        me->result_.status = me->answer_.result_int();
        return me->end(websocket_end::refused,
                       fmt::format("the upgrade was answered with HTTP {}", me->result_.status));
      }
      if (error) return me->fail(websocket_end::no_connection, error, "no upgrade");
      if (me->has_ended_) return;
      me->last_message_ = steady::now();
      me->is_open_ = true;
      me->events_.on_open();
      me->read();
    });
  }

  void read() {
    socket_.async_read(buffer_, [me = self()](error_code error, std::size_t) {
      if (error) return me->end_reading(error);
      me->last_message_ = steady::now();
      const auto bytes = me->buffer_.cdata();
      const auto* data = static_cast<const std::uint8_t*>(bytes.data());
      if (me->is_open_ && me->socket_.got_text()) {
        me->events_.on_text({reinterpret_cast<const char*>(data), bytes.size()});
      } else if (me->is_open_) {
        me->events_.on_binary({data, bytes.size()});
      }
      me->buffer_.consume(me->buffer_.size());
      me->read();
    });
  }

  void end_reading(error_code error) {
    if (error == beast::websocket::error::closed) {
      return end(websocket_end::closed, fmt::format("the server closed the connection (code {})",
                                                    static_cast<unsigned>(socket_.reason().code)));
    }
    if (error == beast::websocket::error::message_too_big || error == beast::websocket::error::buffer_overflow) {
      return end(websocket_end::broken,
                 fmt::format("the server sent a message of more than {} bytes", settings_.max_message_bytes));
    }
    fail(websocket_end::broken, error, "the connection broke");
  }

  void write() {
    write_began_ = steady::now();
    socket_.text(true);
    socket_.async_write(boost::asio::buffer(queue_.front()), [me = self()](error_code error, std::size_t) {
      me->write_began_.reset();
      if (error) return me->fail(websocket_end::broken, error, "the connection broke");
      me->queued_bytes_ -= me->queue_.front().size();
      me->queue_.pop_front();
      if (!me->queue_.empty() && !me->has_ended_) me->write();
    });
  }

  /// One timer for everything that must not last for ever.
  void watch() {
    timer_.expires_after(settings_.pulse);
    timer_.async_wait([me = self()](error_code error) {
      if (error || me->has_ended_) return;
      if (me->is_open_) me->events_.on_pulse();
      me->check(steady::now());
      if (!me->has_ended_) me->watch();
    });
  }

  void check(steady::time_point now) {
    if (!is_open_) {
      if (now < deadline_) return;
      return end(websocket_end::no_connection,
                 fmt::format("no connection within {} ms", settings_.connect_timeout.count()));
    }
    if (now - last_message_ >= settings_.idle_timeout) {
      return end(websocket_end::silent, fmt::format("no message for {} ms", settings_.idle_timeout.count()));
    }
    if (write_began_ && now - *write_began_ >= settings_.idle_timeout) {
      end(websocket_end::broken,
          fmt::format("the server took nothing that is sent for {} ms", settings_.idle_timeout.count()));
    }
  }

  void fail(websocket_end how, error_code error, std::string_view what) {
    end(how, fmt::format("{}: {}", what, error.message()));
  }

  void end(websocket_end how, std::string why) {
    note(how, std::move(why));
    cut();
  }

  /// The first reason is the reason: what is cut afterwards fails in many ways.
  void note(websocket_end how, std::string why) {
    if (is_noted_) return;
    is_noted_ = true;
    result_.end = how;
    result_.error = std::move(why);
  }

  void cut() {
    if (has_ended_) return;
    has_ended_ = true;
    is_open_ = false;
    timer_.cancel();
    resolver_.cancel();
    beast::get_lowest_layer(socket_).close();
  }

  boost::asio::io_context& context_;
  const websocket_settings& settings_;  // the client's, as is the next: both outlive run()
  const websocket_events& events_;
  const websocket_url url_;
  beast::websocket::stream<Next, false> socket_;  // false: no compression, so no extension is offered
  tcp::resolver resolver_;
  boost::asio::steady_timer timer_;
  std::vector<tcp::endpoint> endpoints_;
  beast::websocket::response_type answer_;
  beast::flat_buffer buffer_;
  std::deque<std::string> queue_;  // the first one is being written
  std::atomic<std::size_t> queued_bytes_{0};
  std::atomic<bool> is_open_{false};
  steady::time_point deadline_, last_message_;
  std::optional<steady::time_point> write_began_;
  bool is_noted_ = false;
  bool has_ended_ = false;
};

}  // namespace bulkhead
