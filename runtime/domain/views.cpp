#include "runtime/domain/views.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead {
namespace {

using fields = std::vector<std::pair<std::string, std::string>>;

/// A price that not every type of order has.
std::string own_price(bool has_one, price p) { return has_one ? to_string(p) : std::string{}; }

void add(fields& f, const performance& p) {
  f.insert(f.end(), {{"net", to_string(p.net)},
                     {"day_pnl", to_string(p.day_pnl)},
                     {"peak", to_string(p.peak)},
                     {"drawdown", to_string(p.drawdown)},
                     {"gross_exposure", to_string(p.gross_exposure)},
                     {"margin", to_string(p.margin)}});
}

fields summary(const portfolio_snapshot& p) {
  fields f{{"cash", to_string(p.cash)},
           {"equity", to_string(p.equity)},
           {"realised", to_string(p.realised)},
           {"unrealised", to_string(p.unrealised)},
           {"charges", to_string(p.charges)}};
  add(f, p.performance);
  return f;
}

fields summary(const strategy_view& s) {
  fields f{
      {"realised", to_string(s.realised)}, {"unrealised", to_string(s.unrealised)}, {"charges", to_string(s.charges)}};
  add(f, s.performance);
  return f;
}

struct view_maker {
  const event& e;
  const broker_id& broker;
  const instrument_table& instruments;

  view_change change(std::string_view key, fields f) const {
    f.emplace_back("updated_at", to_iso_ist(e.ts));
    f.emplace_back("seq", std::to_string(e.seq));
    return {fmt::format("{}:{}", broker.str(), key), std::move(f)};
  }
  std::vector<view_change> order(const client_order_id& id, fields f) const {
    return {change("orders:" + id.str(), std::move(f))};
  }

  std::vector<view_change> operator()(const order_submitted& s) const {
    const order_request& r = s.request;
    return order(r.client_order_id, {{"status", std::string{to_string(order_status::submitted)}},
                                     {"strategy", r.strategy.str()},
                                     {"instrument", instruments.key(r.instrument)},
                                     {"side", std::string{to_string(r.side)}},
                                     {"type", std::string{to_string(r.type)}},
                                     {"product", std::string{to_string(r.product)}},
                                     {"validity", std::string{to_string(r.validity)}},
                                     {"quantity", std::to_string(r.qty)},
                                     {"limit_price", own_price(has_limit(r.type), r.limit_price)},
                                     {"trigger_price", own_price(has_trigger(r.type), r.trigger_price)},
                                     {"origin", std::string{to_string(r.origin)}},
                                     {"group", r.group},
                                     {"reduces", r.reduces ? "true" : "false"},
                                     {"signal_id", r.signal_id.str()},
                                     {"filled_quantity", "0"},
                                     {"triggered", "false"},
                                     {"submitted_at", to_iso_ist(e.ts)}});
  }
  std::vector<view_change> operator()(const order_accepted& a) const {
    return order(a.client_order_id, {{"status", std::string{to_string(order_status::open)}},
                                     {"broker_order_id", a.broker_order_id.str()}});
  }
  std::vector<view_change> operator()(const order_filled& f) const {
    const auto status = f.remaining_qty == 0 ? order_status::filled : order_status::partially_filled;
    return order(f.client_order_id, {{"status", std::string{to_string(status)}},
                                     {"filled_quantity", std::to_string(f.cumulative_qty)},
                                     {"last_fill_price", to_string(f.price)}});
  }
  std::vector<view_change> operator()(const order_cancel_requested& c) const {
    return order(c.client_order_id, {{"status", std::string{to_string(order_status::pending_cancel)}}});
  }
  std::vector<view_change> operator()(const order_cancelled& c) const {
    return ended(c.client_order_id, order_status::cancelled, c.reason);
  }
  std::vector<view_change> operator()(const order_expired& x) const {
    return ended(x.client_order_id, order_status::expired, "session close");
  }
  std::vector<view_change> operator()(const order_rejected& r) const {
    return ended(r.client_order_id, order_status::rejected, r.reason);
  }
  std::vector<view_change> operator()(const order_unknown& u) const {
    return ended(u.client_order_id, order_status::unknown, u.reason);
  }
  std::vector<view_change> ended(const client_order_id& id, order_status status, const std::string& reason) const {
    return order(id, {{"status", std::string{to_string(status)}}, {"reason", reason}});
  }

  std::vector<view_change> operator()(const order_triggered& t) const {
    return order(t.client_order_id, {{"triggered", "true"}});
  }
  std::vector<view_change> operator()(const order_modify_requested& m) const {
    return order(m.client_order_id, {{"modification", "requested"},
                                     {"modification_quantity", std::to_string(m.terms.qty)},
                                     {"modification_limit_price", term_price(m.terms.limit_price)},
                                     {"modification_trigger_price", term_price(m.terms.trigger_price)},
                                     {"modification_reason", m.reason}});
  }
  std::vector<view_change> operator()(const order_modified& m) const {
    return order(m.client_order_id, {{"quantity", std::to_string(m.terms.qty)},
                                     {"limit_price", term_price(m.terms.limit_price)},
                                     {"trigger_price", term_price(m.terms.trigger_price)},
                                     {"modification", "done"},
                                     {"modification_reason", m.reason}});
  }
  std::vector<view_change> operator()(const order_modify_rejected& m) const {
    return order(m.client_order_id, {{"modification", "rejected"}, {"modification_reason", m.reason}});
  }
  /// Terms do not name the order's type; a price that it has is above 0.
  static std::string term_price(price p) { return own_price(p.raw != 0, p); }

  std::vector<view_change> operator()(const portfolio_snapshot& p) const {
    const std::string day = "history:" + to_string(date_of(e.ts));
    std::vector<view_change> changes{change("portfolio:summary", summary(p)), change(day, summary(p))};
    for (const strategy_view& s : p.strategies) {
      changes.push_back(change("portfolio:strategy:" + s.strategy.str(), summary(s)));
      changes.push_back(change(day + ":" + s.strategy.str(), summary(s)));
    }
    for (const position_view& v : p.positions) {
      const std::string key =
          fmt::format("positions:{}:{}:{}", v.strategy.str(), instruments.key(v.instrument), to_string(v.product));
      changes.push_back(change(key, {{"quantity", std::to_string(v.qty)},
                                     {"cost", to_string(v.cost)},
                                     {"last_price", to_string(v.last)},
                                     {"realised", to_string(v.realised)},
                                     {"unrealised", to_string(v.unrealised)},
                                     {"charges", to_string(v.charges)}}));
    }
    return changes;
  }

  std::vector<view_change> operator()(const kill_latched& k) const {
    return {change(latch(k.strategy), {{"mode", k.mode}, {"cause", k.cause}, {"reason", k.reason}})};
  }
  std::vector<view_change> operator()(const kill_released& k) const {
    return {change(latch(k.strategy), {{"mode", "off"}, {"cause", ""}, {"reason", k.reason}})};
  }
  static std::string latch(const strategy_id& strategy) {
    return strategy.empty() ? std::string{"kill:broker"} : "kill:strategy:" + strategy.str();
  }

  std::vector<view_change> operator()(const strategy_changed& s) const {
    return {change("strategies:" + s.strategy.str(), {{"change", s.change}, {"reason", s.reason}})};
  }

  template <class Other>
  std::vector<view_change> operator()(const Other&) const {
    return {};
  }
};

}  // namespace

std::vector<view_change> views_of(const event& e, const broker_id& broker, const instrument_table& instruments) {
  return std::visit(view_maker{e, broker, instruments}, e.body);
}

void merged_changes::add(view_change change) {
  const auto [known, is_new] = index_.try_emplace(change.key, changes_.size());
  if (is_new) {
    changes_.push_back(std::move(change));
    return;
  }
  fields& merged = changes_[known->second].fields;
  for (auto& [name, value] : change.fields) {
    const auto it = std::ranges::find(merged, name, &fields::value_type::first);
    if (it != merged.end()) {
      it->second = std::move(value);
    } else {
      merged.emplace_back(std::move(name), std::move(value));
    }
  }
}

std::vector<view_change> merged_changes::take() {
  index_.clear();
  return std::exchange(changes_, {});
}

}  // namespace bulkhead
