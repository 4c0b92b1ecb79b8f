#include "tools/app/broker_history.hpp"

#include <algorithm>

namespace bulkhead::app {

/// One overload for each event that changes something here.
struct broker_history::folder {
  broker_history& h;
  const event& e;

  void advance(const client_order_id& id, order_trigger trigger, const std::string& reason = {}) const {
    order_life* o = h.order(id);
    if (o == nullptr) return;
    o->status = next_status(o->status, trigger).value_or(o->status);
    if (is_terminal(o->status) || o->status == order_status::unknown) o->reason = reason;
  }

  void operator()(const account_opened& a) const {
    h.cash += a.capital - h.capital;
    h.capital = a.capital;
  }
  void operator()(const signal_received& s) const {
    ++h.signals;
    ++h.strategies_[s.signal.strategy.str()].signals;
  }
  void operator()(const signal_rejected& r) const {
    ++h.rejected;
    ++h.rejected_by[r.rule];
    ++h.strategies_[r.strategy.str()].rejected;
  }
  void operator()(const signal_validated& v) const {
    h.approved_.insert_or_assign(v.order->client_order_id, v.order.get());
  }
  void operator()(const order_submitted& s) const {
    h.approved_.erase(s.request.client_order_id);
    ++h.strategies_[s.request.strategy.str()].orders;
    h.open(s.request, e, false);
  }
  void operator()(const order_withheld& w) const {
    ++h.withheld;
    const auto it = h.approved_.find(w.client_order_id);
    if (it == h.approved_.end()) return;
    h.open(it->second, e, true);
    h.orders.back().reason = w.reason;
    h.approved_.erase(it);
  }
  void operator()(const order_accepted& a) const {
    advance(a.client_order_id, order_trigger::accept);
    if (order_life* o = h.order(a.client_order_id)) o->broker_order_id = a.broker_order_id;
  }
  void operator()(const order_cancel_requested& c) const {
    advance(c.client_order_id, order_trigger::cancel_requested);
  }
  void operator()(const order_cancelled& c) const { advance(c.client_order_id, order_trigger::cancel, c.reason); }
  void operator()(const order_expired& x) const { advance(x.client_order_id, order_trigger::expire, "session close"); }
  void operator()(const order_rejected& r) const { advance(r.client_order_id, order_trigger::reject, r.reason); }
  void operator()(const order_unknown& u) const { advance(u.client_order_id, order_trigger::lose_answer, u.reason); }
  void operator()(const order_triggered& t) const {
    if (order_life* o = h.order(t.client_order_id)) o->triggered = true;
  }
  void operator()(const order_modified& m) const {
    order_life* o = h.order(m.client_order_id);
    if (o == nullptr) return;
    o->request.qty = m.terms.qty;
    o->request.limit_price = m.terms.limit_price;
    o->request.trigger_price = m.terms.trigger_price;
  }
  void operator()(const order_filled& f) const {
    h.fill(f, e);
    advance(f.client_order_id, f.remaining_qty == 0 ? order_trigger::final_fill : order_trigger::partial_fill);
  }
  void operator()(const portfolio_snapshot& p) const { h.take(p, e); }
  void operator()(const kill_latched& k) const { h.latches[k.strategy.str()] = {k.mode, k.cause, k.reason, e.ts}; }
  void operator()(const kill_released& k) const { h.latches.erase(k.strategy.str()); }
  void operator()(const strategy_changed& s) const {
    if (s.change != "signals_shed") h.strategies_[s.strategy.str()].changed = s;  // that is the broker's, not its own
  }
  template <class Other>
  void operator()(const Other&) const {}
};

void broker_history::add(const event& e) {
  if (first_seq == 0) {
    first_seq = e.seq;
    first_at = e.ts;
  }
  last_seq = e.seq;
  last_at = e.ts;
  last_feed = e.feed;
  account.add(e);
  std::visit(folder{*this, e}, e.body);
}

order_life* broker_history::order(const client_order_id& id) {
  const auto it = index_.find(id);
  return it == index_.end() ? nullptr : &orders[it->second];
}

const order_life* broker_history::find(const client_order_id& id) const {
  const auto it = index_.find(id);
  return it == index_.end() ? nullptr : &orders[it->second];
}

std::vector<const order_life*> broker_history::matching(std::string_view prefix) const {
  std::vector<const order_life*> found;
  for (const order_life& o : orders) {
    if (o.request.client_order_id.str().starts_with(prefix)) found.push_back(&o);
  }
  return found;
}

std::size_t broker_history::working() const {
  return static_cast<std::size_t>(std::ranges::count_if(orders, &order_life::works));
}

latch_state broker_history::latch(const strategy_id& strategy) const {
  const auto it = latches.find(strategy.str());
  return it == latches.end() ? latch_state{} : it->second;
}

void broker_history::open(const order_request& r, const event& e, bool is_withheld) {
  index_[r.client_order_id] = orders.size();
  order_life& o = orders.emplace_back();
  o.request = r;
  o.submitted_at = e.ts;
  o.submitted_seq = e.seq;
  o.withheld = is_withheld;
}

void broker_history::fill(const order_filled& f, const event& e) {
  if (!known_fills_.insert(f.fill_id).second) return;
  position_line& line = positions_[{f.strategy.str(), instruments_->key(f.instrument), f.product}];
  line.strategy = f.strategy;
  line.instrument = f.instrument;
  line.product = f.product;
  fill_effect effect{f, e.seq, e.ts, line.held.qty, 0, -line.held.realised};
  line.held.fill(f.side, f.qty, f.price);
  line.held.charges += f.charges.total();
  effect.after = line.held.qty;
  effect.realised += line.held.realised;
  cash -= f.price * (sign(f.side) * f.qty) + f.charges.total();
  for (auto& [key, other] : positions_) {
    if (other.instrument == f.instrument) other.last = f.price;
  }
  ++strategies_[f.strategy.str()].fills;
  if (order_life* o = order(f.client_order_id)) {
    o->filled = f.cumulative_qty;
    o->filled_value += f.price * f.qty;
    o->charges += f.charges;
  }
  fills.push_back(std::move(effect));
}

void broker_history::take(const portfolio_snapshot& p, const event& e) {
  snapshot = p;
  snapshot_at = e.ts;
  snapshot_seq = e.seq;
  for (const position_view& v : p.positions) {
    for (auto& [key, line] : positions_) {
      if (line.instrument == v.instrument) line.last = v.last;
    }
  }
}

std::vector<position_line> broker_history::positions() const {
  std::vector<position_line> out;
  for (const auto& [key, line] : positions_) out.push_back(line);
  return out;
}

money_totals broker_history::totals() const {
  money_totals sum;
  for (const auto& [key, line] : positions_) {
    sum.realised += line.held.realised;
    sum.unrealised += line.unrealised();
    sum.charges += line.held.charges;
  }
  return sum;
}

std::map<std::string, strategy_history> broker_history::strategies() const {
  auto out = strategies_;
  for (const auto& [key, line] : positions_) out[line.strategy.str()].net += line.net();
  return out;
}

}  // namespace bulkhead::app
