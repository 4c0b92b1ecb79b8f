#include "actors/inbox.hpp"

#include "actors/supervisor.hpp"
#include "actors/vitals.hpp"
#include "runtime/domain/external_signal.hpp"
#include "runtime/fault/failpoint.hpp"

#include <fmt/format.h>

namespace bulkhead::actors {
namespace {

constexpr std::size_t most_at_once = 64;  ///< items in one message to the bridge

record_key key_of(const inbox_record& r) { return {r.partition, r.offset}; }

/// Runs on the source's thread; knows the actor by its handle alone.
inbox_listener listener_of(const inbox_actor& to, std::uint64_t generation,
                           const std::function<void(const std::string&)>& log) {
  inbox_listener out;
  out.noted = log;
  out.records = [to, generation](std::vector<inbox_record> records) {
    caf::anon_send(to, inbox_heard{generation, std::move(records), std::nullopt, std::nullopt});
  };
  out.moved = [to, generation](inbox_move move) {
    caf::anon_send(to, inbox_heard{generation, {}, std::move(move), std::nullopt});
  };
  out.trouble = [to, generation](std::string text) {
    caf::anon_send(to, inbox_heard{generation, {}, std::nullopt, std::move(text)});
  };
  return out;
}

}  // namespace

void inbox_state::begin(inbox_config c) {
  config = std::move(c);
  scope = fmt::format("{}.inbox", config.broker.str());
  fault::hit(scope, "start");
}

void inbox_state::open(const inbox_open& message) {
  stop_if_revoked();
  note_lost_in_bridge(message.positions);
  in = message.in;
  bridge = message.bridge;
  pending.clear();
  sent = taken_of = 0;
  on_their_way.clear();
  busy = alone = false;
  ++generation;
  config.source->open(message.positions, listener_of(caf::actor_cast<inbox_actor>(self), generation, config.log));
  config.source->allow(config.window);
}

void inbox_state::note_lost_in_bridge(const inbox_positions& positions) {
  auto& [failed, handed] = *config.attempts;
  const auto is_behind = [&positions](const record_key& key) {
    const auto at = positions.find(key.first);
    return at != positions.end() && key.second < at->second;
  };
  std::erase_if(failed, [&](const auto& f) { return is_behind(f.first); });
  std::erase_if(handed, is_behind);
  std::optional<std::int32_t> partition;
  for (const record_key& key : handed) {
    // The first of its partition is counted; any may be the one, so each goes alone until it has passed.
    failed[key] += partition != key.first ? 1 : 0;
    partition = key.first;
  }
  handed.clear();
}

void inbox_state::heard(inbox_heard& message) {
  if (message.generation != generation) return;
  if (message.trouble && *message.trouble != trouble) {
    trouble = *message.trouble;
    config.log(trouble.empty() ? "the inbox is read again" : "nothing is read from the inbox: " + trouble);
  }
  if (message.moved) {
    const inbox_move& m = *message.moved;
    config.log(fmt::format("{} partition {} is read from offset {}: {}", m.topic, m.partition, m.offset, m.reason));
    pending.emplace_back(std::move(*message.moved));
  }
  for (inbox_record& r : message.records) pending.emplace_back(std::move(r));
  step();
}

void inbox_state::taken(const inbox_taken& message) {
  if (message.in != in || message.items <= taken_of) return;
  std::size_t weight = 0;
  for (; taken_of < message.items && !on_their_way.empty(); ++taken_of) {
    const auto& [key, of_it] = on_their_way.front();
    weight += of_it;
    if (of_it > 0) config.attempts->handed.erase(key);  // it is in the log: whatever the bridge dies of now
    on_their_way.pop_front();
  }
  taken_of = message.items;
  if (weight > 0) config.source->allow(weight);
  step();
}

bool inbox_state::must_wait(const record_key& front, std::size_t more) const {
  const bool others_on_their_way = sent + more > taken_of;
  return others_on_their_way && (alone || config.attempts->failed.contains(front));
}

void inbox_state::step() {
  std::vector<inbox_item> items;
  while (!busy && !pending.empty() && items.size() < most_at_once) {
    if (const auto* move = std::get_if<inbox_move>(&pending.front())) {
      items.emplace_back(inbox_positioned{move->topic, move->partition, move->offset, move->reason});
      note_sent({move->partition, move->offset}, 0);
      pending.pop_front();
      continue;
    }
    const auto& record = std::get<inbox_record>(pending.front());
    const record_key key = key_of(record);
    if (must_wait(key, items.size())) break;
    auto item = item_of(record);
    if (!item) break;
    alone = config.attempts->failed.contains(key);
    if (std::holds_alternative<external_signal>(*item)) config.attempts->handed.insert(key);
    items.push_back(std::move(*item));
    note_sent(key, weight_of(record));
    pending.pop_front();
  }
  send(std::move(items));
}

void inbox_state::send(std::vector<inbox_item> items) {
  if (items.empty()) return;
  sent += items.size();
  self->send(caf::actor_cast<bridge_actor>(bridge), inbox_items{in, std::move(items)});
}

inbox_item inbox_state::read(const inbox_record& record) {
  const auto before = config.attempts->failed.find(key_of(record));
  const std::uint32_t attempt = before == config.attempts->failed.end() ? 1 : before->second + 1;
  fault::hit(scope, fmt::format("record.attempt{}", attempt));
  if (!record.value) throw signal_refused("undecodable", "the record has no value; allowed: one JSON object");
  return read_external_signal(*record.value, {record.topic, record.partition, record.offset}, config.broker,
                              *config.instruments);
}

std::optional<inbox_item> inbox_state::item_of(const inbox_record& record) {
  if (record.has_header(own_record_header)) return inbox_passed{record.partition, record.offset};
  const auto before = config.attempts->failed.find(key_of(record));
  if (before != config.attempts->failed.end() && before->second >= config.most_attempts) {
    bury("handler_failed",
         fmt::format("whoever took it failed {} times; see the restarts of {}/bridge and {}/inbox", before->second,
                     config.broker.str(), config.broker.str()),
         before->second);
    return std::nullopt;
  }
  try {
    return read(record);
  } catch (const signal_refused& e) {
    bury(e.reason(), e.what(), 1);
  } catch (const std::exception& e) {
    const std::uint32_t failed = ++config.attempts->failed[key_of(record)];
    config.log(fmt::format("{} partition {} offset {}: attempt {} of {} failed: {}", record.topic, record.partition,
                           record.offset, failed, config.most_attempts, e.what()));
    if (failed >= config.most_attempts) {
      bury("handler_failed", e.what(), failed);
    } else {
      pause();
    }
  }
  return std::nullopt;
}

void inbox_state::bury(std::string reason, std::string error, std::uint32_t attempts) {
  stop_if_revoked();
  busy = true;
  dead_letter letter{std::get<inbox_record>(pending.front()), std::move(reason), std::move(error), attempts};
  config.source->bury(std::move(letter), [to = caf::actor_cast<inbox_actor>(self), of = generation](std::string why) {
    caf::anon_send(to, letter_buried{of, std::move(why)});
  });
}

void inbox_state::buried(const letter_buried& message) {
  if (message.generation != generation || pending.empty()) return;
  if (!message.error.empty()) {
    config.log(fmt::format("a record waits that cannot be put into the dead letters: {}", message.error));
    pause();
    return;
  }
  fault::hit(scope, "buried");
  busy = false;
  const auto& record = std::get<inbox_record>(pending.front());
  config.attempts->failed.erase(key_of(record));
  std::vector<inbox_item> passed{inbox_passed{record.partition, record.offset}};
  note_sent(key_of(record), weight_of(record));
  config.log(fmt::format("{} partition {} offset {} is a dead letter now: bulkhead dlq show {}-{}-{}", record.topic,
                         record.partition, record.offset, record.topic, record.partition, record.offset));
  pending.pop_front();
  send(std::move(passed));
  step();
}

void inbox_state::pause() {
  busy = true;
  self->delayed_send(self, config.retry, inbox_again{generation});
}

inbox_actor::behavior_type inbox(inbox_actor::stateful_pointer<inbox_state> self, inbox_config config) {
  end_with_exception_text(self);
  self->state.begin(std::move(config));
  return {
      [](const role_up&) {},
      [self](const inbox_open& m) { self->state.open(m); },
      [self](const inbox_taken& m) { self->state.taken(m); },
      [self](inbox_heard& m) { self->state.heard(m); },
      [self](const letter_buried& m) { self->state.buried(m); },
      [self](const inbox_again& m) {
        if (m.generation != self->state.generation) return;
        self->state.busy = false;
        self->state.step();
      },
  };
}

}  // namespace bulkhead::actors
