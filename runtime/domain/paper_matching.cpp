#include "runtime/domain/paper_matching.hpp"

#include <algorithm>

namespace bulkhead {
namespace {

broker_order_id broker_id_of(const client_order_id& id) { return broker_order_id{"P" + id.str()}; }

broker_update accepted(const client_order_id& id) {
  return {.what = broker_update::kind::accepted, .client_order_id = id, .broker_order_id = broker_id_of(id)};
}

broker_update ended(broker_update::kind how, const client_order_id& id, const char* reason) {
  return {.what = how, .client_order_id = id, .reason = reason};
}

broker_update filled(const client_order_id& id, quantity qty, price at) {
  return {.what = broker_update::kind::filled,
          .client_order_id = id,
          .fill_id = fill_id{broker_id_of(id).str() + "-1"},
          .qty = qty,
          .price = at};
}

/// The last price is at the limit or better for that side.
bool reaches(side s, price limit, price last) { return s == side::buy ? last <= limit : last >= limit; }

}  // namespace

void paper_matching::place(const order& o) {
  const order_request& r = o.request;
  if (!placed_.emplace(r.client_order_id, r.expires_at).second || is_terminal(o.status)) return;
  const bool accepted_before =
      o.status == order_status::open || o.status == order_status::partially_filled || !o.broker_order_id.empty();
  book_.push_back({.id = r.client_order_id,
                   .instrument = r.instrument,
                   .side = r.side,
                   .type = r.type,
                   .qty = o.remaining(),
                   .limit = r.limit_price,
                   .expires_at = r.expires_at,
                   .after = o.submitted_feed,
                   .accepted = accepted_before,
                   .cancelling = o.status == order_status::pending_cancel});
}

void paper_matching::cancel(const client_order_id& id) {
  const auto it = std::ranges::find(book_, id, &working::id);
  if (it != book_.end()) it->cancelling = true;
}

std::vector<broker_update> paper_matching::on_frame(const frame_view& frame) {
  std::vector<broker_update> out;
  if (placed_.empty()) return out;
  expire(frame.ts, out);
  if (session_.is_open(frame.ts)) {
    for (working& o : book_) {
      if (o.done || frame.seq <= o.after) continue;
      const auto t = std::ranges::find(frame.ticks, o.instrument, &tick::instrument);
      if (t != frame.ticks.end()) meet(o, t->last, out);
    }
  }
  if (!out.empty()) sweep(frame.ts);
  return out;
}

void paper_matching::expire(timestamp now, std::vector<broker_update>& out) {
  for (working& o : book_) {
    if (now < o.expires_at) continue;
    o.done = true;
    out.push_back(ended(broker_update::kind::expired, o.id, "session close"));
  }
}

void paper_matching::meet(working& o, price last, std::vector<broker_update>& out) {
  const bool arrives = !o.accepted;
  if (arrives) {
    o.accepted = true;
    out.push_back(accepted(o.id));
  }
  if (o.cancelling) {
    o.done = true;
    out.push_back(ended(broker_update::kind::cancelled, o.id, "cancel requested"));
    return;
  }
  if (o.type == order_type::limit && !reaches(o.side, o.limit, last)) return;
  o.done = true;
  const bool at_limit = o.type == order_type::limit && !arrives;
  out.push_back(filled(o.id, o.qty, at_limit ? o.limit : last));
}

void paper_matching::sweep(timestamp now) {
  std::erase_if(book_, [](const working& o) { return o.done; });
  std::erase_if(placed_, [now](const auto& known) { return now >= known.second; });
}

}  // namespace bulkhead
