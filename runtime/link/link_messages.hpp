#pragma once
// What crosses between a node and a broker's subtree in a process of its own. Instruments cross as their index: both
// sides have the same list, which the settings' fingerprint in `hello` holds. Nothing else reaches the other side.
#include "runtime/domain/events.hpp"
#include "runtime/domain/market.hpp"
#include "runtime/domain/signal.hpp"
#include "runtime/domain/steps.hpp"
#include "runtime/domain/strategy_notice.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace bulkhead::link {

/// Whom the node speaks for.
enum class source : std::uint8_t { feed, runner };

// -- to the process ---------------------------------------------------------------------------------------------------

/// The feed or the runner has (re)started: subscribe again.
struct peer_up {
  source from = source::feed;
  std::uint64_t number = 0;  ///< incarnation
};
/// From the feed; an empty batch with `end`: there is no more.
struct frame_part {
  std::uint64_t subscription = 0;            ///< the one that it answers; older ones are ignored
  std::shared_ptr<const frame_batch> batch;  ///< never null once decoded
  bool end = false;
  std::vector<feed_noticed> notices;
};
/// From the runner: its whole answer up to `through`.
struct signal_part {
  std::uint64_t subscription = 0;
  feed_seq through = 0;
  std::vector<signal> signals;
  std::vector<strategy_notice> notices;
  feed_seq refuse_entries_through = 0;
};
struct command {
  std::uint64_t ticket = 0;  ///< comes back in the answer
  operator_command what;
};
struct status_question {
  std::uint64_t ticket = 0;
};
/// What a process can be asked apart from trading: JSON in, JSON out.
struct query {
  std::uint64_t number = 0;
  std::string text;
};
/// End in order, now.
struct stop {};

// -- to the node ------------------------------------------------------------------------------------------------------

/// The first message of a process: who it is. Anything that the node did not expect is refused.
struct hello {
  std::uint64_t pid = 0;
  std::string version;
  std::string build;  ///< the very file that runs
  std::string broker;
  std::uint32_t schema = 0;  ///< of the journal's snapshots
  std::string settings;      ///< fingerprint
};
struct subscribed {
  source to = source::feed;
  std::uint64_t subscription = 0;  ///< counts up; what is sent for an older one is ignored
  feed_seq from = 1;
  feed_seq seen = 0;
};
/// Credit for feed and runner.
struct progress {
  feed_seq processed = 0;
  feed_seq resume = 0;
};
struct command_answer {
  std::uint64_t ticket = 0;
  std::string error;
  std::vector<std::string> events;  ///< as in the journal
  std::vector<std::string> at_gate;
};
struct status_answer {
  std::uint64_t ticket = 0;
  std::string down;
  bool is_open = false;
  std::string outage;
  std::uint64_t last_seq = 0;
  std::uint64_t durable_seq = 0;
  feed_seq processed = 0;
  timestamp event_time;
  kill_mode kill = kill_mode::off;
  std::array<std::uint64_t, role_count> incarnations{};
};
struct drained {
  std::uint64_t last_seq = 0;
};
struct views {
  std::uint64_t seq = 0;
};
/// A start, restart or end in the subtree.
struct supervised {
  std::string path;
  std::uint64_t number = 0;
  std::string what;
  std::string reason;
};
struct query_answer {
  std::uint64_t number = 0;
  std::string text;
};
/// The subtree failed more often than its limits allow: the process ends, and must not be started again.
struct gave_up {
  std::string reason;
};

using to_process = std::variant<peer_up, frame_part, signal_part, command, status_question, query, stop>;
using to_node = std::variant<hello, subscribed, progress, command_answer, status_answer, drained, views, supervised,
                             query_answer, gave_up>;

}  // namespace bulkhead::link
