#include "tools/kite_sim/core/order_json.hpp"

#include "tools/kite_sim/core/kite_text.hpp"

namespace bulkhead::kite_sim {
namespace {

using nlohmann::json;

json text_or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }
json time_or_null(const std::optional<timestamp>& t) { return t ? json(kite_time(*t)) : json(nullptr); }

double average(const order_state& state) {
  return state.filled == 0 ? 0.0 : rupees(state.filled_value.raw) / static_cast<double>(state.filled);
}

}  // namespace

json history_row(const sim_order& order, const order_state& state, const listing& listed) {
  const instrument& of = listed.table().at(order.instrument);
  // A band price is shown only where the order became a limit order.
  const bool shows_limit = state.terms.kind == order_kind::limit || state.terms.kind == order_kind::sl;
  const bool at_exchange = state.exchange_time.has_value();
  return {{"account_id", order.user_id},
          {"placed_by", order.user_id},
          {"order_id", order.id},
          {"exchange_order_id", at_exchange ? text_or_null(order.exchange_id) : json(nullptr)},
          {"parent_order_id", text_or_null(order.parent_id)},
          {"status", text_of(state.stage)},
          {"status_message", text_or_null(state.message)},
          {"status_message_raw", text_or_null(state.message_raw)},
          {"order_timestamp", kite_time(state.order_time)},
          {"exchange_timestamp", time_or_null(state.exchange_time)},
          {"variety", order.variety},
          {"modified", state.modified},
          {"exchange", of.exchange},
          {"tradingsymbol", of.tradingsymbol},
          {"instrument_token", of.token},
          {"order_type", text_of(state.terms.kind)},
          {"transaction_type", text_of(order.side)},
          {"validity", text_of(state.terms.validity)},
          {"validity_ttl", state.terms.ttl_minutes},
          {"product", order.product},
          {"quantity", state.terms.units},
          {"disclosed_quantity", state.terms.disclosed},
          {"price", shows_limit ? rupees(state.terms.limit) : 0.0},
          {"trigger_price", rupees(state.terms.trigger)},
          {"auction_number", nullptr},
          {"average_price", average(state)},
          {"filled_quantity", state.filled},
          {"pending_quantity", state.stage == order_stage::rejected ? 0 : state.terms.units - state.filled},
          {"cancelled_quantity", state.cancelled},
          {"market_protection", 0},
          {"tag", text_or_null(order.tag)},
          {"tags", order.tags}};
}

json order_row(const sim_order& order, const order_state& state, const listing& listed) {
  json row = history_row(order, state, listed);
  row["exchange_update_timestamp"] = time_or_null(state.exchange_update_time);
  row["meta"] = json::object();
  row["guid"] = order.api_key.empty() ? json(nullptr) : json("1001X" + order.id.substr(order.id.size() - 10));
  return row;
}

json trade_row(const sim_trade& trade, const listing& listed) {
  const instrument& of = listed.table().at(trade.instrument);
  return {{"trade_id", trade.id},
          {"order_id", trade.order_id},
          {"exchange_order_id", trade.exchange_order_id},
          {"exchange", of.exchange},
          {"tradingsymbol", of.tradingsymbol},
          {"instrument_token", of.token},
          {"product", trade.product},
          {"transaction_type", text_of(trade.side)},
          {"average_price", rupees(trade.at_price)},
          {"quantity", trade.units},
          {"fill_timestamp", kite_time(trade.at)},
          {"exchange_timestamp", kite_time(trade.at)},
          {"order_timestamp", kite_clock(trade.at)}};
}

std::string postback_checksum(const json& update, const std::string& api_secret) {
  return sha256_hex(update.at("order_id").get<std::string>() + update.at("order_timestamp").get<std::string>() +
                    api_secret);
}

}  // namespace bulkhead::kite_sim
