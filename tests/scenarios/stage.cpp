#include "scenarios/stage.hpp"

#include "runtime/domain/event_codec.hpp"
#include "tools/app/parts.hpp"

#include <map>
#include <set>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace bulkhead::test {

stage_broker::stage_broker(const config::settings& s, const config::broker_settings& b)
    : all_(&s), settings_(&b), teller_(s.instruments) {
  start_all();
}

void stage_broker::start(role r) {
  if (r == role::trader) gate_->admit(++incarnation_);
  roles_[static_cast<std::size_t>(r)] = app::make_role(*all_, *settings_, r, gate_, incarnation_);
}

void stage_broker::start_all() {
  sequencer_settings config = app::sequencer_settings_of(*all_, *settings_);
  config.snapshot_every_events = 25;
  sequencer_.emplace(config, all_->instruments, *this);
  for (const role r : {role::trader, role::risk_manager, role::portfolio}) start(r);
}

void stage_broker::offer(const std::shared_ptr<const frame_batch>& frames, std::vector<signal> signals,
                         std::vector<strategy_notice> notices) {
  offered_.push_back({frames, signals, notices});
  sequencer_->offer_signals(frames->last_seq(), std::move(signals), std::move(notices));
  sequencer_->offer_frames(frames);
}

void stage_broker::command(operator_command c) { sequencer_->offer_command(++ticket_, std::move(c)); }

void stage_broker::restart(const std::string& what) {
  for (const role r : {role::trader, role::risk_manager, role::portfolio}) {
    if (what != to_string(r)) continue;
    start(r);
    at(r).recover(sequencer_->recovery_of(r));
    sequencer_->resume(r);
    return;
  }
  if (what != "node") throw std::runtime_error("restart: allowed: trader, risk_manager, portfolio, node");
  // What is not durable is lost, as with kill -9; frames and signals come again from the feed and the runner.
  std::erase_if(events_, [&](const event& e) { return e.seq > durable_; });
  start_all();
  std::vector<event> tail;
  for (const event& e : events_) {
    if (e.seq > cut_seq_) tail.push_back(e);
  }
  sequencer_->recover(cut_, std::move(tail));
  gate_->set_durable(sequencer_->last_seq());
  gate_->latch(sequencer_->kill());
  for (const role r : {role::trader, role::risk_manager, role::portfolio}) {
    at(r).recover(sequencer_->recovery_of(r));
    sequencer_->resume(r);
  }
  for (const offered& o : offered_) {
    if (o.frames->first_seq() < sequencer_->needed_from()) continue;
    sequencer_->offer_signals(o.frames->last_seq(), o.signals, o.notices);
    sequencer_->offer_frames(o.frames);
  }
}

void stage_broker::stall(bool stalls) {
  stalls_ = stalls;
  if (stalls) return;
  durable_ = sequencer_->last_seq();
  gate_->set_durable(durable_);
  sequencer_->on_durable(durable_);
}

std::optional<step_result> stage_broker::request(const step_request& step) { return at(step.to).handle(step); }

std::optional<place_result> stage_broker::place(const place_request& intents) {
  return dynamic_cast<trader_logic&>(at(role::trader)).place(intents);
}

std::uint64_t stage_broker::append(const event_list& events) {
  events_.insert(events_.end(), events->begin(), events->end());
  gate_->latch(sequencer_->kill());
  if (stalls_) return 0;
  durable_ = events->back().seq;
  gate_->set_durable(durable_);
  return durable_;
}

void stage_broker::forward(role to, const event_list& events) { at(to).apply(events); }

void stage_broker::cut(std::uint64_t seq, feed_seq, const std::string& body) {
  cut_seq_ = seq;
  cut_ = body;
}

std::vector<std::string> stage_broker::dump() const {
  const event_codec codec{settings_->id, all_->instruments};
  std::vector<std::string> lines;
  for (const event& e : events_) lines.push_back(codec.encode(e));
  return lines;
}

portfolio_snapshot stage_broker::portfolio_now() const {
  for (auto e = events_.rbegin(); e != events_.rend(); ++e) {
    if (const auto* p = std::get_if<portfolio_snapshot>(&e->body)) return *p;
  }
  return {};
}

std::size_t stage_broker::working_orders() const {
  std::set<client_order_id> working;
  for (const event& e : events_) {
    if (const auto* s = std::get_if<order_submitted>(&e.body)) working.insert(s->request.client_order_id);
    if (const auto* c = std::get_if<order_cancelled>(&e.body)) working.erase(c->client_order_id);
    if (const auto* x = std::get_if<order_expired>(&e.body)) working.erase(x->client_order_id);
    if (const auto* r = std::get_if<order_rejected>(&e.body)) working.erase(r->client_order_id);
    const auto* f = std::get_if<order_filled>(&e.body);
    if (f != nullptr && f->remaining_qty == 0) working.erase(f->client_order_id);
  }
  return working.size();
}

}  // namespace bulkhead::test
