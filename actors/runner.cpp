#include "actors/runner.hpp"

#include "actors/supervisor.hpp"
#include "actors/vitals.hpp"
#include "runtime/fault/failpoint.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::actors {

void runner_state::begin(runner_config c) {
  config = std::move(c);
  watch = journal_watch{"the runner", config.journal_deadline};
  watch.opening(self->clock().now());
  config.journal->open([to = caf::actor_cast<runner_actor>(self)](journal_status status, journal_recovery recovery) {
    caf::anon_send(to, journal_opened{std::move(status), std::move(recovery)});
  });
}

void runner_state::subscribed(const subscribe& message) {
  if (!config.brokers.contains(message.consumer)) {
    if (!refused_through.contains(message.consumer)) return;
    take_back(message);
  }
  addressee& b = brokers[message.consumer];
  if (const auto refused = refused_through.find(message.consumer); refused != refused_through.end()) {
    b.refuse_through = refused->second;
  }
  b.who = message.who;
  b.from = message.from;
  b.resume = std::max(b.resume, message.from - 1);
  if (!started) {
    start_if_ready();
    return;
  }
  std::vector<signal> signals;
  std::ranges::copy_if(b.signals, std::back_inserter(signals), [&](const signal& s) { return s.feed >= b.from; });
  std::vector<strategy_notice> notices;
  std::ranges::copy_if(b.notices, std::back_inserter(notices), [&](const auto& n) { return n.feed + 1 >= b.from; });
  answer(b, std::move(signals), std::move(notices));
  if (ended) keep_snapshot_if_safe();
}

void runner_state::take_frames(const frames& message) {
  if (!started) return;
  if (in_flight) {
    held.push_back(message);
  } else {
    work(message);
  }
}

void runner_state::work(const frames& message) {
  fault::hit("runner", "frames.before");
  end_seen = end_seen || message.end;
  if (message.batch) {
    for (std::size_t i = 0; i < message.batch->size(); ++i) {
      const frame_view frame = (*message.batch)[i];
      replay_before(frame.seq);
      host->on_frame(frame, output);
    }
    replay_before(host->last_frame() + 1);
  }
  if (output.measured.empty()) {
    finish_work();
    return;
  }
  append quarantines;
  for (const measured_quarantine& q : output.measured) {
    runner_record record;
    record.command = "quarantine";
    record.feed = q.feed;
    record.strategy = q.strategy;
    record.tick = q.tick;
    record.reason = q.reason;
    quarantines.records.push_back(std::move(record));
  }
  append_records(std::move(quarantines));
}

void runner_state::finish_work() {
  publish();
  const bool due = host->last_frame() - last_snapshot >= config.snapshot_every_frames;
  if (due && !pending) take_snapshot();
  if (end_seen && held.empty() && !std::exchange(ended, true)) take_snapshot();
  keep_snapshot_if_safe();
  next_command();
}

void runner_state::publish() {
  stop_if_revoked();
  published = host->last_frame();
  for (auto& [name, b] : brokers) {
    std::vector<signal> signals = output.signals_for(broker_id{name});
    std::vector<strategy_notice> notices = output.notices_for(broker_id{name});
    std::erase_if(signals, [&](const signal& s) { return s.feed < b.from; });
    std::erase_if(notices, [&](const strategy_notice& n) { return n.feed + 1 < b.from; });
    std::ranges::copy_if(signals, std::back_inserter(b.signals), [&](const signal& s) { return s.feed > b.resume; });
    std::ranges::copy_if(notices, std::back_inserter(b.notices), [&](const auto& n) { return n.feed >= b.resume; });
    raise_to(config.counters->most_retained, b.signals.size() + b.notices.size());
    answer(b, std::move(signals), std::move(notices));
  }
  keep_for_isolated();
  output.clear();
  give_up_overrun();
  caf::anon_send(feed, credit{runner_consumer, host->last_frame(), host->last_frame()});
}

void runner_state::give_up_overrun() {
  std::vector<std::string> behind;
  for (const auto& [name, b] : brokers) {
    const std::size_t kept = b.signals.size() + b.notices.size();
    // One that comes back has as much again of signals and of notices that were kept for it, and takes them up.
    const std::uint64_t allowed = (b.resume < b.refuse_through ? 3 : 1) * config.max_retained;
    if (kept <= allowed) continue;
    self->send(config.node,
               overrun{broker_id{name}, fmt::format("{} signals wait for it to journal what they caused, allowed: {} "
                                                    "(strategies.max_retained_signals)",
                                                    kept, allowed)});
    behind.push_back(name);
  }
  for (const std::string& name : behind) isolate(name);
}

void runner_state::answer(addressee& to, std::vector<signal> signals, std::vector<strategy_notice> notices) const {
  const feed_seq refuse_through = to.resume < to.refuse_through ? to.refuse_through : 0;
  caf::anon_send(to.who, frame_signals{published, std::move(signals), std::move(notices), refuse_through});
}

void runner_state::credited(const credit& message) {
  const auto it = brokers.find(message.consumer);
  if (it == brokers.end()) return;
  addressee& b = it->second;
  b.resume = std::max(b.resume, message.resume);
  while (!b.signals.empty() && b.signals.front().feed <= b.resume) b.signals.pop_front();
  while (!b.notices.empty() && b.notices.front().feed < b.resume) b.notices.pop_front();
  keep_snapshot_if_safe();
}

void runner_state::take_snapshot() {
  const nlohmann::json body{{"host", host->snapshot()}, {"set", set.text}, {"process", set.process}};
  pending =
      snapshot{applied_seq, host->last_frame(), body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
  last_snapshot = host->last_frame();
}

void runner_state::keep_snapshot_if_safe() {
  if (!pending || !started) return;
  const bool safe = std::ranges::all_of(brokers, [&](const auto& b) { return b.second.resume >= pending->feed; });
  if (!safe) return;
  watch.cutting(self->clock().now());
  config.journal->write_snapshot(*epoch,
                                 {pending->seq, pending->feed, runner_snapshot_schema, std::move(pending->body)},
                                 [to = caf::actor_cast<runner_actor>(self), feed = pending->feed](journal_status s) {
                                   caf::anon_send(to, cut_written{0, std::move(s), feed});
                                 });
  pending.reset();
}

void runner_state::check_journal() {
  if (!config.journal->outage().empty()) watch.excuse(self->clock().now());
  watch.check(self->clock().now());
  self->delayed_send(self, config.journal_deadline / 4, check_steps{});
}

runner_actor::behavior_type runner(runner_actor::stateful_pointer<runner_state> self, runner_config config) {
  end_with_exception_text(self);
  self->state.begin(std::move(config));
  self->state.check_journal();
  return {
      [self](const role_up& up) {
        auto& state = self->state;
        if (up.path != "feed") return;
        state.feed = up.handle;
        if (state.started) {
          caf::anon_send(state.feed, subscribe{runner_consumer, state.host->last_frame() + 1, state.host->last_frame(),
                                               caf::actor_cast<caf::actor>(self)});
        }
        state.start_if_ready();
      },
      [self](const subscribe& message) { self->state.subscribed(message); },
      [self](const unsubscribe& message) { self->state.isolate(message.consumer); },
      [self](const readmit& message) { self->state.readmitted(message); },
      [self](const frames& message) { self->state.take_frames(message); },
      [self](const credit& message) { self->state.credited(message); },
      [self](const strategy_command& message) { self->state.asked_for(message); },
      [self](const journal_opened& message) { self->state.opened(message); },
      [self](const records_read& message) { self->state.earlier_records(message); },
      [self](const journal_durable& message) { self->state.durable(message); },
      [self](const cut_written& message) {
        self->state.watch.cut_kept();
        require(message.status);
        if (self->state.ended && !self->state.pending) self->send(self->state.config.node, runner_drained{});
      },
      [self](const check_steps&) { self->state.check_journal(); },
  };
}

}  // namespace bulkhead::actors
