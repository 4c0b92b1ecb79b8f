#pragma once
// The configuration of the isolation benchmark, written to a folder as a user would: two paper brokers, a paced
// synthetic feed, strategies for both and, for the flood, strategies for the neighbour alone.
#include "tools/app/commands.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bulkhead::bench {

inline const std::string healthy_id = "healthy";
inline const std::string neighbour_id = "neighbour";

struct isolation_load {
  std::int64_t speed = 200;       ///< times real time: the pace of the open loop
  std::uint32_t instruments = 8;  ///< each ticks once a second of event time
  std::uint32_t floods = 0;       ///< strategies for the neighbour alone, each an order a second and instrument
  bool own_process = false;       ///< of the neighbour
};

inline void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out{file};
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

inline std::vector<std::string> bench_keys(std::uint32_t count) {
  std::vector<std::string> keys;
  for (std::uint32_t i = 0; i < count; ++i) keys.push_back(fmt::format("NSE:BENCH{:02}", i));
  return keys;
}

inline void write_instruments(const std::filesystem::path& file, std::uint32_t count) {
  std::string text =
      "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,"
      "segment,exchange\n";
  for (std::uint32_t i = 0; i < count; ++i) {
    text += fmt::format("{},{},BENCH{:02},BENCH {:02},0,,0,0.05,1,EQ,NSE,NSE\n", 1000 + i, 100 + i, i, i);
  }
  write_text(file, text);
}

inline void write_strategy(const std::filesystem::path& folder, const std::string& name,
                           const std::vector<std::string>& brokers, const std::vector<std::string>& keys,
                           int period_s) {
  write_text(folder / (name + ".yaml"),
             fmt::format("name: {}\nstrategy: low_frequency_demo\nbrokers: [{}]\ninstruments: ['{}']\nparameters:\n  "
                         "period_s: {}\n  quantity: 1\n",
                         name, fmt::join(brokers, ", "), fmt::join(keys, "', '"), period_s));
}

/// Limits out of the way: the benchmark is about time. Returns the path of the configuration.
inline std::filesystem::path write_configuration(const std::filesystem::path& dir, const std::filesystem::path& shipped,
                                                 const isolation_load& load) {
  std::filesystem::create_directories(dir / "strategies");
  const std::vector<std::string> keys = bench_keys(load.instruments);
  write_instruments(dir / "instruments.csv", load.instruments);
  write_text(dir / "freeze.csv", "key,quantity\n");
  for (const int period : {7, 11, 17}) {
    write_strategy(dir / "strategies", fmt::format("load_{:02}", period), {healthy_id, neighbour_id}, keys, period);
  }
  for (std::uint32_t i = 0; i < load.floods; ++i) {
    write_strategy(dir / "strategies", fmt::format("flood_{:02}", i), {neighbour_id}, keys, 1);
  }
  const std::string limits =
      "{max_order_quantity: 0, max_order_value: '0', max_position_quantity: 0, max_open_orders: 0, price_collar_bps: "
      "0, max_price_age_ms: 0, max_signal_age_ms: 0, duplicate_window_ms: 0, max_orders_per_day: 0, "
      "max_orders_per_minute: 0, exit_reserve_per_minute: 0, max_orders_per_second: 0, exit_reserve_per_second: 0, "
      "max_consecutive_rejects: 0, max_day_loss: '0', max_drawdown: '0'}";
  const std::string folder = std::filesystem::absolute(shipped).parent_path().string();
  write_text(dir / "bulkhead.yaml",
             fmt::format("data_dir: var\nactive_brokers: [{0}, {1}]\ntrading:\n"
                         "  {0}: {{kind: paper, placement: node, risk: {2}}}\n"
                         "  {1}: {{kind: paper, placement: {3}, risk: {2}}}\n"
                         "feed: {{kind: synthetic, from: 2024-01-08, days: 1, seed: 7, speed: {4}, overload: conflate, "
                         "instruments: ['{5}']}}\n"
                         "store: {{backend: none}}\nchaos: {{enabled: true}}\n"
                         "supervisor: {{intensity: 1000, backoff_max_ms: 100, step_deadline_ms: {6}}}\n"
                         "files: {{instruments: instruments.csv, strategies: strategies, charges: {7}/charges.yaml, "
                         "holidays: {7}/holidays.csv, freeze_quantities: freeze.csv}}\n"
                         "log: {{level: error}}\n",
                         healthy_id, neighbour_id, limits, load.own_process ? "process" : "node", load.speed,
                         fmt::join(keys, "', '"), 1500, folder));
  return dir / "bulkhead.yaml";
}

inline std::shared_ptr<const config::settings> load_configuration(const app::common_options& options) {
  auto settings = app::load_or_explain(options);
  if (!settings) throw std::runtime_error("the benchmark's own configuration was refused");
  return settings;
}

}  // namespace bulkhead::bench
