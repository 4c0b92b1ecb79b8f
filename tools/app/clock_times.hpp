#pragma once
// The times at which a feed puts clock frames between its ticks.
#include "config/settings.hpp"

#include <vector>

namespace bulkhead::app {

/// The square-off times of the brokers, each once: so late it gets in a silent market too.
[[nodiscard]] std::vector<duration> clock_times_of(const config::settings& s);

}  // namespace bulkhead::app
