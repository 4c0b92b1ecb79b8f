#pragma once
// Every message of the node, once. They stay within the process: facts travel between processes and nodes as journal
// records (runtime/domain/event_codec.hpp), never as these structs, so none of them has a wire format.
#include "runtime/domain/steps.hpp"
#include "runtime/ports/journal.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/all.hpp>

namespace bulkhead::actors {

/// Number of a start of a role, from 1. What an older incarnation still sends is ignored.
using incarnation = std::uint64_t;
/// A bridge's hold on its journal: the epoch that its open() took. Messages of another session are ignored.
using session = std::uint64_t;

// -- supervision ------------------------------------------------------------------------------------------------------

/// A child (re)started: its address under this path ("feed", "runner", "paper/trader") from now on.
struct role_up {
  std::string path;
  incarnation number = 0;
  caf::actor handle;
};
/// To a supervisor: this incarnation did not answer in time; end it and start another.
struct revoke_child {
  std::string name;
  incarnation number = 0;
};
/// To a supervisor, from itself: the backoff is over.
struct restart_due {
  std::string name;
};
/// To a supervisor: stop the children in reverse order, then quit.
struct stop_tree {};
/// To a supervisor, from itself: a child did not stop in time.
struct stop_timeout {
  std::string name;
};

// -- feed and runner --------------------------------------------------------------------------------------------------

/// The runner as a consumer of the feed; not a valid broker id.
inline const std::string runner_consumer = "_runner";

/// To feed or runner: send me everything from this frame on. Replaces an earlier subscription of that consumer.
struct subscribe {
  std::string consumer;  ///< broker id, or runner_consumer
  feed_seq from = 1;
  feed_seq seen = 0;  ///< processed in an earlier life: frames up to here are not news, whatever the pace
  caf::actor who;
};
/// To feed or runner: this consumer is isolated; do not wait for it.
struct unsubscribe {
  std::string consumer;
};
/// Frames in order; `end`: the feed has no more after these (the batch may be empty).
struct frames {
  std::shared_ptr<const frame_batch> batch;
  bool end = false;
};
/// The runner's whole answer to one broker for the frames up to `through`; empty is an answer too.
struct frame_signals {
  feed_seq through = 0;
  std::vector<signal> signals;
};
/// From a consumer: processed up to here; after a crash it would come back for the signals after `resume`.
struct credit {
  std::string consumer;
  feed_seq processed = 0;
  feed_seq resume = 0;
};
/// To itself: go on sending.
struct pump_feed {};
/// To the feed: end after what was sent.
struct stop_feed {};

// -- bridge and roles -------------------------------------------------------------------------------------------------

/// Opens a session with a role: take up this state, then answer to this bridge.
struct recover_role {
  session in = 0;
  role_recovery from;
  caf::actor bridge;
};
struct work {
  session in = 0;
  step_request step;
};
struct work_done {
  session in = 0;
  incarnation by = 0;
  step_result result;
};
/// Sequenced events that another role made.
struct apply_events {
  session in = 0;
  event_list events;
};
struct place_work {
  session in = 0;
  place_request request;
};
struct place_done {
  session in = 0;
  incarnation by = 0;
  place_result result;
};
/// To a bridge, from itself, at a steady pace: is a step overdue?
struct check_steps {};

// -- journal, views ---------------------------------------------------------------------------------------------------

struct journal_opened {
  journal_status status;
  journal_recovery recovery;
};
struct journal_durable {
  session in = 0;
  journal_status status;
  std::uint64_t seq = 0;
};
struct cut_written {
  session in = 0;
  journal_status status;
  feed_seq feed = 0;
};
/// To the projector: the journal is durable up to here.
struct project_up_to {
  std::uint64_t seq = 0;
};
struct projected_known {
  std::string error;
  std::uint64_t seq = 0;
};
struct records_read {
  journal_status status;
  std::vector<journal_record> records;
};
struct projection_done {
  std::string error;
  std::uint64_t seq = 0;
};
struct project_again {};

// -- node -------------------------------------------------------------------------------------------------------------

/// To the node: end the run in order (Ctrl-C, end of data).
struct drain_node {};
/// From a bridge: everything is processed, durable and cut.
struct broker_drained {
  broker_id broker;
  std::uint64_t last_seq = 0;
};
/// From a projector: the views hold everything that is durable.
struct views_current {
  broker_id broker;
  std::uint64_t seq = 0;
};
struct runner_drained {};
/// From a supervisor to the node: this subtree gave up.
struct subtree_down {
  std::string name;
  std::string reason;
};
/// To whoever waits for the end of the run.
struct node_finished {
  std::vector<subtree_down> isolated;
};

}  // namespace bulkhead::actors

// clang-format off
#define BULKHEAD_MESSAGES(X) \
  X(role_up) X(revoke_child) X(restart_due) X(stop_tree) X(stop_timeout) \
  X(subscribe) X(unsubscribe) X(frames) X(frame_signals) X(credit) \
  X(pump_feed) X(stop_feed) X(recover_role) X(work) X(work_done) \
  X(apply_events) X(place_work) X(place_done) X(check_steps) X(journal_opened) \
  X(journal_durable) X(cut_written) X(project_up_to) X(projected_known) X(records_read) \
  X(projection_done) X(project_again) X(drain_node) X(broker_drained) X(views_current) \
  X(runner_drained) X(subtree_down) X(node_finished)
// clang-format on

CAF_BEGIN_TYPE_ID_BLOCK(bulkhead_messages, caf::first_custom_type_id)
#define BULKHEAD_ADD(T) CAF_ADD_TYPE_ID(bulkhead_messages, (bulkhead::actors::T))
BULKHEAD_MESSAGES(BULKHEAD_ADD)
#undef BULKHEAD_ADD
CAF_END_TYPE_ID_BLOCK(bulkhead_messages)

#define BULKHEAD_LOCAL(T) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bulkhead::actors::T)
BULKHEAD_MESSAGES(BULKHEAD_LOCAL)
#undef BULKHEAD_LOCAL
