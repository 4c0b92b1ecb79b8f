// Groups: the fills of bracketed entries, their protective orders, and what is owed to them.
#include "runtime/domain/risk/exposure.hpp"

#include <algorithm>

namespace bulkhead::risk {

void exposure::open_group(order_group g) {
  g.age = ++openings_;
  const std::string id = g.id;
  line_of(g.line).groups.push_back(id);
  owed_brackets_.push_back(id);
  groups_.insert_or_assign(id, std::move(g));
  end_group_if_done(id);
}

void exposure::settle_bracket(const std::string& group) { std::erase(owed_brackets_, group); }

void exposure::settle_safety(const std::string& group) {
  std::erase_if(owed_safeties_, [&](const owed_safety& s) { return s.group == group; });
}

void exposure::owe_safety(owed_safety s) {
  if (groups_.contains(s.group)) owed_safeties_.push_back(std::move(s));
}

void exposure::end_group_if_done(const std::string& id) {
  const auto it = groups_.find(id);
  if (it == groups_.end() || !it->second.orders.empty()) return;
  const line_key key = it->second.line;
  if (it->second.holds > 0 && held(key) != 0) return;
  groups_.erase(it);
  std::erase(line_of(key).groups, id);
  settle_bracket(id);
  settle_safety(id);
  std::erase_if(owed_replacements_, [&](const owed_replacement& owed) { return owed.of.group == id; });
}

const order_group* exposure::find_group(const std::string& id) const {
  const auto it = groups_.find(id);
  return it == groups_.end() ? nullptr : &it->second;
}

quantity exposure::group_worst(const std::string& id) const {
  const order_group* g = find_group(id);
  if (g == nullptr) return 0;
  quantity protection = 0;
  for (const client_order_id& id_of_order : g->orders) {
    const working_order& o = orders_.at(id_of_order);
    if (o.request.origin == order_origin::bracket) protection = std::max(protection, o.remaining());
  }
  return std::max(protection, exiting(*g));
}

quantity exposure::exiting(const order_group& g) const {
  quantity sum = 0;
  for (const client_order_id& id : g.orders) {
    const working_order& o = orders_.at(id);
    if (o.request.origin != order_origin::bracket) sum += o.remaining();
  }
  return sum;
}

std::vector<client_order_id> exposure::cancellable_brackets(const std::string& group) const {
  std::vector<client_order_id> ids;
  const order_group* g = find_group(group);
  if (g == nullptr) return ids;
  std::ranges::copy_if(g->orders, std::back_inserter(ids), [&](const client_order_id& id) {
    const working_order& o = orders_.at(id);
    return o.request.origin == order_origin::bracket && o.can_cancel();
  });
  return ids;
}

std::vector<client_order_id> exposure::overhanging(timestamp now) const {
  std::vector<client_order_id> ids;
  for (const auto& [id, g] : groups_) {
    std::ranges::copy_if(g.orders, std::back_inserter(ids), [&](const client_order_id& of) {
      const working_order& o = orders_.at(of);
      if (o.request.qty - o.filled <= g.holds) return false;
      if (g.holds < 1) return o.can_cancel();
      return o.can_modify() && !o.asked && now >= o.modify_from;
    });
  }
  return ids;
}

exit_room exposure::room(const line_key& key, side exit_side) const {
  exit_room room;
  const line* l = find_line(key);
  if (l == nullptr) return room;
  room.held = -sign(exit_side) * l->held;
  room.outside = l->exits[exit_side == side::buy ? 0 : 1];
  for (const std::string& id : l->groups) {
    const order_group& g = groups_.at(id);
    if (g.entry_side != exit_side) room.covers.push_back({id, g.holds, exiting(g)});
  }
  return room;
}

}  // namespace bulkhead::risk
