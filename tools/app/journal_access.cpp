#include "tools/app/journal_access.hpp"

#include "runtime/brokers/registry.hpp"
#include "runtime/domain/event_codec.hpp"
#include "tools/app/commands.hpp"
#include "tools/app/journal_source.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::app {

const config::broker_settings& broker_named(const config::settings& s, const std::string& name) {
  const auto known = std::ranges::find(s.brokers, broker_id{name}, &config::broker_settings::id);
  if (known != s.brokers.end()) return *known;
  std::string names;
  for (const config::broker_settings& b : s.brokers) names += (names.empty() ? "" : ", ") + b.id.str();
  throw command_error(exit_usage,
                      fmt::format("broker: given \"{}\", allowed: {} (active_brokers; see --brokers)", name, names));
}

std::vector<const config::broker_settings*> brokers_named(const config::settings& s, const std::string& name) {
  if (!name.empty()) return {&broker_named(s, name)};
  std::vector<const config::broker_settings*> all;
  for (const config::broker_settings& b : s.brokers) all.push_back(&b);
  return all;
}

bool has_journal(const config::settings& s, const broker_id& b) {
  bool found = false;
  if (const auto status = journal_source_of(s, b)->exists(found); !status.ok()) {
    throw command_error(exit_failed, status.error);
  }
  return found;
}

bool asks_its_book(const config::broker_settings& b) {
  const broker_kind* kind = find_kind(b.kind);
  return b.enabled && kind != nullptr && kind->clock == venue_clock::own;
}

std::string no_journal_text(const config::settings& s, const broker_id& b) {
  if (s.journal.backend == "kafka") {
    return fmt::format("{} has no journal in Kafka at {}: start one with `bulkhead run`", b.str(),
                       s.kafka.bootstrap_servers);
  }
  return fmt::format(
      "{} has no journal in {}: give the folder of a run with --data-dir, or start one with `bulkhead run`", b.str(),
      s.data_dir.string());
}

void read_events(const config::settings& s, const broker_id& b, std::uint64_t from,
                 const std::function<bool(const event&, const journal_record&)>& fn) {
  const auto source = journal_source_of(s, b);
  const event_codec codec{b, s.instruments};
  std::string undecoded;
  const journal_status status = source->for_each(from, [&](const journal_record& record) {
    std::optional<event> e;
    try {
      e = codec.decode(record.payload);
    } catch (const codec_error& error) {
      undecoded = fmt::format("{}: event {}: {}", source->name(), record.seq, error.what());
      return false;
    }
    return fn(*e, record);
  });
  if (!status.ok()) throw command_error(exit_failed, status.error);
  if (!undecoded.empty()) throw command_error(exit_failed, undecoded);
}

broker_history read_history(const config::settings& s, const broker_id& b) {
  broker_history history{s.instruments};
  if (!has_journal(s, b)) return history;
  read_events(s, b, 1, [&](const event& e, const journal_record&) {
    history.add(e);
    return true;
  });
  return history;
}

}  // namespace bulkhead::app
