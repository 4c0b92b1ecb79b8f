#include "runtime/domain/risk/exposure.hpp"

#include <algorithm>
#include <utility>

namespace bulkhead::risk {
namespace {

std::size_t index(side s) { return s == side::buy ? 0 : 1; }

bool accepts_cancel(order_status s) {
  return s == order_status::submitted || s == order_status::open || s == order_status::partially_filled;
}

}  // namespace

void exposure::reserve(const order_request& request) {
  add(request.client_order_id, {request.strategy, request.instrument, request.side, request.reduces, request.qty,
                                order_status::submitted, false});
}

void exposure::add(client_order_id id, working_order o) {
  const auto [it, is_new] = orders_.try_emplace(std::move(id), std::move(o));
  if (!is_new) return;
  books_[it->second.instrument].lines[it->second.strategy].orders.push_back(it->first);
  change_reserved(it->second, it->second.remaining);
}

void exposure::submit(const client_order_id& id) {
  const auto it = orders_.find(id);
  if (it != orders_.end()) it->second.is_submitted = true;
}

void exposure::advance(const client_order_id& id, order_trigger trigger) {
  const auto it = orders_.find(id);
  if (it == orders_.end()) return;
  it->second.status = next_status(it->second.status, trigger).value_or(it->second.status);
}

void exposure::fill(const order_filled& f) {
  change_held(f.strategy, f.instrument, sign(f.side) * f.qty);
  const auto it = orders_.find(f.client_order_id);
  if (it == orders_.end()) return;
  working_order& o = it->second;
  if (f.qty >= o.remaining) return release(f.client_order_id);
  change_reserved(o, -f.qty);
  o.remaining -= f.qty;
  o.status = next_status(o.status, order_trigger::partial_fill).value_or(o.status);
}

void exposure::release(const client_order_id& id) {
  const auto it = orders_.find(id);
  if (it == orders_.end()) return;
  const working_order& o = it->second;
  change_reserved(o, -o.remaining);
  std::vector<client_order_id>& ids = books_[o.instrument].lines[o.strategy].orders;
  ids.erase(std::ranges::find(ids, it->first));
  orders_.erase(it);
}

void exposure::change_reserved(const working_order& o, quantity delta) {
  book& b = books_[o.instrument];
  b.working[index(o.side)] += delta;
  if (o.reduces) b.lines[o.strategy].exits[index(o.side)] += delta;
}

void exposure::change_held(const strategy_id& strategy, instrument_id instrument, quantity delta) {
  book& b = books_[instrument];
  b.position += delta;
  b.lines[strategy].held += delta;
}

const exposure::book* exposure::find_book(instrument_id instrument) const {
  const auto it = books_.find(instrument);
  return it == books_.end() ? nullptr : &it->second;
}

const exposure::line* exposure::find_line(const strategy_id& strategy, instrument_id instrument) const {
  const book* b = find_book(instrument);
  if (b == nullptr) return nullptr;
  const auto it = b->lines.find(strategy);
  return it == b->lines.end() ? nullptr : &it->second;
}

quantity exposure::held(const strategy_id& strategy, instrument_id instrument) const {
  const line* l = find_line(strategy, instrument);
  return l == nullptr ? 0 : l->held;
}

quantity exposure::position(instrument_id instrument) const {
  const book* b = find_book(instrument);
  return b == nullptr ? 0 : b->position;
}

quantity exposure::working(instrument_id instrument, side s) const {
  const book* b = find_book(instrument);
  return b == nullptr ? 0 : b->working[index(s)];
}

quantity exposure::exits_working(const strategy_id& strategy, instrument_id instrument, side s) const {
  const line* l = find_line(strategy, instrument);
  return l == nullptr ? 0 : l->exits[index(s)];
}

std::vector<client_order_id> exposure::cancellable_entries(const strategy_id& strategy, instrument_id instrument,
                                                           side s) const {
  std::vector<client_order_id> ids;
  const line* l = find_line(strategy, instrument);
  if (l == nullptr) return ids;
  for (const client_order_id& id : l->orders) {
    const working_order& o = orders_.at(id);
    if (!o.reduces && o.side == s && o.is_submitted && accepts_cancel(o.status)) ids.push_back(id);
  }
  return ids;
}

}  // namespace bulkhead::risk
