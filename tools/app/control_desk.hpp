#pragma once
// What an operator may ask of a running node, apart from how the question travels: a request and its answer as JSON.
// Thread-safe; every call blocks until the node answers or its patience ends. One kill or release of a broker at a
// time.
//
// Requests: {"command": ..., "broker": ..., ...}. Answers: {"ok": true, ...} or {"ok": false, "error": ...}.
//   status                                   every broker: state, positions in journal and feed, latch, incarnations;
//                                            of a live feed: live or STALE, since when and why
//   feed                                     that alone; vitals and strategies.show have it, too
//   kill    broker, mode, strategy?, reason  closes the gate, syncs the latch to disk, journals
//   release broker, strategy?, reason        journals, then opens the gate
//   restart broker                           starts the subtree of an isolated broker again
//   cancel  broker, order | strategy | all   asks to cancel working orders
//   resolve broker, order, filled, price     the operator's word on an order that stayed unknown
//   vitals                                   what waits for each actor and what it is at
//   chaos   what, broker, actor, ...         disturbs one actor (chaos_desk.hpp)
//   strategies.pause | .resume | .reload   strategy, but for reload
//   process broker, ask                      hands `ask` to that broker's own process (tools/app/process_desk.hpp)
#include "actors/interfaces.hpp"
#include "tools/app/chaos_desk.hpp"
#include "tools/app/node_builder.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <nlohmann/json.hpp>

namespace bulkhead::app {

class control_desk {
 public:
  /// `parts` is copied where it matters; `system` outlives the desk.
  control_desk(caf::actor_system& system, actors::node_actor node, const node_parts& parts,
               std::chrono::milliseconds patience = std::chrono::milliseconds{5000});

  [[nodiscard]] nlohmann::json answer(const nlohmann::json& request);
  /// Of a live feed: what the answers say under "feed". Before the first request.
  void show_feed(std::function<nlohmann::json()> state) { feed_ = std::move(state); }

 private:
  using json = nlohmann::json;
  struct broker_line {
    std::shared_ptr<broker_context> context;
    std::unique_ptr<std::mutex> one_at_a_time = std::make_unique<std::mutex>();
  };

  [[nodiscard]] json status();
  /// With what there is to say of a live feed.
  [[nodiscard]] json with_feed(json answer) const;
  [[nodiscard]] json kill(const json& request);
  [[nodiscard]] json release(const json& request);
  [[nodiscard]] json restart(const json& request);
  [[nodiscard]] json cancel(const json& request);
  [[nodiscard]] json resolve(const json& request);
  /// Handed to the process that the broker lives in.
  [[nodiscard]] json chaos(const json& request);
  /// Of every process; one that does not answer is named under "silent".
  [[nodiscard]] json vitals();
  [[nodiscard]] json strategies(const std::string& what, const json& request);
  /// How that broker's views are, for people; asked of its process where it has one and that answers.
  [[nodiscard]] std::string views_of(const broker_id& broker, const broker_context& context, bool answers);
  /// What its client tells of the account at the venue, [[name, text], ...]; empty: nobody trades at a venue of its
  /// own.
  nlohmann::json account_of(const broker_id& broker, const broker_context& context, bool answers);
  /// The answer of that broker's own process.
  [[nodiscard]] json ask_process(const broker_id& broker, const json& question);
  /// Throws for a strategy that the runner says it does not host.
  void refuse_unknown(const strategy_id& strategy);
  [[nodiscard]] broker_line& broker_of(const json& request);
  /// Sends to the broker's bridge and waits.
  [[nodiscard]] actors::operated operate(const broker_id& broker, const operator_command& command);
  [[nodiscard]] json outcome_of(const actors::operated& done) const;

  caf::actor_system* system_;
  actors::node_actor node_;
  std::shared_ptr<const config::settings> settings_;
  std::shared_ptr<actors::supervision_history> history_;
  std::map<std::string, broker_line> brokers_;
  std::chrono::milliseconds patience_;
  chaos_desk chaos_;
  std::function<json()> feed_;  ///< empty: the feed is not live
};

}  // namespace bulkhead::app
