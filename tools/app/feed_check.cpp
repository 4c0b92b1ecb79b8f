#include "tools/app/feed_check.hpp"

#include "runtime/brokers/registry.hpp"

#include <fmt/format.h>

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

std::string orders_on_recorded_ticks(const config::settings& s) {
  if (s.feed.kind == "kite") return {};
  for (const config::broker_settings& b : s.brokers) {
    const broker_kind* kind = find_kind(b.kind);
    const bool is_real = kind != nullptr && kind->clock == venue_clock::own && !is_rehearsal(b.kite);
    if (!b.enabled || !is_real) continue;
    return fmt::format(
        "trading.{0}.enabled: true with feed.kind {1}: real orders at {2} on ticks that are not of now; allowed: "
        "feed.kind kite (docs/zerodha.md), trading.{0}.enabled: false, or trading.{0}.kite.url of a simulator "
        "(docs/kite-simulator.md)",
        b.id.str(), s.feed.kind, b.kite.url);
  }
  return {};
}

}  // namespace bulkhead::app
