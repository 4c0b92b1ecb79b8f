// A protective order that became too large is made smaller whatever the kill switch says.
#include "runtime/domain/order_report.hpp"
#include "runtime/roles/role_logic.hpp"
#include "support/order_fixtures.hpp"

#include <memory>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

class counting_client final : public broker_client {
 public:
  explicit counting_client(std::vector<order_terms>& modified) : modified_(&modified) {}
  [[nodiscard]] venue_clock clock() const override { return venue_clock::own; }
  void restore(std::span<const order* const> /*live*/) override {}
  void submit(const order& /*o*/) override {}
  void cancel(const order& /*o*/) override {}
  void modify(const order& o) override { modified_->push_back(*o.asked_terms); }
  std::vector<broker_update> on_frame(const frame_view& /*frame*/) override { return {}; }

 private:
  std::vector<order_terms>* modified_;
};

/// A stop of 50 that works at the broker, and one wish to change it.
struct one_stop {
  std::shared_ptr<effect_gate> gate = std::make_shared<effect_gate>();
  std::vector<order_terms> modified;
  trader_logic trader{order_manager{{.placing_enabled = true}, instruments()},
                      std::make_unique<counting_client>(modified), gate, 3};

  place_result ask(kill_mode mode, const order_terms& terms, bool reduces = true) {
    order_request stop = market("stop", side::sell, 50);
    stop.type = order_type::stop_market;
    stop.trigger_price = rupees(90);
    stop.reduces = reduces;
    std::vector<event> events;
    for (event_body body :
         std::vector<event_body>{order_submitted{stop}, order_accepted{stop.client_order_id, broker_order_id{"K1"}},
                                 order_modify_requested{stop.client_order_id, terms, "one cancels the other"}}) {
      events.push_back({.seq = events.size() + 1, .feed = 1, .ts = at(10, 0), .body = std::move(body)});
    }
    trader.apply(std::make_shared<const std::vector<event>>(std::move(events)));
    gate->set_durable(10);
    gate->admit(3);
    gate->latch(mode);
    return trader.place({.intents = {}, .modifications = {{client_order_id{"stop"}, 3}}});
  }
};

}  // namespace

TEST_CASE("promise 10: a protective order is made smaller under every latch, as a cancel passes") {
  for (const kill_mode mode : {kill_mode::off, kill_mode::reduce_only, kill_mode::halt}) {
    one_stop s;
    const place_result result = s.ask(mode, {30, {}, rupees(90)});
    CHECK(result.modified.size() == 1);
    CHECK(result.modifications_refused.empty());
    REQUIRE(s.modified.size() == 1);
    CHECK(s.modified[0].qty == 30);
  }
}

TEST_CASE("promise 10: under a latch no order grows, moves its price, or changes that is not an exit") {
  CHECK(one_stop{}.ask(kill_mode::reduce_only, {60, {}, rupees(90)}).modified.empty());
  CHECK(one_stop{}.ask(kill_mode::reduce_only, {30, {}, rupees(80)}).modified.empty());
  CHECK(one_stop{}.ask(kill_mode::halt, {30, {}, rupees(90)}, false).modified.empty());
}

TEST_CASE("promise 5: a revoked incarnation does not shrink an order either") {
  one_stop s;
  s.trader = trader_logic{order_manager{{.placing_enabled = true}, instruments()},
                          std::make_unique<counting_client>(s.modified), s.gate, 2};
  const place_result result = s.ask(kill_mode::off, {30, {}, rupees(90)});
  CHECK(s.modified.empty());
  CHECK(result.modifications_refused.size() == 1);
}
