// Beside a venue with its own clock: what it refuses to change, what rests where it should have filled, and what is
// owed in the place of an order that ended unfilled (docs/kernel.md, "Beside a real venue").
#include "runtime/domain/risk/exposure.hpp"

#include <algorithm>
#include <utility>

namespace bulkhead::risk {
namespace {

constexpr std::uint32_t most_doublings = 5;

/// first, twice as long each time, up to a minute.
duration backoff(std::int64_t first_s, std::uint32_t times) {
  return seconds(std::min<std::int64_t>(first_s << std::min(times, most_doublings), 60));
}

}  // namespace

working_order* exposure::find_order(const client_order_id& id) {
  const auto it = orders_.find(id);
  return it == orders_.end() ? nullptr : &it->second;
}

void exposure::delay_modification(const client_order_id& id, timestamp now) {
  working_order* o = find_order(id);
  if (o != nullptr) o->modify_from = now + backoff(1, o->refusals++);
}

void exposure::expect_fill(const client_order_id& id, timestamp now) {
  working_order* o = find_order(id);
  if (o == nullptr || !o->request.reduces) return;
  const bool is_due = o->request.type == order_type::market || o->is_triggered;
  if (is_due) o->rests_since = now;
}

void exposure::note_trigger(const client_order_id& id) {
  working_order* o = find_order(id);
  if (o == nullptr) return;
  // A strategy's SL may rest at its limit; a protective one has a limit only because the exchange asks for it.
  o->is_triggered = o->request.type == order_type::stop_market ||
                    (o->request.type == order_type::stop_limit && o->request.origin == order_origin::bracket);
}

void exposure::replace(const client_order_id& id) {
  if (working_order* o = find_order(id)) o->is_replaced = true;
}

void exposure::owe_replacement(const client_order_id& id) {
  const working_order* o = find_order(id);
  if (o == nullptr || o->request.qty <= o->filled) return;
  const order_group* g = find_group(o->request.group);
  const bool is_needless = o->request.group.empty() ? held(o->line()) == 0 : g == nullptr || g->holds < 1;
  if (is_needless) return;
  owed_replacements_.push_back({o->request, o->request.qty - o->filled, o->is_triggered, o->replacements});
}

void exposure::settle_replacement(const client_order_id& id) {
  const auto it = std::ranges::find_if(owed_replacements_, [&](const auto& owed) { return owed.id() == id; });
  if (it == owed_replacements_.end()) return;
  if (working_order* o = find_order(id)) o->replacements = it->replacements + 1;
  owed_replacements_.erase(it);
}

void exposure::owe_protection(const std::string& group) {
  const auto it = groups_.find(group);
  if (it == groups_.end() || it->second.holds < 1) return;
  const auto stands = [this](const client_order_id& id) {
    const working_order& o = orders_.at(id);
    return o.request.origin == order_origin::bracket && !o.is_cancel_wanted;
  };
  const bool is_owed =
      std::ranges::any_of(owed_replacements_, [&](const auto& owed) { return owed.of.group == group; }) ||
      std::ranges::any_of(owed_safeties_, [&](const auto& owed) { return owed.group == group; }) ||
      std::ranges::find(owed_brackets_, group) != owed_brackets_.end();
  if (is_owed || std::ranges::any_of(it->second.orders, stands)) return;
  ++it->second.rounds;
  owed_brackets_.push_back(group);
}

void exposure::owe_safety_again(const std::string& group, bool is_stop, timestamp now) {
  const auto it = groups_.find(group);
  if (it == groups_.end()) return;
  ++it->second.rounds;
  it->second.safety_from = now + backoff(5, it->second.refused++);
  settle_safety(group);
  owe_safety({group, is_stop});
}

std::vector<client_order_id> exposure::resting(timestamp now, std::int64_t pace) const {
  std::map<std::uint64_t, client_order_id> by_ordinal;
  for (const auto& [id, o] : orders_) {
    if (!o.rests_since || !o.can_modify() || (now - *o.rests_since).ns < backoff(5, o.replacements).ns * pace) continue;
    by_ordinal.emplace(o.ordinal, id);
  }
  std::vector<client_order_id> ids;
  for (auto& [ordinal, id] : by_ordinal) ids.push_back(std::move(id));
  return ids;
}

bool exposure::has_bracket(const order_group& g) const {
  return std::ranges::any_of(g.orders,
                             [this](const auto& id) { return orders_.at(id).request.origin == order_origin::bracket; });
}

}  // namespace bulkhead::risk
