#include "config/schema.hpp"

#include "config/finding.hpp"
#include "config/values.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

using sv = std::string_view;
using vt = value_type;

constexpr std::int64_t trillion_rupees = 1'000'000'000'000 * money_scale;

constexpr sv feed_kinds[] = {"replay", "synthetic"};
constexpr sv journal_backends[] = {"sqlite", "memory"};
constexpr sv journal_syncs[] = {"full", "normal"};
constexpr sv store_backends[] = {"sqlite", "none"};
constexpr sv log_levels[] = {"trace", "debug", "info", "warn", "error"};

using accessor = field (*)(settings&, broker_settings&);

// `n` is the node's settings, `b` the settings of the broker that the path names.
#define AT(member) [](settings& n, broker_settings& b) -> field { return ((void)n, (void)b, &(member)); }

constexpr option integer(sv path, sv fallback, std::int64_t min, std::int64_t max, sv unit, sv doc, accessor at) {
  return {path, vt::integer, fallback, doc, unit, min, max, {}, at};
}
constexpr option amount(sv path, sv fallback, sv doc, accessor at) {
  return {path, vt::money, fallback, doc, "rupees", paisa, trillion_rupees, {}, at};
}
constexpr option choice(sv path, sv fallback, std::span<const sv> choices, sv doc, accessor at) {
  return {path, vt::choice, fallback, doc, {}, 0, 0, choices, at};
}
constexpr option list(sv path, vt type, sv fallback, std::int64_t min, std::int64_t max, sv doc, accessor at) {
  return {path, type, fallback, doc, {}, min, max, {}, at};
}
constexpr option plain(sv path, vt type, sv fallback, sv doc, accessor at) {
  return {path, type, fallback, doc, {}, 0, 0, {}, at};
}

constexpr option rows[] = {
    plain("data_dir", vt::path, "../var", "folder of the journals, stores and snapshots", AT(n.data_dir)),
    list("active_brokers", vt::brokers, "paper,zerodha", 1, 64, "the brokers that run, in this order", nullptr),

    plain("trading.*.kind", vt::kind, "", "the broker code that runs it; default: the id, if it is a kind", AT(b.kind)),
    plain("trading.*.enabled", vt::flag, "", "place orders; default: true for kind paper, false for any other",
          AT(b.enabled)),
    amount("trading.*.capital", "10000000.00", "cash at the opening of the account", AT(b.capital)),
    integer("trading.*.mark_interval_s", "60", 1, 86400, "seconds", "event time between portfolio snapshots",
            AT(b.mark_interval_s)),
    integer("trading.*.risk.max_order_quantity", "1000", 1, max_quantity, "units", "one entry order",
            AT(b.risk.max_order_quantity)),
    amount("trading.*.risk.max_order_value", "5000000.00", "one entry order", AT(b.risk.max_order_value)),
    integer("trading.*.risk.max_position_quantity", "2000", 1, max_quantity, "units", "one instrument, at worst case",
            AT(b.risk.max_position_quantity)),
    integer("trading.*.risk.price_collar_bps", "300", 1, 10000, "basis points", "limit price against last price",
            AT(b.risk.price_collar_bps)),
    integer("trading.*.risk.max_orders_per_second", "8", 1, 1000, "orders", "approved in any sliding second",
            AT(b.risk.max_orders_per_second)),
    integer("trading.*.risk.exit_reserve_per_second", "2", 0, 999, "orders", "of those, kept for exits",
            AT(b.risk.exit_reserve_per_second)),

    choice("feed.kind", "replay", feed_kinds, "where ticks come from", AT(n.feed.kind)),
    plain("feed.path", vt::path, "../tests/data", "replay: folder of 1-minute CSV files, or one", AT(n.feed.path)),
    plain("feed.from", vt::date, "", "first date, included; synthetic needs one", AT(n.feed.from)),
    plain("feed.to", vt::date, "", "replay: last date, included", AT(n.feed.to)),
    integer("feed.speed", "0", 0, 1000, "times real time", "0: as fast as possible", AT(n.feed.speed)),
    integer("feed.seed", "1", 0, INT64_MAX, "", "synthetic: same seed, same ticks", AT(n.feed.seed)),
    integer("feed.days", "1", 1, 10000, "days", "synthetic: trading days made", AT(n.feed.days)),
    list("feed.instruments", vt::keys, "NSE:NIFTY,NSE:BANKNIFTY", 0, 10000, "synthetic: instruments that tick",
         AT(n.feed.instruments)),
    integer("feed.max_in_flight", "1024", 1, 1'000'000, "frames", "sent ahead of the slowest consumer",
            AT(n.feed.max_in_flight)),
    integer("feed.batch", "64", 1, 65536, "frames", "in one message, at most", AT(n.feed.batch)),

    choice("journal.backend", "sqlite", journal_backends, "where events are kept", AT(n.journal.backend)),
    choice("journal.sync", "full", journal_syncs, "what an acknowledged event survives", AT(n.journal.sync)),
    integer("journal.queue", "65536", 64, 10'000'000, "records", "waiting for the disk, at most", AT(n.journal.queue)),
    integer("journal.snapshot_every_events", "1000", 1, 1'000'000'000, "events", "between snapshots, at most",
            AT(n.journal.snapshot_every_events)),
    integer("journal.snapshot_every_frames", "50000", 1, 1'000'000'000, "frames", "between snapshots, at most",
            AT(n.journal.snapshot_every_frames)),

    choice("store.backend", "sqlite", store_backends, "where views for people are kept", AT(n.store.backend)),

    integer("supervisor.intensity", "5", 0, 1000, "restarts", "within period_s; one more isolates the broker",
            AT(n.supervisor.intensity)),
    integer("supervisor.period_s", "10", 1, 86400, "seconds", "window of intensity", AT(n.supervisor.period_s)),
    integer("supervisor.backoff_min_ms", "10", 1, 600'000, "milliseconds", "delay of the second restart in a row",
            AT(n.supervisor.backoff_min_ms)),
    integer("supervisor.backoff_max_ms", "5000", 1, 600'000, "milliseconds", "longest delay of a restart",
            AT(n.supervisor.backoff_max_ms)),
    integer("supervisor.step_deadline_ms", "5000", 10, 600'000, "milliseconds", "then a silent role is restarted",
            AT(n.supervisor.step_deadline_ms)),

    integer("scheduler.threads", "0", 0, 256, "threads", "0: one per active broker and two more",
            AT(n.scheduler_threads)),

    plain("session.open", vt::clock, "09:15", "start of continuous trading", AT(n.session.open)),
    plain("session.close", vt::clock, "15:30", "its end, not included", AT(n.session.close)),

    plain("files.instruments", vt::path, "instruments.csv", "Kite's instrument list", AT(n.instruments_file)),
    plain("files.charges", vt::path, "charges.yaml", "charges and taxes by date", AT(n.charges_file)),
    plain("files.strategies", vt::path, "../strategies", "folder of strategy YAML files", AT(n.strategies_dir)),

    choice("log.level", "info", log_levels, "least severity that is logged", AT(n.log_level)),
};
#undef AT

}  // namespace

std::span<const option> schema() { return rows; }

std::string path_for(const option& o, std::string_view broker) {
  if (!is_broker_option(o)) return std::string{o.path};
  return fmt::format("trading.{}.{}", broker, o.path.substr(sv{"trading.*."}.size()));
}

std::string broker_of(std::string_view path) {
  path.remove_prefix(sv{"trading."}.size());
  return std::string{path.substr(0, path.find('.'))};
}

const option* find_option(std::string_view path) {
  std::string pattern{path};
  if (path.starts_with("trading.")) {
    const std::size_t id = sv{"trading."}.size();
    const std::size_t end = path.find('.', id);
    if (end == sv::npos || !is_broker_id(path.substr(id, end - id))) return nullptr;
    pattern.replace(id, end - id, "*");
  }
  const auto found = std::ranges::find(rows, sv{pattern}, &option::path);
  return found == std::end(rows) ? nullptr : &*found;
}

std::vector<std::string> children(std::string_view prefix) {
  const std::string start = prefix.empty() ? "" : std::string{prefix} + ".";
  std::vector<std::string> names;
  for (const option& row : rows) {
    if (!row.path.starts_with(start)) continue;
    const sv rest = row.path.substr(start.size());
    const std::string name{rest.substr(0, rest.find('.'))};
    if (name != "*" && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

std::string allowed_text(const option& o) {
  switch (o.type) {
    case vt::integer:
      return fmt::format("integer, {} to {}{}{}", o.min, o.max, o.unit.empty() ? "" : " ", o.unit);
    case vt::money:
      return fmt::format("amount in rupees, {} to {}, at most four decimals", to_string(money{o.min}),
                         to_string(money{o.max}));
    case vt::flag:
      return "true or false";
    case vt::choice:
      return fmt::format("one of: {}", fmt::join(o.choices, ", "));
    case vt::kind:
      return "a broker kind";
    case vt::path:
      return "a path";
    case vt::date:
      return std::string{date_form} + ", or nothing";
    case vt::clock:
      return "time of day, hh:mm, 00:00 to 23:59 IST";
    case vt::brokers:
      return fmt::format("list of {} to {} broker ids, each once", o.min, o.max);
    case vt::keys:
      return fmt::format("list of at most {} instrument keys (NSE:NIFTY), each once", o.max);
  }
  return {};
}

}  // namespace bulkhead::config
