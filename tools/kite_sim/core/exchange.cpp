// How orders meet the market, and how time passes.
#include "tools/kite_sim/core/exchange.hpp"

#include "tools/kite_sim/core/kite_error.hpp"
#include "tools/kite_sim/core/order_json.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace bulkhead::kite_sim {

exchange::exchange(const listing& listed, exchange_settings settings)
    : listed_(&listed), settings_(std::move(settings)), market_(listed, settings_.market) {}

void exchange::add_account(const std::string& user_id, money cash) {
  accounts_[user_id].user_id = user_id;
  accounts_[user_id].opening = cash;
}

void exchange::add_holding(const std::string& user_id, instrument_id instrument, quantity units, price average) {
  accounts_.at(user_id).holdings[instrument] = {units, 0, average};
}

void exchange::on_frame(const frame_view& frame, timestamp wall) {
  set_time(frame.ts, wall);
  for (const tick& one : frame.ticks) market_.apply(one, frame.ts);
  if (frame.kind == frame_kind::session_close) end_of_session();
  if (!is_trading()) return;
  release_waiting();
  for (const tick& one : frame.ticks) {
    trigger_stops(one.instrument);
    meet_market(one.instrument);
  }
}

void exchange::set_time(timestamp market, timestamp wall) {
  wall_ = wall;
  if (market < now_) return;
  now_ = market;
  if (const trade_date day = date_of(market); day != day_) start_day(day);
  const std::vector<order_index> live{live_.begin(), live_.end()};
  for (const order_index index : live) {
    const sim_order& order = orders_[index];
    if (!order.ttl_end || *order.ttl_end > now_ || !is_resting(order.now().stage)) continue;
    unrest(index);
    end(index, {});
  }
  release_waiting();
}

void exchange::start_day(trade_date day) {
  if (day_ != 0) {
    end_of_session();
    market_.start_day();
    for (auto& [user, one] : accounts_) one.start_day();
  }
  day_ = day;
}

/// DAY orders end with the session; what waits for the next opening stays.
void exchange::end_of_session() {
  const std::vector<order_index> live{live_.begin(), live_.end()};
  for (const order_index index : live) {
    if (orders_[index].now().stage == order_stage::amo_received) continue;
    unrest(index);
    end(index, {});
  }
}

void exchange::release_waiting() {
  if (waiting_.empty()) return;
  const std::vector<std::pair<order_index, order_mishap>> all{waiting_.begin(), waiting_.end()};
  for (const auto& [index, mishap] : all) {
    sim_order& order = orders_[index];
    if (order.now().stage == order_stage::amo_received) {
      if (!is_trading()) continue;
      order.day = date_of(now_);
      push(order, order_stage::validation_pending);
      if (!passes_account(index, mishap)) continue;
      push(order, order_stage::open_pending);
    } else if (const auto until = wait_until_.find(index); until == wait_until_.end() || until->second > now_) {
      continue;
    }
    if (!mishap.reject.empty()) {  // only now: there were reject_seconds
      reject(index, mishap.reject, "RMS:" + mishap.reject);
      continue;
    }
    reach_market(index);
  }
}

/// The checks of an order that nobody waits for: what refuses it is in its row alone.
bool exchange::passes_account(order_index index, const order_mishap& mishap) {
  try {
    check_account(index, mishap);
  } catch (const kite_error&) {
    return false;
  }
  return orders_[index].now().stage != order_stage::rejected;
}

/// From OPEN PENDING into the book.
void exchange::reach_market(order_index index) {
  const order_mishap mishap = waiting_[index];
  waiting_.erase(index);
  wait_until_.erase(index);
  sim_order& order = orders_[index];
  order.exchange_id = fmt::format("13{:014}", index + 1);
  const bool waits = order.now().terms.kind == order_kind::sl || order.now().terms.kind == order_kind::sl_m;
  order_state& there = push(order, waits ? order_stage::trigger_pending : order_stage::open);
  there.exchange_time = there.exchange_update_time = now_;
  tell(order, text_of(there.stage));
  if (waits) {
    stops_[order.instrument].insert(index);
    return;
  }
  meet(index, std::max<quantity>(0, order.open_units() * mishap.fill_percent / 100));
}

/// An open order against what is there; the rest stays, or ends if it is IOC.
void exchange::meet(order_index index, quantity most_units) {
  const sim_order& order = orders_[index];
  const order_state& state = order.now();
  if (is_trading() && most_units > 0) {
    const market_row& row = market_.row(order.instrument);
    const ladder& opposite = order.side == order_side::buy ? row.asks : row.bids;
    const incoming coming{index, order.side, state.terms.limit, most_units};
    apply(resting_[order.instrument].meet(coming, opposite), order.instrument);
  }
  if (is_terminal(orders_[index].now().stage)) return;
  if (orders_[index].now().terms.validity == order_validity::ioc) {
    end(index, {});
  } else {
    rest(index);
  }
}

void exchange::rest(order_index index) {
  const sim_order& order = orders_[index];
  resting_[order.instrument].add(order.side, order.now().terms.limit, order.priority, index, order.open_units());
}

void exchange::unrest(order_index index) {
  const sim_order& order = orders_[index];
  resting_[order.instrument].remove(order.side, order.now().terms.limit, order.priority, index);
  stops_[order.instrument].erase(index);
  waiting_.erase(index);
  wait_until_.erase(index);
}

void exchange::apply(const std::vector<execution>& all, instrument_id instrument) {
  for (const execution& one : all) {
    if (one.level) {
      market_.take(instrument, orders_[one.order].side == order_side::buy, *one.level, one.units, now_);
    } else {
      market_.traded(instrument, one.at_price, one.units, now_);
    }
    fill(one.order, one.at_price, one.units);
    if (one.other) fill(*one.other, one.at_price, one.units);
  }
}

void exchange::fill(order_index index, price at, quantity units) {
  sim_order& order = orders_[index];
  const bool whole = order.open_units() == units;
  order_state& next = push(order, whole ? order_stage::complete : order_stage::open);
  next.filled += units;
  next.filled_value += at * units;
  next.exchange_update_time = now_;
  sim_trade trade;
  trade.id = std::to_string(10'000'001 + trades_.size());
  trade.order_id = order.id;
  trade.exchange_order_id = order.exchange_id;
  trade.user_id = order.user_id;
  trade.product = order.product;
  trade.instrument = order.instrument;
  trade.side = order.side;
  trade.at_price = at;
  trade.units = units;
  trade.at = now_;
  trade.day = date_of(now_);
  trade.known_at = wall_;
  accounts_.at(order.user_id).trade(trade);
  trades_.push_back(std::move(trade));
  if (whole) live_.erase(index);
  tell(order, whole ? "COMPLETE" : "UPDATE");
}

/// CANCELLED, by a request or because its time is over.
void exchange::end(order_index index, const std::string& message) {
  sim_order& order = orders_[index];
  order_state& last = push(order, order_stage::cancelled);
  last.cancelled = last.terms.units - last.filled;
  last.message = message;
  last.order_time = now_;
  last.exchange_update_time = now_;
  live_.erase(index);
  tell(order, "CANCELLED");
}

void exchange::reject(order_index index, const std::string& message, const std::string& raw) {
  sim_order& order = orders_[index];
  order_state& last = push(order, order_stage::rejected);
  last.message = message;
  last.message_raw = raw;
  live_.erase(index);
  waiting_.erase(index);
  wait_until_.erase(index);
  tell(order, "REJECTED");
}

void exchange::trigger_stops(instrument_id instrument) {
  const auto found = stops_.find(instrument);
  if (found == stops_.end() || found->second.empty()) return;
  const price last = market_.row(instrument).last;
  const std::vector<order_index> all{found->second.begin(), found->second.end()};
  for (const order_index index : all) {
    sim_order& order = orders_[index];
    const price trigger = order.now().terms.trigger;
    if (order.side == order_side::buy ? last < trigger : last > trigger) continue;
    found->second.erase(index);
    if (order.now().terms.kind == order_kind::sl_m) {
      bind_to_band(order, protection_[index]);
      protection_.erase(index);
    }
    order_state& open = push(order, order_stage::open);
    open.exchange_update_time = now_;
    tell(order, "UPDATE");
    meet(index, order.open_units());
  }
}

void exchange::meet_market(instrument_id instrument) {
  const auto found = resting_.find(instrument);
  if (found == resting_.end() || found->second.empty()) return;
  const market_row& row = market_.row(instrument);
  apply(found->second.meet_market(order_side::buy, row.asks), instrument);
  apply(found->second.meet_market(order_side::sell, row.bids), instrument);
}

/// A market order becomes a limit order at the band's edge, inside the day's limits; its row then reads LIMIT.
void exchange::bind_to_band(sim_order& order, std::int64_t protection_bps) {
  const market_row& row = market_.row(order.instrument);
  order_terms& terms = order.states.back().terms;
  if (row.last.raw == 0) return;  // refused later: there is nothing to go by
  const std::int64_t step = listed_->table().at(order.instrument).tick_size.raw;
  const bool buy = order.side == order_side::buy;
  price edge = buy ? row.upper_circuit : row.lower_circuit;
  if (protection_bps > 0) {
    const std::int64_t width = mul_div_round(row.last.raw, protection_bps, 10'000);
    const std::int64_t at =
        buy ? (row.last.raw + width) / step * step : (row.last.raw - width + step - 1) / step * step;
    edge = buy ? std::min(edge, price{at}) : std::max(edge, price{at});
    terms.kind = order_kind::limit;
    order.tags.emplace_back("mktp");
    order.tags.push_back(fmt::format("mktp:{}.{:02}", protection_bps / 100, protection_bps % 100));
  }
  terms.limit = edge;
}

order_state& exchange::push(sim_order& order, order_stage stage) {
  if (order.states.size() == 1 && order.states.front().known_at.ns == 0) {
    order.states.front().order_time = now_;  // the first state was made with the order
  } else {
    order_state copy = order.states.back();
    order.states.push_back(std::move(copy));
  }
  order_state& next = order.states.back();
  next.stage = stage;
  next.known_at = wall_;
  return next;
}

void exchange::tell(const sim_order& order, std::string_view status) {
  order_update update{order.user_id, order.api_key, order_row(order, order.now(), *listed_)};
  update.fields["status"] = status;
  update.fields["user_id"] = order.user_id;
  update.fields["app_id"] = order.api_key.empty() ? 0 : 1001;
  update.fields["unfilled_quantity"] = is_terminal(order.now().stage) ? 0 : order.open_units();
  update.fields["checksum"] = "";
  updates_.push_back(std::move(update));
}

std::vector<order_update> exchange::take_updates() { return std::exchange(updates_, {}); }

std::vector<working_order> exchange::working_of(const std::string& user_id) const {
  std::vector<working_order> out;
  for (const order_index index : live_) {
    const sim_order& order = orders_[index];
    if (order.user_id != user_id) continue;
    const price limit = order.now().terms.limit;
    const price at = limit.raw > 0 ? limit : market_.row(order.instrument).last;
    out.push_back({index, order.instrument, order.product, order.side, order.open_units(), at});
  }
  return out;
}

funds exchange::funds_of_user(const std::string& user_id) const {
  return funds_of(accounts_.at(user_id), working_of(user_id), market_, settings_.margins);
}

const sim_order* exchange::find(const std::string& user_id, const std::string& order_id) const {
  const auto found = by_id_.find(order_id);
  if (found == by_id_.end() || orders_[found->second].user_id != user_id) return nullptr;
  return &orders_[found->second];
}

}  // namespace bulkhead::kite_sim
