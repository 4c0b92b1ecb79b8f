#include "tools/kite_sim/core/resting_orders.hpp"

#include <algorithm>

namespace bulkhead::kite_sim {
namespace {

resting_key key_of(order_side side, price limit, std::uint64_t priority, order_index order) {
  return {side == order_side::buy ? -limit.raw : limit.raw, priority, order};
}

/// A buyer takes what costs at most its limit, a seller what pays at least that.
bool accepts(order_side side, price limit, price offered) {
  return side == order_side::buy ? offered <= limit : offered >= limit;
}

bool is_better(order_side side, price a, price b) { return side == order_side::buy ? a < b : a > b; }

/// The first level at or after `from` that still has units.
std::size_t next_level(const ladder& levels, const std::array<quantity, depth_levels>& left, std::size_t from) {
  while (from < levels.size() && (levels[from].at.raw == 0 || left[from] == 0)) ++from;
  return from;
}

std::array<quantity, depth_levels> units_of(const ladder& levels) {
  std::array<quantity, depth_levels> left{};
  for (std::size_t i = 0; i < levels.size(); ++i) left[i] = levels[i].units;
  return left;
}

}  // namespace

void resting_orders::add(order_side side, price limit, std::uint64_t priority, order_index order, quantity units) {
  side_of(side).insert({key_of(side, limit, priority, order), limit, units});
}

void resting_orders::remove(order_side side, price limit, std::uint64_t priority, order_index order) {
  side_of(side).erase({key_of(side, limit, priority, order), limit, 0});
}

std::vector<execution> resting_orders::meet(const incoming& order, const ladder& opposite) {
  std::vector<execution> out;
  book& others = side_of(order.side == order_side::buy ? order_side::sell : order_side::buy);
  auto left = units_of(opposite);
  std::size_t at = 0;
  quantity wanted = order.units;
  while (wanted > 0) {
    at = next_level(opposite, left, at);
    const bool level_there = at < opposite.size() && accepts(order.side, order.limit, opposite[at].at);
    const auto other = others.begin();
    const bool other_there = other != others.end() && accepts(order.side, order.limit, other->limit);
    if (other_there && (!level_there || !is_better(order.side, opposite[at].at, other->limit))) {
      const quantity units = std::min(wanted, other->units);
      out.push_back({order.order, other->key.order, std::nullopt, other->limit, units});
      wanted -= units;
      other->units -= units;
      if (other->units == 0) others.erase(other);
    } else if (level_there) {
      const quantity units = std::min(wanted, left[at]);
      out.push_back({order.order, std::nullopt, at, opposite[at].at, units});
      wanted -= units;
      left[at] -= units;
    } else {
      break;
    }
  }
  return out;
}

std::vector<execution> resting_orders::meet_market(order_side side, const ladder& opposite) {
  std::vector<execution> out;
  book& mine = side_of(side);
  auto left = units_of(opposite);
  std::size_t at = next_level(opposite, left, 0);
  while (!mine.empty() && at < opposite.size() && accepts(side, mine.begin()->limit, opposite[at].at)) {
    const auto first = mine.begin();
    const quantity units = std::min(first->units, left[at]);
    out.push_back({first->key.order, std::nullopt, at, first->limit, units});
    left[at] -= units;
    first->units -= units;
    if (first->units == 0) mine.erase(first);
    at = next_level(opposite, left, at);
  }
  return out;
}

}  // namespace bulkhead::kite_sim
