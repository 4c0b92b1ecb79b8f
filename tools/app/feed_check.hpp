#pragma once
// Says on standard error what a feed refused on loading: the first lines in full, the rest as a count.
#include "runtime/ports/feed_source.hpp"

namespace bulkhead::app {

void report_feed_problems(const feed_source& source);

}  // namespace bulkhead::app
