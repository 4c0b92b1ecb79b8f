#pragma once
// The command line of bulkhead-kite-sim, and what it is put together from.
#include "runtime/ports/feed_source.hpp"
#include "tools/kite_sim/core/simulator.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::kite_sim {

struct run_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  std::filesystem::path port_file;
  std::filesystem::path tls_cert;  ///< empty: plain
  std::filesystem::path tls_key;
  std::filesystem::path instruments;
  std::filesystem::path freeze;
  std::string market = "synthetic";
  std::filesystem::path market_path;
  std::optional<trade_date> from;
  std::optional<trade_date> to;
  std::int64_t days = 1;
  std::int64_t ticks_per_second = 1;
  double speed = 1.0;
  bool skip_closed = false;
  std::string start;  ///< hh:mm:ss of the first day, or yyyy-mm-dd hh:mm:ss; empty: before the first frame
  std::vector<app_registration> apps;
  money cash{1'000'000 * money_scale};
  std::vector<std::string> holdings;  ///< key,units,average
  simulator_settings settings;
  std::vector<fault_rule> faults;
};

/// -1: go on with `options`. Otherwise the exit status, after help or an error was printed.
[[nodiscard]] int read_options(int argc, char** argv, run_options& options);

/// These throw std::runtime_error.
[[nodiscard]] listing make_listing(const run_options& options);
[[nodiscard]] std::unique_ptr<feed_source> make_market(const run_options& options, const listing& listed);
void add_accounts(const run_options& options, const listing& listed, simulator& sim);

}  // namespace bulkhead::kite_sim
