#pragma once
// Topics in memory for the tests of those who publish, and a node that hears from them.
#include "actors/interfaces.hpp"
#include "runtime/ports/event_publisher.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bulkhead::test {

/// Answers at once, or when it is told to. Outlives the actor that publishes, as servers do.
class fake_topics final : public event_publisher {
 public:
  void position(position_fn done) override {
    ++asked;
    if (!position_error.empty()) return done(std::exchange(position_error, ""), {});
    done({}, kept);
  }
  void publish(std::vector<published_record> batch, publish_mark through, done_fn done) override {
    most_at_once = std::max(most_at_once, batch.size());
    if (fail_after >= 0) {  // some of the batch is written all the same
      batch.resize(std::min(batch.size(), static_cast<std::size_t>(std::exchange(fail_after, -1))));
      log.insert(log.end(), batch.begin(), batch.end());
      return done("the server is gone");
    }
    log.insert(log.end(), batch.begin(), batch.end());
    if (keeps) kept = through;
    if (!holds) return done({});
    held.push_back([done = std::move(done)] { done({}); });
  }
  void release() {
    while (!held.empty()) {
      held.front()();
      held.pop_front();
    }
  }

  std::vector<published_record> log;
  publish_mark kept;
  bool keeps = true;    ///< whether the position is kept before the crash to come
  bool holds = false;   ///< answers wait for release()
  int fail_after = -1;  ///< the next batch fails with so many records written
  std::string position_error;
  int asked = 0;
  std::size_t most_at_once = 0;
  std::deque<std::function<void()>> held;
};

struct heard_node {
  std::vector<actors::topics_current> current;
};

inline actors::node_actor::behavior_type listening_node(actors::node_actor::pointer, std::shared_ptr<heard_node> to) {
  using namespace bulkhead::actors;
  return {
      [](const role_up&) {},        [](const drain_node&) {},
      [](const broker_drained&) {}, [](const views_current&) {},
      [](const runner_drained&) {}, [](const subtree_down&) {},
      [](const stop_timeout&) {},   [to](const topics_current& m) { to->current.push_back(m); },
      [](const overrun&) {},        [](const operate&) {},
      [](const ask_status&) {},     [](const restart_broker&) {},
      [](const ask_process&) {},    [](const strategy_command&) {},
  };
}

}  // namespace bulkhead::test
