#pragma once
// The commands of `bulkhead`. Each returns the process's exit code: 0 done, 1 failed, 2 wrong usage or configuration.
#include "config/loader.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace bulkhead::app {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

/// Options that several commands share.
struct common_options {
  std::filesystem::path config = "config/bulkhead.yaml";
  std::map<std::string, std::string> overrides;  ///< dotted key -> value, from the command line
  bool json = false;
};

struct run_options {
  common_options common;
  bool resume = false;
  bool fresh = false;
};

struct backtest_options {
  common_options common;
  std::filesystem::path report;  ///< folder for the report; empty: none
};

struct dump_options {
  common_options common;
  std::string broker;
  std::filesystem::path file;  ///< a journal file; empty: the broker's under data_dir
  std::uint64_t from = 1;
};

struct config_options {
  common_options common;
  bool all = false;  ///< also the brokers that are mentioned but do not run
};

/// Of the hidden command with which a node starts a broker's own process.
struct compartment_options {
  common_options common;
  std::string broker;
  int link = -1;  ///< inherited descriptors
  int page = -1;
  int parent = 0;  ///< process id of the node
};

int run_compartment(const compartment_options& options);
int run_node(const run_options& options);
int run_backtest(const backtest_options& options);
int validate(const common_options& options);
/// Prints every option, its value and where that came from; secrets as ***.
int config_show(const config_options& options);
int journal_dump(const dump_options& options);

/// Loads the settings with the process's environment and ./.env. On findings prints them all to standard error and
/// gives nullptr.
[[nodiscard]] std::shared_ptr<const config::settings> load_or_explain(const common_options& options);
/// `only_broker`: see config::load_request; empty: all of them.
[[nodiscard]] config::load_result load(const common_options& options, const std::string& only_broker = {});

}  // namespace bulkhead::app
