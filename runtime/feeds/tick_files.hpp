#pragma once
// Reads ticks from CSV files, or frames from a recorded feed. Blocking file access: at start only. Rule:
// docs/kernel.md, "Tick files".
#include "runtime/domain/session.hpp"
#include "runtime/ports/feed_source.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead {

struct tick_selection {
  std::filesystem::path path;
  std::optional<trade_date> from;  ///< inclusive; nullopt: no bound
  std::optional<trade_date> to;    ///< inclusive; nullopt: no bound
  /// CSV: times of day at which every trading day with a good row has a clock frame. A recorded feed has its own.
  std::vector<duration> clock_times;
};

struct tick_load {
  frame_batch frames;                  ///< in range, counted from 1
  std::vector<feed_problem> problems;  ///< in file and line order
  std::size_t files = 0;               ///< read, the unusable ones too
  std::uint64_t good_rows = 0;         ///< in range or not
  std::string error;                   ///< the path cannot be read at all; then the rest is empty
};

/// A single file whose first character is `{` is a recorded feed: one market.ticks envelope a line, its frames taken as
/// they are. Any other is CSV under a header; one with another header is left out whole. Files are read line by line,
/// in order of name; about 40 bytes a tick and 32 a frame stay in memory.
[[nodiscard]] tick_load load_ticks(const tick_selection& selection, const instrument_table& instruments,
                                   const trading_session& session);

}  // namespace bulkhead
