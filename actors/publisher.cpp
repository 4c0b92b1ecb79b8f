#include "actors/publisher.hpp"

#include "actors/supervisor.hpp"
#include "actors/vitals.hpp"
#include "runtime/fault/failpoint.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace bulkhead::actors {

void publisher_state::begin(publisher_config c) {
  config = std::move(c);
  scope = fmt::format("{}.publisher", config.broker.str());
  codec = std::make_unique<event_codec>(config.broker, *config.instruments);
  ask_position();
}

void publisher_state::ask_position() {
  at = phase::asking;
  busy = true;
  config.topics->position([to = caf::actor_cast<publisher_actor>(self)](std::string error, publish_mark mark) {
    caf::anon_send(to, published_position{std::move(error), std::move(mark)});
  });
}

void publisher_state::known(const published_position& message) {
  if (!message.error.empty()) {
    complain(message.error);
    again(config.retry);
    return;
  }
  position = message.at;
  next = position.seq + 1;
  at = position.seq == 0 || position.check.empty() ? phase::publishing : phase::comparing;
  busy = false;
  step();
}

void publisher_state::step() {
  if (at == phase::asking || busy) return;
  if (durable == 0) return;  // the bridge has not told yet
  if (next > durable + 1) {
    refuse(fmt::format("the topics hold the events up to seq {}, and the journal ends at {}", next - 1, durable));
    return;  // looked at again with every event that becomes durable
  }
  if (at == phase::comparing) {
    read(position.seq, 1);
  } else if (next > durable) {
    self->send(config.node, topics_current{config.broker.str(), durable});
  } else {
    read(next, config.page);
  }
}

void publisher_state::read(std::uint64_t from, std::size_t limit) {
  busy = true;
  config.journal->read(
      from, limit,
      [to = caf::actor_cast<publisher_actor>(self)](journal_status status, std::vector<journal_record> records) {
        caf::anon_send(to, records_read{std::move(status), std::move(records)});
      });
}

void publisher_state::take(const records_read& message) {
  if (!message.status.ok() || message.records.empty()) {
    complain(message.status.ok() ? "the journal gave no event where there is one" : message.status.error);
    again(config.retry);
  } else if (at == phase::comparing) {
    compare(message);
  } else {
    publish(message.records);
  }
}

void publisher_state::compare(const records_read& message) {
  const journal_record& record = message.records.front();
  if (record.seq == position.seq && derive_id(record.payload) == position.check) {
    at = phase::publishing;
    busy = false;
    step();
    return;
  }
  refuse(fmt::format("the event with seq {} is not the one that the topics hold", position.seq));
  busy = true;  // for good: only other topics, or another journal, would help, and both need a restart
}

void publisher_state::publish(const std::vector<journal_record>& records) {
  std::vector<published_record> batch;
  publish_mark through;
  for (const journal_record& record : records) {
    if (record.seq > durable) break;
    const event e = codec->decode(record.payload);
    const std::string_view suffix = event_codec::topic_suffix(e.body);
    if (!suffix.empty()) batch.push_back({std::string{suffix}, codec->key_of(e.body), record.payload, record.seq});
    through.seq = record.seq;
    through.check = record.payload;
  }
  through.check = derive_id(through.check);
  fault::hit(scope, "publish.before");
  stop_if_revoked();
  config.topics->publish(std::move(batch), through,
                         [to = caf::actor_cast<publisher_actor>(self), seq = through.seq](std::string error) {
                           caf::anon_send(to, published{std::move(error), seq});
                         });
}

void publisher_state::done(const published& message) {
  if (!message.error.empty()) {
    complain(message.error);
    at = phase::asking;
    again(config.retry);
    return;
  }
  fault::hit(scope, "publish.after");
  if (!std::exchange(complained, "").empty()) config.notice("topics: publishing goes on");
  next = message.seq + 1;
  busy = false;
  if (next <= durable) self->send(config.node, topics_current{config.broker.str(), message.seq});  // it moves
  if (next > durable || durable - next >= config.page) {
    step();
  } else {
    again(config.pace);
  }
}

void publisher_state::again(std::chrono::milliseconds delay) {
  busy = true;
  self->delayed_send(self, delay, publish_again{});
}

void publisher_state::refuse(const std::string& what) {
  complain(what +
           ": they are another journal's; nothing is published. Delete the topics, and run: bulkhead topics create");
  self->send(config.node, topics_current{config.broker.str(), std::numeric_limits<std::uint64_t>::max()});
}

void publisher_state::complain(const std::string& what) {
  if (std::exchange(complained, what) != what) config.notice(fmt::format("topics: {}", what));
}

publisher_actor::behavior_type publisher(publisher_actor::stateful_pointer<publisher_state> self,
                                         publisher_config config) {
  end_with_exception_text(self);
  self->state.begin(std::move(config));
  return {
      [](const role_up&) {},
      [self](const project_up_to& message) {
        auto& state = self->state;
        state.durable = std::max(state.durable, message.seq);
        state.step();
      },
      [self](const published_position& message) { self->state.known(message); },
      [self](const records_read& message) { self->state.take(message); },
      [self](const published& message) { self->state.done(message); },
      [self](const publish_again&) {
        auto& state = self->state;
        state.busy = false;
        if (state.at == publisher_state::phase::asking) {
          state.ask_position();
        } else {
          state.step();
        }
      },
  };
}

}  // namespace bulkhead::actors
