#pragma once
// What a source of files says when a selection of them gives no row: one text for bars and ticks.
#include "runtime/ports/feed_source.hpp"

#include <string>

#include <fmt/format.h>

namespace bulkhead {

/// Of a bar_selection and its bar_load, or a tick_selection and its tick_load.
template <class Selection, class Load>
[[nodiscard]] std::string nothing_usable(const Selection& selection, const Load& load) {
  std::string text = fmt::format("{}: no usable row from {} to {}: {} files, {} good rows in all, {} problems",
                                 selection.path.string(), selection.from ? to_string(*selection.from) : "the start",
                                 selection.to ? to_string(*selection.to) : "the end", load.files, load.good_rows,
                                 load.problems.size());
  if (!load.problems.empty()) {
    const feed_problem& first = load.problems.front();
    text += fmt::format("; the first: {}:{}: {}", first.file, first.line, first.what);
  }
  return text + "; check the path and the range of dates";
}

}  // namespace bulkhead
