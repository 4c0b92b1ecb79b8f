#include "simulation/sim_venue.hpp"

#include <algorithm>

namespace bulkhead::simulation {
namespace {

broker_update update_of(broker_update::kind what, const client_order_id& id, std::string reason = {}) {
  broker_update u;
  u.what = what;
  u.client_order_id = id;
  u.reason = std::move(reason);
  return u;
}

broker_update accepted(const sim_venue::book_entry& e) {
  broker_update u = update_of(broker_update::kind::accepted, e.request.client_order_id);
  u.broker_order_id = e.id;
  return u;
}

broker_update filled(const sim_venue::book_entry& e, const sim_venue::fill& f) {
  broker_update u = update_of(broker_update::kind::filled, e.request.client_order_id);
  u.fill_id = f.id;
  u.qty = f.qty;
  u.price = f.price;
  return u;
}

bool is_end(const broker_update& u) {
  return u.what == broker_update::kind::cancelled || u.what == broker_update::kind::rejected;
}

}  // namespace

void sim_venue::listen(unsigned node, broker_client::report_fn to) {
  if (node < node_) return;  // a stale node that woke up: the newer one has the session
  node_ = node;
  report_ = std::move(to);
}

void sim_venue::send(const order_request& request) {
  events_.push_back({act::arrive, request.client_order_id, {}, request});
}

void sim_venue::cut_off(unsigned node) {
  if (node_ == node) report_ = nullptr;
  std::erase_if(events_, [&](const happening& h) {
    if (h.what == act::report) return true;
    return h.what == act::arrive && draw_->percent(50);
  });
}

void sim_venue::work() {
  if (events_.empty()) return;
  const auto at = events_.begin() + static_cast<std::ptrdiff_t>(draw_->below(std::min<std::size_t>(events_.size(), 6)));
  const happening h = std::move(*at);
  events_.erase(at);
  if (h.what == act::arrive) return arrive(h);
  if (h.what == act::report) return deliver(h);
  const auto it = book_.find(h.id);
  if (it == book_.end()) return;  // it never arrived: nothing to cancel
  if (h.what == act::trade) trade(it->second);
  if (h.what == act::cancel) cancel(it->second);
  if (h.what == act::modify) {
    tell(it->second, update_of(broker_update::kind::modify_rejected, h.id, "simulated: not today"));
  }
}

void sim_venue::arrive(const happening& h) {
  if (draw_->percent(2)) {  // lost on the way; the client hears nothing and says so
    ++faults_;
    send_report(update_of(broker_update::kind::answer_lost, h.id, "simulated: no answer in time"));
    return;
  }
  book_entry& e = book_[h.id];
  if (++e.requests > 1) {
    found_->broken(promise::at_most_once, fmt::format("order {} reached the venue {} times", h.id.str(), e.requests));
    return;
  }
  e.request = h.request;
  e.id = broker_order_id{"V" + h.id.str()};
  if (draw_->percent(4)) {
    e.end = "rejected";
    tell(e, update_of(broker_update::kind::rejected, h.id, "simulated: refused"));
    return;
  }
  if (draw_->percent(2)) {
    ++faults_;
    send_report(update_of(broker_update::kind::answer_lost, h.id, "simulated: the answer was lost"));
    e.answer_lost = true;
  } else {
    tell(e, accepted(e));
  }
  events_.push_back({act::trade, h.id, {}});
}

void sim_venue::add_fill(book_entry& e, quantity qty) {
  const bulkhead::price at = e.request.limit_price.raw > 0 ? e.request.limit_price : e.request.reference_price;
  e.fills.push_back({fill_id{fmt::format("{}-{}", e.id.str(), e.fills.size() + 1)}, qty, at});
  e.filled += qty;
  tell(e, filled(e, e.fills.back()));
}

void sim_venue::trade(book_entry& e) {
  const quantity left = e.request.qty - e.filled;
  if (left == 0 || !e.end.empty()) return;
  const bool in_part = left > 1 && draw_->percent(30);
  add_fill(e, in_part ? left / 2 : left);
  if (in_part) events_.push_back({act::trade, e.request.client_order_id, {}});
}

void sim_venue::cancel(book_entry& e) {
  if (e.filled == e.request.qty || !e.end.empty()) return;
  e.end = "cancelled";
  tell(e, update_of(broker_update::kind::cancelled, e.request.client_order_id, "simulated: as asked"));
}

void sim_venue::tell(const book_entry& e, broker_update update) {
  if (e.answer_lost) return;
  if (draw_->percent(5)) {
    ++faults_;
    events_.push_back({act::report, update.client_order_id, {update}});  // it comes twice
  }
  send_report(std::move(update));
}

void sim_venue::send_report(broker_update update) {
  const client_order_id id = update.client_order_id;
  events_.push_back({act::report, id, {std::move(update)}});
}

void sim_venue::report_again(const client_order_id& id) {
  const auto it = book_.find(id);
  if (it == book_.end() || it->second.answer_lost) return;
  const book_entry& e = it->second;
  happening all{act::report, id, {accepted(e)}};
  for (const fill& f : e.fills) all.reports.push_back(filled(e, f));
  if (e.end == "cancelled") all.reports.push_back(update_of(broker_update::kind::cancelled, id, "simulated: as asked"));
  if (e.end == "rejected") all.reports.push_back(update_of(broker_update::kind::rejected, id, "simulated: refused"));
  events_.push_back(std::move(all));
}

bool sim_venue::has_report_of(const client_order_id& id) const {
  return std::ranges::any_of(
      events_, [&](const happening& h) { return h.what == act::report && h.id == id && !is_end(h.reports.back()); });
}

void sim_venue::deliver(const happening& h) {
  // A client reports an order's fills before its end (order_manager::on_updates); all else may overtake.
  if (is_end(h.reports.back()) && has_report_of(h.id)) {
    events_.push_back(h);
    return;
  }
  if (report_) report_(h.reports);
}

}  // namespace bulkhead::simulation
