#include "tools/kite_sim/ticker_socket.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <nlohmann/json.hpp>

namespace bulkhead::kite_sim {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using nlohmann::json;

constexpr std::size_t most_texts = 10'000;
constexpr std::size_t longest_command = 256UL * 1024;
constexpr std::chrono::seconds heartbeat{1};

}  // namespace

ticker_socket::ticker_socket(sim_stream stream, simulator& sim, access who, std::function<void()> at_end)
    : stream_(std::move(stream)),
      sim_(&sim),
      who_(std::move(who)),
      at_end_(std::move(at_end)),
      heart_(stream_.get_executor()) {}

void ticker_socket::accept(upgrade request) {
  // No pings and no idle end of our own: clients watch for frames, and an unasked pong makes the Python one hang up.
  websocket::stream_base::timeout patience{};
  patience.handshake_timeout = std::chrono::seconds{30};
  patience.idle_timeout = websocket::stream_base::none();
  patience.keep_alive_pings = false;
  stream_.set_option(patience);
  stream_.auto_fragment(false);
  stream_.read_message_max(longest_command);
  auto kept = std::make_shared<upgrade>(std::move(request));
  stream_.async_accept(*kept, [self = shared_from_this(), kept](beast::error_code error) {
    if (error) return self->cut();
    self->open_ = true;
    self->read();
    self->beat();
    self->flush();
  });
}

void ticker_socket::read() {
  stream_.async_read(buffer_, [self = shared_from_this()](beast::error_code error, std::size_t) {
    if (error) return self->cut();
    self->on_command(beast::buffers_to_string(self->buffer_.data()));
    self->buffer_.consume(self->buffer_.size());
    if (!self->over_) self->read();
  });
}

void ticker_socket::on_command(const std::string& command) {
  const subscriptions::outcome result = wanted_.apply(command);
  for (const std::uint32_t token : result.fresh) {
    const auto id = sim_->venue().listed().by_token(token);
    if (id && sim_->venue().market().row(*id).last.raw > 0) dirty_.insert(token);
  }
  if (!result.error.empty()) send_text(json{{"type", "error"}, {"data", result.error}}.dump());
  flush();
}

void ticker_socket::beat() {
  heart_.expires_after(heartbeat);
  heart_.async_wait([self = shared_from_this()](beast::error_code error) {
    if (error || self->over_) return;
    if (session_ended(*self)) return self->cut();
    if (!self->sent_since_beat_ && !self->is_writing_ && !self->is_muted()) {
      self->write({message_kind::binary, std::string(1, '\0')});
    }
    self->sent_since_beat_ = false;
    self->flush();
    self->beat();
  });
}

bool ticker_socket::session_ended(const ticker_socket& one) {
  return one.sim_->socket_access(one.who_.api_key, one.who_.token) == nullptr;
}

void ticker_socket::changed(const std::vector<instrument_id>& instruments) {
  if (wanted_.modes().empty()) return;
  for (const instrument_id id : instruments) {
    const std::uint32_t token = sim_->venue().listed().table().at(id).token;
    if (wanted_.modes().contains(token)) dirty_.insert(token);
  }
  flush();
}

void ticker_socket::send_text(std::string text) {
  if (over_) return;
  if (queue_.size() >= most_texts) return cut();
  queue_.push_back({message_kind::text, std::move(text)});
  flush();
}

bool ticker_socket::idle() const noexcept {
  return over_ || !open_ || is_muted() || (!is_writing_ && queue_.empty() && dirty_.empty());
}

void ticker_socket::cut() {
  if (std::exchange(over_, true)) return;
  heart_.cancel();
  beast::error_code ignored;
  beast::get_lowest_layer(stream_).socket().shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
  beast::get_lowest_layer(stream_).close();
  at_end_();
}

void ticker_socket::flush() {
  if (!open_ || over_ || is_writing_ || is_muted()) return;
  message next = next_message();
  if (!next.bytes.empty() && !meets_faults(next)) write(std::move(next));
}

/// Texts go before ticks. Without bytes: there is nothing to send.
ticker_socket::message ticker_socket::next_message() {
  if (queue_.empty()) return {message_kind::binary, next_ticks()};
  message next = std::move(queue_.front());
  queue_.pop_front();
  return next;
}

std::string ticker_socket::next_ticks() {
  std::vector<std::string> packets;
  for (const std::uint32_t token : dirty_) {
    const auto mode = wanted_.modes().find(token);
    const auto id = sim_->venue().listed().by_token(token);
    if (mode == wanted_.modes().end() || !id) continue;
    packets.push_back(tick_packet(token, sim_->venue().market().row(*id), mode->second));
  }
  dirty_.clear();
  return packets.empty() ? std::string{} : tick_frame(packets);
}

/// What faults do to a frame, once. True: it is not to be written now.
bool ticker_socket::meets_faults(message& frame) {
  if (std::exchange(frame.has_met_faults, true)) return false;
  faults& mishaps = sim_->mishaps();
  if (mishaps.strike(fault_kind::socket_cut)) {
    cut();
    return true;
  }
  if (const auto mute = mishaps.strike(fault_kind::socket_mute)) {
    muted_until_ = std::chrono::steady_clock::now() + std::chrono::seconds{mute->value};
    if (frame.kind == message_kind::text) queue_.push_front(std::move(frame));  // ticks are made anew
    return true;
  }
  if (mishaps.strike(fault_kind::truncated_frame)) frame.bytes.resize(frame.bytes.size() / 2 + 1);
  if (!mishaps.strike(fault_kind::garbage_frame)) return false;
  queue_.push_front(std::move(frame));
  write({message_kind::binary, mishaps.random_bytes(48)});
  return true;
}

void ticker_socket::write(message next) {
  is_writing_ = true;
  sent_since_beat_ = true;
  writing_ = std::move(next.bytes);
  stream_.binary(next.kind == message_kind::binary);
  stream_.async_write(boost::asio::buffer(writing_), [self = shared_from_this()](beast::error_code error, std::size_t) {
    self->is_writing_ = false;
    if (error) return self->cut();
    self->flush();
  });
}

}  // namespace bulkhead::kite_sim
