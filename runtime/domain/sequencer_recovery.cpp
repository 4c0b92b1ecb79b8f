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
  for (const event& e : tail) track(e);
  durable_seq_ = last_seq();
  if (!tail.empty()) {
    const event& last = tail.back();
    const bool whole = last.step == step_kind::mark || last.step == step_kind::input;
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
  if (!lost.empty()) updates_.push_back(std::move(lost));
}

role_recovery sequencer::recovery_of(role r) const {
  role_recovery recovery;
  recovery.snapshot = parts_[static_cast<std::size_t>(r)];
  recovery.tail = tail_;
  if (r == role::trader) {
    for (const auto& [id, intent] : unplaced_) recovery.unplaced.push_back(id);
  }
  return recovery;
}

void sequencer::resume(role r) {
  behind_[static_cast<std::size_t>(r)] = false;
  if (r == role::trader) {
    // A simulated venue takes the same order twice as once. A real one may have it already: never resent blindly.
    if (!settings_.feed_clocked_venue) lose_answers([](const unplaced& u) { return u.sent; });
    for (auto& [id, intent] : unplaced_) intent.sent = false;
    send_durable_intents();
  }
  const auto& slot = in_flight_[static_cast<std::size_t>(r)];
  if (slot) {
    if (auto answer = host_->request(*slot)) take(std::move(*answer));
  }
  pump();
}

void sequencer::abandon_entries(role r) {
  auto& slot = in_flight_[static_cast<std::size_t>(r)];
  if (!slot) return;
  if (slot->kind == work_kind::signals) {
    std::erase_if(slot->signals, [&](const signal& s) {
      if (s.action == signal_action::exit) return false;
      abandoned_.push_back({s.id, s.strategy, s.instrument, "step_deadline", "", "", ""});
      return true;
    });
  } else if (slot->kind == work_kind::orders) {
    std::erase_if(slot->approved, [&](const auto& order) {
      if (order->reduces) return false;
      abandoned_orders_.push_back({order->client_order_id, "step deadline"});
      return true;
    });
  }
}

std::uint64_t sequencer::awaited(role r) const {
  if (const step_request* step = in_flight(r)) return step->id;
  if (r != role::trader) return 0;
  // Placements are named by the seq of their intent, apart from steps by the top bit.
  for (const auto& [id, intent] : unplaced_) {
    if (intent.sent && !intent.answered) return intent.seq | (std::uint64_t{1} << 63U);
  }
  return 0;
}

const step_request* sequencer::in_flight(role r) const {
  const auto& slot = in_flight_[static_cast<std::size_t>(r)];
  return slot ? &*slot : nullptr;
}

}  // namespace bulkhead
