// What a trader tells its broker's client of the orders that the journal knows.
#include "runtime/roles/role_logic.hpp"
#include "support/order_fixtures.hpp"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

/// Notes what it is told after a restart.
class noting_client final : public broker_client {
 public:
  noting_client(venue_clock clock, std::vector<std::string>& told) : clock_(clock), told_(&told) {}
  [[nodiscard]] venue_clock clock() const override { return clock_; }
  void restore(std::span<const order* const> known) override {
    for (const order* o : known) {
      told_->push_back(o->request.client_order_id.str() + (is_terminal(o->status) ? " ended" : "") + " " +
                       o->broker_order_id.str());
    }
  }
  void submit(const order& /*o*/) override {}
  void cancel(const order& /*o*/) override {}
  void modify(const order& /*o*/) override {}
  std::vector<broker_update> on_frame(const frame_view& /*frame*/) override { return {}; }

 private:
  venue_clock clock_;
  std::vector<std::string>* told_;
};

/// Of one order that ended, one that works and one that never passed the gate.
std::vector<std::string> told_after_restart(venue_clock clock) {
  const auto events = std::make_shared<std::vector<event>>();
  const auto add = [&](event_body body) {
    events->push_back({.seq = events->size() + 1, .feed = 1, .ts = at(10, 0), .body = std::move(body)});
  };
  for (const char* id : {"done", "open", "unplaced"}) add(order_submitted{market(id)});
  for (const char* id : {"done", "open"}) {
    add(order_accepted{client_order_id{id}, broker_order_id{std::string{"K-"} + id}});
  }
  add(order_cancelled{client_order_id{"done"}, 0, "by hand"});
  std::vector<std::string> told;
  trader_logic trader{order_manager{{.placing_enabled = true}, instruments()},
                      std::make_unique<noting_client>(clock, told), std::make_shared<effect_gate>(), 1};
  trader.recover({.snapshot = {}, .tail = {events}, .unplaced = {client_order_id{"unplaced"}}});
  return told;
}

}  // namespace

TEST_CASE("promise 3: a venue with its own clock is told after a restart also of what has ended, as evidence") {
  CHECK(told_after_restart(venue_clock::own) == std::vector<std::string>{"open K-open", "done ended K-done"});
  CHECK(told_after_restart(venue_clock::feed) == std::vector<std::string>{"open K-open"});
}
