#include "actors/feed.hpp"

#include "actors/supervisor.hpp"
#include "runtime/fault/failpoint.hpp"

#include <algorithm>

namespace bulkhead::actors {
namespace {

/// Nights and weekends of a paced replay pass in this time.
constexpr std::chrono::nanoseconds longest_pause = std::chrono::seconds{1};

}  // namespace

void feed_state::begin(feed_config c) {
  config = std::move(c);
  source = config.open();
  config.counters->total.store(source->size());
}

feed_seq feed_state::last_frame() const { return stopping ? std::min(frontier, source->size()) : source->size(); }

feed_seq feed_state::slowest() const {
  feed_seq least = ~feed_seq{0};
  for (const auto& [name, c] : consumers) least = std::min(least, c.processed);
  return least;
}

void feed_state::subscribed(const subscribe& message) {
  if (!config.consumers.contains(message.consumer)) return;
  consumers[message.consumer] = {message.who, message.from, message.from - 1, false};
  frontier = std::max(frontier, message.seen);  // a resumed day is read again at full speed up to here
  pump();
}

void feed_state::pump_later(std::chrono::nanoseconds delay) {
  if (std::exchange(pump_queued, true)) return;
  if (delay.count() > 0) {
    self->delayed_send(self, delay, pump_feed{});
  } else {
    self->send(self, pump_feed{});
  }
}

void feed_state::pump() {
  if (consumers.size() < config.consumers.size()) return;
  if (send_batch()) pump_later({});
  for (auto& [name, c] : consumers) {
    if (c.next <= last_frame() || std::exchange(c.told_end, true)) continue;
    caf::anon_send(c.who, frames{nullptr, true});
  }
}

bool feed_state::send_batch() {
  // The one furthest behind first: after its restart it catches up before anybody goes on.
  const auto behind = std::ranges::min_element(consumers, {}, [](const auto& c) { return c.second.next; });
  if (behind == consumers.end()) return false;
  const feed_seq first = behind->second.next;
  const feed_seq limit = std::min(last_frame(), slowest() + config.window);
  if (first > limit) return false;
  const bool paced = config.speed > 0 && first > frontier;
  load(first, paced ? first : std::min(limit, first + config.batch - 1));
  if (loaded->empty()) return false;
  if (paced && !due_now()) return false;
  fault::hit("feed", "send.before");
  for (auto& [name, c] : consumers) {
    if (c.next != first) continue;
    c.next = loaded->last_seq() + 1;
    caf::anon_send(c.who, frames{loaded, false});
  }
  advance_frontier();
  return true;
}

void feed_state::load(feed_seq first, feed_seq last) {
  if (loaded && !loaded->empty() && loaded->first_seq() == first && loaded->last_seq() <= last) return;
  if (position != first) source->seek(first);
  position = first;
  auto batch = std::make_shared<frame_batch>();
  while (position <= last && source->next(*batch)) ++position;
  loaded = std::move(batch);
}

void feed_state::advance_frontier() {
  const frame_view newest = (*loaded)[loaded->size() - 1];
  if (newest.seq <= frontier) return;
  frontier = newest.seq;
  frontier_ts = newest.ts;
  config.counters->sent.store(frontier, std::memory_order_relaxed);
  config.counters->event_ns.store(newest.ts.ns, std::memory_order_relaxed);
}

bool feed_state::due_now() {
  const auto now = self->clock().now();
  if (frontier_due == caf::actor_clock::time_point{}) {
    frontier_due = now;
    return true;
  }
  const std::chrono::nanoseconds gap{((*loaded)[0].ts - frontier_ts).ns / config.speed};
  const auto due = frontier_due + std::min(gap, longest_pause);
  if (due > now) {
    pump_later(due - now);
    return false;
  }
  // A feed that was held up does not make up for more than one pause in a burst.
  frontier_due = std::max(due, now - longest_pause);
  return true;
}

feed_actor::behavior_type feed(feed_actor::stateful_pointer<feed_state> self, feed_config config) {
  end_with_exception_text(self);
  self->state.begin(std::move(config));
  return {
      [](const role_up&) {},
      [self](const subscribe& message) { self->state.subscribed(message); },
      [self](const unsubscribe& message) {
        self->state.config.consumers.erase(message.consumer);
        self->state.consumers.erase(message.consumer);
        self->state.pump();
      },
      [self](const credit& message) {
        auto& consumers = self->state.consumers;
        const auto it = consumers.find(message.consumer);
        if (it == consumers.end()) return;
        it->second.processed = std::max(it->second.processed, message.processed);
        if (!self->state.pump_queued) self->state.pump();
      },
      [self](const pump_feed&) {
        self->state.pump_queued = false;
        self->state.pump();
      },
      [self](const stop_feed&) {
        if (std::exchange(self->state.stopping, true)) return;
        self->state.pump();
      },
  };
}

}  // namespace bulkhead::actors
