#include "tools/app/feed_check.hpp"

#include <fmt/core.h>

namespace bulkhead::app {

void report_feed_problems(const feed_source& source) {
  constexpr std::size_t shown = 10;
  const auto& problems = source.problems();
  for (std::size_t i = 0; i < problems.size() && i < shown; ++i) {
    fmt::print(stderr, "{}:{}: {}\n", problems[i].file, problems[i].line, problems[i].what);
  }
  if (problems.size() > shown) fmt::print(stderr, "... and {} more malformed rows\n", problems.size() - shown);
  if (!problems.empty()) fmt::print(stderr, "feed: {} malformed rows left out\n", problems.size());
}

}  // namespace bulkhead::app
