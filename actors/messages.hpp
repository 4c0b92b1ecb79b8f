#pragma once
// Every message of the node, once. They stay within the process: facts travel between nodes as journal records
// (runtime/domain/event_codec.hpp), and to a broker's own process as the messages of runtime/link, never as these
// structs, so none of them has a wire format.
#include "runtime/domain/account_statement.hpp"
#include "runtime/domain/inbox_queue.hpp"
#include "runtime/domain/steps.hpp"
#include "runtime/domain/strategy_notice.hpp"
#include "runtime/link/link_messages.hpp"
#include "runtime/ports/event_publisher.hpp"
#include "runtime/ports/inbox.hpp"
#include "runtime/ports/journal.hpp"

#include <array>
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
/// To a supervisor, from an operator: stop this child and start it again. Not counted as a failure.
struct restart_child {
  std::string name;
};
/// To a supervisor, from itself: a delay is over.
struct supervision_due {
  std::uint64_t timer = 0;
};
/// To a supervisor, from a child that is one: all its children have started.
struct child_ready {
  std::string name;
  incarnation number = 0;
};
/// To a supervisor: stop the children in reverse order, then quit.
struct stop_tree {};
/// To the node, from itself: its patience at the end is over.
struct stop_timeout {};

// -- feed and runner --------------------------------------------------------------------------------------------------

/// The runner as a consumer of the feed; not a valid broker id.
inline const std::string runner_consumer = "_runner";
/// The publisher of market.ticks as a consumer of the feed; not a valid broker id.
inline const std::string ticks_consumer = "_ticks";

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
/// To feed or runner: an isolated consumer starts again and will subscribe. Nobody waits for it until it has caught up.
struct readmit {
  std::string consumer;
  feed_seq newest = 0;  ///< frame at that time: entries of frames up to it are too old to be acted on
};
/// Frames in order; `end`: the feed has no more after these (the batch may be empty).
struct frames {
  std::shared_ptr<const frame_batch> batch;
  bool end = false;
  std::vector<feed_noticed> notices;  ///< what this consumer missed in these frames: ticks left out, by instrument
};
/// The runner's whole answer to one broker for the frames up to `through`; empty is an answer too. After a restart of
/// either side a notice may come again, under the same (feed, ordinal).
struct frame_signals {
  feed_seq through = 0;
  std::vector<signal> signals;
  std::vector<strategy_notice> notices;  ///< each follows its frame, which is not above `through`
  feed_seq refuse_entries_through = 0;   ///< entries of frames up to here end as rejections; exits go on
};
/// To the runner: what an operator asks of the strategies. Answered once; a sender that got no answer in time asks for
/// the state before it asks again.
struct strategy_command {
  std::uint64_t id = 0;  ///< the sender's own; comes back in the answer
  std::string what;      ///< "pause", "resume", "reload"; "show": answered at once, the text is JSON by name
  strategy_id strategy;  ///< pause, resume
  caf::actor reply;
};
/// To the sender of a command, once it is durable and in effect; or refused, and then nothing changed.
struct strategy_command_done {
  std::uint64_t id = 0;
  std::string error;  ///< why it was refused; empty: done
  std::string text;   ///< for people: what was done and since which frame
};
/// From a consumer: processed up to here; after a crash it would come back for the signals after `resume`.
struct credit {
  std::string consumer;
  feed_seq processed = 0;
  feed_seq resume = 0;
};
/// To itself: go on sending.
struct pump_feed {
  bool timed = false;  ///< the time of the next frame has come
};
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
/// To the bridge, from a broker's client with a clock of its own: what happened to our orders.
struct venue_reports {
  std::vector<broker_update> updates;
};
/// To the bridge, from a broker's client with a clock of its own: what the broker holds of our account.
struct account_stated {
  std::shared_ptr<const account_statement> statement;
};
/// To the node, which hands it to that broker's bridge: what an operator asks. Answered with `operated` once it is
/// durable, or refused at once.
struct operate {
  broker_id broker;
  std::uint64_t ticket = 0;  ///< of the asker; unique while it waits
  operator_command command;
  caf::actor who;
};
struct operated {
  broker_id broker;
  std::uint64_t ticket = 0;
  std::string error;                     ///< empty: done
  event_list events;                     ///< what it became
  std::vector<client_order_id> at_gate;  ///< orders that passed the gate and have no answer yet
};
/// To the node, which hands it to that broker's bridge: where do you stand? Answered with bridge_status.
struct ask_status {
  broker_id broker;
  std::uint64_t ticket = 0;
  caf::actor who;
};
struct bridge_status {
  std::uint64_t ticket = 0;
  broker_id broker;
  std::string down;       ///< why the subtree is isolated, or has no bridge at the moment; empty: it runs
  timestamp isolated_at;  ///< wall time; 0: it is not isolated
  bool is_open = false;   ///< its journal is open and its roles are served
  std::string outage;     ///< why its journal acknowledges nothing just now; empty: none
  std::uint64_t last_seq = 0;
  std::uint64_t durable_seq = 0;
  feed_seq processed = 0;
  timestamp event_time;
  kill_mode kill = kill_mode::off;
  std::array<incarnation, role_count> incarnations{};
};
/// From a bridge to its inbox: the journal is open; hand me what follows these positions.
struct inbox_open {
  session in = 0;
  inbox_positions positions;
  caf::actor bridge;
};
/// From the inbox to its bridge, in order.
struct inbox_items {
  session in = 0;
  std::vector<inbox_item> items;
};
/// From a bridge to its inbox: so many items of this session wait no more.
struct inbox_taken {
  session in = 0;
  std::uint64_t items = 0;
};
/// To an inbox, from its source's thread.
struct inbox_heard {
  std::uint64_t generation = 0;  ///< of the listener
  std::vector<inbox_record> records;
  std::optional<inbox_move> moved;
  std::optional<std::string> trouble;  ///< empty text: it is over
};
/// To an inbox, from its source's thread: a dead letter is kept, or why not.
struct letter_buried {
  std::uint64_t generation = 0;
  std::string error;
};
/// To an inbox, from itself: a pause is over.
struct inbox_again {
  std::uint64_t generation = 0;
};
/// To a bridge or the runner, from itself, at a steady pace: is a step overdue, or the journal?
struct check_steps {};

// -- a broker in a process of its own
// -----------------------------------------------------------------------------------

/// To a compartment, from its process's thread.
struct process_said {
  link::to_node what;
};
/// To a compartment: its process is gone and reaped.
struct process_ended {
  std::string reason;
};
/// To the node, which hands it to that broker's compartment: JSON for the process to answer, apart from trading.
struct ask_process {
  broker_id broker;
  std::uint64_t ticket = 0;
  std::string text;
  caf::actor who;
};
struct process_told {
  std::uint64_t ticket = 0;
  std::string error;  ///< why there is no answer; empty: there is
  std::string text;
};
/// To a compartment, from itself: is an answer overdue?
struct check_answers {};
/// In the process: to the stand-in of feed or runner, from the link.
struct node_said {
  link::to_process what;
};
/// In the process, to its heart, from itself.
struct beat_heart {};

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
/// To a publisher, from itself: where the topics end.
struct published_position {
  std::string error;
  publish_mark at;
};
/// To a publisher, from itself: what it handed over up to here is acknowledged, or may not be.
struct published {
  std::string error;
  std::uint64_t seq = 0;
};
/// To a publisher, from itself: a pause is over.
struct publish_again {};

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
/// From a publisher: the topics hold everything that is durable, or, from the one of market.ticks, every frame of the
/// feed.
struct topics_current {
  std::string publisher;  ///< broker id, or ticks_consumer
  std::uint64_t seq = 0;
};
struct runner_drained {};
/// From a supervisor to the node: this subtree gave up.
struct subtree_down {
  std::string name;
  std::string reason;
  timestamp at;  ///< wall time, set by the node
};
/// To the node, from an operator: start the subtree of an isolated broker again. Answered with broker_restarted.
struct restart_broker {
  broker_id broker;
  std::uint64_t ticket = 0;  ///< of the asker
  caf::actor who;
};
struct broker_restarted {
  broker_id broker;
  std::uint64_t ticket = 0;
  std::string error;             ///< why it was refused; empty: it starts
  feed_seq entries_refused = 0;  ///< entries of frames up to here end as rejections
};
/// From the runner to the node: this broker is too far behind to be kept up with. Isolated like one that gave up.
struct overrun {
  broker_id broker;
  std::string reason;
};
/// To whoever waits for the end of the run.
struct node_finished {
  std::vector<subtree_down> isolated;
};

}  // namespace bulkhead::actors

// clang-format off
#define BULKHEAD_MESSAGES(X) \
  X(role_up) X(revoke_child) X(restart_child) X(supervision_due) X(child_ready) X(stop_tree) X(stop_timeout) \
  X(subscribe) X(unsubscribe) X(readmit) X(frames) X(frame_signals) X(credit) \
  X(pump_feed) X(stop_feed) X(recover_role) X(work) X(work_done) \
  X(apply_events) X(place_work) X(place_done) X(check_steps) X(journal_opened) \
  X(venue_reports) X(operate) X(operated) X(ask_status) X(bridge_status) \
  X(journal_durable) X(cut_written) X(project_up_to) X(projected_known) X(records_read) \
  X(projection_done) X(project_again) X(drain_node) X(broker_drained) X(views_current) \
  X(runner_drained) X(subtree_down) X(restart_broker) X(broker_restarted) X(overrun) X(node_finished) \
  X(strategy_command) X(strategy_command_done) X(process_said) X(process_ended) X(ask_process) \
  X(published_position) X(published) X(publish_again) X(topics_current) \
  X(inbox_open) X(inbox_items) X(inbox_taken) X(inbox_heard) X(letter_buried) X(inbox_again) \
  X(process_told) X(check_answers) X(node_said) X(beat_heart) X(account_stated)
// clang-format on

CAF_BEGIN_TYPE_ID_BLOCK(bulkhead_messages, caf::first_custom_type_id)
#define BULKHEAD_ADD(T) CAF_ADD_TYPE_ID(bulkhead_messages, (bulkhead::actors::T))
BULKHEAD_MESSAGES(BULKHEAD_ADD)
#undef BULKHEAD_ADD
CAF_END_TYPE_ID_BLOCK(bulkhead_messages)

#define BULKHEAD_LOCAL(T) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bulkhead::actors::T)
BULKHEAD_MESSAGES(BULKHEAD_LOCAL)
#undef BULKHEAD_LOCAL
