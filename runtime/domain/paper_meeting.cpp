// Rules 1 to 4 of docs/kernel.md, "The paper exchange": an order meets a tick.
#include "runtime/domain/paper_matching.hpp"
#include "runtime/domain/paper_price.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead {
namespace {

using kind = broker_update::kind;

constexpr const char* ioc_reason = "IOC";
constexpr const char* group_reason = "one cancels the other";

/// A later frame, and late enough.
bool is_due(const frame_view& frame, feed_seq asked_in, timestamp asked_at, duration latency) {
  return frame.seq > asked_in && frame.ts >= asked_at + latency;
}

order_terms terms_of(const order_request& r) { return {r.qty, r.limit_price, r.trigger_price}; }

void set_terms(order_request& r, const order_terms& t) {
  r.qty = t.qty;
  r.limit_price = t.limit_price;
  r.trigger_price = t.trigger_price;
}

broker_update modified(const order& o, const char* reason) {
  return {.what = kind::modified,
          .client_order_id = o.request.client_order_id,
          .terms = terms_of(o.request),
          .reason = reason};
}

}  // namespace

void paper_matching::meet(working& w, const tick& t, const frame_view& frame, reports& out) {
  bool arriving = false;
  if (!arrive(w, frame, arriving, out) || !change(w, frame, arriving, out) || !trigger(w, t.last, arriving, out))
    return;
  const order_request& r = w.state.request;
  const instrument& row = instruments_->at(r.instrument);
  const bool ioc = r.validity == validity::ioc;
  const auto at = fill_price(r, arriving, t, row.tick_size, settings_);
  const quantity qty = at ? std::min(w.state.remaining(), part_of(r.qty, w.fate.parts, row.lot_size)) : 0;
  if (at) fill(w, qty, *at, out);
  if (ioc && !w.done) end(w, kind::cancelled, ioc_reason, out);
  if (at) take_from_group(w, qty, out);
}

bool paper_matching::arrive(working& w, const frame_view& frame, bool& arriving, reports& out) {
  order& o = w.state;
  if (w.is_accepted()) return true;
  if (!is_due(frame, o.submitted_feed, o.submitted_at, w.fate.latency)) return false;
  if (w.fate.rejected) {
    end(w, kind::rejected, "refused by the paper exchange (paper.reject_percent)", out);
    return false;
  }
  accept(w, out);
  arriving = true;
  return true;
}

bool paper_matching::change(working& w, const frame_view& frame, bool& arriving, reports& out) {
  order& o = w.state;
  const bool cancelling = o.status == order_status::pending_cancel;
  if (!cancelling && !o.asked_terms) return true;
  if (!is_due(frame, o.changed_feed, o.changed_at, w.fate.latency)) return true;
  if (cancelling) {
    end(w, kind::cancelled, "cancel requested", out);
    return false;
  }
  const order_terms asked = *o.asked_terms;
  o.asked_terms.reset();
  if (asked.qty <= o.filled) {
    out.push_back({.what = kind::modify_rejected,
                   .client_order_id = o.request.client_order_id,
                   .reason = fmt::format("{} units asked for, {} are filled", asked.qty, o.filled)});
    return true;
  }
  set_terms(o.request, asked);
  out.push_back(modified(o, "as requested"));
  arriving = true;
  return true;
}

bool paper_matching::trigger(working& w, price last, bool& arriving, reports& out) {
  order& o = w.state;
  if (!has_trigger(o.request.type) || o.triggered) return true;
  if (!reaches_trigger(o.request, last)) {
    if (o.request.validity == validity::ioc) end(w, kind::cancelled, ioc_reason, out);
    return false;
  }
  o.triggered = true;
  out.push_back({.what = kind::triggered, .client_order_id = o.request.client_order_id});
  arriving = true;
  return true;
}

void paper_matching::accept(working& w, reports& out) {
  w.state.broker_order_id = paper_order_id(w.state);
  out.push_back({.what = kind::accepted,
                 .client_order_id = w.state.request.client_order_id,
                 .broker_order_id = w.state.broker_order_id});
}

void paper_matching::fill(working& w, quantity qty, price at, reports& out) {
  order& o = w.state;
  o.filled += qty;
  ++o.fill_count;
  out.push_back({.what = kind::filled,
                 .client_order_id = o.request.client_order_id,
                 .fill_id = fill_id{fmt::format("{}-{}", paper_order_id(o).str(), o.fill_count)},
                 .qty = qty,
                 .price = at});
  if (o.remaining() > 0) return;
  w.done = true;
  ended_now_.push_back(&w);
}

void paper_matching::take_from_group(const working& filled, quantity qty, reports& out) {
  const auto group = by_group_.find(filled.state.request.group);
  if (group == by_group_.end()) return;
  // Exits of one group share what it holds between them already; only protection is what a way out makes needless.
  const bool takes_from_all = filled.state.request.origin == order_origin::bracket;
  for (working* other : group->second) {
    order& o = other->state;
    if (other == &filled || other->done) continue;
    if (!takes_from_all && o.request.origin != order_origin::bracket) continue;
    if (o.remaining() <= qty) {
      end(*other, kind::cancelled, group_reason, out);
      continue;
    }
    o.request.qty -= qty;
    o.asked_terms.reset();
    out.push_back(modified(o, group_reason));
  }
}

void paper_matching::end(working& w, broker_update::kind how, const char* reason, reports& out) {
  w.done = true;
  ended_now_.push_back(&w);
  out.push_back({.what = how, .client_order_id = w.state.request.client_order_id, .reason = reason});
}

}  // namespace bulkhead
