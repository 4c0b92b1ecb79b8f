// What the API asks of the exchange: place, modify, cancel, convert.
#include "tools/kite_sim/core/exchange.hpp"
#include "tools/kite_sim/core/kite_error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::kite_sim {
namespace {

bool is_stop(order_kind kind) { return kind == order_kind::sl || kind == order_kind::sl_m; }

std::string in_transit(std::string_view what) {
  return fmt::format("Order cannot be {} as it is being processed. Try later.", what);
}

/// Empty: the price is inside the day's limits, or there is none.
std::string beyond_limits(const market_row& row, price limit) {
  if (row.upper_circuit.raw <= 0 || limit.raw <= 0 || (limit <= row.upper_circuit && limit >= row.lower_circuit)) {
    return {};
  }
  return fmt::format("Order price is outside of the circuit limits {} to {}.", to_string(row.lower_circuit),
                     to_string(row.upper_circuit));
}

std::string too_little(money needed, money there) {
  return fmt::format("Insufficient funds. Required margin is {} but available margin is {}.",
                     to_string(round_to_paisa(needed)), to_string(round_to_paisa(there)));
}

}  // namespace

std::string exchange::place(const order_source& from, const order_request& request, const order_mishap& mishap,
                            timestamp wall) {
  wall_ = wall;
  check_session(request);
  check_stop(request);
  const order_index index = create(from, request);
  sim_order& order = orders_[index];
  const std::string id = order.id;
  if (request.variety == "amo") {
    push(order, order_stage::amo_received);
    waiting_[index] = mishap;
    return id;
  }
  push(order, order_stage::put_received);
  push(order, order_stage::validation_pending);
  check_account(index, mishap);
  if (order.now().stage == order_stage::rejected) return id;
  push(order, order_stage::open_pending);
  if (const std::int64_t wait_s = std::max(mishap.hold_seconds, mishap.reject_seconds); wait_s > 0) {
    waiting_[index] = mishap;
    wait_until_[index] = now_ + seconds(wait_s);
    return id;
  }
  waiting_[index] = mishap;
  reach_market(index);
  return id;
}

std::vector<exchange::slice> exchange::place_sliced(const order_source& from, order_request request,
                                                    const order_mishap& mishap, timestamp wall) {
  const instrument& of = listed_->table().at(request.instrument);
  const quantity whole = request.terms.units;
  const quantity piece = std::max<quantity>(of.lot_size, of.freeze_quantity / of.lot_size * of.lot_size);
  std::vector<slice> out;
  for (quantity done = 0; done < whole; done += piece) {
    request.terms.units = std::min(piece, whole - done);
    slice one;
    try {
      one.order_id = place(from, request, mishap, wall);
      sim_order& order = orders_[by_id_.at(one.order_id)];
      order.tags.emplace_back("autoslice");
      order.tags.push_back("autoslice:" + (out.empty() ? one.order_id : out.front().order_id));
    } catch (const kite_error& refused) {
      if (out.empty()) throw;
      one.error = refused.what();
      one.error_type = refused.type();
      one.error_status = refused.status();
    }
    out.push_back(std::move(one));
  }
  return out;
}

void exchange::check_session(const order_request& request) const {
  const session_phase phase = settings_.session.phase(now_);
  const bool closed = phase == session_phase::closed || phase == session_phase::closing;
  if (request.variety == "amo" && !closed) {
    throw order_error("After market orders are taken while the market is closed. Place a regular order.");
  }
  if (request.variety != "amo" && closed) {
    throw order_error("Markets are closed right now. Place an after market order (variety amo) instead.");
  }
}

void exchange::check_stop(const order_request& request) const {
  if (!is_stop(request.terms.kind)) return;
  const price last = market_.row(request.instrument).last;
  const bool buy = request.side == order_side::buy;
  const price trigger = request.terms.trigger;
  if (last.raw > 0 && (buy ? trigger <= last : trigger >= last)) {
    throw input_error(fmt::format("Trigger price for stoploss {} orders should be {} than the last traded price ({}).",
                                  buy ? "buy" : "sell", buy ? "higher" : "lower", to_string(last)));
  }
  if (request.terms.kind == order_kind::sl && (buy ? request.terms.limit < trigger : request.terms.limit > trigger)) {
    throw input_error(fmt::format("Trigger price for stoploss {} orders cannot be {} the limit price.",
                                  buy ? "buy" : "sell", buy ? "above" : "below"));
  }
}

order_index exchange::create(const order_source& from, const order_request& request) {
  const trade_date day = date_of(now_);
  sim_order order;
  // 19 digits, as since 2026: more than a double holds.
  order.id = fmt::format("2{:06}{:012}", day % 1'000'000, ++last_id_);
  order.user_id = from.user_id;
  order.api_key = from.api_key;
  order.variety = request.variety;
  order.product = request.product;
  order.tag = request.tag;
  if (!request.tag.empty()) order.tags.push_back(request.tag);
  order.instrument = request.instrument;
  order.side = request.side;
  order.day = day;
  order.priority = ++last_priority_;
  if (request.terms.validity == order_validity::ttl) order.ttl_end = now_ + seconds(request.terms.ttl_minutes * 60);
  order_state first;
  first.terms = request.terms;
  order.states.push_back(first);
  const order_index index = orders_.size();
  by_id_.emplace(order.id, index);
  orders_.push_back(std::move(order));
  live_.insert(index);
  if (request.terms.kind == order_kind::sl_m) protection_[index] = request.protection_bps;
  if (request.terms.kind == order_kind::market) bind_to_band(orders_[index], request.protection_bps);
  return index;
}

void exchange::check_account(order_index index, const order_mishap& mishap) {
  const sim_order& order = orders_[index];
  const order_terms& terms = order.now().terms;
  const market_row& row = market_.row(order.instrument);
  if (!mishap.reject.empty() && mishap.reject_seconds == 0) return reject(index, mishap.reject, "RMS:" + mishap.reject);
  if (const std::string why = beyond_limits(row, terms.limit); !why.empty()) {
    return reject(index, why, "RMS:Rule: Check circuit limit");
  }
  if (terms.limit.raw == 0 && row.last.raw == 0) {
    return reject(index, "There is no price to protect a market order by.", "RMS:Rule: no last price");
  }
  auto working = working_of(order.user_id);
  const account& of = accounts_.at(order.user_id);
  if (order.product == "CNC" && order.side == order_side::sell && sellable(of, working, order.instrument) < 0) {
    const std::string message = "Insufficient stock holding: fewer units than that can be sold.";
    reject(index, message, "RMS:Rule: Check holdings");
    throw holding_error(message);
  }
  const funds with = funds_of(of, working, market_, settings_.margins);
  if (with.net().raw >= 0) return;
  std::erase_if(working, [&](const working_order& one) { return one.order == index; });
  const funds without = funds_of(of, working, market_, settings_.margins);
  if (with.debits() <= without.debits()) return;  // it frees funds, or needs none
  const money needed = with.debits() - without.debits();
  const std::string message = too_little(needed, without.net());
  reject(index, message, "RMS:Margin Exceeds,Required:" + to_string(round_to_paisa(needed)));
  if (settings_.refuse_funds_by_error) throw margin_error(message);
}

/// Empty: the exchange takes the change.
std::string exchange::refusal_of(const sim_order& order, const order_terms& next) const {
  const market_row& row = market_.row(order.instrument);
  if (std::string why = beyond_limits(row, next.limit); !why.empty()) return why;
  auto working = working_of(order.user_id);
  const account& of = accounts_.at(order.user_id);
  const funds before = funds_of(of, working, market_, settings_.margins);
  for (working_order& one : working) {
    if (one.order != index_of(order)) continue;
    one.units = next.units - order.now().filled;
    one.at = next.limit.raw > 0 ? next.limit : row.last;
  }
  const funds with = funds_of(of, working, market_, settings_.margins);
  if (with.net().raw >= 0 || with.debits() <= before.debits()) return {};
  return too_little(with.debits() - before.debits(), before.net());
}

/// As it was before, and at its place in the book.
void exchange::refuse_change(order_index index, const std::string& why) {
  sim_order& order = orders_[index];
  const bool waits = is_stop(order.now().terms.kind);
  push(order, order_stage::not_modified).message = why;
  push(order, waits ? order_stage::trigger_pending : order_stage::open);
  tell(order, "UPDATE");
}

void exchange::modify(const std::string& user_id, const std::string& order_id, const form& fields, timestamp wall,
                      const std::string& refusal) {
  wall_ = wall;
  sim_order& order = find_or_throw(user_id, order_id);
  const order_stage stage = order.now().stage;
  if (!is_resting(stage)) throw input_error(in_transit("modified"));
  if (order.modifications >= settings_.most_modifications) {
    throw order_error("Maximum allowed order modifications exceeded.");
  }
  const instrument& of = listed_->table().at(order.instrument);
  const terms_change change = read_modification(fields, order.now().terms, of, settings_.rules);
  if (change.terms.units <= order.now().filled) {
    throw input_error(fmt::format("Invalid `quantity`: given {}, allowed: more than the {} units that are filled",
                                  change.terms.units, order.now().filled));
  }
  if (stage == order_stage::open && is_stop(change.terms.kind)) {
    throw input_error("Invalid `order_type`: an open order cannot become a stop order");
  }
  ++order.modifications;
  const order_index index = index_of(order);
  push(order, order_stage::modify_validation_pending).order_time = now_;
  push(order, order_stage::modify_pending);
  const std::string why = refusal.empty() ? refusal_of(order, change.terms) : refusal;
  if (!why.empty()) return refuse_change(index, why);
  unrest(index);
  order_state& next = push(order, order_stage::modified);
  const bool keeps_place = change.terms.limit == next.terms.limit && change.terms.units <= next.terms.units;
  next.terms = change.terms;
  next.message.clear();  // of a change that was refused before
  next.modified = true;
  next.exchange_update_time = next.exchange_time = now_;
  if (!keeps_place) order.priority = ++last_priority_;
  if (next.terms.validity == order_validity::ttl) order.ttl_end = now_ + seconds(next.terms.ttl_minutes * 60);
  if (change.terms.kind == order_kind::sl_m) {
    protection_[index] = change.protection_bps;
  } else if (change.terms.kind == order_kind::market) {
    bind_to_band(order, change.protection_bps);
  }
  const bool waits = is_stop(order.now().terms.kind);
  push(order, waits ? order_stage::trigger_pending : order_stage::open);
  tell(order, "UPDATE");
  stops_[order.instrument].erase(index);
  if (waits) {
    stops_[order.instrument].insert(index);
  } else {
    meet(index, order.open_units());
  }
}

void exchange::cancel(const std::string& user_id, const std::string& order_id, timestamp wall) {
  wall_ = wall;
  sim_order& order = find_or_throw(user_id, order_id);
  const order_index index = index_of(order);
  const bool after_market = order.now().stage == order_stage::amo_received;
  if (!is_resting(order.now().stage) && !after_market) throw input_error(in_transit("cancelled"));
  unrest(index);
  push(order, order_stage::cancel_pending).order_time = now_;
  end(index, {});
}

bool exchange::convert(const std::string& user_id, const conversion& wanted) {
  account& of = accounts_.at(user_id);
  if (!of.positions.convert(wanted.instrument, wanted.from, wanted.to, wanted.side, wanted.units)) return false;
  of.conversions.push_back(wanted);
  return true;
}

sim_order& exchange::find_or_throw(const std::string& user_id, const std::string& order_id) {
  const auto found = by_id_.find(order_id);
  if (found == by_id_.end() || orders_[found->second].user_id != user_id ||
      orders_[found->second].day != date_of(now_)) {
    throw no_such_order();
  }
  return orders_[found->second];
}

}  // namespace bulkhead::kite_sim
