#pragma once
// Reads bars from one CSV file or from all `*.csv` of a folder. Blocking file access: at start only.
#include "runtime/feeds/bar_csv.hpp"
#include "runtime/ports/feed_source.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead {

struct bar_selection {
  std::filesystem::path path;
  std::optional<trade_date> from;  ///< inclusive; nullopt: no bound
  std::optional<trade_date> to;    ///< inclusive; nullopt: no bound
};

struct bar_load {
  std::vector<bar> bars;               ///< the good rows in range, in file and line order
  std::vector<feed_problem> problems;  ///< in file and line order
  std::size_t files = 0;               ///< read, the unusable ones too
  std::uint64_t good_rows = 0;         ///< in range or not
  std::string error;                   ///< the path cannot be read at all; then the rest is empty
};

/// Files in order of name. A file that cannot be read, or whose first line is not the header, is one problem and left
/// out whole: its columns may mean anything. An empty line is no row. Rows out of range are checked like all others,
/// then left out.
[[nodiscard]] bar_load load_bars(const bar_selection& selection, const instrument_table& instruments);

}  // namespace bulkhead
