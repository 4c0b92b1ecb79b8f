#include "runtime/brokers/zerodha/kite_socket.hpp"

#include "runtime/brokers/zerodha/kite_encode.hpp"
#include "runtime/http/websocket_client.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bulkhead {
namespace {

using steady = std::chrono::steady_clock;

std::string_view name_of(kite_mode mode) {
  switch (mode) {
    case kite_mode::ltp:
      return "ltp";
    case kite_mode::quote:
      return "quote";
    case kite_mode::full:
      break;
  }
  return "full";
}

kite_loss loss_of(const websocket_result& r) {
  if (r.end != websocket_end::refused) return kite_loss::network;
  return r.status == 403 ? kite_loss::no_login : r.status == 429 ? kite_loss::throttled : kite_loss::network;
}

std::string why_of(const websocket_result& r) {
  if (r.end == websocket_end::refused && r.status == 403) {
    return "Kite refused the login (HTTP 403): bulkhead login zerodha";
  }
  if (r.end == websocket_end::refused && r.status == 429) return "too many connections for this app (HTTP 429)";
  return r.error;
}

}  // namespace

kite_socket::kite_socket(kite_socket_settings settings, std::function<kite_credentials()> credentials,
                         std::function<std::string()> why_none, kite_socket_events events)
    : settings_(std::move(settings)),
      credentials_(std::move(credentials)),
      why_none_(std::move(why_none)),
      events_(std::move(events)) {
  if (const std::string error = websocket_url_error(settings_.url); !error.empty()) {
    throw std::invalid_argument(fmt::format("\"{}\" {}", settings_.url, error));
  }
  if (settings_.url.find('?') != std::string::npos) {
    throw std::invalid_argument("the URL of Kite's socket has a query, allowed: none, the login is added to it");
  }
  if (settings_.tokens.size() > most_tokens) {
    throw std::invalid_argument(fmt::format("{} instruments on one connection to Kite, allowed: at most {}",
                                            settings_.tokens.size(), most_tokens));
  }
  thread_ = std::thread{[this] { run(); }};
}

kite_socket::~kite_socket() {
  {
    const std::scoped_lock lock{guard_};
    is_ending_ = true;
    if (client_) client_->stop();
  }
  ended_.notify_all();
  thread_.join();
}

void kite_socket::run() {
  for (;;) {
    const kite_credentials login = credentials_();
    std::chrono::milliseconds delay = settings_.longest_delay;
    if (login.access_token.empty()) {
      report(kite_loss::no_login, why_none_());
      delay = settings_.login_check;  // nothing is asked of Kite: the reason may change
    } else {
      const websocket_result result = connect_once(login);
      if (result.end == websocket_end::stopped && !has_new_login_) return;
      if (std::exchange(has_new_login_, false)) {
        report(kite_loss::new_login, "another login is there");
        continue;
      }
      const kite_loss loss = loss_of(result);
      report(loss, why_of(result));
      if (loss != kite_loss::no_login) delay = next_delay();
      if (loss == kite_loss::throttled) delay = std::max(delay, settings_.throttled_delay);
    }
    if (!wait(delay, login.access_token)) return;
  }
}

websocket_result kite_socket::connect_once(const kite_credentials& login) {
  websocket_settings settings;
  settings.connect_timeout = settings_.connect_timeout;
  settings.pulse = std::min(settings.pulse, settings_.silence / 4);
  settings.idle_timeout = settings_.silence - settings.pulse;  // noticed up to a pulse later: within `silence`
  settings.ca_file = settings_.ca_file;
  settings.headers = {{"X-Kite-Version", "3"}};
  steady::time_point looked_at = steady::now();
  std::optional<steady::time_point> first_heard;
  // A server that takes every connection, says a word and hangs up would otherwise be asked without pause.
  const auto heard = [&] {
    const auto now = steady::now();
    if (!first_heard) first_heard = now;
    if (now - *first_heard >= settings_.settled) failures_ = 0;
  };
  std::shared_ptr<websocket_client> client;
  websocket_events events;
  events.on_open = [&] {
    subscribe(*client);
    last_loss_ = kite_loss::not_yet;
    last_why_.clear();
    events_.connected();
  };
  events.on_text = [&](std::string_view text) {
    heard();
    events_.text(text);
  };
  events.on_binary = [&](std::span<const std::uint8_t> bytes) {
    heard();
    events_.binary(bytes);
  };
  events.on_pulse = [&] {
    events_.pulse();
    if (steady::now() - looked_at < settings_.login_check) return;
    looked_at = steady::now();
    const kite_credentials now = credentials_();
    // A login that merely ended is Kite's to refuse: the connection may well live on.
    if (now.access_token.empty() || now.access_token.equals(login.access_token.reveal())) return;
    has_new_login_ = true;
    client->stop();
  };
  client = std::make_shared<websocket_client>(std::move(settings), std::move(events));
  {
    const std::scoped_lock lock{guard_};
    if (is_ending_) return {websocket_end::stopped, 0, "stopped"};
    client_ = client;
  }
  websocket_result result =
      client->run(fmt::format("{}?api_key={}&access_token={}", settings_.url, url_encoded(login.api_key),
                              url_encoded(login.access_token.reveal())));
  const std::scoped_lock lock{guard_};
  client_.reset();
  if (is_ending_) has_new_login_ = false;
  return result;
}

void kite_socket::subscribe(websocket_client& client) {
  const std::span<const std::uint32_t> all{settings_.tokens};
  for (std::size_t i = 0; i < all.size(); i += settings_.tokens_a_message) {
    const auto some = all.subspan(i, std::min(settings_.tokens_a_message, all.size() - i));
    // 3000 tokens are 30 kB: the queue of a fresh connection holds them.
    client.send_text(fmt::format(R"({{"a":"subscribe","v":[{}]}})", fmt::join(some, ",")));
    client.send_text(fmt::format(R"({{"a":"mode","v":["{}",[{}]]}})", name_of(settings_.mode), fmt::join(some, ",")));
  }
}

void kite_socket::report(kite_loss loss, const std::string& why) {
  if (loss == last_loss_ && why == last_why_) return;
  last_loss_ = loss;
  last_why_ = why;
  events_.lost(loss, why);
}

bool kite_socket::wait(std::chrono::milliseconds delay, const secret_text& used) {
  const auto until = steady::now() + delay;
  std::unique_lock lock{guard_};
  while (!is_ending_ && steady::now() < until) {
    ended_.wait_until(lock, std::min(until, steady::now() + settings_.login_check));
    if (is_ending_) break;
    lock.unlock();
    const kite_credentials now = credentials_();
    lock.lock();
    if (!now.access_token.empty() && !now.access_token.equals(used.reveal())) break;
  }
  return !is_ending_;
}

std::chrono::milliseconds kite_socket::next_delay() {
  const int doublings = std::min(failures_++, 16);
  const auto delay = std::min(settings_.first_delay * (std::int64_t{1} << doublings), settings_.longest_delay);
  // Half of it is fixed, half is drawn: many nodes that lost the same server do not come back at once.
  std::uniform_int_distribution<std::int64_t> part{delay.count() / 2, delay.count()};
  return std::chrono::milliseconds{part(jitter_)};
}

}  // namespace bulkhead
