// What the rules ask of the exposure.
#include "runtime/domain/risk/exposure.hpp"

#include <algorithm>
#include <cstdlib>

namespace bulkhead::risk {

const exposure::book* exposure::find_book(instrument_id instrument) const {
  const auto it = books_.find(instrument);
  return it == books_.end() ? nullptr : &it->second;
}

const exposure::stake* exposure::find_stake(instrument_id instrument, const strategy_id* strategy) const {
  const book* b = find_book(instrument);
  if (b == nullptr) return nullptr;
  if (strategy == nullptr) return &b->all;
  const auto it = b->own.find(*strategy);
  return it == b->own.end() ? nullptr : &it->second;
}

const exposure::line* exposure::find_line(const line_key& key) const {
  const book* b = find_book(key.instrument);
  if (b == nullptr) return nullptr;
  const auto it = b->lines.find({key.strategy, key.product});
  return it == b->lines.end() ? nullptr : &it->second;
}

const working_order* exposure::find(const client_order_id& id) const {
  const auto it = orders_.find(id);
  return it == orders_.end() ? nullptr : &it->second;
}

quantity exposure::held(const line_key& key) const {
  const line* l = find_line(key);
  return l == nullptr ? 0 : l->held;
}

quantity exposure::position(instrument_id instrument, const strategy_id* strategy) const {
  const stake* s = find_stake(instrument, strategy);
  return s == nullptr ? 0 : s->position;
}

quantity exposure::working(instrument_id instrument, side s, const strategy_id* strategy) const {
  const stake* found = find_stake(instrument, strategy);
  return found == nullptr ? 0 : found->working[s == side::buy ? 0 : 1];
}

std::optional<price> exposure::mark_of(instrument_id instrument) const {
  const book* b = find_book(instrument);
  return b == nullptr ? std::nullopt : b->mark;
}

exposure_totals exposure::totals(const strategy_id& strategy) const {
  const auto it = totals_by_strategy_.find(strategy);
  return it == totals_by_strategy_.end() ? exposure_totals{} : it->second;
}

std::vector<client_order_id> exposure::cancellable_entries(const line_key& key, side s) const {
  std::vector<client_order_id> ids;
  const line* l = find_line(key);
  if (l == nullptr) return ids;
  for (const client_order_id& id : l->orders) {
    const working_order& o = orders_.at(id);
    if (!o.request.reduces && o.request.side == s && o.can_cancel()) ids.push_back(id);
  }
  return ids;
}

std::vector<client_order_id> exposure::cancellable(const strategy_id& strategy, bool entries_only) const {
  std::map<std::uint64_t, client_order_id> by_ordinal;
  for (const auto& [id, o] : orders_) {
    if (!o.can_cancel() || (entries_only && o.request.reduces)) continue;
    if (strategy.empty() || o.request.strategy == strategy) by_ordinal.emplace(o.ordinal, id);
  }
  std::vector<client_order_id> ids;
  for (auto& [ordinal, id] : by_ordinal) ids.push_back(std::move(id));
  return ids;
}

std::optional<price> exposure::meets(const strategy_id& strategy, instrument_id instrument, side s, price reach) const {
  const book* b = find_book(instrument);
  if (b == nullptr) return std::nullopt;
  const std::int64_t furthest = s == side::buy ? reach.raw : -reach.raw;
  for (const auto& [key, owner] : b->reach[s == side::buy ? 1 : 0]) {
    if (key.first > furthest) break;
    if (owner != strategy) return price{std::abs(key.first)};
  }
  return std::nullopt;
}

}  // namespace bulkhead::risk
