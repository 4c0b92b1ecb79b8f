#include "actors/ticks_publisher.hpp"

#include "actors/supervisor.hpp"
#include "actors/vitals.hpp"
#include "runtime/fault/failpoint.hpp"

#include <utility>

#include <fmt/format.h>

namespace bulkhead::actors {

void ticks_publisher_state::begin(ticks_publisher_config c) {
  config = std::move(c);
  ask_position();
}

void ticks_publisher_state::role_changed(const role_up& up) {
  if (up.path != "feed") return;
  feed = up.handle;
  if (ready) subscribe_to_feed();
}

void ticks_publisher_state::ask_position() {
  ready = false;
  busy = true;
  config.topic->position([to = caf::actor_cast<ticks_publisher_actor>(self)](std::string error, publish_mark mark) {
    caf::anon_send(to, published_position{std::move(error), std::move(mark)});
  });
}

void ticks_publisher_state::known(const published_position& message) {
  if (!message.error.empty()) {
    complain(message.error);
    self->delayed_send(self, config.retry, publish_again{});
    return;
  }
  ready = true;
  busy = false;
  done_to = message.at.seq;
  if (feed) subscribe_to_feed();
}

/// Replaces an earlier subscription: what waits here comes again.
void ticks_publisher_state::subscribe_to_feed() {
  waiting.clear();
  taken = sent = done_to;
  ended = false;
  caf::anon_send(feed, subscribe{ticks_consumer, done_to + 1, done_to, caf::actor_cast<caf::actor>(self)});
}

void ticks_publisher_state::take(const frames& message) {
  // What an earlier subscription sent may be ahead, or overlap: whatever is new and leaves no gap is taken.
  const bool any = message.batch && !message.batch->empty();
  if (any && message.batch->first_seq() <= taken + 1 && message.batch->last_seq() > taken) {
    taken = message.batch->last_seq();
    waiting.push_back(message.batch);
  }
  ended = ended || message.end;
  step();
}

void ticks_publisher_state::step() {
  if (!ready || busy) return;
  if (waiting.empty()) {
    if (ended) self->send(config.node, topics_current{ticks_consumer, done_to});
    return;
  }
  fault::hit("ticks", "publish.before");
  stop_if_revoked();
  std::vector<published_record> records;
  for (; !waiting.empty(); waiting.pop_front()) {
    for (std::size_t i = 0; i < waiting.front()->size(); ++i) {
      const frame_view frame = (*waiting.front())[i];
      if (frame.seq <= sent) continue;
      sent = frame.seq;
      records.push_back({"market.ticks", config.key, config.encode(frame), frame.seq});
    }
  }
  busy = true;
  const publish_mark through{sent, {}};
  config.topic->publish(std::move(records), through,
                        [to = caf::actor_cast<ticks_publisher_actor>(self), seq = sent](std::string error) {
                          caf::anon_send(to, published{std::move(error), seq});
                        });
}

void ticks_publisher_state::done(const published& message) {
  if (!message.error.empty()) {  // part of it may be there: only the topic knows
    complain(message.error);
    ready = false;
    self->delayed_send(self, config.retry, publish_again{});
    return;
  }
  fault::hit("ticks", "publish.after");
  if (!std::exchange(complained, "").empty()) config.notice("market.ticks: publishing goes on");
  busy = false;
  done_to = message.seq;
  if (feed) caf::anon_send(feed, credit{ticks_consumer, done_to, done_to});
  step();
}

void ticks_publisher_state::complain(const std::string& what) {
  if (std::exchange(complained, what) != what) config.notice(fmt::format("market.ticks: {}", what));
}

ticks_publisher_actor::behavior_type ticks_publisher(
    ticks_publisher_actor::stateful_pointer<ticks_publisher_state> self, ticks_publisher_config config) {
  end_with_exception_text(self);
  self->state.begin(std::move(config));
  return {
      [self](const role_up& up) { self->state.role_changed(up); },
      [self](const frames& message) { self->state.take(message); },
      [self](const published_position& message) { self->state.known(message); },
      [self](const published& message) { self->state.done(message); },
      [self](const publish_again&) { self->state.ask_position(); },
  };
}

}  // namespace bulkhead::actors
