#include "runtime/brokers/zerodha/kite_rest.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::string_view no_session = "nobody is logged in at Zerodha; run: bulkhead login zerodha";

/// Kite's ids stand in the path: nothing else may.
bool is_path_safe(const std::string& id) { return !id.empty() && id.size() <= 64 && url_encoded(id) == id; }

std::string order_path(const broker_order_id& id) { return "/orders/regular/" + id.str(); }

kite_reply not_sent(std::string why) { return {.outcome = kite_outcome::not_sent, .message = std::move(why)}; }

kite_reply bad_id(const broker_order_id& id) {
  return not_sent(fmt::format("not sent: \"{}\" is no order id of Kite's", id.str().substr(0, 64)));
}

}  // namespace

bool is_safe_url(std::string_view url) {
  if (url.ends_with('/')) return false;
  if (url.starts_with("https://")) return url.size() > 8;
  return std::ranges::any_of(std::initializer_list<std::string_view>{"http://127.0.0.1", "http://[::1]"},
                             [&](std::string_view host) {
                               return url.starts_with(host) && (url.size() == host.size() || url[host.size()] == ':');
                             });
}

kite_rest::kite_rest(http_call http, kite_rest_settings settings)
    : http_(std::move(http)), settings_(std::move(settings)) {
  if (is_safe_url(settings_.base_url)) return;
  throw std::invalid_argument(
      fmt::format("Kite's address \"{}\": allowed: https://HOST without a slash at the end, or http://127.0.0.1:PORT",
                  settings_.base_url));
}

kite_reply kite_rest::send(http_method method, const std::string& path, const std::string& form) const {
  const kite_credentials who = settings_.credentials();
  if (who.api_key.empty() || who.access_token.empty()) {
    return not_sent(fmt::format("not sent: {}", who.why_none.empty() ? no_session : who.why_none));
  }
  http_request request{.method = method, .url = settings_.base_url + path, .body = form};
  request.headers = {"X-Kite-Version: 3",
                     fmt::format("Authorization: token {}:{}", who.api_key, who.access_token.reveal())};
  return read_reply(http_(request));
}

kite_reply kite_rest::place(const std::string& form) const { return send(http_method::post, "/orders/regular", form); }

kite_reply kite_rest::modify(const broker_order_id& id, const std::string& form) const {
  return is_path_safe(id.str()) ? send(http_method::put, order_path(id), form) : bad_id(id);
}

kite_reply kite_rest::cancel(const broker_order_id& id) const {
  return is_path_safe(id.str()) ? send(http_method::remove, order_path(id)) : bad_id(id);
}

kite_reply kite_rest::trades_of(const broker_order_id& id) const {
  return is_path_safe(id.str()) ? get("/orders/" + id.str() + "/trades") : bad_id(id);
}

}  // namespace bulkhead
