// What the risk manager owes: docs/kernel.md names the orders, their ids and their sequence.
#include "runtime/domain/risk/bracket.hpp"
#include "runtime/domain/risk/replacing.hpp"
#include "runtime/domain/risk/risk_engine.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead {

namespace {

constexpr std::uint32_t safety_legs = 1'000'000;
constexpr const char* group_reason = "one cancels the other";

std::int64_t minute_of(timestamp t) { return t.ns / 60'000'000'000; }

/// Legs of a stop; the target's is one above. What is owed again has legs of its own.
std::uint32_t stop_leg(const risk::order_group& g) { return 1 + 2 * g.fill_ordinal + 2 * safety_legs * g.rounds; }

}  // namespace

void risk_engine::make_brackets(round& r) {
  for (const std::string& id : std::vector{exposure_.owed_brackets()}) {
    const risk::order_group g = *exposure_.find_group(id);
    if (g.rounds != 0 && exposure_.has_bracket(g)) continue;  // the old ones are still on their way out
    const risk::bracket_prices at = risk::prices_of_bracket(
        g.entry_side, g.fill_price, g.stop_loss_offset, g.target_offset, instruments_->at(g.line.instrument).tick_size);
    if (at.stop) {
      order_request stop = protective_order(r, g, stop_leg(g));
      set_stop(stop, *at.stop);
      stop.qty = g.holds;
      approve(r, std::move(stop));
    }
    if (at.target) {
      order_request target = protective_order(r, g, stop_leg(g) + 1);
      target.type = order_type::limit;
      target.limit_price = *at.target;
      target.qty = g.holds;
      approve(r, std::move(target));
    }
  }
}

void risk_engine::make_safeties(round& r) {
  for (const risk::owed_safety& owed : std::vector{exposure_.owed_safeties()}) {
    const risk::order_group g = *exposure_.find_group(owed.group);
    const quantity left = g.holds - exposure_.exiting(g);
    if (left < 1 || r.now < g.safety_from) continue;
    emit_cancels(r, exposure_.cancellable_brackets(g.id), "safety exit");
    order_request exit = protective_order(r, g, safety_legs + stop_leg(g) + (owed.is_stop ? 0 : 1));
    exit.origin = order_origin::safety;
    exit.qty = left;
    approve(r, std::move(exit));
  }
}

void risk_engine::make_way(round& r) {
  for (const client_order_id& id : exposure_.overhanging(r.now)) {
    const risk::working_order o = *exposure_.find(id);
    const quantity left = exposure_.find_group(o.request.group)->holds;
    const bool is_stuck = o.refusals >= risk::most_refusals || o.modifications >= risk::most_modifications;
    if (left < 1) {
      emit_cancels(r, {id}, group_reason);
    } else if (is_stuck && kill_ != kill_mode::halt) {  // under a halt nothing could go in its place
      emit_cancels(r, {id}, std::string{risk::too_large_reason});
    } else {
      emit(r,
           order_modify_requested{id, {o.filled + left, o.request.limit_price, o.request.trigger_price}, group_reason});
    }
  }
}

/// Trigger, and a limit where the exchange asks for one.
void risk_engine::set_stop(order_request& stop, price trigger) const {
  const instrument& i = instruments_->at(stop.instrument);
  stop.type = order_type::stop_market;
  stop.trigger_price = trigger;
  if (!venue_.has_own_clock || risk::takes_stop_market(i)) return;
  const price room{trigger.raw * venue_.stop_limit_bps / 10'000};
  const auto limit = risk::prices_of_bracket(opposite(stop.side), trigger, room, {}, i.tick_size).stop;
  stop.type = order_type::stop_limit;
  stop.limit_price = limit.value_or(trigger);
}

void risk_engine::call_back_resting(round& r) {
  if (venue_.pace < 1) return;
  emit_cancels(r, exposure_.resting(r.now, venue_.pace), std::string{risk::not_filled_reason});
}

void risk_engine::make_replacements(round& r) {
  for (const risk::owed_replacement& owed : std::vector{exposure_.owed_replacements()}) {
    if (r.now >= owed.of.expires_at) continue;
    const risk::order_group* g = exposure_.find_group(owed.of.group);
    if (g == nullptr && !owed.of.group.empty()) continue;
    if (g == nullptr || owed.of.origin != order_origin::bracket || owed.is_triggered) {
      replace_exit(r, owed);
      continue;
    }
    order_request request = owed.of;
    request.client_order_id = owed.id();
    request.qty = g->holds;
    request.reference_price = reference_price(r, request.instrument);
    approve(r, std::move(request));
  }
}

/// At the market, for what is left and nothing else takes out.
void risk_engine::replace_exit(round& r, const risk::owed_replacement& owed) {
  order_request exit = owed.of;
  if (exit.origin == order_origin::bracket) exit.origin = order_origin::safety;
  exit.type = order_type::market;
  exit.limit_price = {};
  exit.trigger_price = {};
  exit.reference_price = reference_price(r, exit.instrument);
  if (const risk::order_group* found = exposure_.find_group(exit.group)) {
    const risk::order_group g = *found;
    exit.client_order_id = owed.id();
    exit.qty = std::min(owed.left, g.holds - exposure_.exiting(g));
    if (exit.qty < 1) return;
    if (exit.qty == g.holds) {
      emit_cancels(r, exposure_.cancellable_brackets(g.id), std::string{"exit "} + exit.client_order_id.str());
    }
    return approve(r, std::move(exit));
  }
  const risk::line_key line{exit.strategy, exit.instrument, exit.product};
  const risk::exit_plan plan =
      risk::plan_exit(exposure_.room(line, exit.side), owed.left, instruments_->at(exit.instrument).freeze_quantity);
  std::uint32_t leg = 0;
  for (const risk::exit_plan::piece& piece : plan.pieces) {
    if (!piece.group.empty()) break;  // in groups what they hold has its own way out
    exit.client_order_id = owed.leg(leg++);
    exit.qty = piece.qty;
    approve(r, exit);
  }
}

order_request risk_engine::protective_order(round& r, const risk::order_group& g, std::uint32_t leg) const {
  order_request o;
  o.client_order_id = derive_client_order_id(g.signal_id, leg);
  o.signal_id = g.signal_id;
  o.strategy = g.line.strategy;
  o.instrument = g.line.instrument;
  o.side = opposite(g.entry_side);
  o.product = g.line.product;
  o.group = g.id;
  o.origin = order_origin::bracket;
  o.reference_price = reference_price(r, g.line.instrument);
  o.reduces = true;
  o.expires_at = session_.close_of(r.now);
  return o;
}

price risk_engine::reference_price(round& r, instrument_id instrument) const {
  const quote* last = find_quote(r, instrument);
  if (last != nullptr && last->last.raw > 0) return last->last;
  return exposure_.mark_of(instrument).value_or(price{});
}

void risk_engine::make_square_off(round& r) {
  const auto from = square_off_on(date_of(r.now));
  if (!from || time_of_day(r.now) < *from || !session_.is_open(r.now)) return;
  std::vector<std::pair<strategy_id, instrument_id>> lines{exposure_.intraday().begin(), exposure_.intraday().end()};
  std::ranges::sort(lines, {}, [&](const auto& l) { return std::tie(l.first, instruments_->key(l.second)); });
  for (const auto& [strategy, instrument] : lines) square_off(r, strategy, instrument);
}

void risk_engine::square_off(round& r, const strategy_id& strategy, instrument_id instrument) {
  const risk::line_key line{strategy, instrument, product::mis};
  for (const side s : {side::buy, side::sell}) {
    emit_cancels(r, exposure_.cancellable_entries(line, s), "square-off");
  }
  // An exit that rests gives way; once it is gone, what it covered is squared off.
  std::vector<client_order_id> resting = exposure_.cancellable(strategy, false);
  std::erase_if(resting, [&](const client_order_id& id) {
    const order_request& o = exposure_.find(id)->request;
    return !o.reduces || o.origin != order_origin::signal || o.type == order_type::market ||
           o.instrument != instrument || o.product != product::mis;
  });
  emit_cancels(r, resting, "square-off");
  const quantity held = exposure_.held(line);
  const bool is_done = squared_minute_ == minute_of(r.now) && squared_.contains({strategy, instrument});
  if (held == 0 || is_done) return;
  order_request base;
  base.side = held > 0 ? side::sell : side::buy;
  const risk::exit_plan plan =
      risk::plan_exit(exposure_.room(line, base.side), std::abs(held), instruments_->at(instrument).freeze_quantity);
  base.signal_id =
      signal_id{derive_id(fmt::format("square_off|{}|{}|{}", strategy.str(), instruments_->key(instrument), r.feed))};
  base.strategy = strategy;
  base.instrument = instrument;
  base.origin = order_origin::square_off;
  base.reference_price = reference_price(r, instrument);
  base.reduces = true;
  base.expires_at = session_.close_of(r.now);
  approve_exit(r, plan, std::move(base), "square-off");
}

}  // namespace bulkhead
