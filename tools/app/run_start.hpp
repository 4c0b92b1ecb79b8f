#pragma once
// What must hold before a node starts, and what it holds from then on: the locks of its files and its live feed.
#include "tools/app/commands.hpp"
#include "tools/app/data_dir.hpp"
#include "tools/app/live_feed.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::app {

/// Why a run does not start.
struct start_refusal {
  int exit_code = exit_usage;
  std::string text;  ///< for people: what is wrong and what to do next
};

/// Owned by the thread that runs the node, and there for as long as the node runs.
class run_start {
 public:
  run_start(const run_options& options, std::shared_ptr<const config::settings> s)
      : options_(options), settings_(std::move(s)) {}

  /// Settings and feed first, then the locks, then what is written: a run that is refused for the first two leaves the
  /// data folder as it was. Nothing: the node may start. Throws what strategies throw that cannot warm up.
  [[nodiscard]] std::optional<start_refusal> prepare();
  /// Names the feed for the records of this run.
  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }
  /// nullptr for a feed that is read from its beginning to its end.
  [[nodiscard]] const std::shared_ptr<live_feed>& live() const { return live_; }

 private:
  using result = std::optional<start_refusal>;
  [[nodiscard]] result check_settings() const;
  [[nodiscard]] result check_feed();
  [[nodiscard]] result take_locks();
  [[nodiscard]] result begin_data_dir();
  [[nodiscard]] result connect_feed();

  const run_options& options_;
  const std::shared_ptr<const config::settings> settings_;
  std::string fingerprint_;
  data_dir_lock lock_;
  std::vector<std::unique_ptr<broker_lock>> broker_locks_;
  std::shared_ptr<live_feed> live_;
};

}  // namespace bulkhead::app
