#include "runtime/brokers/zerodha/order_updates.hpp"

#include "runtime/brokers/zerodha/kite_socket.hpp"
#include "runtime/brokers/zerodha/kite_updates.hpp"
#include "runtime/brokers/zerodha/order_watch.hpp"
#include "runtime/http/post_receiver.hpp"

#include <utility>

#include <fmt/format.h>

namespace bulkhead {

order_updates::order_updates(const kite_settings& settings, const secret_source& api_secret,
                             kite_session_source& session)
    : settings_(settings), api_secret_(api_secret), session_(session) {}

order_updates::~order_updates() = default;

void order_updates::give_to(std::weak_ptr<order_watch> watch, std::function<void(const std::string&)> notice,
                            std::function<void()> connected) {
  {
    const std::scoped_lock lock{guard_};
    watch_ = std::move(watch);
    notice_ = std::move(notice);
    connected_ = std::move(connected);
  }
  open_socket();
  listen();
}

void order_updates::open_socket() {
  if (settings_.socket_url.empty()) return;
  const std::scoped_lock lock{guard_};
  if (socket_) return;
  kite_socket_events events;
  events.connected = [this] { on_connected(); };
  events.lost = [this](kite_loss, const std::string& why) { on_lost(why); };
  events.binary = [this](std::span<const std::uint8_t>) { on_heard(); };
  events.text = [this](std::string_view text) {
    on_heard();
    on_text(text);
  };
  kite_socket_settings how;
  how.url = settings_.socket_url;
  how.ca_file = settings_.ca_file;
  how.connect_timeout = std::chrono::milliseconds{settings_.connect_timeout_ms};
  try {
    socket_ = std::make_unique<kite_socket>(
        std::move(how), [this] { return session_.credentials(); }, [this] { return session_.why_none(); },
        std::move(events));
  } catch (const std::exception& e) {
    why_not_ = e.what();
  }
}

void order_updates::listen() {
  if (settings_.postback_port == 0) return;
  std::string trouble;
  {
    const std::scoped_lock lock{guard_};
    if (receiver_) return;
    try {
      receiver_ = std::make_unique<post_receiver>(
          static_cast<std::uint16_t>(settings_.postback_port),
          [this](std::string_view body) { return on_postback(body); }, max_update_bytes);
    } catch (const std::exception& e) {
      trouble = e.what();
    }
    not_listening_ = trouble;
  }
  if (!trouble.empty()) tell("no postbacks: " + trouble);
}

void order_updates::on_connected() {
  std::function<void()> connected;
  {
    const std::scoped_lock lock{guard_};
    is_connected_ = true;
    has_spoken_ = false;
    why_not_.clear();
    connected = connected_;
  }
  // What happened while there was no connection is not told again.
  if (const auto w = watch()) w->read_soon();
  if (connected) connected();
}

void order_updates::on_lost(const std::string& why) {
  {
    const std::scoped_lock lock{guard_};
    is_connected_ = false;
    why_not_ = why;
  }
  if (const auto w = watch()) w->read_soon();
}

void order_updates::on_heard() {
  const std::scoped_lock lock{guard_};
  has_spoken_ = true;
  heard_at_ = steady::now();
}

void order_updates::on_text(std::string_view json) {
  try {
    kite_update update = read_socket_text(json, secret_or_none());
    if (update.what == kite_update::type::order) {
      {
        const std::scoped_lock lock{guard_};
        ++from_socket_;
      }
      deliver(std::move(*update.order));
    } else if (update.what != kite_update::type::skipped) {
      tell("Kite says: " + update.text);
    }
  } catch (const kite_error& e) {
    {
      const std::scoped_lock lock{guard_};
      ++unreadable_;
    }
    tell(fmt::format("an order update that cannot be used: {}", e.what()));
    // It said something about an order: the book says what.
    if (const auto w = watch()) w->read_soon();
  }
}

int order_updates::on_postback(std::string_view body) {
  constexpr int taken = 200;
  constexpr int unreadable = 400;
  constexpr int not_kites = 403;
  int status = unreadable;
  try {
    deliver(read_postback(body, api_secret_.get()));
    status = taken;
  } catch (const kite_error& e) {
    // Whoever posts learns no more than that.
    if (std::string_view{e.what()}.find("checksum") != std::string_view::npos) status = not_kites;
  } catch (const std::runtime_error& e) {
    status = not_kites;
    tell(fmt::format("postbacks cannot be verified: {}", e.what()));
  }
  const std::scoped_lock lock{guard_};
  ++(status == taken ? postbacks_ : bad_postbacks_);
  return status;
}

/// Without the secret a checksum cannot be looked at; the socket itself is Kite's.
secret_text order_updates::secret_or_none() const {
  try {
    return api_secret_.get();
  } catch (const std::runtime_error&) {
    return {};
  }
}

std::shared_ptr<order_watch> order_updates::watch() const {
  const std::scoped_lock lock{guard_};
  return watch_.lock();
}

void order_updates::deliver(kite_order_row row) {
  if (const auto w = watch()) w->pushed(std::move(row));
}

void order_updates::tell(const std::string& text) {
  std::function<void(const std::string&)> notice;
  {
    const std::scoped_lock lock{guard_};
    if (std::exchange(last_told_, text) == text) return;
    notice = notice_;
  }
  if (notice) notice(text);
}

bool order_updates::are_coming() const {
  const std::scoped_lock lock{guard_};
  return is_connected_ && has_spoken_;
}

std::string order_updates::socket_text() const {
  const std::scoped_lock lock{guard_};
  const std::string counts =
      fmt::format("{} order updates{}", from_socket_,
                  unreadable_ == 0 ? "" : fmt::format(", {} that could not be used", unreadable_));
  if (!is_connected_) return fmt::format("not connected: {}; {}", why_not_, counts);
  if (!has_spoken_) return fmt::format("connected, not a word yet; {}", counts);
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - heard_at_).count();
  return fmt::format("connected, spoke {}.{} s ago; {}", passed / 1000, passed % 1000 / 100, counts);
}

std::string order_updates::postback_text() const {
  if (settings_.postback_port == 0) return {};
  const std::scoped_lock lock{guard_};
  if (!receiver_) return not_listening_.empty() ? "not yet listening" : not_listening_;
  return fmt::format("{} taken, {} refused, on 127.0.0.1:{}", postbacks_, bad_postbacks_, settings_.postback_port);
}

}  // namespace bulkhead
