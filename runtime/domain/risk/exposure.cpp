#include "runtime/domain/risk/exposure.hpp"

#include <algorithm>
#include <cstdlib>

namespace bulkhead::risk {
namespace {

std::size_t index(side s) { return s == side::buy ? 0 : 1; }

money times(money m, int direction) { return direction < 0 ? -m : m; }

/// Ascending: the order that reaches furthest towards the other side comes first.
std::int64_t reach_key(side s, price reach) { return s == side::sell ? reach.raw : -reach.raw; }

}  // namespace

price valued_at(order_type type, price limit, price trigger, price market) {
  if (has_limit(type)) return limit;
  return type == order_type::stop_market ? trigger : market;
}

price reach_of(order_type type, side s, price limit) {
  if (has_limit(type)) return limit;
  return s == side::buy ? price::max() : price{0};
}

quantity working_order::remaining() const {
  const quantity qty = asked ? std::max(request.qty, asked->qty) : request.qty;
  return std::max<quantity>(qty - filled, 0);
}

money working_order::value() const {
  const auto value_of = [this](quantity qty, price limit, price trigger) {
    return valued_at(request.type, limit, trigger, request.reference_price) * std::max<quantity>(qty - filled, 0);
  };
  const money now = value_of(request.qty, request.limit_price, request.trigger_price);
  return asked ? std::max(now, value_of(asked->qty, asked->limit_price, asked->trigger_price)) : now;
}

price working_order::reach() const {
  const price now = reach_of(request.type, request.side, request.limit_price);
  if (!asked) return now;
  const price then = reach_of(request.type, request.side, asked->limit_price);
  return request.side == side::buy ? std::max(now, then) : std::min(now, then);
}

bool working_order::can_cancel() const {
  return can_modify() || (is_submitted && !is_cancel_wanted && status == order_status::unknown);
}

bool working_order::can_modify() const {
  using enum order_status;
  return is_submitted && (status == submitted || status == open || status == partially_filled);
}

void exposure::reserve(const order_request& request) {
  if (!orders_.contains(request.client_order_id)) add({.request = request});
}

void exposure::add(working_order o) {
  o.ordinal = ++approvals_;
  const quantity before = group_worst(o.request.group);
  const client_order_id id = o.request.client_order_id;
  const working_order& kept = orders_.try_emplace(id, std::move(o)).first->second;
  line& l = line_of(kept.line());
  l.orders.push_back(id);
  count(kept, +1);
  if (is_grouped(kept)) {
    groups_.at(kept.request.group).orders.push_back(id);
    change_working(kept, group_worst(kept.request.group) - before);
  } else {
    change_working(kept, kept.remaining());
  }
  note_intraday(kept.line(), l);
}

void exposure::release(const client_order_id& id) {
  const auto it = orders_.find(id);
  if (it == orders_.end()) return;
  const quantity before = is_grouped(it->second) ? group_worst(it->second.request.group) : 0;
  const working_order o = std::move(it->second);
  orders_.erase(it);
  count(o, -1);
  line& l = line_of(o.line());
  std::erase(l.orders, id);
  note_intraday(o.line(), l);
  if (!is_grouped(o)) return change_working(o, -o.remaining());
  std::erase(groups_.at(o.request.group).orders, id);
  change_working(o, group_worst(o.request.group) - before);
  end_group_if_done(o.request.group);
}

template <class F>
void exposure::change(working_order& o, F mutate) {
  const bool grouped = is_grouped(o);
  const quantity before = grouped ? group_worst(o.request.group) : o.remaining();
  count(o, -1);
  mutate(o);
  count(o, +1);
  change_working(o, (grouped ? group_worst(o.request.group) : o.remaining()) - before);
}

void exposure::count(const working_order& o, int direction) {
  const order_request& r = o.request;
  const money value = r.reduces ? money{} : times(o.value(), direction);
  const money margin = r.reduces ? money{} : times(o.value() * margin_.of(r.product), direction);
  for (exposure_totals* t : {&totals_, &totals_by_strategy_[r.strategy]}) {
    t->orders += direction;
    t->entry_value += value;
    t->entry_margin += margin;
  }
  reach_index& reach = books_[r.instrument].reach[index(r.side)];
  const std::pair key{reach_key(r.side, o.reach()), o.ordinal};
  if (direction > 0) {
    reach.emplace(key, r.strategy);
  } else {
    reach.erase(key);
  }
}

void exposure::change_working(const working_order& o, quantity delta) {
  book& b = books_[o.request.instrument];
  const std::size_t s = index(o.request.side);
  b.all.working[s] += delta;
  b.own[o.request.strategy].working[s] += delta;
  if (o.request.reduces && !is_grouped(o)) line_of(o.line()).exits[s] += delta;
}

void exposure::submit(const client_order_id& id) {
  const auto it = orders_.find(id);
  if (it != orders_.end()) it->second.is_submitted = true;
}

void exposure::advance(const client_order_id& id, order_trigger trigger) {
  const auto it = orders_.find(id);
  if (it == orders_.end()) return;
  working_order& o = it->second;
  if (trigger == order_trigger::cancel_requested) o.is_cancel_wanted = true;
  o.status = next_status(o.status, trigger).value_or(o.status);
  // Found at the broker after all: what was asked for while nobody knew is on its way now.
  if (o.is_cancel_wanted) o.status = next_status(o.status, order_trigger::cancel_requested).value_or(o.status);
}

void exposure::ask_terms(const client_order_id& id, const order_terms& terms) {
  const auto it = orders_.find(id);
  if (it == orders_.end()) return;
  ++it->second.modifications;
  change(it->second, [&](working_order& o) { o.asked = terms; });
}

void exposure::settle_terms(const client_order_id& id, const order_terms* terms) {
  const auto it = orders_.find(id);
  if (it == orders_.end()) return;
  change(it->second, [&](working_order& o) {
    o.asked.reset();
    if (terms == nullptr) return;
    o.refusals = 0;
    o.request.qty = terms->qty;
    if (has_limit(o.request.type)) o.request.limit_price = terms->limit_price;
    if (has_trigger(o.request.type)) o.request.trigger_price = terms->trigger_price;
  });
}

void exposure::fill(const order_filled& f) {
  const line_key key{f.strategy, f.instrument, f.product};
  change_held(key, sign(f.side) * f.qty);
  const auto it = orders_.find(f.client_order_id);
  if (it != orders_.end()) {
    working_order& o = it->second;
    if (is_grouped(o)) groups_.at(o.request.group).holds -= f.qty;
    change(o, [&](working_order& changed) {
      changed.filled += f.qty;
      ++changed.fill_count;
    });
    advance(f.client_order_id, order_trigger::partial_fill);
    if (o.filled >= o.request.qty) release(f.client_order_id);
  }
  mark(f.instrument, f.price);
  if (held(key) != 0) return;
  std::erase_if(owed_replacements_, [&](const owed_replacement& owed) {
    return line_key{owed.of.strategy, owed.of.instrument, owed.of.product} == key;
  });
  for (const std::string& id : std::vector{line_of(key).groups}) end_group_if_done(id);
}

void exposure::change_held(const line_key& key, quantity delta) {
  book& b = books_[key.instrument];
  b.all.position += delta;
  b.own[key.strategy].position += delta;
  line& l = line_of(key);
  l.held += delta;
  value_line(key, l, b);
  note_intraday(key, l);
}

void exposure::mark(instrument_id instrument, price p) {
  book& b = books_[instrument];
  if (b.mark == p) return;
  b.mark = p;
  for (auto& [key, l] : b.lines) value_line({key.first, instrument, key.second}, l, b);
}

void exposure::value_line(const line_key& key, line& l, const book& b) {
  const money gross = b.mark.value_or(price{}) * std::abs(l.held);
  const money margin = gross * margin_.of(key.product);
  if (gross == l.gross && margin == l.margin) return;
  for (exposure_totals* t : {&totals_, &totals_by_strategy_[key.strategy]}) {
    t->gross += gross - l.gross;
    t->held_margin += margin - l.margin;
  }
  l.gross = gross;
  l.margin = margin;
}

void exposure::note_intraday(const line_key& key, const line& l) {
  if (key.product != product::mis) return;
  if (l.held != 0 || !l.orders.empty()) {
    intraday_.emplace(key.strategy, key.instrument);
  } else {
    intraday_.erase({key.strategy, key.instrument});
  }
}

exposure::line& exposure::line_of(const line_key& key) {
  return books_[key.instrument].lines[{key.strategy, key.product}];
}

}  // namespace bulkhead::risk
