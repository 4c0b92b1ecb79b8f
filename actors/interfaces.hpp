#pragma once
// Every typed handle of the node, with the sender of each message.
#include "actors/messages.hpp"

namespace bulkhead::actors {

template <class... Messages>
using actor_of = caf::typed_actor<caf::reacts_to<Messages>...>;

/// trader, risk_manager, portfolio: from their bridge. Only the trader places.
using role_actor = actor_of<recover_role,  // bridge: a session begins
                            work,          // bridge: one step, answered with work_done
                            apply_events,  // bridge: what other roles did
                            place_work,    // bridge: durable intents, answered with place_done
                            role_up>;      // supervisor: not used by roles

/// The sequencer of one broker.
using bridge_actor = actor_of<role_up,          // supervisors: roles, feed, runner (re)started
                              journal_opened,   // itself, from the journal's thread
                              journal_durable,  // itself, from the journal's thread
                              cut_written,      // itself, from the journal's thread
                              frames,           // feed
                              frame_signals,    // runner
                              work_done,        // a role
                              place_done,       // the trader
                              check_steps>;     // itself

/// Journal to views.
using projector_actor = actor_of<role_up,          // supervisor
                                 project_up_to,    // bridge
                                 projected_known,  // itself, from the store's thread
                                 records_read,     // itself, from the journal's thread
                                 projection_done,  // itself, from the store's thread
                                 project_again>;   // itself: retry after an error

using feed_actor = actor_of<role_up, subscribe, unsubscribe, credit, pump_feed, stop_feed>;

using runner_actor = actor_of<role_up, subscribe, unsubscribe, frames, credit, journal_opened, cut_written>;

using supervisor_actor = actor_of<role_up, revoke_child, restart_due, stop_tree, stop_timeout>;

using node_actor =
    actor_of<role_up, drain_node, broker_drained, views_current, runner_drained, subtree_down, stop_timeout>;

}  // namespace bulkhead::actors
