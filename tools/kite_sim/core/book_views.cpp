#include "tools/kite_sim/core/book_views.hpp"

#include "tools/kite_sim/core/kite_error.hpp"
#include "tools/kite_sim/core/kite_text.hpp"
#include "tools/kite_sim/core/order_json.hpp"
#include "tools/kite_sim/core/portfolio_json.hpp"

namespace bulkhead::kite_sim {
namespace {

using nlohmann::json;

bool shows(const book_reader& reader, const sim_order& order) {
  return order.user_id == reader.user_id && order.day == date_of(reader.of->now()) &&
         order.states.front().known_at <= reader.known_until;
}

const order_state& known_state(const book_reader& reader, const sim_order& order) {
  const order_state* known = &order.states.front();
  for (const order_state& state : order.states) {
    if (state.known_at <= reader.known_until) known = &state;
  }
  return *known;
}

bool shows(const book_reader& reader, const sim_trade& trade) {
  return trade.user_id == reader.user_id && trade.day == date_of(reader.of->now()) &&
         trade.known_at <= reader.known_until;
}

json order_truth(const sim_order& order, const listing& listed) {
  json row = order_row(order, order.now(), listed);
  row["api_key"] = order.api_key;
  row["day"] = to_string(order.day);
  row["filled_value"] = to_string(order.now().filled_value);
  json states = json::array();
  for (const order_state& state : order.states) states.push_back(text_of(state.stage));
  row["states"] = std::move(states);
  return row;
}

json account_truth(const exchange& of, const account& one) {
  const funds held = of.funds_of_user(one.user_id);
  return {{"user_id", one.user_id},
          {"opening", to_string(one.opening)},
          {"cash", to_string(one.opening + one.traded)},
          {"traded", to_string(one.traded)},
          {"realised", to_string(held.realised)},
          {"positions", positions_json(one.positions, of.market())},
          {"holdings", holdings_json(one, of.market())},
          {"margins", margins_json(held, true)}};
}

}  // namespace

json orders_json(const book_reader& reader) {
  json out = json::array();
  for (const sim_order& order : reader.of->orders()) {
    if (shows(reader, order)) out.push_back(order_row(order, known_state(reader, order), reader.of->listed()));
  }
  return out;
}

json history_json(const book_reader& reader, const std::string& order_id) {
  const sim_order* order = reader.of->find(reader.user_id, order_id);
  if (order == nullptr || !shows(reader, *order)) throw no_such_order();
  json out = json::array();
  for (const order_state& state : order->states) {
    if (state.known_at <= reader.known_until) out.push_back(history_row(*order, state, reader.of->listed()));
  }
  return out;
}

json trades_json(const book_reader& reader, const std::string& order_id) {
  if (!order_id.empty()) {
    const sim_order* order = reader.of->find(reader.user_id, order_id);
    if (order == nullptr || !shows(reader, *order)) throw no_such_order();
  }
  json out = json::array();
  for (const sim_trade& trade : reader.of->trades()) {
    if (!shows(reader, trade) || (!order_id.empty() && trade.order_id != order_id)) continue;
    out.push_back(trade_row(trade, reader.of->listed()));
  }
  return out;
}

json positions_json(const book_reader& reader) {
  const account& of = reader.of->account_of(reader.user_id);
  position_book known = of.morning;
  for (const sim_trade& trade : reader.of->trades()) {
    if (!shows(reader, trade)) continue;
    known.add(trade.instrument, trade.product, trade.side, trade.at_price, trade.units);
  }
  for (const conversion& one : of.conversions) {
    (void)known.convert(one.instrument, one.from, one.to, one.side, one.units);
  }
  return positions_json(known, reader.of->market());
}

json whole_book(const exchange& of) {
  json orders = json::array();
  for (const sim_order& order : of.orders()) orders.push_back(order_truth(order, of.listed()));
  json trades = json::array();
  for (const sim_trade& trade : of.trades()) {
    json row = trade_row(trade, of.listed());
    row["user_id"] = trade.user_id;
    row["price"] = to_string(trade.at_price);
    trades.push_back(std::move(row));
  }
  json accounts = json::object();
  for (const auto& [user, one] : of.accounts()) accounts[user] = account_truth(of, one);
  return {{"time", kite_time(of.now())},
          {"orders", std::move(orders)},
          {"trades", std::move(trades)},
          {"accounts", std::move(accounts)}};
}

}  // namespace bulkhead::kite_sim
