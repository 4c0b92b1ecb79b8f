// The way of a request: taken apart, met by faults, answered, and wrapped in Kite's envelope.
#include "tools/kite_sim/core/simulator.hpp"

#include "tools/kite_sim/core/kite_error.hpp"
#include "tools/kite_sim/core/kite_text.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::kite_sim {
namespace {

using nlohmann::json;

constexpr std::string_view html_page =
    "<!DOCTYPE html><html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>";

/// "/orders/regular/1" as orders, regular, 1.
std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // a slash
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) parts.push_back(url_decode(path.substr(0, end), false));
    path.remove_prefix(end);
  }
  return parts;
}

routed_request route(const http_request& request) {
  routed_request out;
  out.method = request.method;
  const std::size_t question = std::min(request.target.find('?'), request.target.size());
  out.path = request.target.substr(0, question);
  if (!out.path.starts_with('/')) out.path = "/" + out.path;
  out.parts = parts_of(out.path);
  out.query = form::parse(std::string_view{request.target}.substr(std::min(question + 1, request.target.size())));
  out.fields = request.method == "POST" || request.method == "PUT" ? form::parse(request.body) : out.query;
  out.body = request.body;
  out.authorization = request.authorization;
  return out;
}

http_reply page(int status) {
  http_reply reply;
  reply.status = status;
  reply.type = "text/html; charset=utf-8";
  reply.body = html_page;
  return reply;
}

bool has_api_part(const routed_request& request) {
  return !request.parts.empty() && request.parts[0] != "admin" && request.parts[0] != "connect";
}

}  // namespace

http_reply success(const json& data) {
  http_reply reply;
  // Foreign text comes back in rows: bytes that are not UTF-8 must not end the program.
  reply.body = json{{"status", "success"}, {"data", data}}.dump(-1, ' ', false, json::error_handler_t::replace);
  return reply;
}

http_reply failure(int status, std::string_view type, std::string_view message) {
  http_reply reply;
  reply.status = status;
  reply.body = json{{"status", "error"}, {"message", message}, {"data", nullptr}, {"error_type", type}}.dump(
      -1, ' ', false, json::error_handler_t::replace);
  return reply;
}

namespace {

/// Kite's words for an order that the exchange side has not answered; it may be placed all the same.
http_reply timed_out() {
  return failure(400, "OrderException",
                 "Order request timed out. Please check the order book and confirm before placing again.");
}

}  // namespace

simulator::simulator(const listing& listed, simulator_settings settings)
    : listed_(&listed),
      settings_(std::move(settings)),
      exchange_(listed, settings_.exchange),
      sessions_(settings_.seed),
      rates_(settings_.rates),
      faults_(settings_.seed) {}

bool simulator::add_app(app_registration app, money cash) {
  const std::string user = app.user_id;
  if (!sessions_.add(std::move(app))) return false;
  if (!exchange_.accounts().contains(user)) exchange_.add_account(user, cash);
  return true;
}

const access* simulator::socket_access(std::string_view api_key, std::string_view token) const {
  return sessions_.find(api_key, token, exchange_.now());
}

http_reply simulator::handle(const http_request& request, timestamp wall) {
  const routed_request routed = route(request);
  if (!routed.parts.empty() && routed.parts[0] == "admin") {
    if (!request.from_loopback) return failure(403, "PermissionException", "Admin routes answer on loopback only.");
    return admin(routed, wall);
  }
  if (routed.path == "/connect/login") return login_page(routed, wall);
  if (has_api_part(routed)) ++requests_[routed.method + " /" + routed.parts[0]];
  http_reply reply = api(routed, wall);
  const std::string answered = reply.end == http_reply::ending::whole ? std::to_string(reply.status) : "none";
  ++statuses_[answered];
  if (routed.method == "POST" && has_api_part(routed) && routed.parts[0] == "orders") {
    placements_.push_back({routed.fields.get("tag"), answered});
  }
  return reply;
}

/// Faults before and after the answer. What happens after has taken effect.
http_reply simulator::api(const routed_request& request, timestamp wall) {
  const auto strikes = [&](fault_kind kind) { return faults_.strike(kind, request.method, request.path); };
  http_reply none;
  none.end = http_reply::ending::none;
  if (strikes(fault_kind::lost_request)) return none;
  if (strikes(fault_kind::http_429)) return failure(429, "NetworkException", "Too many requests");
  const auto broken = strikes(fault_kind::http_5xx);
  const auto broken_page = strikes(fault_kind::html);
  const auto bad = [&] {
    return broken ? failure(static_cast<int>(broken->value), "NetworkException", "Gateway timed out")
                  : page(static_cast<int>(broken_page->value));
  };
  if ((broken && !broken->after) || (!broken && broken_page && !broken_page->after)) return bad();
  const auto doubtful = strikes(fault_kind::http_400);
  if (doubtful && !doubtful->after) return timed_out();
  if (strikes(fault_kind::token_revoked)) sessions_.revoke({});
  http_reply reply;
  try {
    if (request.parts.size() <= 2 && !request.parts.empty() && request.parts[0] == "instruments") {
      const std::string exchange_name = request.parts.size() == 2 ? request.parts[1] : std::string{};
      if (request.method != "GET") throw kite_error(405, "GeneralException", "Request method not allowed");
      reply.type = "text/csv";
      reply.body = listed_->csv(exchange_name);
    } else {
      reply = success(answer(request, wall));
    }
  } catch (const kite_error& refused) {
    reply = failure(refused.status(), refused.type(), refused.what());
  } catch (const std::overflow_error&) {
    reply = failure(400, "InputException", "An amount is beyond what can be counted.");
  }
  if (broken || broken_page) return bad();
  if (doubtful) return timed_out();
  if (strikes(fault_kind::lost_reply)) return none;
  if (strikes(fault_kind::cut_reply)) reply.end = http_reply::ending::half;
  if (const auto late = strikes(fault_kind::latency)) reply.delay_ms = late->value;
  return reply;
}

const access& simulator::authorised(const routed_request& request) const {
  std::string_view given = request.authorization;
  constexpr std::string_view word = "token ";
  const std::size_t colon = given.find(':');
  if (!given.starts_with(word) || colon == std::string_view::npos) {
    throw token_error("Missing `api_key` or `access_token`.");
  }
  const access* who =
      sessions_.find(given.substr(word.size(), colon - word.size()), given.substr(colon + 1), exchange_.now());
  if (who == nullptr) throw token_error("Incorrect `api_key` or `access_token`.");
  return *who;
}

http_reply simulator::login_page(const routed_request& request, timestamp wall) {
  const form& fields = request.fields;
  const std::string api_key = fields.get("api_key");
  const app_registration* app = sessions_.app(api_key);
  if (app == nullptr) return failure(400, "InputException", "Invalid `api_key`.");
  if (request.method == "POST" || settings_.auto_login) {
    const std::string request_token = sessions_.log_in(api_key, wall);
    http_reply reply;
    reply.status = 302;
    reply.type = "text/html; charset=utf-8";
    reply.location = app->redirect_url + (app->redirect_url.find('?') == std::string::npos ? "?" : "&") +
                     "action=login&type=login&status=success&request_token=" + request_token;
    if (const auto more = fields.get("redirect_params"); !more.empty()) reply.location += "&" + more;
    return reply;
  }
  http_reply reply;
  reply.type = "text/html; charset=utf-8";
  reply.body = fmt::format(
      "<!DOCTYPE html><html><head><title>Kite simulator</title></head><body><h1>Kite simulator</h1>"
      "<form method=\"post\" action=\"/connect/login\"><input type=\"hidden\" name=\"api_key\" value=\"{}\">"
      "<input type=\"hidden\" name=\"redirect_params\" value=\"{}\">"
      "<button type=\"submit\">Log in as {}</button></form></body></html>",
      html_escape(api_key), html_escape(fields.get("redirect_params")), html_escape(app->user_id));
  return reply;
}

}  // namespace bulkhead::kite_sim
