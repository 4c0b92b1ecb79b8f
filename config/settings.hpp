#pragma once
// Typed settings of a node, complete and valid once built. config/loader.hpp builds them from YAML and environment.
#include "runtime/domain/charges.hpp"
#include "runtime/domain/ids.hpp"
#include "runtime/domain/market.hpp"
#include "runtime/domain/money.hpp"
#include "runtime/domain/risk/risk_engine.hpp"
#include "runtime/domain/session.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::config {

struct feed_settings {
  std::string kind = "replay";  ///< "replay" | "synthetic"
  std::filesystem::path path;   ///< replay: folder (or one file) of 1-minute CSV
  std::optional<trade_date> from;
  std::optional<trade_date> to;          ///< inclusive
  std::int64_t speed = 0;                ///< 1..1000 times real time; 0: as fast as possible
  std::uint64_t seed = 1;                ///< synthetic
  std::int64_t days = 1;                 ///< synthetic: trading days to make, from `from`
  std::vector<std::string> instruments;  ///< synthetic: keys to make ticks for
  std::int64_t max_in_flight = 1024;     ///< frames sent and not yet processed by the slowest consumer
  std::int64_t batch = 64;               ///< frames a message, at most, when as fast as possible
};

struct journal_settings {
  std::string backend = "sqlite";  ///< "sqlite" | "memory"
  std::string sync = "full";       ///< "full": survives power loss; "normal": survives kill -9
  std::int64_t queue = 65536;      ///< records waiting for the disk, at most
  std::int64_t snapshot_every_events = 1000;
  std::int64_t snapshot_every_frames = 50000;
};

struct store_settings {
  std::string backend = "sqlite";  ///< "sqlite" | "none"
};

struct supervisor_settings {
  std::int64_t intensity = 5;  ///< restarts allowed within `period_s`; one more and the subtree gives up
  std::int64_t period_s = 10;
  std::int64_t backoff_min_ms = 10;  ///< the first restart is immediate; then this, doubling, with jitter
  std::int64_t backoff_max_ms = 5000;
  std::int64_t step_deadline_ms = 5000;  ///< a role that has not answered a step by then is revoked and restarted
};

struct broker_settings {
  broker_id id;
  std::string kind;      ///< "paper" | "zerodha"
  bool enabled = false;  ///< place orders; off: signals are validated and orders withheld
  money capital;
  risk_limits risk;
  std::int64_t mark_interval_s = 60;  ///< at most one portfolio snapshot per this much event time, fills aside
};

/// Value of a strategy parameter as written: integer, decimal or text. Each strategy's registry row types and checks
/// it.
struct strategy_settings {
  strategy_id name;
  std::string strategy;  ///< registry row, e.g. "ema_cross"
  bool enabled = true;
  std::vector<broker_id> brokers;        ///< as listed; the active ones of these get its signals
  std::vector<std::string> instruments;  ///< keys, e.g. "NSE:NIFTY"
  std::map<std::string, std::string> parameters;
  std::filesystem::path file;  ///< where it came from
};

struct settings {
  std::filesystem::path data_dir = "var";
  std::vector<broker_settings> brokers;  ///< the active ones, in ACTIVE_BROKERS' order
  feed_settings feed;
  journal_settings journal;
  store_settings store;
  supervisor_settings supervisor;
  std::int64_t scheduler_threads = 0;  ///< 0: brokers + 2
  trading_session session;
  std::filesystem::path instruments_file;
  std::filesystem::path charges_file;
  std::filesystem::path strategies_dir;
  instrument_table instruments;               ///< content of instruments_file, in file order
  charge_schedule charges;                    ///< content of charges_file
  std::vector<strategy_settings> strategies;  ///< enabled ones, by name
  std::string log_level = "info";
};

}  // namespace bulkhead::config
