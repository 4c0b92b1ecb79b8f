#include "tools/app/plain_loop.hpp"

#include <algorithm>

namespace bulkhead::app {
namespace {

constexpr std::uint64_t only_incarnation = 1;

/// A backtest keeps no journal, so it needs no cuts.
sequencer_settings without_cuts(sequencer_settings s) {
  s.snapshot_every_events = ~std::uint64_t{0};
  s.snapshot_every_frames = ~std::uint64_t{0};
  return s;
}

}  // namespace

plain_broker::plain_broker(const config::settings& s, const config::broker_settings& b)
    : settings_(&b), sequencer_(without_cuts(sequencer_settings_of(s, b)), s.instruments, *this) {
  gate_->admit(only_incarnation);
  for (std::size_t i = 0; i < role_count; ++i) {
    roles_[i] = make_role(s, b, static_cast<role>(i), gate_, only_incarnation);
  }
}

void plain_broker::on_frames(const std::shared_ptr<const frame_batch>& frames, std::vector<signal> signals,
                             std::vector<strategy_notice> notices) {
  sequencer_.offer_signals(frames->last_seq(), std::move(signals), std::move(notices));
  sequencer_.offer_frames(frames);
}

std::optional<step_result> plain_broker::request(const step_request& step) { return at(step.to).handle(step); }

std::optional<place_result> plain_broker::place(const place_request& intents) {
  return dynamic_cast<trader_logic&>(at(role::trader)).place(intents);
}

std::uint64_t plain_broker::append(const event_list& events) {
  events_.push_back(events);
  gate_->latch(sequencer_.kill());
  gate_->set_durable(events->back().seq);
  return events->back().seq;
}

void plain_broker::forward(role to, const event_list& events) { at(to).apply(events); }

plain_loop::plain_loop(const config::settings& s, feed_source& source)
    : settings_(&s), source_(&source), host_(make_strategy_host(s)), quotes_(s.instruments.size()) {
  for (const config::broker_settings& b : s.brokers) brokers_.push_back(std::make_unique<plain_broker>(s, b));
}

void plain_loop::run(const std::function<void(std::uint64_t)>& progress) {
  frame_output said;
  for (bool more = true; more;) {
    auto batch = std::make_shared<frame_batch>();
    while (more && batch->size() < static_cast<std::size_t>(settings_->feed.batch)) more = source_->next(*batch);
    if (batch->empty()) break;
    said.clear();
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const frame_view frame = (*batch)[i];
      for (const tick& t : frame.ticks) quotes_[t.instrument.index] = {t.instrument, t.last, frame.ts};
      host_->on_frame(frame, said);
    }
    for (const auto& broker : brokers_) {
      const broker_id& id = broker->settings().id;
      broker->on_frames(batch, said.signals_for(id), said.notices_for(id));
    }
    progress(batch->last_seq());
  }
}

std::vector<quote> plain_loop::quotes() const {
  std::vector<quote> seen;
  std::ranges::copy_if(quotes_, std::back_inserter(seen), [](const quote& q) { return q.ts.ns != 0; });
  return seen;
}

}  // namespace bulkhead::app
