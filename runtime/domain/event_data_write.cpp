#include "runtime/domain/event_data.hpp"
#include "runtime/domain/order_json.hpp"

namespace bulkhead::event_data {
namespace {

/// One overload per type of event, its fields in sorted order; a type without one does not compile.
struct writer {
  json_text& out;
  const instrument_table& instruments;

  void operator()(const account_opened& e) const { out.amount("capital", e.capital); }

  void operator()(const signal_received& e) const {
    const signal& s = e.signal;
    out.text("action", to_string(s.action));
    out.number("feed_seq", s.feed);
    out.text("instrument", instruments.key(s.instrument));
    if (has_limit(s.type)) out.amount("limit_price", s.limit_price);
    out.text("order_type", to_string(s.type));
    out.number("ordinal", s.ordinal);
    if (e.origin) out.object("origin", [&] { origin(*e.origin); });
    out.text("product", to_string(s.product));
    out.number("quantity", s.qty);
    out.text("reason", s.reason);
    out.text("side", to_string(s.side));
    out.text("signal_id", s.id.str());
    if (s.stop_loss_offset.raw != 0) out.amount("stop_loss_offset", s.stop_loss_offset);
    out.text("strategy", s.strategy.str());
    if (s.target_offset.raw != 0) out.amount("target_offset", s.target_offset);
    if (has_trigger(s.type)) out.amount("trigger_price", s.trigger_price);
    out.time("ts", s.ts);
    out.text("validity", to_string(s.validity));
  }

  void operator()(const signal_validated& e) const { order(e.order.get()); }

  void operator()(const signal_rejected& e) const {
    out.text("instrument", instruments.key(e.instrument));
    out.text("limit", e.limit);
    out.text("observed", e.observed);
    out.text("rule", e.rule);
    out.text("signal_id", e.signal_id.str());
    out.text("strategy", e.strategy.str());
    out.text("unit", e.unit);
  }

  void operator()(const order_submitted& e) const { order(e.request); }
  void operator()(const order_withheld& e) const { about_order(e.client_order_id, e.reason); }

  void operator()(const order_accepted& e) const {
    out.text("broker_order_id", e.broker_order_id.str());
    out.text("client_order_id", e.client_order_id.str());
  }

  void operator()(const order_cancel_requested& e) const { about_order(e.client_order_id, e.reason); }

  void operator()(const order_cancelled& e) const {
    out.text("client_order_id", e.client_order_id.str());
    out.number("filled_quantity", e.filled);
    out.text("reason", e.reason);
  }

  void operator()(const order_expired& e) const {
    out.text("client_order_id", e.client_order_id.str());
    out.number("filled_quantity", e.filled);
  }

  void operator()(const order_rejected& e) const {
    out.flag("at_gate", e.at_gate);
    about_order(e.client_order_id, e.reason);
  }
  void operator()(const order_unknown& e) const { about_order(e.client_order_id, e.reason); }

  void operator()(const order_filled& e) const {
    out.object("charges", [&] { charges(e.charges); });
    out.text("client_order_id", e.client_order_id.str());
    out.number("cumulative_quantity", e.cumulative_qty);
    out.text("fill_id", e.fill_id.str());
    out.text("instrument", instruments.key(e.instrument));
    out.amount("price", e.price);
    out.text("product", to_string(e.product));
    out.number("quantity", e.qty);
    out.number("remaining_quantity", e.remaining_qty);
    out.text("side", to_string(e.side));
    out.text("strategy", e.strategy.str());
  }

  void operator()(const broker_update_refused& e) const {
    about_order(e.client_order_id, e.reason);
    out.text("update", e.update);
  }

  void operator()(const portfolio_snapshot& e) const {
    out.amount("cash", e.cash);
    out.amount("charges", e.charges);
    out.amount("equity", e.equity);
    out.object("performance", [&] { result(e.performance); });
    out.objects("positions", e.positions, [&](const position_view& p) { position(p); });
    out.amount("realised", e.realised);
    out.objects("strategies", e.strategies, [&](const strategy_view& s) {
      out.amount("charges", s.charges);
      out.object("performance", [&] { result(s.performance); });
      out.amount("realised", s.realised);
      out.text("strategy", s.strategy.str());
      out.amount("unrealised", s.unrealised);
    });
    out.amount("unrealised", e.unrealised);
  }

  void operator()(const kill_latched& e) const {
    out.text("cause", e.cause);
    out.text("mode", e.mode);
    out.text("reason", e.reason);
    out.text("strategy", e.strategy.str());
  }
  void operator()(const kill_released& e) const {
    out.text("reason", e.reason);
    out.text("strategy", e.strategy.str());
  }

  void operator()(const order_modify_requested& e) const { about_terms(e); }
  void operator()(const order_modified& e) const { about_terms(e); }
  void operator()(const order_modify_rejected& e) const { about_order(e.client_order_id, e.reason); }
  void operator()(const order_triggered& e) const { out.text("client_order_id", e.client_order_id.str()); }
  void operator()(const command_refused& e) const {
    out.text("command", e.command);
    out.text("reason", e.reason);
  }

  void operator()(const strategy_changed& e) const {
    out.text("change", e.change);
    out.text("reason", e.reason);
    out.text("strategy", e.strategy.str());
  }

  void operator()(const feed_noticed& e) const {
    out.number("count", e.count);
    out.text("instrument", instruments.key(e.instrument));
    out.text("what", e.what);
  }

  void operator()(const inbox_positioned& e) const {
    out.number("offset", e.offset);
    out.number("partition", e.partition);
    out.text("reason", e.reason);
    out.text("topic", e.topic);
  }

  void operator()(const account_difference& e) const {
    out.text("action", e.action);
    out.text("key", e.key);
    out.text("ours", e.ours);
    out.text("reason", e.reason);
    out.text("subject", e.subject);
    out.text("theirs", e.theirs);
    out.number("units", e.units);
  }
  void operator()(const account_reconciled& e) const {
    out.amount("cash", e.cash);
    out.number("foreign_orders", e.foreign_orders);
    out.number("foreign_positions", e.foreign_positions);
    out.text("occasion", e.occasion);
    out.number("open_positions", e.open_positions);
    out.number("orders", e.orders);
  }

  void origin(const signal_origin& o) const {
    out.text("id", o.id);
    out.number("offset", o.offset);
    out.number("partition", o.partition);
    out.text("topic", o.topic);
  }
  void order(const order_request& r) const {
    out.object("order", [&] { write_order_request(out, r, instruments); });
  }
  void about_order(const client_order_id& id, const std::string& reason) const {
    out.text("client_order_id", id.str());
    out.text("reason", reason);
  }
  template <class Modification>
  void about_terms(const Modification& e) const {
    about_order(e.client_order_id, e.reason);
    out.object("terms", [&] { write_order_terms(out, e.terms); });
  }
  void charges(const charge_breakdown& c) const {
    out.amount("brokerage", c.brokerage);
    out.amount("dp", c.dp);
    out.amount("exchange", c.exchange);
    out.amount("gst", c.gst);
    out.amount("sebi", c.sebi);
    out.amount("stamp", c.stamp);
    out.amount("stt", c.stt);
  }
  void result(const performance& p) const {
    out.amount("day_pnl", p.day_pnl);
    out.amount("drawdown", p.drawdown);
    out.amount("gross_exposure", p.gross_exposure);
    out.amount("margin", p.margin);
    out.amount("net", p.net);
    out.amount("peak", p.peak);
  }
  void position(const position_view& p) const {
    out.amount("charges", p.charges);
    out.amount("cost", p.cost);
    out.text("instrument", instruments.key(p.instrument));
    out.amount("last", p.last);
    out.text("product", to_string(p.product));
    out.number("quantity", p.qty);
    out.amount("realised", p.realised);
    out.text("strategy", p.strategy.str());
    out.amount("unrealised", p.unrealised);
  }
};

struct instrument_finder {
  using answer = std::optional<instrument_id>;
  answer operator()(const signal_received& e) const { return e.signal.instrument; }
  answer operator()(const signal_validated& e) const { return e.order->instrument; }
  answer operator()(const signal_rejected& e) const { return e.instrument; }
  answer operator()(const order_submitted& e) const { return e.request.instrument; }
  answer operator()(const order_filled& e) const { return e.instrument; }
  answer operator()(const feed_noticed& e) const { return e.instrument; }
  template <class Other>
  answer operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

void write(json_text& out, const event_body& body, const instrument_table& instruments) {
  std::visit(writer{out, instruments}, body);
}

std::optional<instrument_id> instrument_of(const event_body& body) { return std::visit(instrument_finder{}, body); }

}  // namespace bulkhead::event_data
