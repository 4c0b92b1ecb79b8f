#pragma once
// Options that commands share, and the commands that look into what brokers did. For the command line alone.
#include "tools/app/commands.hpp"

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

namespace bulkhead::app {

/// An option of the command line that overrides a key of the configuration. `options` outlives the parse.
void override_option(CLI::App& command, common_options& options, const std::string& flag, const std::string& key,
                     const std::string& doc);
/// --config, --json, --set.
void add_common(CLI::App& command, common_options& options);

/// brokers, strategies, orders, positions, replay, and what `journal` has beside `dump`: call after `journal` is there.
void add_inspect(CLI::App& app, std::function<int()>& chosen);

/// dlq ls, show, replay, purge.
void add_dlq(CLI::App& app, std::function<int()>& chosen);

}  // namespace bulkhead::app
