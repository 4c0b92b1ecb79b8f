#pragma once
// The line from a command to the node that runs on the same data folder, if one does.
#include "config/settings.hpp"

#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace bulkhead::app {

/// Where the node of these settings listens for its operator.
[[nodiscard]] std::filesystem::path control_socket(const config::settings& s);

/// Whether a node listens there.
[[nodiscard]] bool node_runs(const config::settings& s);

/// What a running node says of itself, at the time of asking.
struct node_answer {
  bool runs = false;
  std::string trouble;                             ///< it runs, but did not answer so: why
  nlohmann::json body = nlohmann::json::object();  ///< its answer; empty: none

  /// "running", "not running", or what is wrong with it.
  [[nodiscard]] std::string state() const;
  /// Its word on one broker; nullptr: it has none.
  [[nodiscard]] const nlohmann::json* broker(const broker_id& id) const;
};

/// The brokers that the node has isolated: id -> since when and why.
[[nodiscard]] nlohmann::json isolated_brokers(const config::settings& s, const node_answer& node);
/// A line for each of them: what their journals show is what was last known.
void print_isolated(const config::settings& s, const node_answer& node);

/// What the node that was asked says of its live feed: state (live, STALE; "not known": no answer), since, reason.
/// null: none runs, or its feed is not a live one.
[[nodiscard]] nlohmann::json live_feed_of(const config::settings& s, const node_answer& node);
/// "live since 2022-01-03T09:15:00+05:30", or "STALE since ...: why".
[[nodiscard]] std::string live_feed_text(const nlohmann::json& feed);
/// A line on standard output, if there is a live feed: below whatever shows prices.
void print_live_feed(const nlohmann::json& feed);

/// Asks `command` without further fields. Never throws: a read command goes on without the node.
[[nodiscard]] node_answer ask_if_running(const config::settings& s, const std::string& command);

/// Sends an order of the operator and prints what became of it: `done` and the node's note, or its refusal on standard
/// error. With `json` the whole answer on standard output. Returns the exit code.
[[nodiscard]] int tell_node(const config::settings& s, const nlohmann::json& request, bool json,
                            const std::string& done);

}  // namespace bulkhead::app
