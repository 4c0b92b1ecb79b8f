#include "runtime/brokers/zerodha/zerodha_account.hpp"

#include "runtime/brokers/zerodha/kite_failpoints.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::size_t most_threads = 16;
/// Kite allows ten other requests a second; ticks, logins and people need some of them.
constexpr std::int64_t reads_per_second = 8;
/// Where the book is to be read often (a rehearsal, in which a day passes in seconds), so often.
constexpr std::int64_t reads_a_poll = 4;
constexpr std::chrono::milliseconds read_patience{3'000};

timestamp wall_time() {
  return timestamp{
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count()};
}

http_client_settings http_of(const kite_settings& s) {
  http_client_settings out;
  out.connect_timeout = std::chrono::milliseconds{s.connect_timeout_ms};
  out.total_timeout = std::chrono::milliseconds{s.total_timeout_ms};
  // Orders must come from the address that is registered with the app: one way out, and not the one that answers first.
  out.ip = s.url.starts_with("http://[") ? ip_version::any : ip_version::v4;
  out.ca_file = s.ca_file;  // one that cannot be read makes each request end as never sent, with the reason
  return out;
}

rate_budget_settings orders_of(const kite_settings& s) {
  return {s.orders_per_second, s.orders_per_minute, s.orders_per_day, s.exit_reserve_percent};
}

rate_budget_settings reads_of(const kite_settings& s) {
  return {.per_second = std::max(reads_per_second, reads_a_poll * 1'000 / s.poll_ms),
          .per_minute = 0,
          .per_day = 0,
          .exit_reserve_percent = 0};
}

/// Kite's word that the session is over, wherever it comes.
bool ends_session(const http_result& result) { return result.status == 403 && read_reply(result).is_session_over(); }

}  // namespace

zerodha_account::zerodha_account(const kite_settings& settings, http_call http)
    : settings_(settings),
      api_key_(settings.api_key, settings.api_key_file),
      api_secret_(settings.api_secret, settings.api_secret_file),
      session_(
          settings.session_file, [this] { return std::string{api_key_.get().reveal()}; }, wall_time, settings.user_id),
      client_(http_of(settings)),
      http_(http ? std::move(http) : [this](const http_request& r) { return client_.perform(r); }),
      orders_(std::make_shared<request_pacer>(orders_of(settings))),
      reads_(std::make_shared<request_pacer>(reads_of(settings))),
      threads_(std::make_shared<thread_budget>(most_threads)),
      updates_(std::make_unique<order_updates>(settings_, api_secret_, session_)) {}

kite_rest zerodha_account::rest(const std::string& scope) {
  return kite_rest{with_failpoints(scope, [me = shared_from_this()](const http_request& r) { return me->call(r); }),
                   {settings_.url, [me = shared_from_this()] { return me->session_.credentials(); }}};
}

http_result zerodha_account::call(const http_request& r) {
  request_pacer::pass pass;
  if (r.method == http_method::get) {
    try {
      pass = reads_->take({.is_entry = false, .places = false}, read_patience);
    } catch (const pace_refused& e) {
      return {.delivery = http_delivery::never_sent, .error = fmt::format("not sent: {} (reads)", e.what())};
    }
  }
  http_result result = http_(r);
  if (result.delivery != http_delivery::answered) return result;
  if (result.status == 429) {
    // Orders have a limit of their own, which reads do not touch. Where that one was hit, the others may be near.
    if (r.method != http_method::get) orders_->throttled();
    reads_->throttled();
  } else if (ends_session(result)) {
    session_.on_refused();
  } else if (result.status == 200) {
    session_.on_taken();
  }
  return result;
}

void zerodha_account::show_in(account_lines& lines) {
  const auto mine = [me = weak_from_this()](auto text) {
    return [me, text]() -> std::string {
      const auto account = me.lock();
      return account ? text(*account) : std::string{};
    };
  };
  lines.show("login", mine([](zerodha_account& a) {
               if (const std::string why = a.session_.why_none(); !why.empty()) return why;
               if (a.session_.is_refused()) return std::string{session_over};
               const auto until = a.session_.expires_at();
               return until ? "valid until " + to_iso_ist(*until) : std::string{"none"};
             }));
  lines.show("order requests", mine([](zerodha_account& a) { return a.orders_->text(); }));
  lines.show("updates by socket", mine([](zerodha_account& a) { return a.updates_->socket_text(); }));
  lines.show("postbacks", mine([](zerodha_account& a) { return a.updates_->postback_text(); }));
}

}  // namespace bulkhead
