#pragma once
// The folder that `bulkhead backtest --report` writes: report.html, summary.json, trades.csv, fills.csv, equity.csv.
#include "tools/app/backtest/backtest_results.hpp"

#include <filesystem>
#include <string>

namespace bulkhead::app {

/// Makes the folder, so that a run does not end with nowhere to write. Empty: done; otherwise what is in the way.
[[nodiscard]] std::string prepare_report_folder(const std::filesystem::path& folder);

/// Writes all five, over those of an earlier run, the page last. Throws std::runtime_error naming the file that could
/// not be written.
void write_report(const backtest_results& r, const std::filesystem::path& folder);

}  // namespace bulkhead::app
