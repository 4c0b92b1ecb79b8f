// Taking up where a journal ends, and handing restarted roles what they need.
#include "runtime/domain/sequencer.hpp"

#include <algorithm>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace bulkhead {

void sequencer::recover(const std::string& cut_body, std::vector<event> tail) {
  if (!cut_body.empty()) restore_cut(cut_body);
  behind_.fill(true);
  last_offered_ = done_feed_;
  read_feed_ = done_feed_;
  signals_through_ = done_feed_;
  for (const event& e : tail) {
    drop_ended_chains(e.feed);
    track(e);
  }
  durable_seq_ = last_seq();
  inbox_.begin();
  if (!tail.empty()) {
    const event& last = tail.back();
    const bool whole = last.step == step_kind::guard || last.step == step_kind::input;
    resume_feed_ = last.feed;
    resume_step_ = last.step;
    done_feed_ = std::max(done_feed_, whole ? last.feed : last.feed - 1);
    last_ts_ = last.ts;
    signals_through_ = done_feed_;
    events_since_cut_ = tail.size();
    tail_.push_back(std::make_shared<const std::vector<event>>(std::move(tail)));
  }
  if (!settings_.feed_clocked_venue) lose_answers([](const unplaced&) { return true; });
}

void sequencer::restore_cut(const std::string& body) {
  std::istringstream lines{body};
  std::string own;
  std::getline(lines, own);
  for (std::string& part : parts_) {
    if (!std::getline(lines, part)) throw std::runtime_error("snapshot: a role's part is missing");
  }
  restore_own(nlohmann::json::parse(own));
}

void sequencer::lose_answers(const std::function<bool(const unplaced&)>& maybe_sent) {
  std::vector<broker_update> lost;
  for (auto& [id, intent] : unplaced_) {
    if (!maybe_sent(intent) || std::exchange(intent.answered, true)) continue;
    broker_update update;
    update.what = broker_update::kind::answer_lost;
    update.client_order_id = id;
    update.reason = "restarted while the order was on its way";
    lost.push_back(std::move(update));
  }
  if (!lost.empty()) updates_.emplace_back(std::move(lost));
}

role_recovery sequencer::recovery_of(role r) const {
  role_recovery recovery;
  recovery.snapshot = parts_[static_cast<std::size_t>(r)];
  recovery.tail = tail_;
  if (r == role::trader) {
    // What this life has lost, or never will place, is the venue's to explain: its client has to look for it.
    const bool is_feeds = settings_.feed_clocked_venue;
    for (const auto& [id, intent] : unplaced_) {
      if (is_feeds || (!intent.sent && !intent.answered)) recovery.unplaced.push_back(id);
    }
  }
  return recovery;
}

void sequencer::resume(role r) {
  behind_[static_cast<std::size_t>(r)] = false;
  if (r == role::trader) {
    // A simulated venue takes the same order twice as once. A real one may have it already: never resent blindly.
    if (!settings_.feed_clocked_venue) lose_answers([](const unplaced& u) { return u.sent; });
    for (auto& [id, intent] : unplaced_) intent.sent = false;
    for (auto& [id, intent] : unmodified_) intent.sent = false;
    send_durable_intents();
  }
  const auto& slot = in_flight_[static_cast<std::size_t>(r)];
  if (slot) {
    if (auto answer = host_->request(*slot)) take(std::move(*answer));
  }
  pump();
}

void sequencer::abandon_entries(role r, std::string_view orders_reason) {
  auto& slot = in_flight_[static_cast<std::size_t>(r)];
  if (!slot) return;
  if (slot->kind == work_kind::signals) {
    reject_entries(slot->signals, "step_deadline");
  } else if (slot->kind == work_kind::orders) {
    withhold_entries(slot->approved, orders_reason);
  }
}

void sequencer::withhold(std::vector<risk_approved<order_request>>& approved, std::string_view reason,
                         const std::function<bool(const order_request&)>& is_such) {
  std::erase_if(approved, [&](const auto& order) {
    if (!is_such(order.get())) return false;
    abandoned_orders_.push_back({order->client_order_id, std::string{reason}});
    return true;
  });
}

void sequencer::withhold_entries(std::vector<risk_approved<order_request>>& approved, std::string_view reason) {
  withhold(approved, reason, [](const order_request& r) { return !r.reduces; });
}

void sequencer::reject_entries(std::vector<signal>& signals, std::string_view rule) {
  std::erase_if(signals, [&](const signal& s) {
    if (s.action == signal_action::exit || s.action == signal_action::cancel) return false;
    abandoned_.push_back({s.id, s.strategy, s.instrument, std::string{rule}, "", "", ""});
    return true;
  });
}

std::uint64_t sequencer::awaited(role r) const {
  if (const step_request* step = in_flight(r)) return step->id;
  if (r != role::trader) return 0;
  // Placements are named by the seq of their intent, apart from steps by the top bit.
  for (const auto* waiting : {&unplaced_, &unmodified_}) {
    for (const auto& [id, intent] : *waiting) {
      if (intent.sent && !intent.answered) return intent.seq | (std::uint64_t{1} << 63U);
    }
  }
  return 0;
}

const step_request* sequencer::in_flight(role r) const {
  const auto& slot = in_flight_[static_cast<std::size_t>(r)];
  return slot ? &*slot : nullptr;
}

}  // namespace bulkhead
