#include "actors/runner.hpp"

#include <algorithm>
#include <ranges>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace bulkhead::actors {

void runner_state::opened(const journal_opened& message) {
  watch.opened();
  require(message.status);
  epoch = message.recovery.epoch;
  kept = message.recovery.snapshot;
  tail.assign(message.recovery.tail.begin(), message.recovery.tail.end());
  last_seq = !tail.empty() ? tail.back().seq : kept ? kept->seq : 0;
  start_if_ready();
}

void runner_state::start_if_ready() {
  if (started || reading || !epoch || !feed || brokers.size() < config.brokers.size()) return;
  feed_seq needed = ~feed_seq{0};
  for (const auto& [name, b] : brokers) needed = std::min(needed, b.from);
  // An isolated broker may come back for anything: its signals are made again from the start.
  const bool usable = kept && kept->schema == runner_snapshot_schema && kept->feed_seq < needed && isolated.empty();
  if (usable || !kept || kept->seq == 0) {
    start(usable);
    return;
  }
  // A broker wants frames from before the snapshot: all is folded again from the start, with all records.
  reading = true;
  watch.opening(self->clock().now());
  config.journal->read(1, kept->seq,
                       [to = caf::actor_cast<runner_actor>(self)](journal_status s, std::vector<journal_record> r) {
                         caf::anon_send(to, records_read{std::move(s), std::move(r)});
                       });
}

void runner_state::earlier_records(const records_read& message) {
  watch.opened();
  require(message.status);
  tail.insert(tail.begin(), message.records.begin(), message.records.end());
  kept.reset();
  reading = false;
  start_if_ready();
}

void runner_state::start(bool from_snapshot) {
  started = true;
  for (const journal_record& r : tail) replay.push_back({r.seq, decode_runner_record(r.seq, r.payload)});
  tail.clear();
  const nlohmann::json body = from_snapshot ? nlohmann::json::parse(kept->body) : nlohmann::json{};
  set = first_set(from_snapshot ? &body : nullptr);
  host = config.host(config.build(set.text));
  if (from_snapshot) {
    host->restore(body.at("host"));
    last_snapshot = kept->feed_seq;
    applied_seq = kept->seq;
  }
  kept.reset();
  feed_seq acted_on = 0;
  for (const auto& [name, b] : brokers) acted_on = std::max(acted_on, b.from);
  host->measure_from(acted_on);
  caf::anon_send(
      feed, subscribe{runner_consumer, host->last_frame() + 1, host->last_frame(), caf::actor_cast<caf::actor>(self)});
  published = host->last_frame();
  replay_before(host->last_frame() + 1);
  if (!output.notices.empty()) publish();
  next_command();
}

runner_state::set_in_force runner_state::first_set(const nlohmann::json* body) {
  std::optional<set_in_force> first;
  std::optional<set_in_force> last;
  if (body != nullptr) first = last = {body->at("set").get<std::string>(), body->at("process").get<std::string>()};
  for (const auto& [seq, record] : replay) {
    if (record.command != "reload") continue;
    if (!first) first = {record.base, record.process};
    last = {record.set, record.process};
  }
  if (!last) return {config.initial_set, config.process};
  if (last->process == config.process || last->text == config.initial_set) return *first;
  std::erase_if(replay, [](const numbered_record& r) { return r.record.command == "reload"; });
  return {config.initial_set, config.process};
}

void runner_state::replay_before(feed_seq frame) {
  const auto due = [&](const runner_record& r) {
    return r.feed < frame || (r.feed == frame && r.command == "quarantine");
  };
  while (!replay.empty() && due(replay.front().record)) {
    apply(replay.front().record, {});
    applied_seq = replay.front().seq;
    replay.pop_front();
  }
}

}  // namespace bulkhead::actors
