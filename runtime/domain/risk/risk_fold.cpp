// The fold: the only place that changes the state, for the engine's own events, those of other roles, and recovery.
#include "runtime/domain/risk/bracket.hpp"
#include "runtime/domain/risk/replacing.hpp"
#include "runtime/domain/risk/risk_engine.hpp"

namespace bulkhead {

void risk_engine::apply(const event& e) {
  if (e.seq != 0) {
    if (e.seq <= last_seq_) return;
    last_seq_ = e.seq;
  }
  fold(e.body, e);
}

void risk_engine::fold_approval(const order_request& request, const event& e) {
  if (exposure_.find(request.client_order_id) != nullptr) return;
  if (request.origin == order_origin::signal) mark_decided(e.feed, request.signal_id);
  if (request.origin == order_origin::bracket) exposure_.settle_bracket(request.group);
  if (request.origin == order_origin::safety) exposure_.settle_safety(request.group);
  if (request.origin == order_origin::square_off) {
    const std::int64_t minute = e.ts.ns / 60'000'000'000;
    if (minute != squared_minute_) squared_.clear();
    squared_minute_ = minute;
    squared_.emplace(request.strategy, request.instrument);
  }
  exposure_.reserve(request);
  exposure_.settle_replacement(request.client_order_id);
  count_approval(request.strategy, e.ts);
  if (!request.reduces) recent_.add(risk::shape_of(request), e.ts);
}

void risk_engine::count_approval(const strategy_id& strategy, timestamp ts) {
  approvals_.add(ts);
  strategies_[strategy].approvals.add(ts);
}

void risk_engine::fold_rejection(const order_rejected& rejected, const event& e) {
  const risk::working_order* found = exposure_.find(rejected.client_order_id);
  if (found == nullptr) return;
  const order_request request = found->request;
  const bool was_called_back = found->is_cancel_wanted;
  const bool is_replaced = found->is_replaced && request.origin != order_origin::bracket;
  if (is_replaced) exposure_.owe_replacement(rejected.client_order_id);
  exposure_.release(rejected.client_order_id);
  if (!rejected.at_gate) {
    ++watch_.rejects;
    ++strategies_[request.strategy].watch.rejects;
  }
  // Whoever refused it, what it was to protect is not protected. Under a halt the safety exit waits for the release.
  if (request.origin == order_origin::bracket) {
    exposure_.owe_safety({request.group, has_trigger(request.type)});
  }
  if (venue_.has_own_clock && !is_replaced) fold_refused_exit(request, was_called_back, e.ts);
}

/// Its protection made way for an exit that then did not happen.
void risk_engine::fold_refused_exit(const order_request& exit, bool was_called_back, timestamp ts) {
  // What was called back, by an operator or for the square-off, is not wanted any more.
  if (exit.group.empty() || !exit.reduces || was_called_back) return;
  if (exit.origin == order_origin::safety) exposure_.owe_safety_again(exit.group, false, ts);
  if (exit.origin == order_origin::signal) exposure_.owe_protection(exit.group);
}

void risk_engine::fold_end(const client_order_id& id, timestamp ts) {
  const risk::working_order* found = exposure_.find(id);
  if (found == nullptr) return;
  if (!venue_.has_own_clock) return exposure_.release(id);
  const order_request request = found->request;
  const bool was_called_back = found->is_cancel_wanted;
  const bool is_replaced = found->is_replaced;
  if (is_replaced) exposure_.owe_replacement(id);
  exposure_.release(id);
  if (!is_replaced) fold_refused_exit(request, was_called_back, ts);
}

void risk_engine::fold_cancel_request(const order_cancel_requested& c) {
  const risk::working_order* found = exposure_.find(c.client_order_id);
  if (found != nullptr && found->can_cancel() && risk::makes_room(c.reason)) exposure_.replace(c.client_order_id);
  exposure_.advance(c.client_order_id, order_trigger::cancel_requested);
}

void risk_engine::fold_fill(const order_filled& f) {
  const risk::working_order* found = exposure_.find(f.client_order_id);
  risk::order_group group;
  if (found != nullptr && !found->request.reduces) {
    const order_request& entry = found->request;
    group = {.id = f.fill_id.str(),
             .line = {f.strategy, f.instrument, f.product},
             .signal_id = entry.signal_id,
             .entry_side = f.side,
             .fill_ordinal = found->fill_count,
             .fill_price = f.price,
             .stop_loss_offset = entry.stop_loss_offset,
             .target_offset = entry.target_offset,
             .holds = f.qty};
  }
  exposure_.fill(f);
  const risk::bracket_prices at = risk::prices_of_bracket(f.side, f.price, group.stop_loss_offset, group.target_offset,
                                                          instruments_->at(f.instrument).tick_size);
  if (at.stop || at.target) exposure_.open_group(std::move(group));
}

void risk_engine::fold_snapshot(const portfolio_snapshot& s, timestamp ts) {
  equity_ = s.equity;
  const trade_date date = date_of(ts);
  watch_.mark(s.realised + s.unrealised - s.charges, date);
  for (const strategy_view& v : s.strategies) {
    strategies_[v.strategy].watch.mark(v.realised + v.unrealised - v.charges, date);
  }
  for (const position_view& p : s.positions) {
    if (p.last.raw > 0) exposure_.mark(p.instrument, p.last);
  }
}

struct risk_engine::folder {
  risk_engine& engine;
  const event& e;
  risk::exposure& exposure = engine.exposure_;

  [[nodiscard]] bool own_clock() const { return engine.venue_.has_own_clock; }

  void operator()(const account_opened& a) const { engine.equity_ = a.capital; }
  void operator()(const signal_validated& v) const { engine.fold_approval(v.order.get(), e); }
  void operator()(const signal_rejected& r) const { engine.mark_decided(e.feed, r.signal_id); }
  void operator()(const order_submitted& o) const { exposure.submit(o.request.client_order_id); }
  void operator()(const order_accepted& o) const {
    engine.watch_.rejects = 0;
    if (const auto* found = exposure.find(o.client_order_id)) {
      engine.strategies_[found->request.strategy].watch.rejects = 0;
    }
    exposure.advance(o.client_order_id, order_trigger::accept);
    if (own_clock()) exposure.expect_fill(o.client_order_id, e.ts);
  }
  void operator()(const order_unknown& o) const { exposure.advance(o.client_order_id, order_trigger::lose_answer); }
  void operator()(const order_cancel_requested& o) const { engine.fold_cancel_request(o); }
  void operator()(const order_modify_requested& o) const {
    const auto* found = exposure.find(o.client_order_id);
    if (found == nullptr || found->asked) return;
    engine.count_approval(found->request.strategy, e.ts);
    exposure.ask_terms(o.client_order_id, o.terms);
  }
  void operator()(const order_modified& o) const { exposure.settle_terms(o.client_order_id, &o.terms); }
  void operator()(const order_modify_rejected& o) const {
    exposure.settle_terms(o.client_order_id, nullptr);
    if (own_clock()) exposure.delay_modification(o.client_order_id, e.ts);
  }
  void operator()(const order_filled& f) const {
    engine.fold_fill(f);
    if (own_clock()) exposure.expect_fill(f.client_order_id, e.ts);
  }
  void operator()(const order_triggered& o) const {
    if (!own_clock()) return;
    exposure.note_trigger(o.client_order_id);
    exposure.expect_fill(o.client_order_id, e.ts);
  }
  void operator()(const order_withheld& o) const { exposure.release(o.client_order_id); }
  void operator()(const order_cancelled& o) const { engine.fold_end(o.client_order_id, e.ts); }
  void operator()(const order_expired& o) const { exposure.release(o.client_order_id); }
  void operator()(const order_rejected& o) const { engine.fold_rejection(o, e); }
  void operator()(const portfolio_snapshot& s) const { engine.fold_snapshot(s, e.ts); }
  void operator()(const kill_latched& k) const {
    (k.strategy.empty() ? engine.kill_ : engine.strategies_[k.strategy].kill) = kill_mode_of(k.mode);
  }
  void operator()(const kill_released& k) const {
    (k.strategy.empty() ? engine.kill_ : engine.strategies_[k.strategy].kill) = kill_mode::off;
    (k.strategy.empty() ? engine.watch_ : engine.strategies_[k.strategy].watch).restart();
  }
  // Not about what risk keeps.
  void operator()(const signal_received&) const {}
  void operator()(const broker_update_refused&) const {}
  void operator()(const command_refused&) const {}
  void operator()(const strategy_changed&) const {}
  void operator()(const feed_noticed&) const {}
  void operator()(const inbox_positioned&) const {}
  void operator()(const account_difference&) const {}
  void operator()(const account_reconciled&) const {}
};

void risk_engine::fold(const event_body& body, const event& e) { std::visit(folder{*this, e}, body); }

}  // namespace bulkhead
