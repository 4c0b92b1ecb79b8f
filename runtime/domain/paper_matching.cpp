#include "runtime/domain/paper_matching.hpp"

#include <algorithm>

namespace bulkhead {
namespace {

using kind = broker_update::kind;

/// Rule 5: it takes a position out and does not wait for a tick that does not come.
bool fills_at_close(const order& o, const frame_view& frame) {
  const order_request& r = o.request;
  return frame.kind == frame_kind::session_close && is_way_out(r.origin) && r.type == order_type::market &&
         r.reference_price.raw > 0;
}

}  // namespace

paper_matching::paper_matching(paper_settings settings, trading_session session, const instrument_table& instruments)
    : settings_(settings), session_(session), instruments_(&instruments), by_instrument_(instruments.size()) {}

broker_order_id paper_matching::paper_order_id(const order& o) {
  return broker_order_id{"P" + o.request.client_order_id.str()};
}

std::pair<std::uint64_t, std::uint64_t> paper_matching::turn(const working* w) { return {w->state.ordinal, w->placed}; }

void paper_matching::enqueue(queue& q, working* w) {
  q.insert(std::ranges::upper_bound(q, turn(w), {}, &paper_matching::turn), w);
}

void paper_matching::place(const order& o) {
  const order_request& r = o.request;
  if (book_.contains(r.client_order_id) || ended_.contains(r.client_order_id)) return;
  next_expiry_ = std::min(next_expiry_, r.expires_at);
  if (is_terminal(o.status)) {
    ended_.emplace(r.client_order_id, r.expires_at);
    return;
  }
  working& w = book_[r.client_order_id];
  w.state = o;
  w.fate = paper_fate_of(r, settings_);
  w.placed = placed_count_++;
  if (o.status == order_status::open || o.status == order_status::partially_filled) {
    w.state.broker_order_id = paper_order_id(o);
  }
  enqueue(by_instrument_.at(r.instrument.index), &w);
  if (!r.group.empty()) enqueue(by_group_[r.group], &w);
}

void paper_matching::take_change(working& w, const order& asked) {
  w.state.asked_terms = asked.asked_terms;
  w.state.changed_at = asked.changed_at;
  w.state.changed_feed = asked.changed_feed;
}

void paper_matching::cancel(const order& o) {
  const auto it = book_.find(o.request.client_order_id);
  if (it == book_.end()) return;
  take_change(it->second, o);
  it->second.state.status = order_status::pending_cancel;
}

void paper_matching::modify(const order& o) {
  const auto it = book_.find(o.request.client_order_id);
  if (it != book_.end()) take_change(it->second, o);
}

std::vector<broker_update> paper_matching::on_frame(const frame_view& frame) {
  reports out;
  if (frame.ts >= next_expiry_) close_day(frame, out);
  if (session_.is_open(frame.ts)) match(frame, out);
  sweep();
  return out;
}

void paper_matching::close_day(const frame_view& frame, reports& out) {
  queue due;
  for (auto& [id, w] : book_) {
    if (frame.ts >= w.state.request.expires_at) due.push_back(&w);
  }
  std::ranges::sort(due, {}, &paper_matching::turn);
  for (working* w : due) {
    if (w->done || !fills_at_close(w->state, frame)) continue;
    if (!w->is_accepted()) accept(*w, out);
    const quantity whole = w->state.remaining();
    fill(*w, whole, w->state.request.reference_price, out);
    take_from_group(*w, whole, out);
  }
  for (working* w : due) {
    if (!w->done) end(*w, kind::expired, "session close", out);
  }
  sweep();
  std::erase_if(ended_, [&frame](const auto& known) { return frame.ts >= known.second; });
  next_expiry_ = {std::numeric_limits<std::int64_t>::max()};
  for (const auto& [id, expiry] : ended_) next_expiry_ = std::min(next_expiry_, expiry);
  for (const auto& [id, w] : book_) next_expiry_ = std::min(next_expiry_, w.state.request.expires_at);
}

void paper_matching::match(const frame_view& frame, reports& out) {
  std::vector<std::pair<working*, const tick*>> met;
  for (const tick& t : frame.ticks) {
    for (working* w : by_instrument_.at(t.instrument.index)) met.emplace_back(w, &t);
  }
  std::ranges::sort(met, {}, [](const auto& m) { return turn(m.first); });
  for (const auto& [w, t] : met) {
    if (!w->done) meet(*w, *t, frame, out);
  }
}

void paper_matching::sweep() {
  const auto is_done = [](const working* w) { return w->done; };
  for (const working* w : ended_now_) {
    const order_request& r = w->state.request;
    std::erase_if(by_instrument_[r.instrument.index], is_done);
    const auto group = by_group_.find(r.group);
    if (group == by_group_.end()) continue;
    std::erase_if(group->second, is_done);
    if (group->second.empty()) by_group_.erase(group);
  }
  for (const working* w : ended_now_) {
    const order_request& r = w->state.request;
    ended_.emplace(r.client_order_id, r.expires_at);
    const client_order_id id = r.client_order_id;
    book_.erase(id);
  }
  ended_now_.clear();
}

}  // namespace bulkhead
