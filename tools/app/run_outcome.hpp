#pragma once
// What a run tells at its end.
#include "actors/messages.hpp"
#include "config/settings.hpp"
#include "tools/app/commands.hpp"
#include "tools/app/node_builder.hpp"

#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::app {

struct run_outcome {
  std::vector<actors::subtree_down> isolated;
  bool interrupted = false;
};

/// The most that each bounded queue held, beside what it may hold. A step's events are appended whole, so events not
/// durable may pass their limit by one step.
[[nodiscard]] nlohmann::json bounds_json(const node_parts& parts);

/// The tables or the JSON on standard output, notes on standard error; reads the journals. The exit status.
[[nodiscard]] int print_outcome(const run_options& options, const config::settings& s, const run_outcome& outcome,
                                const nlohmann::json& bounds);

}  // namespace bulkhead::app
