#include "actors/runner.hpp"
#include "runtime/fault/failpoint.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::actors {
namespace {

void done(const strategy_command& command, std::string error, std::string text) {
  if (command.reply) {
    caf::anon_send(command.reply, strategy_command_done{command.id, std::move(error), std::move(text)});
  }
}

std::string describe(const runner_record& record) {
  if (record.command == "reload") return fmt::format("the strategies were reloaded after frame {}", record.feed);
  return fmt::format("{} {} after frame {}", record.strategy.str(), record.command == "pause" ? "paused" : "resumed",
                     record.feed);
}

}  // namespace

void runner_state::asked_for(const strategy_command& message) {
  if (message.what == "show") {
    done(message, started ? "" : "the runner has not started (yet)", started ? status_text() : "");
    return;
  }
  if (commands.size() >= max_waiting_commands) {
    done(message, fmt::format("{} commands are waiting already; try again once they are answered", commands.size()),
         {});
    return;
  }
  commands.push_back(message);
  next_command();
}

std::string runner_state::status_text() const {
  nlohmann::json out = nlohmann::json::object();
  for (const strategy_status& s : host->status()) {
    const char* state = !s.quarantined.empty() ? "quarantined" : s.paused ? "paused" : "running";
    out[s.name.str()] = {{"state", state}, {"reason", s.quarantined}};
  }
  return out.dump();
}

void runner_state::next_command() {
  while (started && !in_flight && replay.empty() && held.empty() && !commands.empty()) {
    const strategy_command command = std::move(commands.front());
    commands.pop_front();
    append wanted;
    runner_record record;
    record.command = command.what;
    record.feed = host->last_frame();
    record.strategy = command.strategy;
    std::string refusal;
    if (command.what == "pause" || command.what == "resume") {
      refusal = host->refuse_paused(command.strategy, command.what == "pause");
    } else if (command.what == "reload") {
      try {
        record.base = set.text;
        record.set = config.read_set();
        record.process = config.process;
        wanted.built = config.build(record.set);
      } catch (const std::exception& e) {
        refusal = fmt::format("not reloaded, nothing changed: {}", e.what());
      }
    } else {
      refusal = fmt::format("given \"{}\", allowed: pause, resume, reload", command.what);
    }
    if (!refusal.empty()) {
      done(command, std::move(refusal), {});
      continue;
    }
    wanted.records.push_back(std::move(record));
    wanted.command = command;
    append_records(std::move(wanted));
  }
}

void runner_state::append_records(append what) {
  std::vector<journal_record> batch;
  for (const runner_record& r : what.records) batch.push_back({++last_seq, encode(r)});
  in_flight = std::move(what);
  watch.appended(last_seq, self->clock().now());
  config.journal->append(
      *epoch, std::move(batch),
      [to = caf::actor_cast<runner_actor>(self), in = *epoch](journal_status status, std::uint64_t seq) {
        caf::anon_send(to, journal_durable{in, std::move(status), seq});
      });
}

void runner_state::durable(const journal_durable& message) {
  if (message.in != *epoch) return;
  require(message.status);
  watch.durable(message.seq);
  if (!in_flight || message.seq < last_seq) return;
  fault::hit("runner", "durable.before");
  append taken = std::move(*in_flight);
  in_flight.reset();
  applied_seq = last_seq;
  if (taken.command) {
    const runner_record& record = taken.records.front();
    apply(record, std::move(taken.built));
    fault::hit("runner", "durable.after");
    done(*taken.command, {}, describe(record));
  }
  output.measured.clear();
  if (held.empty()) {
    finish_work();
    return;
  }
  while (!held.empty() && !in_flight) {
    const frames next = std::move(held.front());
    held.pop_front();
    work(next);
  }
}

// A quarantine that is in flight has happened already; one of an earlier life is to happen again.
void runner_state::apply(const runner_record& record, std::vector<hosted_strategy> built) {
  if (record.command == "quarantine") {
    host->prescribe({record.strategy, record.feed, record.tick, record.reason});
  } else if (record.command == "reload") {
    host->reload(built.empty() ? config.build(record.set) : std::move(built), output);
    set = {record.set, record.process};
  } else {
    host->set_paused(record.strategy, record.command == "pause", output);
  }
}

}  // namespace bulkhead::actors
