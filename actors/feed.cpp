#include "actors/feed.hpp"

#include "actors/supervisor.hpp"
#include "actors/vitals.hpp"
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
  look_at_size();
  live = dynamic_cast<live_source*>(source.get());
  if (live == nullptr) return;
  live->on_more([more = more, to = caf::actor_cast<feed_actor>(self)] {
    if (!more->exchange(true)) caf::anon_send(to, pump_feed{});
  });
}

void feed_state::look_at_size() {
  size = source->size();
  config.counters->total.store(size);
}

feed_seq feed_state::last_frame() const { return stopping ? std::min(frontier, size) : size; }

feed_seq feed_state::slowest() const {
  feed_seq least = size;
  for (const auto& [name, c] : consumers) {
    if (c.waited_for) least = std::min(least, c.processed);
  }
  return least;
}

const feed_state::consumer* feed_state::furthest_behind() const {
  const consumer* least = nullptr;
  for (const auto& [name, c] : consumers) {
    if (c.waited_for && (least == nullptr || c.next < least->next)) least = &c;
  }
  return least;
}

void feed_state::subscribed(const subscribe& message) {
  const auto known = consumers.find(message.consumer);
  // Also one that starts anew while it catches up: nobody waits for it before it has.
  const bool rejoins = readmitted.contains(message.consumer) || (known != consumers.end() && known->second.rejoins);
  const bool reads = config.readers.contains(message.consumer);
  if (!rejoins && !reads && !config.consumers.contains(message.consumer)) return;
  frontier = std::max(frontier, message.seen);  // a resumed day is read again at full speed up to here
  consumer fresh;
  fresh.who = message.who;
  fresh.next = message.from;
  fresh.processed = message.from - 1;
  fresh.rejoins = rejoins && message.from <= frontier;
  fresh.waited_for = !fresh.rejoins && is_waited_for(message.consumer);
  config.consumers.insert(message.consumer);
  readmitted.erase(message.consumer);
  consumers.insert_or_assign(message.consumer, std::move(fresh));
  // Whoever has missed nothing since then goes on from the frontier, which may just have moved.
  for (auto& [name, c] : consumers) {
    if (c.missed.empty()) c.catch_up = frontier;
  }
  pump();
}

bool feed_state::is_waited_for(const std::string& consumer_name) const {
  return !waits_for_nobody() || (!config.conflated.contains(consumer_name) && !config.readers.contains(consumer_name));
}

void feed_state::let_rejoin() {
  for (auto& [consumer_name, c] : consumers) {
    if (!c.rejoins) continue;
    c.catch_up = frontier;  // it reads whole what the others saw meanwhile
    if (c.next <= frontier) continue;
    c.rejoins = false;
    c.waited_for = is_waited_for(consumer_name);
  }
}

void feed_state::pump_soon() {
  if (!std::exchange(pump_queued, true)) self->send(self, pump_feed{});
}

void feed_state::pump_after(std::chrono::nanoseconds delay) {
  if (!std::exchange(timer_set, true)) self->delayed_send(self, delay, pump_feed{true});
}

void feed_state::pump() {
  more->store(false);
  look_at_size();
  if (consumers.size() < config.consumers.size()) return;
  let_rejoin();
  serve_missed();
  if (send_batch()) pump_soon();
  tell_ends();
}

void feed_state::tell_ends() {
  if (live != nullptr && !stopping) return;
  for (auto& [name, c] : consumers) {
    if (c.next <= last_frame() || std::exchange(c.told_end, true)) continue;
    caf::anon_send(c.who, frames{nullptr, true});
  }
}

bool feed_state::send_batch() {
  // The one furthest behind first: after its restart it catches up before anybody goes on.
  const consumer* behind = furthest_behind();
  const feed_seq first = behind == nullptr ? frontier + 1 : behind->next;
  const feed_seq limit = std::min(last_frame(), slowest() + config.window);
  if (first > limit) return false;
  std::shared_ptr<const frame_batch> batch;
  if (config.speed > 0 && first > frontier) {
    batch = due_frames(first, limit);
  } else {
    const bool is_old = waits_for_nobody() && first <= frontier;
    load(first, std::min({limit, first + config.batch - 1, is_old ? frontier : limit}));
    batch = loaded;
  }
  if (!batch || batch->empty()) return false;
  fault::hit("feed", "send.before");
  const bool news = first > frontier;
  for (auto& [name, c] : consumers) {
    if (c.waited_for ? c.next == first : news && c.next == first && has_room(c)) {
      send(c, batch);
    } else if (!c.waited_for && news && config.readers.contains(name)) {
      c.catch_up = batch->last_seq();
    } else if (!c.waited_for && !c.rejoins && news) {
      for (std::size_t i = 0; i < batch->size(); ++i) c.missed.add((*batch)[i]);
    }
  }
  if (behind != nullptr) raise_to(config.counters->most_ahead, batch->last_seq() - slowest());
  advance_frontier(*batch);
  return true;
}

void feed_state::serve_missed() {
  for (auto& [name, c] : consumers) {
    if (c.waited_for || !has_room(c)) continue;
    if (c.next <= std::min(c.catch_up, last_frame())) {
      load(c.next, std::min({c.catch_up, last_frame(), c.next + config.batch - 1, c.processed + config.window}));
      if (!loaded->empty()) send(c, loaded);
      pump_soon();
    } else if (!c.missed.empty()) {
      conflated_frames missed = c.missed.take();
      for (const feed_noticed& n : missed.notices) config.counters->conflated.fetch_add(n.count);
      send(c, std::make_shared<const frame_batch>(std::move(missed.frames)), std::move(missed.notices));
    }
  }
}

void feed_state::send(consumer& to, const std::shared_ptr<const frame_batch>& batch,
                      std::vector<feed_noticed> notices) {
  stop_if_revoked();
  to.next = batch->last_seq() + 1;
  caf::anon_send(to.who, frames{batch, false, std::move(notices)});
}

void feed_state::load(feed_seq first, feed_seq last) {
  if (loaded && !loaded->empty() && loaded->first_seq() == first && loaded->last_seq() <= last) return;
  if (position != first) source->seek(first);
  position = first;
  auto batch = std::make_shared<frame_batch>();
  while (position <= last && source->next(*batch)) ++position;
  loaded = std::move(batch);
}

void feed_state::advance_frontier(const frame_batch& sent) {
  const frame_view newest = sent[sent.size() - 1];
  if (newest.seq <= frontier) return;
  frontier = newest.seq;
  frontier_ts = newest.ts;
  config.counters->sent.store(frontier, std::memory_order_relaxed);
  config.counters->event_ns.store(newest.ts.ns, std::memory_order_relaxed);
}

std::shared_ptr<const frame_batch> feed_state::due_frames(feed_seq first, feed_seq limit) {
  const bool read = loaded && !loaded->empty() && loaded->first_seq() <= first && first <= loaded->last_seq();
  if (!read) load(first, std::min(last_frame(), first + config.batch - 1));
  if (loaded->empty()) return nullptr;
  const auto now = self->clock().now();
  auto batch = std::make_shared<frame_batch>();
  timestamp before = frontier_ts;
  for (std::size_t i = first - loaded->first_seq(); i < loaded->size() && (*loaded)[i].seq <= limit; ++i) {
    const frame_view frame = (*loaded)[i];
    if (frontier_due == caf::actor_clock::time_point{}) {
      frontier_due = now;
    } else {
      const std::chrono::nanoseconds gap{(frame.ts - before).ns / config.speed};
      const auto due = frontier_due + std::min(gap, longest_pause);
      if (due > now) {
        if (batch->empty()) pump_after(due - now);
        break;
      }
      // A feed that was held up does not make up for more than one pause in a burst.
      frontier_due = std::max(due, now - longest_pause);
    }
    before = frame.ts;
    batch->add(frame.seq, frame.ts, frame.kind, frame.ticks);
  }
  return batch;
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
        self->state.readmitted.erase(message.consumer);
        self->state.pump();
      },
      [self](const readmit& message) {
        // Told again to a feed that started meanwhile, which counts it among those that it waits for.
        if (!self->state.consumers.contains(message.consumer)) self->state.readmitted.insert(message.consumer);
      },
      [self](const credit& message) {
        auto& consumers = self->state.consumers;
        const auto it = consumers.find(message.consumer);
        if (it == consumers.end()) return;
        it->second.processed = std::max(it->second.processed, message.processed);
        if (!self->state.pump_queued) self->state.pump();
      },
      [self](const pump_feed& message) {
        (message.timed ? self->state.timer_set : self->state.pump_queued) = false;
        self->state.pump();
      },
      [self](const stop_feed&) {
        if (std::exchange(self->state.stopping, true)) return;
        self->state.pump();
      },
  };
}

}  // namespace bulkhead::actors
