// The rules in their order, which is part of the contract (docs/kernel.md). Each limit holds for the broker, then for
// the strategy alone.
#include "runtime/domain/risk/instrument_list.hpp"
#include "runtime/domain/risk/margin_rule.hpp"
#include "runtime/domain/risk/no_price.hpp"
#include "runtime/domain/risk/nothing_to_exit.hpp"
#include "runtime/domain/risk/open_orders.hpp"
#include "runtime/domain/risk/order_quantity.hpp"
#include "runtime/domain/risk/order_steps.hpp"
#include "runtime/domain/risk/order_worth.hpp"
#include "runtime/domain/risk/position_limit.hpp"
#include "runtime/domain/risk/price_collar.hpp"
#include "runtime/domain/risk/product_rule.hpp"
#include "runtime/domain/risk/risk_engine.hpp"
#include "runtime/domain/risk/self_trade.hpp"
#include "runtime/domain/risk/session_hours.hpp"
#include "runtime/domain/risk/signal_age.hpp"
#include "runtime/domain/risk/stale_price.hpp"
#include "runtime/domain/risk/trigger_side.hpp"

#include <algorithm>

namespace bulkhead {

struct risk_engine::scope {
  const risk_limits* limits = nullptr;
  const strategy_id* strategy = nullptr;             ///< null: the broker
  const risk::approval_window* approvals = nullptr;  ///< null: none yet
};

namespace {

/// The first refusal of `rule` over the scopes.
template <class Scopes, class Rule>
risk::verdict first_of(const Scopes& scopes, Rule rule) {
  for (const auto& s : scopes) {
    if (auto r = rule(s)) return r;
  }
  return std::nullopt;
}

price price_of(const signal& s, price last) { return risk::valued_at(s.type, s.limit_price, s.trigger_price, last); }

/// What the order adds to what works already: all of it, or what a modification adds.
struct addition {
  std::int64_t orders = 1;
  quantity qty = 0;
  money value;
  money margin;
};

addition addition_of(const signal& s, const risk::working_order* changes, price at, rate margin) {
  if (changes == nullptr) return {1, s.qty, at * s.qty, at * s.qty * margin};
  const money before = changes->value();
  const money after = std::max(before, at * (s.qty - changes->filled));
  return {0, std::max<quantity>(s.qty - changes->request.qty, 0), after - before, after * margin - before * margin};
}

}  // namespace

std::vector<risk_engine::scope> risk_engine::scopes_of(const signal& s) const {
  const strategy_state* state = find_strategy(s.strategy);
  return {{&settings_.broker, nullptr, &approvals_},
          {&settings_.of(s.strategy), &s.strategy, state == nullptr ? nullptr : &state->approvals}};
}

risk::verdict risk_engine::first_refusal(const proposal& p, const quote* last, timestamp now) const {
  if (auto r = permission_refusal(p, last, now)) return r;
  if (auto r = price_refusal(p, last, now)) return r;
  if (auto r = form_refusal(p, last->last)) return r;
  if (p.s.action != signal_action::exit) {
    if (auto r = size_refusal(p, last->last, now)) return r;
  }
  return pace_refusal(p, last->last, now);
}

// 1 to 6
std::optional<duration> risk_engine::square_off_on(trade_date date) const {
  if (!settings_.square_off) return std::nullopt;
  return session_.moved_with_close(*settings_.square_off, date);
}

risk::verdict risk_engine::permission_refusal(const proposal& p, const quote* last, timestamp now) const {
  const signal& s = p.s;
  const bool is_exit = s.action == signal_action::exit;
  if (auto r = risk::kill_latch(kill_, s.action)) return r;
  if (auto r = risk::kill_latch(kill(s.strategy), s.action)) return r;
  if (auto r = risk::session_hours(session_, now)) return r;
  if (!is_exit) {
    if (auto r = risk::instrument_list(settings_.instruments, instruments_->at(s.instrument))) return r;
    const price at = price_of(s, last == nullptr ? price{} : last->last);
    if (auto r = risk::product_rule(s, now, square_off_on(date_of(now)), at)) return r;
  }
  const auto aged = [&](const scope& of) { return risk::signal_age(s, now, of.limits->max_signal_age_ms); };
  if (auto r = first_of(scopes_of(s), aged)) return r;
  return is_exit ? risk::nothing_to_exit(s.qty, p.qty) : std::nullopt;
}

// 7
risk::verdict risk_engine::price_refusal(const proposal& p, const quote* last, timestamp now) const {
  if (auto r = risk::no_price(last)) return r;
  if (p.s.action == signal_action::exit) return std::nullopt;
  return first_of(scopes_of(p.s),
                  [&](const scope& of) { return risk::stale_price(*last, now, of.limits->max_price_age_ms); });
}

// 8 and 9
risk::verdict risk_engine::form_refusal(const proposal& p, price last) const {
  const signal& s = p.s;
  const instrument& row = instruments_->at(s.instrument);
  const bool is_entry = s.action != signal_action::exit;
  if (is_entry) {
    if (auto r = risk::lot_size(p.qty, row.lot_size)) return r;
  }
  if (has_limit(s.type)) {
    if (auto r = risk::tick_size(s.limit_price, row.tick_size)) return r;
  }
  if (has_trigger(s.type)) {
    if (auto r = risk::tick_size(s.trigger_price, row.tick_size)) return r;
  }
  if (is_entry) {
    if (auto r = risk::freeze_quantity(p.qty, row.freeze_quantity)) return r;
  }
  return risk::trigger_side(s, last);
}

// 10 to 16
risk::verdict risk_engine::size_refusal(const proposal& p, price last, timestamp now) const {
  const signal& s = p.s;
  const auto scopes = scopes_of(s);
  const auto check = [&](auto rule) { return first_of(scopes, rule); };
  const auto totals = [&](const scope& of) {
    return of.strategy == nullptr ? exposure_.totals() : exposure_.totals(*of.strategy);
  };
  if (auto r = check([&](const scope& of) { return risk::order_quantity(p.qty, of.limits->max_order_quantity); }))
    return r;
  const price at = price_of(s, last);
  if (auto r = check(
          [&](const scope& of) { return risk::at_most_worth("order_value", at * p.qty, of.limits->max_order_value); }))
    return r;
  const auto like = recent_.last(risk::shape_of(s));
  if (auto r = check([&](const scope& of) { return risk::duplicate(like, now, of.limits->duplicate_window_ms); }))
    return r;
  const addition add = addition_of(s, p.changes, at, settings_.margin.of(s.product));
  if (auto r = check([&](const scope& of) {
        return risk::open_orders(totals(of).orders + add.orders, of.limits->max_open_orders);
      }))
    return r;
  if (auto r = check([&](const scope& of) {
        return risk::at_most_worth("open_order_value", totals(of).entry_value + add.value,
                                   of.limits->max_open_order_value);
      }))
    return r;
  if (auto r = check([&](const scope& of) {
        return risk::position_limit(s.side, add.qty, exposure_.position(s.instrument, of.strategy),
                                    exposure_.working(s.instrument, s.side, of.strategy),
                                    of.limits->max_position_quantity);
      }))
    return r;
  if (auto r = check([&](const scope& of) {
        return risk::at_most_worth("gross_exposure", totals(of).gross + totals(of).entry_value + add.value,
                                   of.limits->max_gross_exposure);
      }))
    return r;
  const risk::exposure_totals& all = exposure_.totals();
  if (auto r = risk::margin_rule(add.margin, equity_ - all.held_margin - all.entry_margin)) return r;
  if (settings_.broker.allow_self_trade && settings_.of(s.strategy).allow_self_trade) return std::nullopt;
  const price reach = risk::reach_of(s.type, s.side, s.limit_price);
  return risk::self_trade(s.side, reach, exposure_.meets(s.strategy, s.instrument, s.side, reach));
}

// 17 and 18
risk::verdict risk_engine::pace_refusal(const proposal& p, price last, timestamp now) const {
  const signal& s = p.s;
  const auto scopes = scopes_of(s);
  if (auto r = first_of(scopes, [&](const scope& of) -> risk::verdict {
        if (has_limit(s.type)) {
          if (auto far = risk::price_collar(s.limit_price, last, of.limits->price_collar_bps)) return far;
        }
        if (!has_trigger(s.type)) return std::nullopt;
        return risk::price_collar(s.trigger_price, last, of.limits->price_collar_bps);
      }))
    return r;
  const risk::approval_window none;
  return first_of(scopes, [&](const scope& of) {
    const risk::approval_window& approved = of.approvals == nullptr ? none : *of.approvals;
    return risk::order_rates(approved, *of.limits, now, s.action != signal_action::exit, p.orders);
  });
}

}  // namespace bulkhead
