#include "tools/app/report.hpp"

#include "tools/app/charges_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;

json performance_json(const performance& p) {
  return {{"net", to_string(p.net)},
          {"day_pnl", to_string(p.day_pnl)},
          {"peak", to_string(p.peak)},
          {"drawdown", to_string(p.drawdown)},
          {"gross_exposure", to_string(p.gross_exposure)},
          {"margin", to_string(p.margin)}};
}

json price_or_null(bool has_one, price p) { return has_one ? json(to_string(p)) : json(nullptr); }

}  // namespace

broker_report::broker_report(broker_id b, const instrument_table& instruments, margin_rates margin)
    : broker(std::move(b)), instruments_(&instruments), fold_(instruments, margin) {}

void broker_report::add(const event& e) {
  last_seq = e.seq;
  fold_.apply(e);
  if (std::holds_alternative<signal_received>(e.body)) ++signals;
  if (std::holds_alternative<signal_validated>(e.body)) ++validated;
  if (std::holds_alternative<order_withheld>(e.body)) ++withheld;
  if (const auto* r = std::get_if<signal_rejected>(&e.body)) rejections.push_back(*r);
  if (const auto* s = std::get_if<order_submitted>(&e.body)) {
    order_index_[s->request.client_order_id] = orders.size();
    orders.push_back({.request = s->request, .submitted_at = e.ts});
  }
  if (const auto* m = std::get_if<order_modified>(&e.body)) {
    order_request& r = orders.at(order_index_.at(m->client_order_id)).request;
    r.qty = m->terms.qty;
    r.limit_price = m->terms.limit_price;
    r.trigger_price = m->terms.trigger_price;
  }
  if (const auto* t = std::get_if<order_triggered>(&e.body)) {
    orders.at(order_index_.at(t->client_order_id)).triggered = true;
  }
  if (const auto* k = std::get_if<kill_latched>(&e.body)) latches.push_back({*k, e.ts});
  if (const auto* f = std::get_if<order_filled>(&e.body)) {
    fills.emplace_back(*f, e.ts);
    reported_order& o = orders.at(order_index_.at(f->client_order_id));
    o.filled = f->cumulative_qty;
    o.filled_value += f->price * f->qty;
    o.status = f->remaining_qty == 0 ? order_status::filled : order_status::partially_filled;
  }
  if (const auto* a = std::get_if<order_accepted>(&e.body)) set_status(a->client_order_id, order_status::open);
  if (const auto* c = std::get_if<order_cancel_requested>(&e.body)) {
    // Of unknown fate it stays: the cancel waits until the broker has shown the order.
    const order_status now = orders.at(order_index_.at(c->client_order_id)).status;
    if (now != order_status::unknown) set_status(c->client_order_id, order_status::pending_cancel);
  }
  if (const auto* c = std::get_if<order_cancelled>(&e.body)) set_status(c->client_order_id, order_status::cancelled);
  if (const auto* x = std::get_if<order_expired>(&e.body)) set_status(x->client_order_id, order_status::expired);
  if (const auto* r = std::get_if<order_rejected>(&e.body)) set_status(r->client_order_id, order_status::rejected);
  if (const auto* u = std::get_if<order_unknown>(&e.body)) set_status(u->client_order_id, order_status::unknown);
  if (const auto* p = std::get_if<portfolio_snapshot>(&e.body)) {
    portfolio = *p;
    marked_at = e.ts;
  }
}

void broker_report::set_status(const client_order_id& id, order_status status) {
  orders.at(order_index_.at(id)).status = status;
}

void broker_report::mark(std::span<const quote> quotes) {
  for (const quote& q : quotes) marked_at = std::max(marked_at, q.ts);
  portfolio = fold_.mark(quotes, marked_at);
}

std::map<std::string, strategy_totals> broker_report::by_strategy() const {
  std::map<std::string, strategy_totals> totals;
  for (const position_view& v : portfolio.positions) {
    strategy_totals& t = totals[v.strategy.str()];
    t.realised += v.realised;
    t.unrealised += v.unrealised;
    t.charges += v.charges;
  }
  for (const strategy_view& v : portfolio.strategies) totals[v.strategy.str()].performance = v.performance;
  for (const reported_order& o : orders) ++totals[o.request.strategy.str()].orders;
  for (const auto& [fill, ts] : fills) ++totals[fill.strategy.str()].fills;
  return totals;
}

json broker_report::order_json(const reported_order& o) const {
  const order_request& r = o.request;
  return {{"client_order_id", r.client_order_id.str()},
          {"signal_id", r.signal_id.str()},
          {"strategy", r.strategy.str()},
          {"instrument", instruments_->key(r.instrument)},
          {"side", to_string(r.side)},
          {"type", to_string(r.type)},
          {"validity", to_string(r.validity)},
          {"product", to_string(r.product)},
          {"qty", r.qty},
          {"limit_price", price_or_null(has_limit(r.type), r.limit_price)},
          {"trigger_price", price_or_null(has_trigger(r.type), r.trigger_price)},
          {"origin", to_string(r.origin)},
          {"group", r.group.empty() ? json(nullptr) : json(r.group)},
          {"triggered", o.triggered},
          {"reduces", r.reduces},
          {"submitted_at", to_iso_ist(o.submitted_at)},
          {"status", to_string(o.status)},
          {"filled_qty", o.filled},
          {"filled_value", to_string(o.filled_value)}};
}

json broker_report::fill_json(const order_filled& f, timestamp ts) const {
  return {{"fill_id", f.fill_id.str()},
          {"client_order_id", f.client_order_id.str()},
          {"strategy", f.strategy.str()},
          {"instrument", instruments_->key(f.instrument)},
          {"product", to_string(f.product)},
          {"side", to_string(f.side)},
          {"qty", f.qty},
          {"price", to_string(f.price)},
          {"ts", to_iso_ist(ts)},
          {"charges", charges_json(f.charges)}};
}

json broker_report::rejection_json(const signal_rejected& r) const {
  return {{"signal_id", r.signal_id.str()},
          {"strategy", r.strategy.str()},
          {"instrument", instruments_->key(r.instrument)},
          {"rule", r.rule},
          {"limit", r.limit},
          {"observed", r.observed},
          {"unit", r.unit}};
}

json broker_report::portfolio_json() const {
  json positions = json::array();
  for (const position_view& v : portfolio.positions) {
    positions.push_back({{"strategy", v.strategy.str()},
                         {"instrument", instruments_->key(v.instrument)},
                         {"product", to_string(v.product)},
                         {"qty", v.qty},
                         {"cost", to_string(v.cost)},
                         {"last", to_string(v.last)},
                         {"realised", to_string(v.realised)},
                         {"unrealised", to_string(v.unrealised)},
                         {"charges", to_string(v.charges)}});
  }
  return {{"cash", to_string(portfolio.cash)},
          {"realised", to_string(portfolio.realised)},
          {"unrealised", to_string(portfolio.unrealised)},
          {"charges", to_string(portfolio.charges)},
          {"equity", to_string(portfolio.equity)},
          {"performance", performance_json(portfolio.performance)},
          {"positions", std::move(positions)}};
}

json broker_report::to_json() const {
  json out{{"signals", signals},       {"validated", validated},        {"withheld", withheld},
           {"orders", json::array()},  {"fills", json::array()},        {"rejections", json::array()},
           {"latches", json::array()}, {"portfolio", portfolio_json()}, {"by_strategy", json::object()}};
  for (const reported_order& o : orders) out["orders"].push_back(order_json(o));
  for (const auto& [fill, ts] : fills) out["fills"].push_back(fill_json(fill, ts));
  for (const signal_rejected& r : rejections) out["rejections"].push_back(rejection_json(r));
  for (const reported_latch& l : latches) {
    out["latches"].push_back({{"strategy", l.what.strategy.str()},
                              {"mode", l.what.mode},
                              {"cause", l.what.cause},
                              {"ts", to_iso_ist(l.ts)}});
  }
  for (const auto& [name, t] : by_strategy()) {
    out["by_strategy"][name] = {{"realised", to_string(t.realised)},
                                {"unrealised", to_string(t.unrealised)},
                                {"charges", to_string(t.charges)},
                                {"net", to_string(t.realised + t.unrealised - t.charges)},
                                {"fills", t.fills},
                                {"performance", performance_json(t.performance)}};
  }
  return out;
}

std::string to_tables(const std::vector<broker_report>& reports) {
  std::string out = fmt::format("{:<12}{:>8}{:>9}{:>9}{:>8}{:>7}{:>14}{:>15}{:>16}\n", "broker", "signals", "rejected",
                                "withheld", "orders", "fills", "charges Rs", "net P&L Rs", "equity Rs");
  for (const broker_report& r : reports) {
    const portfolio_snapshot& p = r.portfolio;
    out += fmt::format("{:<12.12}{:>8}{:>9}{:>9}{:>8}{:>7}{:>14}{:>15}{:>16}\n", r.broker.str(), r.signals,
                       r.rejections.size(), r.withheld, r.orders.size(), r.fills.size(), to_string(p.charges),
                       to_string(p.realised + p.unrealised - p.charges), to_string(p.equity));
  }
  out += fmt::format("\n{:<12}{:<24}{:>8}{:>7}{:>14}{:>14}{:>14}\n", "broker", "strategy", "orders", "fills",
                     "gross P&L Rs", "charges Rs", "net P&L Rs");
  for (const broker_report& r : reports) {
    for (const auto& [name, t] : r.by_strategy()) {
      out += fmt::format("{:<12.12}{:<24.24}{:>8}{:>7}{:>14}{:>14}{:>14}\n", r.broker.str(), name, t.orders, t.fills,
                         to_string(t.realised + t.unrealised), to_string(t.charges),
                         to_string(t.realised + t.unrealised - t.charges));
    }
  }
  return out;
}

}  // namespace bulkhead::app
