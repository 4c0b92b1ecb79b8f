#include "runtime/domain/risk/risk_engine.hpp"

#include "runtime/domain/risk/no_price.hpp"
#include "runtime/domain/risk/nothing_to_exit.hpp"
#include "runtime/domain/risk/order_quantity.hpp"
#include "runtime/domain/risk/order_value.hpp"
#include "runtime/domain/risk/position_limit.hpp"
#include "runtime/domain/risk/price_collar.hpp"
#include "runtime/domain/risk/session_hours.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead {
namespace {

const quote* find_quote(std::span<const quote> quotes, instrument_id instrument) {
  const auto it = std::ranges::find(quotes, instrument, &quote::instrument);
  return it == quotes.end() ? nullptr : &*it;
}

order_request request_of(const signal& s, quantity qty, price last, timestamp expires_at) {
  order_request r;
  r.client_order_id = derive_client_order_id(s.id, 0);
  r.signal_id = s.id;
  r.strategy = s.strategy;
  r.instrument = s.instrument;
  r.side = s.side;
  r.type = s.type;
  r.qty = qty;
  if (s.type == order_type::limit) r.limit_price = s.limit_price;
  r.reference_price = last;
  r.reduces = s.action == signal_action::exit;
  r.expires_at = expires_at;
  return r;
}

}  // namespace

risk_engine::risk_engine(risk_limits limits, trading_session session, const instrument_table& instruments)
    : limits_(limits), session_(session), instruments_(&instruments) {}

std::vector<event_body> risk_engine::decide(std::span<const signal> signals, std::span<const quote> quotes,
                                            timestamp now) {
  std::vector<event_body> bodies;
  for (const signal& s : signals) {
    if (is_decided(s.feed, s.id)) continue;
    const auto emit = [&](event_body body) {
      apply({.feed = s.feed, .step = step_kind::signals, .ts = now, .body = body});
      bodies.push_back(std::move(body));
    };
    if (s.action == signal_action::exit) {
      for (client_order_id& id : exposure_.cancellable_entries(s.strategy, s.instrument, opposite(s.side))) {
        emit(order_cancel_requested{std::move(id), fmt::format("exit {}", s.id.str())});
      }
    }
    emit(judge(s, find_quote(quotes, s.instrument), now));
  }
  return bodies;
}

event_body risk_engine::judge(const signal& s, const quote* last, timestamp now) const {
  quantity qty = s.qty;
  if (s.action == signal_action::exit) {
    qty = risk::exit_quantity(s.side, s.qty, held(s.strategy, s.instrument),
                              exposure_.exits_working(s.strategy, s.instrument, s.side));
  }
  if (auto r = first_refusal(s, qty, last, now)) {
    return signal_rejected{s.id,
                           s.strategy,
                           s.instrument,
                           std::move(r->rule),
                           std::move(r->limit),
                           std::move(r->observed),
                           std::move(r->unit)};
  }
  return signal_validated{risk_approved<order_request>{request_of(s, qty, last->last, session_.close_of(now))}};
}

// The order of the rules is part of the contract: docs/kernel.md.
risk::verdict risk_engine::first_refusal(const signal& s, quantity qty, const quote* last, timestamp now) const {
  const bool is_entry = s.action == signal_action::entry;
  const bool is_limit = s.type == order_type::limit;
  if (auto r = risk::kill_latch(kill_, s.action)) return r;
  if (auto r = risk::session_hours(session_, now)) return r;
  if (!is_entry) {
    if (auto r = risk::nothing_to_exit(s.qty, qty)) return r;
  }
  if (auto r = risk::no_price(last)) return r;
  if (is_entry) {
    if (auto r = entry_refusal(s, is_limit ? s.limit_price : last->last)) return r;
  }
  if (is_limit) {
    if (auto r = risk::price_collar(s.limit_price, last->last, limits_.price_collar_bps)) return r;
  }
  const std::int64_t reserved = is_entry ? limits_.exit_reserve_per_second : 0;
  return risk::orders_per_second(approvals_.count(now), limits_.max_orders_per_second - reserved);
}

risk::verdict risk_engine::entry_refusal(const signal& s, price valued_at) const {
  if (auto r = risk::order_quantity(s.qty, limits_.max_order_quantity)) return r;
  if (auto r = risk::order_value(s.qty, valued_at, limits_.max_order_value)) return r;
  return risk::position_limit(s.side, s.qty, exposure_.position(s.instrument), exposure_.working(s.instrument, s.side),
                              limits_.max_position_quantity);
}

bool risk_engine::is_decided(feed_seq feed, const signal_id& id) const {
  return feed < decided_feed_ || (feed == decided_feed_ && decided_ids_.contains(id));
}

void risk_engine::mark_decided(feed_seq feed, const signal_id& id) {
  if (feed > decided_feed_) decided_ids_.clear();
  decided_feed_ = feed;
  decided_ids_.insert(id);
}

void risk_engine::apply(const event& e) {
  if (e.seq != 0) {
    if (e.seq <= last_seq_) return;
    last_seq_ = e.seq;
  }
  fold(e.body, e);
}

void risk_engine::fold(const signal_validated& v, const event& e) {
  if (is_decided(e.feed, v.order->signal_id)) return;
  mark_decided(e.feed, v.order->signal_id);
  exposure_.reserve(v.order.get());
  approvals_.add(e.ts);
}

void risk_engine::fold(const event_body& body, const event& e) {
  struct folder {
    risk_engine& engine;
    const event& e;
    risk::exposure& exposure = engine.exposure_;

    void operator()(const signal_validated& v) const { engine.fold(v, e); }
    void operator()(const signal_rejected& r) const {
      if (!engine.is_decided(e.feed, r.signal_id)) engine.mark_decided(e.feed, r.signal_id);
    }
    void operator()(const order_submitted& o) const { exposure.submit(o.request.client_order_id); }
    void operator()(const order_accepted& o) const { exposure.advance(o.client_order_id, order_trigger::accept); }
    void operator()(const order_unknown& o) const { exposure.advance(o.client_order_id, order_trigger::lose_answer); }
    void operator()(const order_cancel_requested& o) const {
      exposure.advance(o.client_order_id, order_trigger::cancel_requested);
    }
    void operator()(const order_filled& f) const { exposure.fill(f); }
    void operator()(const order_withheld& o) const { exposure.release(o.client_order_id); }
    void operator()(const order_cancelled& o) const { exposure.release(o.client_order_id); }
    void operator()(const order_expired& o) const { exposure.release(o.client_order_id); }
    void operator()(const order_rejected& o) const { exposure.release(o.client_order_id); }
    void operator()(const kill_latched& k) const { engine.kill_ = kill_mode_of(k.mode); }
    void operator()(const kill_released&) const { engine.kill_ = kill_mode::off; }
    // Not about what risk keeps.
    void operator()(const account_opened&) const {}
    void operator()(const signal_received&) const {}
    void operator()(const broker_update_refused&) const {}
    void operator()(const portfolio_snapshot&) const {}
  };
  std::visit(folder{*this, e}, body);
}

quantity risk_engine::held(const strategy_id& strategy, instrument_id instrument) const {
  return exposure_.held(strategy, instrument);
}

nlohmann::json risk_engine::snapshot() const {
  nlohmann::json approvals = nlohmann::json::array();
  for (const timestamp t : approvals_.times()) approvals.push_back(t.ns);
  nlohmann::json ids = nlohmann::json::array();
  for (const signal_id& id : decided_ids_) ids.push_back(id.str());
  return {{"seq", last_seq_},
          {"kill", to_string(kill_)},
          {"approvals_ns", std::move(approvals)},
          {"decided", {{"feed", decided_feed_}, {"ids", std::move(ids)}}},
          {"exposure", exposure_.snapshot(*instruments_)}};
}

void risk_engine::restore(const nlohmann::json& state) {
  risk_engine fresh{limits_, session_, *instruments_};
  fresh.last_seq_ = state.at("seq").get<std::uint64_t>();
  fresh.kill_ = kill_mode_of(state.at("kill").get<std::string>());
  for (const nlohmann::json& ns : state.at("approvals_ns")) fresh.approvals_.add({ns.get<std::int64_t>()});
  fresh.decided_feed_ = state.at("decided").at("feed").get<feed_seq>();
  for (const nlohmann::json& id : state.at("decided").at("ids")) fresh.decided_ids_.emplace(id.get<std::string>());
  fresh.exposure_ = risk::exposure::restored(state.at("exposure"), *instruments_);
  *this = std::move(fresh);
}

}  // namespace bulkhead
