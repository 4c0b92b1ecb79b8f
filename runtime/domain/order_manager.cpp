#include "runtime/domain/order_manager.hpp"

#include "runtime/domain/order_report.hpp"

#include <algorithm>
#include <type_traits>

#include <fmt/format.h>

namespace bulkhead {

namespace {

/// The status of an order that the broker has after all: a cancel that was asked for meanwhile is on its way now.
order_status called_back(const order& o, order_status to) {
  if (!awaits_cancel(o)) return to;
  return next_status(to, order_trigger::cancel_requested).value_or(to);
}

}  // namespace

order_manager::order_manager(settings s, const instrument_table& instruments)
    : settings_(std::move(s)), instruments_(&instruments) {}

std::vector<event_body> order_manager::submit(std::span<const risk_approved<order_request>> approved, timestamp now,
                                              feed_seq feed) {
  forget(now);
  std::vector<event_body> out;
  for (const auto& approval : approved) {
    const order_request& r = approval.get();
    if (find(r.client_order_id) != nullptr || withheld_.contains(r.client_order_id)) continue;
    if (!settings_.placing_enabled) {
      out.emplace_back(order_withheld{r.client_order_id, "placing is off for this broker (enabled: false)"});
    } else if (now >= r.expires_at) {
      out.emplace_back(order_withheld{r.client_order_id, "its session closed at " + to_iso_ist(r.expires_at)});
    } else {
      out.emplace_back(order_submitted{r});
    }
    fold(out.back(), now, feed);
  }
  return out;
}

std::vector<event_body> order_manager::on_updates(std::span<const broker_update> updates, timestamp now) {
  forget(now);
  std::vector<event_body> out;
  for (const broker_update& u : updates) {
    auto verdict = judge(u, now);
    if (!verdict) continue;
    fold(*verdict, now, 0);
    out.push_back(std::move(*verdict));
  }
  return out;
}

std::optional<event_body> order_manager::judge(const broker_update& u, timestamp now) const {
  const auto refused = [&u](std::string why) {
    return broker_update_refused{u.client_order_id, describe(u), std::move(why)};
  };
  const order* o = find(u.client_order_id);
  if (o == nullptr) return refused("no order with this client order id is known here");
  if (u.what == broker_update::kind::filled) {
    const auto owner = fill_owner_.find(u.fill_id);
    if (owner != fill_owner_.end() && owner->second == u.client_order_id) return std::nullopt;
    if (owner != fill_owner_.end()) return refused("this fill id belongs to order " + owner->second.str());
  }
  if (says_nothing_new(*o, u)) return std::nullopt;
  if (auto why = objection(*o, u)) return refused(std::move(*why));
  return event_of(*o, u, now);
}

event_body order_manager::event_of(const order& o, const broker_update& u, timestamp now) const {
  const client_order_id& id = o.request.client_order_id;
  switch (u.what) {
    case broker_update::kind::accepted:
      return order_accepted{id, u.broker_order_id};
    case broker_update::kind::triggered:
      return order_triggered{id};
    case broker_update::kind::modified:
      return order_modified{id, terms_for(o, u.terms), u.reason};
    case broker_update::kind::modify_rejected:
      return order_modify_rejected{id, u.reason};
    case broker_update::kind::cancelled:
      return order_cancelled{id, o.filled, u.reason};
    case broker_update::kind::expired:
      return order_expired{id, o.filled};
    case broker_update::kind::rejected:
      return order_rejected{id, u.reason, u.never_sent};
    case broker_update::kind::answer_lost:
      return order_unknown{id, u.reason};
    case broker_update::kind::filled:
      break;
  }
  const order_request& r = o.request;
  const trade_date date = date_of(now);
  const charge_breakdown charges =
      settings_.charges.charge(date, {.segment = charge_segment_of(instruments_->at(r.instrument), r.product),
                                      .side = r.side,
                                      .first_delivery_sale = is_first_delivery_sale(r, date),
                                      .value = u.price * u.qty,
                                      .order_value_before = o.filled_value,
                                      .brokerage_before = o.brokerage_charged});
  return order_filled{.client_order_id = id,
                      .fill_id = u.fill_id,
                      .strategy = r.strategy,
                      .instrument = r.instrument,
                      .product = r.product,
                      .side = r.side,
                      .qty = u.qty,
                      .price = u.price,
                      .cumulative_qty = o.filled + u.qty,
                      .remaining_qty = o.remaining() - u.qty,
                      .charges = charges};
}

void order_manager::apply(const event& e) {
  forget(e.ts);
  fold(e.body, e.ts, e.feed);
}

void order_manager::fold(const event_body& body, timestamp now, feed_seq feed) {
  std::visit(
      [&](const auto& e) {
        using type = std::decay_t<decltype(e)>;
        if constexpr (std::is_same_v<type, order_submitted>) open_order(e.request, now, feed);
        if constexpr (std::is_same_v<type, order_withheld>) {
          // The event does not carry the order's expiry; that is the same day's close, so this outlasts it.
          const timestamp until = now + remembered_after_expiry + remembered_after_expiry;
          withheld_.emplace(e.client_order_id, until);
          forget_due_ = std::min(forget_due_, until);
        }
        if constexpr (std::is_same_v<type, order_accepted>) accept(e);
        if constexpr (std::is_same_v<type, order_filled>) add_fill(e, date_of(now));
        if constexpr (std::is_same_v<type, order_cancel_requested>) {
          ask_change(e.client_order_id, std::nullopt, now, feed);
          advance(e.client_order_id, order_trigger::cancel_requested);
        }
        if constexpr (std::is_same_v<type, order_modify_requested>) ask_change(e.client_order_id, e.terms, now, feed);
        if constexpr (std::is_same_v<type, order_modified>) settle_change(e.client_order_id, &e.terms);
        if constexpr (std::is_same_v<type, order_modify_rejected>) settle_change(e.client_order_id, nullptr);
        if constexpr (std::is_same_v<type, order_triggered>) {
          if (const auto it = live_.find(e.client_order_id); it != live_.end()) it->second.state.triggered = true;
        }
        if constexpr (std::is_same_v<type, order_cancelled>) advance(e.client_order_id, order_trigger::cancel);
        if constexpr (std::is_same_v<type, order_expired>) advance(e.client_order_id, order_trigger::expire);
        if constexpr (std::is_same_v<type, order_rejected>) advance(e.client_order_id, order_trigger::reject);
        if constexpr (std::is_same_v<type, order_unknown>) advance(e.client_order_id, order_trigger::lose_answer);
      },
      body);
}

void order_manager::open_order(const order_request& request, timestamp now, feed_seq feed) {
  if (find(request.client_order_id) != nullptr) return;
  order o{.request = request, .submitted_at = now, .submitted_feed = feed, .ordinal = ++submitted_count_};
  live_.emplace(request.client_order_id, entry{std::move(o), {}, {}});
}

void order_manager::accept(const order_accepted& e) {
  const auto it = live_.find(e.client_order_id);
  if (it == live_.end()) return;
  const auto to = next_status(it->second.state.status, order_trigger::accept);
  if (!to) return;
  it->second.state.broker_order_id = e.broker_order_id;
  advance(it, called_back(it->second.state, *to));
}

void order_manager::ask_change(const client_order_id& id, std::optional<order_terms> terms, timestamp now,
                               feed_seq feed) {
  const auto it = live_.find(id);
  if (it == live_.end()) return;
  order& o = it->second.state;
  // What is asked twice counts from the first time: the venue has it already.
  const bool is_unknown = o.status == order_status::unknown;
  if (!terms && !is_unknown && !next_status(o.status, order_trigger::cancel_requested)) return;
  if (terms) o.asked_terms = terms;
  if (!terms && is_unknown) o.asked_terms.reset();  // overtaken: what remains says awaits_cancel()
  o.changed_at = now;
  o.changed_feed = feed;
}

void order_manager::settle_change(const client_order_id& id, const order_terms* agreed) {
  const auto it = live_.find(id);
  if (it == live_.end()) return;
  order& o = it->second.state;
  if (o.status == order_status::unknown && o.asked_terms) o.changed_feed = 0;
  o.asked_terms.reset();
  if (agreed == nullptr || agreed->qty <= o.filled) return;
  const order_terms terms = terms_for(o, *agreed);
  o.request.qty = terms.qty;
  o.request.limit_price = terms.limit_price;
  o.request.trigger_price = terms.trigger_price;
}

bool order_manager::is_first_delivery_sale(const order_request& r, trade_date date) const {
  if (r.product != product::cnc || r.side != side::sell) return false;
  const auto it = delivery_sold_.find(r.instrument);
  return it == delivery_sold_.end() || it->second != date;
}

void order_manager::add_fill(const order_filled& fill, trade_date date) {
  const auto it = live_.find(fill.client_order_id);
  if (it == live_.end() || fill_owner_.contains(fill.fill_id)) return;
  order& o = it->second.state;
  const auto to = next_status(o.status, fill_trigger(o, fill.qty));
  if (!to) return;
  o.filled += fill.qty;
  ++o.fill_count;
  o.filled_value += fill.price * fill.qty;
  o.brokerage_charged += fill.charges.brokerage;
  it->second.fills.push_back(fill.fill_id);
  fill_owner_.emplace(fill.fill_id, fill.client_order_id);
  if (fill.product == product::cnc && fill.side == side::sell) delivery_sold_[fill.instrument] = date;
  advance(it, called_back(o, *to));
}

void order_manager::advance(const client_order_id& id, order_trigger trigger) {
  const auto it = live_.find(id);
  if (it == live_.end()) return;
  order& o = it->second.state;
  const auto to = next_status(o.status, trigger);
  if (!to) return;
  if (*to == order_status::unknown) {
    // What remains says awaits_cancel(): a cancel overtakes a modification, and one that is over left nothing behind.
    if (o.status == order_status::pending_cancel) {
      o.asked_terms.reset();
    } else if (!o.asked_terms) {
      o.changed_feed = 0;
    }
  }
  advance(it, *to);
}

void order_manager::advance(book::iterator it, order_status to) {
  it->second.state.status = to;
  if (!is_terminal(to)) return;
  forget_due_ = std::min(forget_due_, it->second.state.request.expires_at + remembered_after_expiry);
  ended_.insert(live_.extract(it));
}

void order_manager::forget(timestamp now) {
  if (now < forget_due_) return;
  forget_due_ = never;
  for (auto it = ended_.begin(); it != ended_.end();) {
    const timestamp until = it->second.state.request.expires_at + remembered_after_expiry;
    if (now < until) {
      forget_due_ = std::min(forget_due_, until);
      ++it;
      continue;
    }
    for (const fill_id& f : it->second.fills) fill_owner_.erase(f);
    it = ended_.erase(it);
  }
  for (auto it = withheld_.begin(); it != withheld_.end();) {
    if (now >= it->second) {
      it = withheld_.erase(it);
    } else {
      forget_due_ = std::min(forget_due_, it->second);
      ++it;
    }
  }
}

const order* order_manager::find(const client_order_id& id) const {
  if (const auto it = live_.find(id); it != live_.end()) return &it->second.state;
  const auto it = ended_.find(id);
  return it == ended_.end() ? nullptr : &it->second.state;
}

std::vector<const order*> order_manager::live() const {
  std::vector<const order*> out;
  out.reserve(live_.size());
  for (const auto& [id, e] : live_) out.push_back(&e.state);
  return out;
}

std::vector<const order*> order_manager::ended() const {
  std::vector<const order*> out;
  out.reserve(ended_.size());
  for (const auto& [id, e] : ended_) out.push_back(&e.state);
  return out;
}

}  // namespace bulkhead
