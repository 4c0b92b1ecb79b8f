// Kite's routes.
#include "tools/kite_sim/core/kite_error.hpp"
#include "tools/kite_sim/core/kite_text.hpp"
#include "tools/kite_sim/core/market_json.hpp"
#include "tools/kite_sim/core/portfolio_json.hpp"
#include "tools/kite_sim/core/simulator.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::kite_sim {
namespace {

using nlohmann::json;

constexpr std::int64_t day_ns = 86'400'000'000'000;

kite_error no_route() { return {404, "GeneralException", "Route not found"}; }
kite_error wrong_method() { return {405, "GeneralException", "Request method not allowed"}; }

rate_bucket bucket_of(const routed_request& request) {
  const std::string& first = request.parts[0];
  if (first == "quote") return rate_bucket::quote;
  if (first == "instruments") return rate_bucket::historical;
  if (first == "orders" && request.method != "GET") return rate_bucket::order;
  return rate_bucket::other;
}

std::string word_of(const form& fields, std::string_view name) {
  std::string value = fields.get(name);
  if (value.empty()) throw input_error(fmt::format("Missing or empty field `{}`", name));
  return value;
}

json exchanges_of(const listing& listed) {
  std::set<std::string> names;
  for (const instrument& one : listed.table().rows()) names.insert(one.exchange);
  return names;
}

}  // namespace

json simulator::answer(const routed_request& request, timestamp wall) {
  static constexpr std::array<std::string_view, 8> known = {"session", "user",      "orders",      "trades",
                                                            "quote",   "portfolio", "instruments", "margins"};
  if (request.parts.empty() || std::ranges::find(known, request.parts[0]) == known.end()) throw no_route();
  if (request.parts[0] == "session") return session_route(request, wall);
  const access who = authorised(request);
  const bool placement = request.parts[0] == "orders" && request.method == "POST";
  if (!rates_.allow(who.api_key, who.user_id, bucket_of(request), placement, wall, date_of(exchange_.now()))) {
    throw rate_error();
  }
  return signed_route(request, who, wall);
}

json simulator::signed_route(const routed_request& request, const access& who, timestamp wall) {
  const std::string& first = request.parts[0];
  if (first == "user") return user_route(request, who);
  if (first == "orders") return orders_route(request, who, wall);
  if (first == "portfolio") return portfolio_route(request, who, wall);
  if (first == "quote") return quote_route(request);
  if (first == "instruments") return historical_route(request);
  if (first == "trades" && request.parts.size() == 1) {
    if (request.method != "GET") throw wrong_method();
    if (faults_.strike(fault_kind::book_empty, request.method, request.path)) return json::array();
    return trades_json(reader_of(request, who, wall), {});
  }
  throw no_route();
}

json simulator::session_route(const routed_request& request, timestamp wall) {
  if (request.parts.size() != 2 || request.parts[1] != "token") throw no_route();
  if (request.method == "POST") {
    const form& fields = request.fields;
    const access who = sessions_.exchange_token(word_of(fields, "api_key"), word_of(fields, "request_token"),
                                                word_of(fields, "checksum"), exchange_.now(), wall);
    json data = profile_of(who);
    data["api_key"] = who.api_key;
    data["access_token"] = who.token;
    data["public_token"] = sha256_hex("public|" + who.token).substr(0, 32);
    data["enctoken"] = sha256_hex("enc|" + who.token);
    data["refresh_token"] = "";
    data["silo"] = "";
    // The wall's: a client works out from it for how long its session file is good, and its clock is the wall's.
    data["login_time"] = kite_time(wall);
    return data;
  }
  if (request.method != "DELETE") throw wrong_method();
  if (!sessions_.log_out(word_of(request.fields, "api_key"), word_of(request.fields, "access_token"))) {
    throw token_error("Incorrect `api_key` or `access_token`.");
  }
  return true;
}

json simulator::profile_of(const access& who) const {
  return {{"user_id", who.user_id},
          {"user_name", "Simulated " + who.user_id},
          {"user_shortname", who.user_id},
          {"user_type", "individual"},
          {"email", who.user_id + "@example.invalid"},
          {"broker", "ZERODHA"},
          {"exchanges", exchanges_of(*listed_)},
          {"products", {"CNC", "NRML", "MIS"}},
          {"order_types", {"MARKET", "LIMIT", "SL", "SL-M"}},
          {"avatar_url", nullptr},
          {"meta", {{"demat_consent", "consent"}}}};
}

json simulator::user_route(const routed_request& request, const access& who) const {
  const auto& parts = request.parts;
  if (parts.size() < 2 || parts.size() > 3) throw no_route();
  if (request.method != "GET") throw wrong_method();
  if (parts[1] == "profile" && parts.size() == 2) return profile_of(who);
  if (parts[1] != "margins") throw no_route();
  const funds held = exchange_.funds_of_user(who.user_id);
  if (parts.size() == 2) return {{"equity", margins_json(held, true)}, {"commodity", margins_json(held, false)}};
  if (parts[2] != "equity" && parts[2] != "commodity") throw input_error("Invalid `segment`.");
  return margins_json(held, parts[2] == "equity");
}

/// GET of anything but /orders/{variety}/{id}, which has no GET.
json simulator::orders_route(const routed_request& request, const access& who, timestamp wall) {
  const auto& parts = request.parts;
  if (request.method == "GET") {
    if (parts.size() == 1) {
      if (faults_.strike(fault_kind::book_empty, request.method, request.path)) return json::array();
      return orders_json(reader_of(request, who, wall));
    }
    if (parts.size() == 2) return history_json(reader_of(request, who, wall), parts[1]);
    if (parts.size() == 3 && parts[2] == "trades") return trades_json(reader_of(request, who, wall), parts[1]);
    if (parts.size() == 3) throw wrong_method();
    throw no_route();
  }
  if (request.method == "POST" && parts.size() == 2) return place(request, who, wall);
  if (parts.size() == 3 && request.method == "PUT") {
    std::string refusal;
    if (const auto struck = faults_.strike(fault_kind::refuse_modify, request.method, request.path)) {
      refusal = struck->message.empty() ? "Modification refused on demand." : struck->message;
    }
    exchange_.modify(who.user_id, parts[2], request.fields, wall, refusal);
    return {{"order_id", parts[2]}};
  }
  if (parts.size() == 3 && request.method == "DELETE") {
    exchange_.cancel(who.user_id, parts[2], wall);
    return {{"order_id", parts[2]}};
  }
  throw wrong_method();
}

json simulator::place(const routed_request& request, const access& who, timestamp wall) {
  const order_request wanted = read_placement(request.parts[1], request.fields, *listed_, exchange_.settings().rules);
  order_mishap mishap;
  if (const auto struck = faults_.strike(fault_kind::reject, request.method, request.path)) {
    mishap.reject = struck->message.empty() ? "Rejected on demand." : struck->message;
    mishap.reject_seconds = struck->value;
  }
  if (const auto struck = faults_.strike(fault_kind::hold, request.method, request.path)) {
    mishap.hold_seconds = struck->value;
  }
  if (const auto struck = faults_.strike(fault_kind::partial_fill, request.method, request.path)) {
    mishap.fill_percent = struck->value;
  }
  const order_source from{who.user_id, who.api_key};
  const instrument& of = listed_->table().at(wanted.instrument);
  if (!wanted.autoslice || of.freeze_quantity == 0 || wanted.terms.units <= of.freeze_quantity) {
    return {{"order_id", exchange_.place(from, wanted, mishap, wall)}};
  }
  json children = json::array();
  std::string first;
  for (const exchange::slice& one : exchange_.place_sliced(from, wanted, mishap, wall)) {
    if (first.empty()) {
      first = one.order_id;
    } else if (!one.order_id.empty()) {
      children.push_back({{"order_id", one.order_id}});
    } else {
      children.push_back(
          {{"error",
            {{"code", one.error_status}, {"error_type", one.error_type}, {"message", one.error}, {"data", nullptr}}}});
    }
  }
  return {{"order_id", first}, {"children", std::move(children)}};
}

json simulator::portfolio_route(const routed_request& request, const access& who, timestamp wall) {
  const auto& parts = request.parts;
  if (parts.size() == 2 && parts[1] == "positions" && request.method == "GET") {
    return positions_json(reader_of(request, who, wall));
  }
  if (parts.size() == 2 && parts[1] == "positions" && request.method == "PUT") {
    const form& fields = request.fields;
    const auto id = listed_->table().find(word_of(fields, "exchange") + ":" + word_of(fields, "tradingsymbol"));
    const auto units = read_integer(word_of(fields, "quantity"));
    if (!id || !units || *units < 1) throw input_error("Invalid `tradingsymbol` or `quantity`.");
    const std::string side = word_of(fields, "transaction_type");
    if (side != "BUY" && side != "SELL") throw input_error("Invalid `transaction_type`: allowed: BUY, SELL");
    const conversion wanted{*id, word_of(fields, "old_product"), word_of(fields, "new_product"),
                            side == "BUY" ? order_side::buy : order_side::sell, *units};
    if (!exchange_.convert(who.user_id, wanted)) throw input_error("You don't have that many units to convert.");
    return true;
  }
  if (parts.size() == 2 && parts[1] == "holdings") {
    if (request.method != "GET") throw wrong_method();
    return holdings_json(exchange_.account_of(who.user_id), exchange_.market());
  }
  if (parts.size() == 3 && parts[1] == "holdings" && parts[2] == "auctions") return json::array();
  throw no_route();
}

json simulator::quote_route(const routed_request& request) const {
  const auto& parts = request.parts;
  if (request.method != "GET") throw wrong_method();
  if (parts.size() > 2 || (parts.size() == 2 && parts[1] != "ohlc" && parts[1] != "ltp")) throw no_route();
  const std::vector<std::string> keys = request.query.all("i");
  const std::size_t most = parts.size() == 1 ? 500 : 1000;
  if (keys.empty() || keys.size() > most) {
    throw input_error(fmt::format("Invalid `i`: given {} instruments, allowed: 1 to {}", keys.size(), most));
  }
  json out = json::object();
  for (const std::string& key : keys) {
    const auto id = listed_->by_key_or_token(key);
    if (!id) continue;
    out[key] = parts.size() == 1    ? quote_row(exchange_.market(), *id)
               : parts[1] == "ohlc" ? ohlc_row(exchange_.market(), *id)
                                    : ltp_row(exchange_.market(), *id);
  }
  return out;
}

json simulator::historical_route(const routed_request& request) const {
  const auto& parts = request.parts;
  if (parts.size() != 4 || parts[1] != "historical") throw no_route();
  if (request.method != "GET") throw wrong_method();
  const auto id = listed_->by_key_or_token(parts[2]);
  if (!id) throw input_error("Invalid `instrument_token`.");
  const auto interval = find_interval(parts[3]);
  if (!interval) throw input_error("Invalid `interval`.");
  const auto from = parse_kite_time(request.query.get("from"));
  const auto to = parse_kite_time(request.query.get("to"));
  if (!from || !to || *to < *from) throw input_error("Invalid `from` or `to`: allowed: yyyy-mm-dd hh:mm:ss, in order");
  if ((*to - *from).ns > interval->most_days * day_ns) {
    throw input_error(fmt::format("Interval exceeds max limit: {} days", interval->most_days));
  }
  const auto candles =
      aggregate(exchange_.market().row(*id).minutes, *interval, exchange_.settings().session.open, *from, *to);
  return {{"candles", candle_rows(candles, request.query.get("oi") == "1")}};
}

book_reader simulator::reader_of(const routed_request& request, const access& who, timestamp wall) {
  const auto lag = faults_.strike(fault_kind::book_lag, request.method, request.path);
  return {&exchange_, who.user_id, lag ? wall - duration{lag->value * 1'000'000} : wall};
}

}  // namespace bulkhead::kite_sim
