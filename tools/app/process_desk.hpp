#pragma once
// What a broker's own process can be asked over its link, apart from trading: JSON in, JSON out. Called on the
// process's main thread; never waits for an actor.
//   pid      who answers
//   vitals   of the actors of this process (tools/app/chaos_desk.hpp)
//   views    how the views of its broker are, a text
//   account  what its client tells of the account at the venue: [[name, text], ...]
//   chaos    a drill on one of them
#include "tools/app/chaos_desk.hpp"

#include <string>

namespace bulkhead::app {

class process_desk {
 public:
  /// `parts` of this process's only broker.
  explicit process_desk(node_parts parts)
      : views_(parts.brokers.front()->views), account_(parts.brokers.front()->account), chaos_(std::move(parts)) {}

  /// {"command": ..., ...} to {"ok": true, ...} or {"ok": false, "error": ...}. Never throws for a bad request.
  [[nodiscard]] nlohmann::json answer(const nlohmann::json& request);
  /// The same as text; text that is no JSON object is refused.
  [[nodiscard]] std::string answer(const std::string& request);

 private:
  std::shared_ptr<views_watch> views_;  ///< null: no views
  std::shared_ptr<account_keep> account_;
  chaos_desk chaos_;
};

}  // namespace bulkhead::app
