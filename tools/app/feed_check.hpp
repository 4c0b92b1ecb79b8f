#pragma once
// What is to be said about a feed before it moves anything.
#include "config/settings.hpp"
#include "runtime/ports/feed_source.hpp"

#include <string>

namespace bulkhead::app {

/// Says on standard error what a feed refused on loading: the first lines in full, the rest as a count.
void report_feed_problems(const feed_source& source);

/// A broker that would place orders in a real market, on ticks that are not that market's: recorded or made up. What is
/// wrong and what to do; empty: there is none. A simulator on this machine (http://) is no real market.
[[nodiscard]] std::string orders_on_recorded_ticks(const config::settings& s);

}  // namespace bulkhead::app
