#pragma once
// Typed settings of a node, complete and valid once built. config/loader.hpp builds them from YAML and environment.
#include "runtime/domain/charges.hpp"
#include "runtime/domain/ids.hpp"
#include "runtime/domain/market.hpp"
#include "runtime/domain/money.hpp"
#include "runtime/domain/paper_settings.hpp"
#include "runtime/domain/risk/limits.hpp"
#include "runtime/domain/session.hpp"
#include "runtime/ports/kite_settings.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::config {

struct feed_settings {
  std::string kind = "replay";  ///< "replay" | "synthetic" | "ticks" | "kafka" | "kite"
  std::filesystem::path path;   ///< replay: folder (or one file) of 1-minute CSV; ticks: of recorded ticks
  std::optional<trade_date> from;
  std::optional<trade_date> to;          ///< inclusive
  std::int64_t speed = 0;                ///< 1..1000 times real time; 0: as fast as possible
  std::uint64_t seed = 1;                ///< synthetic
  std::int64_t days = 1;                 ///< synthetic: trading days to make, from `from`
  std::vector<std::string> instruments;  ///< synthetic: keys to make ticks for
  std::int64_t max_in_flight = 1024;     ///< frames sent and not yet processed by the slowest consumer
  std::int64_t batch = 64;               ///< frames a message, at most, when as fast as possible
  std::string overload = "wait";         ///< "wait" for a slow consumer | "conflate" its ticks per instrument
  std::int64_t stale_after_s = 30;       ///< an instrument silent for so long in the session is stale; 0: off
  std::int64_t gap_after_s = 0;          ///< so long between two ticks of an instrument is a gap; 0: off
  std::filesystem::path record;          ///< file that the ticks are recorded to; empty: none
  std::string account;                   ///< kite: the broker of kind zerodha whose login is used
  std::string mode = "full";             ///< kite: "ltp" | "quote" | "full"
  std::int64_t connections = 2;          ///< kite: 1 to 3; an app may have three, order updates take one
  std::int64_t silence_ms = 5'000;       ///< kite: a socket that says nothing for so long is stale and made anew
};

struct journal_settings {
  std::string backend = "sqlite";  ///< "sqlite" | "kafka" | "memory"
  std::string sync = "full";       ///< "full": survives power loss; "normal": survives kill -9
  std::int64_t queue = 65536;      ///< records waiting for the disk, at most
  std::int64_t snapshot_every_events = 1000;
  std::int64_t snapshot_every_frames = 50000;
  std::int64_t deadline_s = 30;  ///< a call that the journal has not answered by then has failed
};

struct store_settings {
  std::string backend = "sqlite";  ///< "sqlite" | "redis" | "none"
};

/// An account at a server. The password is read from its file when a connection is made, and never shown.
struct server_login {
  std::string username;                 ///< empty: none
  std::filesystem::path password_file;  ///< mode 0600; its first line. Empty: none
};

/// journal.backend kafka, and topics for others. A broker logs in as itself: broker_settings::kafka.
struct kafka_settings {
  std::string bootstrap_servers;       ///< host:port[,host:port...]
  std::string security = "plaintext";  ///< "plaintext" | "sasl_plaintext" | "sasl_ssl"
  std::filesystem::path ca_file;       ///< sasl_ssl; empty: the system's
  server_login login;                  ///< of what belongs to no broker: feed and runner
  std::int64_t lease_ms = 3'000;       ///< an owner that cannot reach the log for so long places no order
  std::string topics = "auto";         ///< topics for others, signals from them: "auto" (journal in Kafka), "on", "off"
  std::int64_t replication = 1;        ///< of topics that are made here
  std::int64_t partitions = 1;         ///< of the projections' topics
  std::int64_t retention_hours = 168;  ///< of the projections' topics; 0: for good
  std::int64_t ticks_retention_hours = 48;  ///< of market.ticks; 0: for good
};

/// store.backend redis. A broker logs in as itself: broker_settings::redis.
struct redis_settings {
  std::string address;  ///< host:port, or unix:/path of a socket
};

struct supervisor_settings {
  std::int64_t intensity = 5;  ///< restarts allowed within `period_s`; one more and the subtree gives up
  std::int64_t period_s = 10;
  std::int64_t backoff_min_ms = 10;  ///< the first restart is immediate; then this, doubling, with jitter
  std::int64_t backoff_max_ms = 5000;
  std::int64_t step_deadline_ms = 5000;  ///< a role that has not answered a step by then is revoked and restarted
};

struct watchdog_settings {
  std::int64_t handler_budget_ms = 1000;  ///< a handler that takes longer is reported
};

/// Of brokers in a process of their own.
struct process_settings {
  std::int64_t start_timeout_ms = 10'000;  ///< from the start to the first heartbeat
  std::int64_t heartbeat_ms = 200;
  std::int64_t silence_ms = 2'000;  ///< without a heartbeat: it is killed and started again
};

/// Of the host that runs the strategies: `strategies` in bulkhead.yaml.
struct strategy_host_settings {
  std::int64_t time_budget_ms = 0;            ///< for one tick; 0: none
  std::int64_t time_budget_strikes = 3;       ///< ticks over budget in a row that quarantine
  std::int64_t warm_up_days = 0;              ///< calendar days of history shown before the first frame
  std::int64_t max_retained_signals = 65536;  ///< kept for one broker; one that is further behind is isolated
};

struct broker_settings {
  broker_id id;
  std::string kind;                ///< "paper" | "zerodha"
  bool enabled = false;            ///< place orders; off: signals are validated and orders withheld
  std::string placement = "node";  ///< "node": in the node's process | "process": in one of its own
  money capital;
  std::vector<std::string> instruments;  ///< keys that entries may name; empty: all. risk.instruments has their ids
  risk_settings risk;
  paper_settings paper;               ///< kind paper only
  kite_settings kite;                 ///< kind zerodha only
  std::int64_t mark_interval_s = 60;  ///< at most one portfolio snapshot per this much event time, fills aside
  server_login kafka;                 ///< journal.backend kafka
  server_login redis;                 ///< store.backend redis
};

/// Value of a strategy parameter as written: integer, decimal or text. Each strategy's registry row types and checks
/// it.
struct strategy_settings {
  strategy_id name;
  std::string strategy;  ///< registry row, e.g. "ema_cross"
  bool enabled = true;
  std::vector<broker_id> brokers;                      ///< as listed; the active ones of these get its signals
  std::vector<std::string> instruments;                ///< keys, e.g. "NSE:NIFTY"
  bulkhead::product product = bulkhead::product::mis;  ///< of each of its orders
  std::map<std::string, std::string> parameters;
  std::map<std::string, std::string> risk;  ///< limits of its own, by name, as written; each broker's risk.by_strategy
  std::filesystem::path file;               ///< where it came from
};

struct settings {
  std::filesystem::path data_dir = "var";
  std::vector<broker_settings> brokers;  ///< the active ones, in ACTIVE_BROKERS' order
  feed_settings feed;
  journal_settings journal;
  store_settings store;
  kafka_settings kafka;
  redis_settings redis;
  supervisor_settings supervisor;
  watchdog_settings watchdog;
  process_settings process;
  bool chaos_enabled = false;          ///< drills may disturb this node
  std::int64_t scheduler_threads = 0;  ///< 0: two a broker and four
  trading_session session;
  std::filesystem::path instruments_file;
  std::filesystem::path charges_file;
  std::filesystem::path holidays_file;
  std::filesystem::path freeze_file;
  std::filesystem::path strategies_dir;
  std::filesystem::path control_socket;  ///< where operators' commands arrive
  strategy_host_settings strategy_host;
  instrument_table instruments;               ///< content of instruments_file, in file order, and of freeze_file
  charge_schedule charges;                    ///< content of charges_file
  std::vector<strategy_settings> strategies;  ///< enabled ones, by name
  std::string log_level = "info";
};

}  // namespace bulkhead::config
