#include "runtime/domain/risk/risk_engine.hpp"

#include "runtime/domain/risk/nothing_to_change.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

duration longest_duplicate_window(const risk_settings& s) {
  std::int64_t longest_ms = std::max(s.broker.duplicate_window_ms, s.each_strategy.duplicate_window_ms);
  for (const auto& [name, limits] : s.by_strategy) longest_ms = std::max(longest_ms, limits.duplicate_window_ms);
  return {longest_ms * 1'000'000};
}

risk::line_key line_of(const signal& s) { return {s.strategy, s.instrument, s.product}; }

order_request request_of(const signal& s, price last, timestamp expires_at) {
  order_request r;
  r.client_order_id = derive_client_order_id(s.id, 0);
  r.signal_id = s.id;
  r.strategy = s.strategy;
  r.instrument = s.instrument;
  r.side = s.side;
  r.type = s.type;
  r.validity = s.validity;
  r.product = s.product;
  r.qty = s.qty;
  if (has_limit(s.type)) r.limit_price = s.limit_price;
  if (has_trigger(s.type)) r.trigger_price = s.trigger_price;
  r.reference_price = last;
  r.expires_at = expires_at;
  return r;
}

}  // namespace

risk_engine::risk_engine(risk_settings settings, trading_session session, const instrument_table& instruments,
                         risk_venue venue)
    : settings_(std::move(settings)),
      session_(session),
      instruments_(&instruments),
      venue_(venue),
      exposure_(settings_.margin),
      recent_(longest_duplicate_window(settings_)) {
  std::ranges::sort(settings_.instruments);
}

std::vector<event_body> risk_engine::decide(std::span<const signal> signals, std::span<const quote> quotes,
                                            timestamp now, feed_seq feed) {
  round r{.now = now, .feed = feed, .quotes = quotes};
  make_way(r);
  if (kill_ != kill_mode::halt) {
    if (venue_.has_own_clock) {
      call_back_resting(r);
      make_replacements(r);
    }
    make_brackets(r);
    make_safeties(r);
    make_square_off(r);
  }
  for (const signal& s : signals) {
    if (!is_decided(s.feed, s.id)) decide_signal(r, s);
  }
  return std::move(r.bodies);
}

void risk_engine::decide_signal(round& r, const signal& s) {
  switch (s.action) {
    case signal_action::entry:
      return decide_entry(r, s);
    case signal_action::exit:
      return decide_exit(r, s);
    case signal_action::cancel:
      return decide_cancel(r, s);
    case signal_action::modify:
      return decide_modify(r, s);
  }
}

void risk_engine::decide_entry(round& r, const signal& s) {
  const quote* last = find_quote(r, s.instrument);
  if (auto refusal = first_refusal({.s = s, .qty = s.qty}, last, r.now)) return reject(r, s, std::move(*refusal));
  order_request request = request_of(s, last->last, session_.close_of(r.now));
  request.stop_loss_offset = s.stop_loss_offset;
  request.target_offset = s.target_offset;
  approve(r, std::move(request));
}

void risk_engine::decide_exit(round& r, const signal& s) {
  const std::string reason = fmt::format("exit {}", s.id.str());
  emit_cancels(r, exposure_.cancellable_entries(line_of(s), opposite(s.side)), reason);
  const risk::exit_plan plan =
      risk::plan_exit(exposure_.room(line_of(s), s.side), s.qty, instruments_->at(s.instrument).freeze_quantity);
  const quote* last = find_quote(r, s.instrument);
  const proposal p{.s = s, .qty = plan.qty, .orders = static_cast<std::int64_t>(plan.pieces.size())};
  if (auto refusal = first_refusal(p, last, r.now)) return reject(r, s, std::move(*refusal));
  order_request base = request_of(s, last->last, session_.close_of(r.now));
  base.reduces = true;
  approve_exit(r, plan, std::move(base), reason);
}

void risk_engine::decide_cancel(round& r, const signal& s) {
  const auto ids = exposure_.cancellable_entries(line_of(s), s.side);
  if (ids.empty()) return reject(r, s, risk::nothing_to_cancel());
  emit_cancels(r, ids, fmt::format("cancel {}", s.id.str()));
  if (r.feed > answered_feed_) answered_ids_.clear();
  answered_feed_ = r.feed;
  answered_ids_.insert(s.id);
}

void risk_engine::decide_modify(round& r, const signal& s) {
  auto ids = exposure_.cancellable_entries(line_of(s), s.side);
  std::erase_if(ids, [this](const client_order_id& id) { return !exposure_.find(id)->can_modify(); });
  const risk::working_order* target = ids.empty() ? nullptr : exposure_.find(ids.back());
  if (auto refusal = risk::nothing_to_modify(s, target)) return reject(r, s, std::move(*refusal));
  signal changed = s;  // the bracket stays the order's own
  changed.stop_loss_offset = target->request.stop_loss_offset;
  changed.target_offset = target->request.target_offset;
  const proposal p{.s = changed, .qty = s.qty, .changes = target};
  if (auto refusal = first_refusal(p, find_quote(r, s.instrument), r.now)) return reject(r, s, std::move(*refusal));
  order_terms terms{.qty = s.qty};
  if (has_limit(s.type)) terms.limit_price = s.limit_price;
  if (has_trigger(s.type)) terms.trigger_price = s.trigger_price;
  emit(r, order_modify_requested{ids.back(), terms, fmt::format("modify {}", s.id.str())});
  if (r.feed > answered_feed_) answered_ids_.clear();
  answered_feed_ = r.feed;
  answered_ids_.insert(s.id);
}

void risk_engine::emit(round& r, event_body body) {
  fold(body, {.feed = r.feed, .step = r.step, .ts = r.now});
  r.bodies.push_back(std::move(body));
}

void risk_engine::emit_cancels(round& r, const std::vector<client_order_id>& ids, const std::string& reason) {
  for (const client_order_id& id : ids) emit(r, order_cancel_requested{id, reason});
}

void risk_engine::approve(round& r, order_request request) {
  emit(r, signal_validated{risk_approved<order_request>{std::move(request)}});
}

void risk_engine::approve_exit(round& r, const risk::exit_plan& plan, order_request base, const std::string& reason) {
  // An exit that may stay unfilled leaves the protection where it is: the group takes it with the fill.
  if (base.type == order_type::market) {
    for (const std::string& group : plan.whole_groups) emit_cancels(r, exposure_.cancellable_brackets(group), reason);
  }
  std::uint32_t leg = 0;
  for (const risk::exit_plan::piece& piece : plan.pieces) {
    base.client_order_id = derive_client_order_id(base.signal_id, leg++);
    base.qty = piece.qty;
    base.group = piece.group;
    approve(r, base);
  }
}

void risk_engine::reject(round& r, const signal& s, risk::refusal refusal) {
  emit(r, signal_rejected{s.id, s.strategy, s.instrument, std::move(refusal.rule), std::move(refusal.limit),
                          std::move(refusal.observed), std::move(refusal.unit)});
}

const quote* risk_engine::find_quote(round& r, instrument_id instrument) const {
  if (r.by_instrument.empty()) {
    r.by_instrument.resize(instruments_->size());
    for (const quote& q : r.quotes) r.by_instrument.at(q.instrument.index) = &q;
  }
  return r.by_instrument.at(instrument.index);
}

bool risk_engine::is_decided(feed_seq feed, const signal_id& id) const {
  if (feed < decided_feed_ || (feed == decided_feed_ && decided_ids_.contains(id))) return true;
  return feed < answered_feed_ || (feed == answered_feed_ && answered_ids_.contains(id));
}

void risk_engine::mark_decided(feed_seq feed, const signal_id& id) {
  if (feed < decided_feed_) return;
  if (feed > decided_feed_) decided_ids_.clear();
  decided_feed_ = feed;
  decided_ids_.insert(id);
}

kill_mode risk_engine::kill(const strategy_id& strategy) const {
  const strategy_state* state = find_strategy(strategy);
  return state == nullptr ? kill_mode::off : state->kill;
}

quantity risk_engine::held(const strategy_id& strategy, instrument_id instrument, product of) const {
  return exposure_.held({strategy, instrument, of});
}

const risk_engine::strategy_state* risk_engine::find_strategy(const strategy_id& strategy) const {
  const auto it = strategies_.find(strategy);
  return it == strategies_.end() ? nullptr : &it->second;
}

}  // namespace bulkhead
