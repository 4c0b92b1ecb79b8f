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
                              venue_reports,    // the client of a broker with its own clock
                              account_stated,   // the same
                              inbox_items,      // inbox
                              operate,          // control: an operator's command
                              ask_status,       // control
                              check_steps>;     // itself

/// Signals from outside.
using inbox_actor = actor_of<role_up,        // supervisor
                             inbox_open,     // bridge
                             inbox_taken,    // bridge
                             inbox_heard,    // itself, from the source's thread
                             letter_buried,  // itself, from the source's thread
                             inbox_again>;   // itself: a pause is over

/// Journal to views.
using projector_actor = actor_of<role_up,          // supervisor
                                 project_up_to,    // bridge
                                 projected_known,  // itself, from the store's thread
                                 records_read,     // itself, from the journal's thread
                                 projection_done,  // itself, from the store's thread
                                 project_again>;   // itself: retry after an error

/// Journal to topics.
using publisher_actor = actor_of<role_up,             // supervisor
                                 project_up_to,       // bridge
                                 published_position,  // itself, from the topics' thread
                                 records_read,        // itself, from the journal's thread
                                 published,           // itself, from the topics' thread
                                 publish_again>;      // itself: retry after an error

/// Feed to market.ticks.
using ticks_publisher_actor = actor_of<role_up,             // supervisor: the feed (re)started
                                       frames,              // feed
                                       published_position,  // itself, from the topics' thread
                                       published,           // itself, from the topics' thread
                                       publish_again>;      // itself: retry after an error

using feed_actor = actor_of<role_up, subscribe, unsubscribe, readmit, credit, pump_feed, stop_feed>;

using runner_actor = actor_of<role_up,           // node: the feed (re)started
                              subscribe,         // bridges
                              unsubscribe,       // node
                              readmit,           // node
                              frames,            // feed
                              credit,            // bridges
                              strategy_command,  // whoever speaks for an operator
                              journal_opened,    // itself, from the journal's thread
                              records_read,      // itself, from the journal's thread
                              journal_durable,   // itself, from the journal's thread
                              cut_written,       // itself, from the journal's thread
                              check_steps>;      // itself

using supervisor_actor = actor_of<role_up,          // parent, a child that is a supervisor
                                  revoke_child,     // bridge
                                  restart_child,    // whoever speaks for an operator
                                  supervision_due,  // itself
                                  child_ready,      // a child that is a supervisor
                                  subtree_down,     // a child that is a supervisor
                                  stop_tree>;       // parent

/// Speaks in the node for a broker whose subtree is in a process of its own.
using compartment_actor = actor_of<role_up,         // supervisor: feed, runner (re)started
                                   process_said,    // itself, from the process's thread
                                   process_ended,   // itself, from the process's thread
                                   operate,         // control
                                   ask_status,      // control
                                   ask_process,     // control
                                   check_answers>;  // itself

using node_actor =
    actor_of<role_up, drain_node, broker_drained, views_current, runner_drained, subtree_down, stop_timeout,
             topics_current,     // publishers
             overrun,            // runner
             operate,            // control
             ask_status,         // control
             restart_broker,     // control
             ask_process,        // control
             strategy_command>;  // control

}  // namespace bulkhead::actors
