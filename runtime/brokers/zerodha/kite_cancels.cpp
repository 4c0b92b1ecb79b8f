#include "runtime/brokers/zerodha/kite_cancels.hpp"

#include <algorithm>
#include <utility>

namespace bulkhead {

/// After a request that Kite took there is time for the order to end.
kite_cancels::ms kite_cancels::wait_of(const wanted& w) {
  if (w.tries >= many_tries) return rare_wait;
  return w.tries > 5 ? longest_wait : std::min(first_wait * (1 << std::max(w.tries - 1, 0)), longest_wait);
}

void kite_cancels::want(const order& o, ms now, bool due) {
  const auto [it, is_new] = wanted_.try_emplace(o.request.client_order_id, wanted{.what = o});
  wanted& w = it->second;
  w.what = o;
  if (is_new) {
    w.asked_at = now;
    w.not_before = due ? now : now + first_wait;
  }
}

void kite_cancels::tried(const client_order_id& id, ms now) {
  const auto it = wanted_.find(id);
  if (it == wanted_.end()) return;
  wanted& w = it->second;
  ++w.tries;
  w.asked_at = now;
  w.not_before = now + wait_of(w);
}

void kite_cancels::taken(const client_order_id& id, ms now) {
  const auto it = wanted_.find(id);
  if (it == wanted_.end()) return;
  wanted& w = it->second;
  w.asked_at = now;
  w.not_before = now + std::max(wait_of(w), longest_wait);
}

kite_cancels::findings kite_cancels::due(ms now, timestamp wall,
                                         const std::function<bool(const client_order_id&)>& has_ended,
                                         const std::function<bool(const client_order_id&)>& is_known) {
  findings out;
  for (auto it = wanted_.begin(); it != wanted_.end();) {
    wanted& w = it->second;
    // An order lives for a day: on the next one there is nothing left to cancel.
    if (has_ended(it->first) || date_of(wall) > date_of(w.what.request.expires_at)) {
      it = wanted_.erase(it);
      continue;
    }
    if (is_known(it->first) && now >= w.not_before && book_ >= w.asked_at) {
      if (w.tries >= many_tries && !std::exchange(w.is_told, true)) out.stubborn.push_back(w.what);
      out.due.push_back(w.what);
      w.not_before = now + std::max(wait_of(w), longest_wait);  // whoever is told now asks soon
    }
    ++it;
  }
  return out;
}

}  // namespace bulkhead
