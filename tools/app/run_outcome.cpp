#include "tools/app/run_outcome.hpp"

#include "runtime/brokers/registry.hpp"
#include "runtime/domain/event_codec.hpp"
#include "tools/app/journal_source.hpp"
#include "tools/app/report.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

std::vector<broker_report> read_reports(const config::settings& s, std::string& error) {
  std::vector<broker_report> reports;
  for (const config::broker_settings& b : s.brokers) {
    broker_report report{b.id, s.instruments, b.risk.margin};
    const event_codec codec{b.id, s.instruments};
    const auto source = journal_source_of(s, b.id);
    try {
      const journal_status status = source->for_each(1, [&](const journal_record& record) {
        report.add(codec.decode(record.payload));
        return true;
      });
      if (!status.ok()) error = status.error;
    } catch (const std::exception& e) {
      error = fmt::format("{}: {}", source->name(), e.what());
    }
    if (report.marked_at.ns == 0) report.mark({});  // stopped before the first snapshot
    reports.push_back(std::move(report));
  }
  return reports;
}

/// Orders at brokers with a clock of their own that the run leaves behind. True: what became of one is not known.
bool tell_unsettled(const config::settings& s, const std::vector<broker_report>& reports) {
  bool is_one_unknown = false;
  for (const broker_report& r : reports) {
    const auto b = std::ranges::find(s.brokers, r.broker, &config::broker_settings::id);
    const broker_kind* kind = b == s.brokers.end() ? nullptr : find_kind(b->kind);
    if (kind == nullptr || kind->clock != venue_clock::own) continue;
    for (const reported_order& o : r.orders) {
      if (is_terminal(o.status)) continue;
      is_one_unknown = is_one_unknown || o.status == order_status::unknown;
      fmt::print(stderr, "note: {}: order {} ({} {} {}) is {} as the run ends; run --resume asks the broker\n",
                 r.broker.str(), o.request.client_order_id.str(), to_string(o.request.side), o.request.qty,
                 s.instruments.key(o.request.instrument), to_string(o.status));
    }
  }
  return is_one_unknown;
}

}  // namespace

nlohmann::json bounds_json(const node_parts& parts) {
  const config::settings& s = *parts.settings;
  nlohmann::json out{
      {"frames_ahead", {{"most", parts.feed_counters->most_ahead.load()}, {"allowed", s.feed.max_in_flight}}},
      {"signals_retained",
       {{"most", parts.runner_counters->most_retained.load()}, {"allowed", s.strategy_host.max_retained_signals}}}};
  for (const auto& b : parts.brokers) {
    out["events_undurable"][b->settings.id.str()] = {{"most", b->counters->most_undurable.load()},
                                                     {"allowed", s.journal.queue / 2}};
    if (b->process) out["link_bytes"][b->settings.id.str()] = {{"most", b->process->slot().most_queued()}};
  }
  return out;
}

int print_outcome(const run_options& options, const config::settings& s, const run_outcome& outcome,
                  const nlohmann::json& bounds) {
  std::string error;
  const auto reports = read_reports(s, error);
  if (options.common.json) {
    nlohmann::json out{{"interrupted", outcome.interrupted}, {"isolated", nlohmann::json::array()}, {"bounds", bounds}};
    for (const auto& down : outcome.isolated) {
      out["isolated"].push_back({{"broker", down.name.empty() ? "shared" : down.name}, {"reason", down.reason}});
    }
    for (const broker_report& r : reports) out["brokers"][r.broker.str()] = r.to_json();
    fmt::print("{}\n", out.dump(1));
  } else {
    fmt::print("{}", to_tables(reports));
  }
  for (const config::broker_settings& b : s.brokers) {
    if (!b.enabled) {
      fmt::print(stderr,
                 "note: placing is off for {} (trading.{}.enabled: false): signals were validated, no order left\n",
                 b.id.str(), b.id.str());
    }
  }
  for (const auto& down : outcome.isolated) {
    fmt::print(stderr, "bulkhead: {} is isolated: {}\n", down.name.empty() ? "the shared subtree" : down.name,
               down.reason);
  }
  if (!error.empty()) fmt::print(stderr, "bulkhead: {}\n", error);
  const bool is_one_unknown = tell_unsettled(s, reports);
  if (outcome.interrupted) fmt::print(stderr, "stopped; go on with: bulkhead run --resume\n");
  return outcome.isolated.empty() && error.empty() && !is_one_unknown ? exit_done : exit_failed;
}

}  // namespace bulkhead::app
