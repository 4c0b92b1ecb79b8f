// brokers restart.
#include "tools/app/inspect_commands.hpp"
#include "tools/app/journal_access.hpp"
#include "tools/app/node_line.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {

int broker_restart(const named_options& options) {
  const auto s = load_or_explain(options.common);
  if (!s) return exit_usage;
  const config::broker_settings& b = broker_named(*s, options.name);
  if (!node_runs(*s)) {
    throw command_error(exit_failed, fmt::format("node: not running on {}; `bulkhead run --resume` starts it with all "
                                                 "its brokers, isolated ones too",
                                                 s->data_dir.string()));
  }
  return tell_node(*s, {{"command", "restart"}, {"broker", b.id.str()}}, options.common.json,
                   fmt::format("{0} starts again from its journal; entries of the time it was isolated end as "
                               "rejections, exits go on: `bulkhead brokers show {0}` tells how it stands",
                               b.id.str()));
}

}  // namespace bulkhead::app
