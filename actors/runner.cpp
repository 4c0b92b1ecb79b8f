#include "actors/runner.hpp"

#include "actors/supervisor.hpp"
#include "runtime/domain/sequencer.hpp"
#include "runtime/fault/failpoint.hpp"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace bulkhead::actors {

void runner_state::begin(runner_config c) {
  config = std::move(c);
  config.journal->open([to = caf::actor_cast<runner_actor>(self)](journal_status status, journal_recovery recovery) {
    caf::anon_send(to, journal_opened{std::move(status), std::move(recovery)});
  });
}

void runner_state::opened(const journal_opened& message) {
  if (!message.status.ok()) throw std::runtime_error(message.status.error);
  epoch = message.recovery.epoch;
  kept = message.recovery.snapshot;
  start_if_ready();
}

void runner_state::subscribed(const subscribe& message) {
  if (!config.brokers.contains(message.consumer)) return;
  addressee& b = brokers[message.consumer];
  b.who = message.who;
  b.from = message.from;
  b.resume = std::max(b.resume, message.from - 1);
  if (!started) {
    start_if_ready();
    return;
  }
  std::vector<signal> again;
  std::ranges::copy_if(b.retained, std::back_inserter(again), [&](const signal& s) { return s.feed >= b.from; });
  answer(b, host->last_frame(), std::move(again));
  if (ended) keep_snapshot_if_safe();
}

void runner_state::start_if_ready() {
  if (started || !epoch || !feed || brokers.size() < config.brokers.size()) return;
  started = true;
  host = config.make();
  feed_seq needed = ~feed_seq{0};
  for (const auto& [name, b] : brokers) needed = std::min(needed, b.from);
  const bool usable = kept && kept->schema == snapshot_schema && kept->feed_seq < needed;
  if (usable) {
    host->restore(nlohmann::json::parse(kept->body));
    last_snapshot = kept->feed_seq;
  }
  kept.reset();
  caf::anon_send(
      feed, subscribe{runner_consumer, host->last_frame() + 1, host->last_frame(), caf::actor_cast<caf::actor>(self)});
}

void runner_state::take_frames(const frames& message) {
  if (!started) return;
  fault::hit("runner", "frames.before");
  if (message.batch && !message.batch->empty()) {
    std::vector<routed_signal> signals;
    for (std::size_t i = 0; i < message.batch->size(); ++i) host->on_frame((*message.batch)[i], signals);
    for (auto& [name, b] : brokers) {
      const broker_id id{name};
      std::vector<signal> mine;
      for (const routed_signal& s : signals) {
        const auto& wanted = host->hosted()[s.strategy_index].brokers;
        if (s.signal.feed >= b.from && std::ranges::find(wanted, id) != wanted.end()) mine.push_back(s.signal);
      }
      std::ranges::copy_if(mine, std::back_inserter(b.retained), [&](const signal& s) { return s.feed > b.resume; });
      answer(b, host->last_frame(), std::move(mine));
    }
    caf::anon_send(feed, credit{runner_consumer, host->last_frame(), host->last_frame()});
    const bool due = host->last_frame() - last_snapshot >= config.snapshot_every_frames;
    if (due && !pending) take_snapshot();
  }
  if (message.end && !ended) {
    ended = true;
    take_snapshot();
  }
  keep_snapshot_if_safe();
}

void runner_state::answer(addressee& to, feed_seq through, std::vector<signal> signals) {
  caf::anon_send(to.who, frame_signals{through, std::move(signals)});
}

void runner_state::credited(const credit& message) {
  const auto it = brokers.find(message.consumer);
  if (it == brokers.end()) return;
  addressee& b = it->second;
  b.resume = std::max(b.resume, message.resume);
  while (!b.retained.empty() && b.retained.front().feed <= b.resume) b.retained.pop_front();
  keep_snapshot_if_safe();
}

void runner_state::take_snapshot() {
  pending = snapshot{host->last_frame(), host->snapshot().dump()};
  last_snapshot = host->last_frame();
}

void runner_state::keep_snapshot_if_safe() {
  if (!pending || !started) return;
  const bool safe = std::ranges::all_of(brokers, [&](const auto& b) { return b.second.resume >= pending->feed; });
  if (!safe) return;
  config.journal->write_snapshot(*epoch, {0, pending->feed, snapshot_schema, std::move(pending->body)},
                                 [to = caf::actor_cast<runner_actor>(self), feed = pending->feed](journal_status s) {
                                   caf::anon_send(to, cut_written{0, std::move(s), feed});
                                 });
  pending.reset();
}

runner_actor::behavior_type runner(runner_actor::stateful_pointer<runner_state> self, runner_config config) {
  end_with_exception_text(self);
  self->state.begin(std::move(config));
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
      [self](const unsubscribe& message) {
        auto& state = self->state;
        state.config.brokers.erase(message.consumer);
        state.brokers.erase(message.consumer);
        state.start_if_ready();
        state.keep_snapshot_if_safe();
      },
      [self](const frames& message) { self->state.take_frames(message); },
      [self](const credit& message) { self->state.credited(message); },
      [self](const journal_opened& message) { self->state.opened(message); },
      [self](const cut_written& message) {
        if (!message.status.ok()) throw std::runtime_error(message.status.error);
        if (self->state.ended && !self->state.pending) self->send(self->state.config.node, runner_drained{});
      },
  };
}

}  // namespace bulkhead::actors
