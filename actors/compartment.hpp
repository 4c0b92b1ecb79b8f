#pragma once
// A broker in a process of its own, as the node sees it: the one child of the broker's supervisor here. It starts the
// process, subscribes to feed and runner for it, hands on what they send and what an operator asks, and fails when the
// process does: its supervisor's restart is the process's restart. Never waits for the process: what goes to it is
// queued, within bounds, by the process's own thread.
//
// Frames and signals are sent on by a relay, one for each subscription: what still comes for an earlier subscription
// bears its number, and the process ignores it.
#include "actors/interfaces.hpp"
#include "actors/supervisor.hpp"
#include "runtime/domain/event_codec.hpp"
#include "runtime/process/process_slot.hpp"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace bulkhead::actors {

/// The way to a process; process::process_slot in a node. No call may block.
struct process_door {
  std::function<std::uint64_t(process::slot_listener)> start;
  std::function<bool(std::uint64_t ticket, std::string bytes)> send;
  std::function<void(std::uint64_t ticket, std::string reason)> end;
};

struct compartment_config {
  broker_id broker;
  std::shared_ptr<const instrument_table> instruments;
  link::hello expected;  ///< pid aside
  process_door door;
  /// Gets what the subtree's own supervisors report; called on a scheduler thread.
  std::function<void(const supervision_event&)> log = [](const supervision_event&) {};
  node_actor node;
  std::chrono::milliseconds patience{4000};  ///< for an answer of the process to an operator
  std::size_t frame_bytes = 256UL * 1024;    ///< of frames in one message to the process, about
  std::size_t signals_at_once = 1024;        ///< in one message to the process, and what else is of their last frame
  /// Frames of the feed, 0: not known, or endless. What the process says of frames is held against it: a damaged one
  /// must not move the feed of the others. Thread-safe.
  std::function<std::uint64_t()> frames = [] { return std::uint64_t{0}; };
  int most_unhandled = 4096;      ///< messages of the process that wait here; then it is not read
  std::size_t most_asked = 1000;  ///< questions that wait for it
};

struct compartment_state {
  struct question {
    std::uint64_t ticket = 0;  ///< of the asker
    caf::actor who;
    caf::actor_clock::time_point until{};
    enum class kind : std::uint8_t { command, status, query } what = kind::command;
  };
  struct peer {
    caf::actor handle;                        ///< feed or runner
    std::optional<link::subscribed> pending;  ///< the process asked before the handle was known
    caf::actor relay;
  };

  explicit compartment_state(compartment_actor::pointer self) : self(self) {}
  compartment_state(const compartment_state&) = delete;
  compartment_state& operator=(const compartment_state&) = delete;
  ~compartment_state();

  void begin(compartment_config c);
  void role_changed(const role_up& up);
  void heard(const process_said& message);
  void ended(const process_ended& message);
  void stop_process();
  void check_frame(feed_seq frame) const;
  template <class Message>
  void ask(const Message& message, question::kind kind, const std::function<link::to_process(std::uint64_t)>& make);
  void check();

  void on(const link::hello& m);
  void on(const link::subscribed& m);
  void on(const link::progress& m);
  void on(const link::command_answer& m);
  void on(const link::status_answer& m);
  void on(const link::drained& m);
  void on(const link::views& m);
  void on(const link::supervised& m);
  void on(const link::query_answer& m);
  void on(const link::gave_up& m);

  void subscribe_for(peer& p, const link::subscribed& m);
  void send(const link::to_process& m);
  /// To the asker: there is no answer, and why.
  void refuse(const question& q, const std::string& why) const;
  std::optional<question> take_question(std::uint64_t number);
  peer& at(link::source s) { return peers[static_cast<std::size_t>(s)]; }

  static inline const char* name = "compartment";
  compartment_actor::pointer self;
  compartment_config config;
  std::unique_ptr<event_codec> codec;
  std::shared_ptr<std::atomic<int>> unhandled = std::make_shared<std::atomic<int>>(0);
  std::uint64_t ticket = 0;  ///< of the process
  bool greeted = false;      ///< it said hello, and is the one that was expected
  bool stopping = false;
  std::string for_good;  ///< why it must not be started again
  std::array<peer, 2> peers;
  std::map<std::uint64_t, question> asked;  ///< by our own number
  std::uint64_t next_question = 1;
};

compartment_actor::behavior_type compartment(compartment_actor::stateful_pointer<compartment_state> self,
                                             compartment_config config);

}  // namespace bulkhead::actors
