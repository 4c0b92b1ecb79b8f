#include "config/schema_rows.hpp"

#include "config/limit_fields.hpp"
#include "config/values.hpp"

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

using sv = std::string_view;
using vt = value_type;
using rows = std::vector<option>;

constexpr std::int64_t trillion_rupees = 1'000'000'000'000 * money_scale;
constexpr std::int64_t hundredth_percent = 100'000;  // in parts per thousand million
constexpr std::int64_t all_of_it = 1'000'000'000;
constexpr std::int64_t ten_minutes_ms = 600'000;
constexpr std::int64_t day_s = 86'400;

constexpr sv feed_kinds[] = {"replay", "synthetic", "ticks", "kafka", "kite"};
constexpr sv kite_modes[] = {"ltp", "quote", "full"};
constexpr sv feed_overloads[] = {"wait", "conflate"};
constexpr sv journal_backends[] = {"sqlite", "kafka", "memory"};
constexpr sv journal_syncs[] = {"full", "normal"};
constexpr sv placements[] = {"node", "process"};
constexpr sv store_backends[] = {"sqlite", "redis", "none"};
constexpr sv kafka_securities[] = {"plaintext", "sasl_plaintext", "sasl_ssl"};
constexpr sv kafka_topics[] = {"auto", "on", "off"};
constexpr sv log_levels[] = {"trace", "debug", "info", "warn", "error"};

using accessor = std::function<field(settings&, broker_settings&)>;

// `n` is the node's settings, `b` the settings of the broker that the path names.
#define AT(member) [](settings& n, broker_settings& b) -> field { return ((void)n, (void)b, &(member)); }

option integer(sv path, sv fallback, std::int64_t min, std::int64_t max, sv unit, sv doc, accessor at) {
  return {std::string{path}, vt::integer, fallback, doc, unit, min, max, {}, {}, std::move(at)};
}
/// An integer from 0 whose 0 means something of its own.
option or_zero(sv path, sv fallback, std::int64_t max, sv unit, sv zero, sv doc, accessor at) {
  return {std::string{path}, vt::integer, fallback, doc, unit, 0, max, {}, zero, std::move(at)};
}
option amount(sv path, sv fallback, sv doc, accessor at) {
  return {std::string{path}, vt::money, fallback, doc, "rupees", paisa, trillion_rupees, {}, {}, std::move(at)};
}
option percent(sv path, sv fallback, sv doc, accessor at) {
  return {std::string{path}, vt::percent, fallback, doc, "percent",
          hundredth_percent, all_of_it,   {},       {},  std::move(at)};
}
option choice(sv path, sv fallback, std::span<const sv> choices, sv doc, accessor at) {
  return {std::string{path}, vt::choice, fallback, doc, {}, 0, 0, choices, {}, std::move(at)};
}
option list(sv path, vt type, sv fallback, std::int64_t min, std::int64_t max, sv doc, accessor at) {
  return {std::string{path}, type, fallback, doc, {}, min, max, {}, {}, std::move(at)};
}
option plain(sv path, vt type, sv fallback, sv doc, accessor at) {
  return {std::string{path}, type, fallback, doc, {}, 0, 0, {}, {}, std::move(at)};
}

void append(rows& out, rows more) {
  out.insert(out.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

rows account_rows() {
  return {
      plain("trading.*.kind", vt::kind, "", "the broker code that runs it; default: the id, if it is a kind",
            AT(b.kind)),
      plain("trading.*.enabled", vt::flag, "", "place orders; default: true for kind paper, false for any other",
            AT(b.enabled)),
      choice("trading.*.placement", "", placements,
             "the process that runs it; default: node for kind paper, process for any other", AT(b.placement)),
      amount("trading.*.capital", "10000000.00", "cash at the opening of the account", AT(b.capital)),
      integer("trading.*.mark_interval_s", "60", 1, day_s, "seconds", "event time between portfolio snapshots",
              AT(b.mark_interval_s)),
      list("trading.*.instruments", vt::keys, "", 0, 10'000, "what entries may name; empty: all", AT(b.instruments)),
      plain("trading.*.square_off", vt::clock_or_off, "15:20", "when MIS positions are taken out",
            AT(b.risk.square_off)),
  };
}

rows login_rows() {
  return {
      plain("trading.*.kafka.username", vt::optional_text, "", "the broker's own user at Kafka", AT(b.kafka.username)),
      plain("trading.*.kafka.password_file", vt::optional_path, "", "file whose first line is that user's password",
            AT(b.kafka.password_file)),
      plain("trading.*.redis.username", vt::optional_text, "", "the broker's own user at Redis", AT(b.redis.username)),
      plain("trading.*.redis.password_file", vt::optional_path, "", "file whose first line is that user's password",
            AT(b.redis.password_file)),
  };
}

/// `section`: "risk" or "strategy_risk".
rows limit_rows(sv section, risk_limits risk_settings::*limits, std::string_view limit_field::*fallback) {
  rows out;
  for (const limit_field& f : limit_fields()) {
    option row = limit_option(f, fmt::format("trading.*.{}.{}", section, f.name), f.*fallback);
    row.at = [&f, limits](settings&, broker_settings& b) { return place_of(f, b.risk.*limits); };
    out.push_back(std::move(row));
  }
  return out;
}

rows margin_rows() {
  return {
      percent("trading.*.margin.mis_percent", "20", "of the value, bound by MIS", AT(b.risk.margin.mis)),
      percent("trading.*.margin.cnc_percent", "100", "of the value, bound by CNC", AT(b.risk.margin.cnc)),
      percent("trading.*.margin.nrml_percent", "100", "of the value, bound by NRML", AT(b.risk.margin.nrml)),
  };
}

rows paper_rows() {
  return {
      choice("trading.*.paper.slippage", "none", slippage_names, "how far from the last price MARKET orders fill",
             AT(b.paper.slippage)),
      integer("trading.*.paper.slippage_bps", "0", 0, 1000, "basis points", "with slippage bps",
              AT(b.paper.slippage_bps)),
      integer("trading.*.paper.slippage_ticks", "0", 0, 1000, "tick sizes", "with slippage ticks",
              AT(b.paper.slippage_ticks)),
      integer("trading.*.paper.latency_min_ms", "0", 0, ten_minutes_ms, "milliseconds",
              "event time to the exchange, at least", AT(b.paper.latency_min_ms)),
      integer("trading.*.paper.latency_max_ms", "0", 0, ten_minutes_ms, "milliseconds", "at most",
              AT(b.paper.latency_max_ms)),
      integer("trading.*.paper.partial_fill_percent", "0", 0, 100, "percent of orders", "that fill in parts",
              AT(b.paper.partial_fill_percent)),
      integer("trading.*.paper.reject_percent", "0", 0, 100, "percent of orders", "that the exchange refuses",
              AT(b.paper.reject_percent)),
      integer("trading.*.paper.seed", "1", 0, INT64_MAX, "", "same seed, same fate of the same order",
              AT(b.paper.seed)),
  };
}

rows kite_rows() {
  return {
      plain("trading.*.kite.url", vt::optional_text, "https://api.kite.trade",
            "REST; http only for a simulator on this machine", AT(b.kite.url)),
      plain("trading.*.kite.socket_url", vt::optional_text, "wss://ws.kite.trade", "order updates and ticks",
            AT(b.kite.socket_url)),
      plain("trading.*.kite.api_key", vt::secret, "", "the app's api_key, in place of its file", AT(b.kite.api_key)),
      plain("trading.*.kite.api_key_file", vt::optional_path, "",
            "file whose first line is the app's api_key, mode 0600", AT(b.kite.api_key_file)),
      plain("trading.*.kite.api_secret", vt::secret, "", "the app's api_secret, in place of its file",
            AT(b.kite.api_secret)),
      plain("trading.*.kite.api_secret_file", vt::optional_path, "",
            "file whose first line is the app's api_secret, mode 0600", AT(b.kite.api_secret_file)),
      plain("trading.*.kite.session_file", vt::optional_path, "", "the day's login, from `bulkhead login zerodha`",
            AT(b.kite.session_file)),
      plain("trading.*.kite.user_id", vt::optional_text, "", "whose account it must be; nothing: whoever logs in",
            AT(b.kite.user_id)),
      plain("trading.*.kite.ca_file", vt::optional_path, "",
            "who may sign the certificates of url and socket_url; nothing: whom the system trusts", AT(b.kite.ca_file)),
      or_zero("trading.*.kite.market_protection_bps", "200", 10'000, "basis points", "Kite decides",
              "how far from the last price MARKET and SL-M may trade", AT(b.kite.market_protection_bps)),
      plain("trading.*.kite.algo_id", vt::optional_text, "", "the algorithm's id at the exchange", AT(b.kite.algo_id)),
      integer("trading.*.kite.connect_timeout_ms", "3000", 100, ten_minutes_ms, "milliseconds",
              "for address, connection and TLS", AT(b.kite.connect_timeout_ms)),
      integer("trading.*.kite.total_timeout_ms", "7000", 100, ten_minutes_ms, "milliseconds",
              "for a request; then its order is unknown", AT(b.kite.total_timeout_ms)),
      integer("trading.*.kite.orders_per_second", "10", 1, 1000, "requests", "that place, modify or cancel",
              AT(b.kite.orders_per_second)),
      integer("trading.*.kite.orders_per_minute", "400", 1, 100'000, "requests", "likewise",
              AT(b.kite.orders_per_minute)),
      integer("trading.*.kite.orders_per_day", "5000", 1, 10'000'000, "requests", "likewise",
              AT(b.kite.orders_per_day)),
      integer("trading.*.kite.exit_reserve_percent", "20", 0, 90, "percent", "of these kept for cancels and exits",
              AT(b.kite.exit_reserve_percent)),
      integer("trading.*.kite.poll_ms", "1000", 50, ten_minutes_ms, "milliseconds",
              "between two reads of the order book while updates are quiet", AT(b.kite.poll_ms)),
      integer("trading.*.kite.reconcile_s", "30", 1, day_s, "seconds", "between two comparisons with the broker's book",
              AT(b.kite.reconcile_s)),
      integer("trading.*.kite.absence_after_ms", "15000", 100, ten_minutes_ms, "milliseconds",
              "after a lost answer, before the book may prove that the order never arrived",
              AT(b.kite.absence_after_ms)),
      integer("trading.*.kite.between_absences_ms", "5000", 10, ten_minutes_ms, "milliseconds",
              "between the two reads that prove it", AT(b.kite.between_absences_ms)),
      or_zero("trading.*.kite.postback_port", "0", 65'535, "", "none", "port on 127.0.0.1 that takes Kite's postbacks",
              AT(b.kite.postback_port)),
  };
}

rows feed_rows() {
  return {
      choice("feed.kind", "replay", feed_kinds, "where ticks come from", AT(n.feed.kind)),
      plain("feed.path", vt::path, "../tests/data", "replay: 1-minute CSV files; ticks: recorded ticks",
            AT(n.feed.path)),
      plain("feed.from", vt::date, "", "first date, included; synthetic needs one", AT(n.feed.from)),
      plain("feed.to", vt::date, "", "replay, ticks, kafka: last date, included", AT(n.feed.to)),
      integer("feed.speed", "0", 0, 1000, "times real time", "0: as fast as possible", AT(n.feed.speed)),
      integer("feed.seed", "1", 0, INT64_MAX, "", "synthetic: same seed, same ticks", AT(n.feed.seed)),
      integer("feed.days", "1", 1, 10'000, "days", "synthetic: trading days made", AT(n.feed.days)),
      list("feed.instruments", vt::keys, "NSE:NIFTY,NSE:BANKNIFTY", 0, 10'000, "synthetic: instruments that tick",
           AT(n.feed.instruments)),
      integer("feed.max_in_flight", "1024", 1, 1'000'000, "frames", "sent ahead of the slowest consumer",
              AT(n.feed.max_in_flight)),
      integer("feed.batch", "64", 1, 65'536, "frames", "in one message, at most", AT(n.feed.batch)),
      choice("feed.overload", "wait", feed_overloads, "what happens to a consumer that falls behind",
             AT(n.feed.overload)),
      or_zero("feed.stale_after_s", "30", day_s, "seconds", "off", "silence after which an instrument is stale",
              AT(n.feed.stale_after_s)),
      or_zero("feed.gap_after_s", "0", day_s, "seconds", "off", "time between two ticks that is reported as a gap",
              AT(n.feed.gap_after_s)),
      plain("feed.record", vt::optional_path, "", "file that the ticks are recorded to", AT(n.feed.record)),
      plain("feed.account", vt::optional_text, "", "kite: the broker of kind zerodha whose login is used",
            AT(n.feed.account)),
      choice("feed.mode", "full", kite_modes, "kite: how much each tick says", AT(n.feed.mode)),
      integer("feed.connections", "2", 1, 3, "sockets", "kite: an app may have three; order updates take one",
              AT(n.feed.connections)),
      integer("feed.silence_ms", "5000", 100, ten_minutes_ms, "milliseconds",
              "kite: without a word the feed is stale, and the socket is made anew", AT(n.feed.silence_ms)),
  };
}

rows strategies_rows() {
  return {
      or_zero("strategies.time_budget_ms", "0", ten_minutes_ms, "milliseconds", "no budget", "for one tick",
              AT(n.strategy_host.time_budget_ms)),
      integer("strategies.time_budget_strikes", "3", 1, 1000, "ticks", "over budget in a row, then quarantine",
              AT(n.strategy_host.time_budget_strikes)),
      or_zero("strategies.warm_up_days", "0", 365, "days", "none", "of history shown before the first frame",
              AT(n.strategy_host.warm_up_days)),
      integer("strategies.max_retained_signals", "65536", 1, 100'000'000, "signals",
              "kept for a broker that is behind; then it is isolated", AT(n.strategy_host.max_retained_signals)),
  };
}

rows storage_rows() {
  return {
      choice("journal.backend", "sqlite", journal_backends, "where events are kept", AT(n.journal.backend)),
      choice("journal.sync", "full", journal_syncs, "what an acknowledged event survives", AT(n.journal.sync)),
      integer("journal.queue", "65536", 64, 10'000'000, "records", "waiting for the disk, at most",
              AT(n.journal.queue)),
      integer("journal.snapshot_every_events", "1000", 1, 1'000'000'000, "events", "between snapshots, at most",
              AT(n.journal.snapshot_every_events)),
      integer("journal.snapshot_every_frames", "50000", 1, 1'000'000'000, "frames", "between snapshots, at most",
              AT(n.journal.snapshot_every_frames)),
      integer("journal.deadline_s", "30", 1, day_s, "seconds", "without an answer of the disk, then the journal failed",
              AT(n.journal.deadline_s)),
      choice("store.backend", "sqlite", store_backends, "where views for people are kept", AT(n.store.backend)),
  };
}

rows server_rows() {
  constexpr std::int64_t ten_years_h = 87'600;
  return {
      plain("kafka.bootstrap_servers", vt::optional_text, "", "host:port of one or more servers, by comma",
            AT(n.kafka.bootstrap_servers)),
      choice("kafka.security", "plaintext", kafka_securities, "how the servers are spoken to", AT(n.kafka.security)),
      plain("kafka.ca_file", vt::optional_path, "",
            "sasl_ssl: who signed the servers' certificates; default: the system's", AT(n.kafka.ca_file)),
      plain("kafka.username", vt::optional_text, "", "of what belongs to no broker: feed and runner",
            AT(n.kafka.login.username)),
      plain("kafka.password_file", vt::optional_path, "", "file whose first line is that user's password",
            AT(n.kafka.login.password_file)),
      integer("kafka.lease_ms", "3000", 500, ten_minutes_ms, "milliseconds",
              "without word of the log, then no order is placed; a takeover waits as long", AT(n.kafka.lease_ms)),
      choice("kafka.topics", "auto", kafka_topics, "events for others, and signals from them; auto: with the journal",
             AT(n.kafka.topics)),
      integer("kafka.replication", "1", 1, 10, "copies", "of the topics that are made", AT(n.kafka.replication)),
      integer("kafka.partitions", "1", 1, 1000, "partitions", "of the topics for others; a journal always has one",
              AT(n.kafka.partitions)),
      or_zero("kafka.retention_hours", "168", ten_years_h, "hours", "for good", "of the topics for others",
              AT(n.kafka.retention_hours)),
      or_zero("kafka.ticks_retention_hours", "48", ten_years_h, "hours", "for good", "of market.ticks",
              AT(n.kafka.ticks_retention_hours)),
      plain("redis.address", vt::optional_text, "", "host:port, or unix:/path of a socket", AT(n.redis.address)),
  };
}

rows supervisor_rows() {
  return {
      integer("supervisor.intensity", "5", 0, 1000, "restarts", "within period_s; one more isolates the broker",
              AT(n.supervisor.intensity)),
      integer("supervisor.period_s", "10", 1, day_s, "seconds", "window of intensity", AT(n.supervisor.period_s)),
      integer("supervisor.backoff_min_ms", "10", 1, ten_minutes_ms, "milliseconds",
              "delay of the second restart in a row", AT(n.supervisor.backoff_min_ms)),
      integer("supervisor.backoff_max_ms", "5000", 1, ten_minutes_ms, "milliseconds", "longest delay of a restart",
              AT(n.supervisor.backoff_max_ms)),
      integer("supervisor.step_deadline_ms", "5000", 10, ten_minutes_ms, "milliseconds",
              "then a silent role is restarted", AT(n.supervisor.step_deadline_ms)),
      integer("watchdog.handler_budget_ms", "1000", 10, ten_minutes_ms, "milliseconds",
              "a handler that takes longer is reported", AT(n.watchdog.handler_budget_ms)),
      integer("scheduler.threads", "0", 0, 256, "threads", "0: two per active broker and four more",
              AT(n.scheduler_threads)),
      plain("chaos.enabled", vt::flag, "false", "`bulkhead chaos` may disturb this node", AT(n.chaos_enabled)),
  };
}

rows process_rows() {
  return {
      integer("process.start_timeout_ms", "10000", 100, ten_minutes_ms, "milliseconds",
              "from a process's start to its first heartbeat", AT(n.process.start_timeout_ms)),
      integer("process.heartbeat_ms", "200", 10, 10'000, "milliseconds", "between two heartbeats",
              AT(n.process.heartbeat_ms)),
      integer("process.silence_ms", "2000", 100, ten_minutes_ms, "milliseconds",
              "without a heartbeat; then it is killed", AT(n.process.silence_ms)),
  };
}

rows place_rows() {
  return {
      plain("session.open", vt::clock, "09:15", "start of continuous trading", AT(n.session.open)),
      plain("session.close", vt::clock, "15:30", "its end, not included", AT(n.session.close)),
      plain("control.socket", vt::optional_path, "",
            "where operators' commands arrive; default: control.sock in data_dir", AT(n.control_socket)),
      plain("files.instruments", vt::path, "instruments.csv", "Kite's instrument list", AT(n.instruments_file)),
      plain("files.charges", vt::path, "charges.yaml", "charges and taxes by date", AT(n.charges_file)),
      plain("files.holidays", vt::path, "holidays.csv", "days without a session, and special sessions",
            AT(n.holidays_file)),
      plain("files.freeze_quantities", vt::path, "freeze_quantities.csv", "largest order the exchange takes",
            AT(n.freeze_file)),
      plain("files.strategies", vt::path, "../strategies", "folder of strategy YAML files", AT(n.strategies_dir)),
      choice("log.level", "info", log_levels, "least severity that is logged", AT(n.log_level)),
  };
}
#undef AT

}  // namespace

std::vector<option> schema_rows() {
  rows all;
  all.push_back(plain("data_dir", vt::path, "../var", "folder of the journals, stores and snapshots",
                      [](settings& n, broker_settings&) -> field { return &n.data_dir; }));
  all.push_back(
      list("active_brokers", vt::brokers, "paper,zerodha", 1, 64, "the brokers that run, in this order", nullptr));
  append(all, account_rows());
  append(all, limit_rows("risk", &risk_settings::broker, &limit_field::of_broker));
  append(all, limit_rows("strategy_risk", &risk_settings::each_strategy, &limit_field::of_strategy));
  append(all, margin_rows());
  append(all, paper_rows());
  append(all, kite_rows());
  append(all, login_rows());
  append(all, feed_rows());
  append(all, strategies_rows());
  append(all, storage_rows());
  append(all, server_rows());
  append(all, supervisor_rows());
  append(all, process_rows());
  append(all, place_rows());
  return all;
}

}  // namespace bulkhead::config
