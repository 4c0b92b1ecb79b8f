#include "runtime/domain/event_data.hpp"
#include "runtime/domain/order_json.hpp"

namespace bulkhead::event_data {
namespace {

using nlohmann::json;

json charges_json(const charge_breakdown& c) {
  return {{"brokerage", to_string(c.brokerage)}, {"stt", to_string(c.stt)}, {"exchange", to_string(c.exchange)},
          {"sebi", to_string(c.sebi)},           {"gst", to_string(c.gst)}, {"stamp", to_string(c.stamp)}};
}

json about_order(const client_order_id& id) { return {{"client_order_id", id.str()}}; }

json about_order(const client_order_id& id, const std::string& reason) {
  return {{"client_order_id", id.str()}, {"reason", reason}};
}

/// One overload per type of event; a type without one does not compile.
struct writer {
  const instrument_table& instruments;

  json operator()(const account_opened& e) const { return {{"capital", to_string(e.capital)}}; }

  json operator()(const signal_received& e) const {
    const signal& s = e.signal;
    json out{{"signal_id", s.id.str()},
             {"strategy", s.strategy.str()},
             {"instrument", instruments.key(s.instrument)},
             {"action", to_string(s.action)},
             {"side", to_string(s.side)},
             {"quantity", s.qty},
             {"order_type", to_string(s.type)},
             {"ts", to_iso_ist(s.ts)},
             {"feed_seq", s.feed},
             {"ordinal", s.ordinal},
             {"reason", s.reason}};
    if (s.type == order_type::limit) out["limit_price"] = to_string(s.limit_price);
    return out;
  }

  json operator()(const signal_validated& e) const {
    return {{"order", order_request_json(e.order.get(), instruments)}};
  }

  json operator()(const signal_rejected& e) const {
    return {{"signal_id", e.signal_id.str()},
            {"strategy", e.strategy.str()},
            {"instrument", instruments.key(e.instrument)},
            {"rule", e.rule},
            {"limit", e.limit},
            {"observed", e.observed},
            {"unit", e.unit}};
  }

  json operator()(const order_submitted& e) const { return {{"order", order_request_json(e.request, instruments)}}; }
  json operator()(const order_withheld& e) const { return about_order(e.client_order_id, e.reason); }

  json operator()(const order_accepted& e) const {
    json out = about_order(e.client_order_id);
    out["broker_order_id"] = e.broker_order_id.str();
    return out;
  }

  json operator()(const order_cancel_requested& e) const { return about_order(e.client_order_id, e.reason); }

  json operator()(const order_cancelled& e) const {
    json out = about_order(e.client_order_id, e.reason);
    out["filled_quantity"] = e.filled;
    return out;
  }

  json operator()(const order_expired& e) const {
    json out = about_order(e.client_order_id);
    out["filled_quantity"] = e.filled;
    return out;
  }

  json operator()(const order_rejected& e) const { return about_order(e.client_order_id, e.reason); }
  json operator()(const order_unknown& e) const { return about_order(e.client_order_id, e.reason); }

  json operator()(const order_filled& e) const {
    return {{"client_order_id", e.client_order_id.str()},
            {"fill_id", e.fill_id.str()},
            {"strategy", e.strategy.str()},
            {"instrument", instruments.key(e.instrument)},
            {"side", to_string(e.side)},
            {"quantity", e.qty},
            {"price", to_string(e.price)},
            {"cumulative_quantity", e.cumulative_qty},
            {"remaining_quantity", e.remaining_qty},
            {"charges", charges_json(e.charges)}};
  }

  json operator()(const broker_update_refused& e) const {
    json out = about_order(e.client_order_id, e.reason);
    out["update"] = e.update;
    return out;
  }

  json operator()(const portfolio_snapshot& e) const {
    json positions = json::array();
    for (const position_view& p : e.positions) {
      positions.push_back({{"strategy", p.strategy.str()},
                           {"instrument", instruments.key(p.instrument)},
                           {"quantity", p.qty},
                           {"cost", to_string(p.cost)},
                           {"last", to_string(p.last)},
                           {"realised", to_string(p.realised)},
                           {"unrealised", to_string(p.unrealised)},
                           {"charges", to_string(p.charges)}});
    }
    return {
        {"cash", to_string(e.cash)},       {"realised", to_string(e.realised)}, {"unrealised", to_string(e.unrealised)},
        {"charges", to_string(e.charges)}, {"equity", to_string(e.equity)},     {"positions", std::move(positions)}};
  }

  json operator()(const kill_latched& e) const { return {{"mode", e.mode}, {"reason", e.reason}}; }
  json operator()(const kill_released& e) const { return {{"reason", e.reason}}; }
};

struct instrument_finder {
  using answer = std::optional<instrument_id>;
  answer operator()(const signal_received& e) const { return e.signal.instrument; }
  answer operator()(const signal_validated& e) const { return e.order->instrument; }
  answer operator()(const signal_rejected& e) const { return e.instrument; }
  answer operator()(const order_submitted& e) const { return e.request.instrument; }
  answer operator()(const order_filled& e) const { return e.instrument; }
  template <class Other>
  answer operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

json write(const event_body& body, const instrument_table& instruments) {
  return std::visit(writer{instruments}, body);
}

std::optional<instrument_id> instrument_of(const event_body& body) { return std::visit(instrument_finder{}, body); }

}  // namespace bulkhead::event_data
