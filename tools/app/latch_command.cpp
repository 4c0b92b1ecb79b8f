// brokers kill, brokers release.
#include "runtime/roles/kill_file.hpp"
#include "tools/app/data_dir.hpp"
#include "tools/app/inspect_commands.hpp"
#include "tools/app/journal_access.hpp"
#include "tools/app/node_builder.hpp"
#include "tools/app/node_line.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;

void need_reason(const std::string& reason) {
  if (reason.find_first_not_of(" \t\n") != std::string::npos) return;
  throw command_error(exit_usage,
                      fmt::format("--reason: given \"{}\", allowed: a text; it is kept in the journal", reason));
}

kill_mode mode_named(const std::string& given) {
  for (const kill_mode m : {kill_mode::reduce_only, kill_mode::halt}) {
    if (given == to_string(m)) return m;
  }
  throw command_error(exit_usage, fmt::format("--mode: given \"{}\", allowed: reduce-only (exits still pass), halt "
                                              "(nothing passes)",
                                              given));
}

/// Without a node the latch on disk is all there is: the next start begins with it.
int kill_on_disk(const config::settings& s, const config::broker_settings& b, kill_mode mode, bool as_json) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(s.data_dir, ignored)) {
    throw command_error(exit_failed,
                        fmt::format("data_dir {}: there is no such folder, so nothing was closed; name the "
                                    "node's folder with --data-dir",
                                    s.data_dir.string()));
  }
  if (run_id(s).empty()) {  // hardly the folder that was meant
    throw command_error(
        exit_failed, fmt::format("nothing was closed: no node listens on {}, and {} holds no run; name the node's own "
                                 "--config or --data-dir",
                                 control_socket(s).string(), s.data_dir.string()));
  }
  data_dir_lock lock;
  const bool is_busy = !lock.take(s.data_dir).empty();
  kill_file{kill_file_of(s, b.id)}.write(mode);
  if (as_json) {
    fmt::print(
        "{}\n",
        json{{"ok", !is_busy}, {"node", is_busy ? "silent" : "not running"}, {"kill_on_disk", to_string(mode)}}.dump(
            1));
  } else if (!is_busy) {
    fmt::print("node: not running; {} is {} on disk ({}): the next start begins closed\n", b.id.str(), to_string(mode),
               kill_file_of(s, b.id).string());
    fmt::print("the reason is not in the journal: only a running node writes there\n");
  }
  if (!is_busy) return exit_done;
  fmt::print(stderr,
             "bulkhead: a node holds {} but does not listen on {}: IT MAY STILL TRADE. {} is {} on disk, which "
             "counts from its next start; stop that process now\n",
             s.data_dir.string(), control_socket(s).string(), b.id.str(), to_string(mode));
  return exit_failed;
}

}  // namespace

int broker_kill(const latch_options& options) {
  const auto s = load_or_explain(options.common);
  if (!s) return exit_usage;
  const config::broker_settings& b = broker_named(*s, options.broker);
  const kill_mode mode = mode_named(options.mode);
  need_reason(options.reason);
  if (node_runs(*s)) {
    const std::string whom = options.strategy.empty() ? b.id.str() : options.strategy + " at " + b.id.str();
    return tell_node(*s,
                     {{"command", "kill"},
                      {"broker", b.id.str()},
                      {"mode", to_string(mode)},
                      {"strategy", options.strategy},
                      {"reason", options.reason}},
                     options.common.json,
                     fmt::format("{} in {} is {}: {}", whom, s->data_dir.string(), to_string(mode),
                                 mode == kill_mode::halt ? "no order passes" : "only exits pass"));
  }
  if (!options.strategy.empty()) {
    throw command_error(exit_failed, fmt::format("node: not running; a latch on one strategy is kept by a running node "
                                                 "only: leave --strategy out to close {} from its next start, or start "
                                                 "the node first",
                                                 b.id.str()));
  }
  return kill_on_disk(*s, b, mode, options.common.json);
}

int broker_release(const latch_options& options) {
  const auto s = load_or_explain(options.common);
  if (!s) return exit_usage;
  const config::broker_settings& b = broker_named(*s, options.broker);
  if (options.confirm != options.broker) {
    throw command_error(exit_usage, fmt::format("--confirm: given \"{}\", allowed: {} (the broker's name once more; "
                                                "orders pass again after a release)",
                                                options.confirm, b.id.str()));
  }
  need_reason(options.reason);
  if (!node_runs(*s)) {
    throw command_error(exit_failed,
                        fmt::format("node: not running; a release is journaled before the gate opens, so it "
                                    "needs the node: `bulkhead run --resume --data-dir {}` starts it with the "
                                    "latch closed, then release",
                                    s->data_dir.string()));
  }
  const std::string whom = options.strategy.empty() ? b.id.str() : options.strategy + " at " + b.id.str();
  return tell_node(
      *s, {{"command", "release"}, {"broker", b.id.str()}, {"strategy", options.strategy}, {"reason", options.reason}},
      options.common.json, fmt::format("{} in {} is released: orders pass again", whom, s->data_dir.string()));
}

}  // namespace bulkhead::app
