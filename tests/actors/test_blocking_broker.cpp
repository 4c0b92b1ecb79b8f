// A broker whose calls block, on a scheduler with one thread: were the thread held, nobody could answer anybody.
#include "actors/role.hpp"
#include "actors/system_config.hpp"
#include "runtime/blocking/blocking_client.hpp"
#include "support/order_fixtures.hpp"

#include <atomic>
#include <future>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

/// Every submit waits for the test.
class hung_venue final : public blocking_venue {
 public:
  std::vector<broker_update> submit(const order& o) override {
    ++calls;
    released_.wait();
    return {{.what = broker_update::kind::accepted,
             .client_order_id = o.request.client_order_id,
             .broker_order_id = broker_order_id{"V1"}}};
  }
  std::vector<broker_update> cancel(const order& /*o*/) override { return {}; }
  std::vector<broker_update> modify(const order& /*o*/) override { return {}; }
  std::vector<broker_update> book(std::span<const order> /*live*/) override { return {}; }
  void release() { release_.set_value(); }

  std::atomic<int> calls{0};

 private:
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
};

actors::role_actor spawn_trader(caf::actor_system& system, const std::shared_ptr<hung_venue>& venue) {
  const auto gate = std::make_shared<effect_gate>();
  gate->admit(1);
  gate->set_durable(100);
  actors::role_config config{broker_id{"live"}, role::trader, 1, [venue, gate]() -> std::unique_ptr<role_logic> {
                               order_manager book{{.placing_enabled = true}, instruments()};
                               blocking_client_settings settings;
                               settings.calls.deadline = std::chrono::minutes{10};
                               return std::make_unique<trader_logic>(
                                   std::move(book), std::make_unique<blocking_client>(venue, settings), gate, 1);
                             }};
  return system.spawn(actors::role_behavior, std::move(config));
}

/// The test as the bridge of two traders.
struct two_traders {
  two_traders() : system(config), self(system) {
    for (auto& trader : traders) {
      trader = spawn_trader(system, venue);
      caf::anon_send(trader, actors::recover_role{1, {}, caf::actor_cast<caf::actor>(self)});
    }
  }
  ~two_traders() {
    venue->release();
    for (auto& trader : traders) caf::anon_send_exit(trader, caf::exit_reason::kill);
  }
  two_traders(const two_traders&) = delete;
  two_traders& operator=(const two_traders&) = delete;

  /// Asks for a step and waits for its answer; half a minute is a hang.
  bool answers(std::size_t trader, work_kind kind, std::vector<risk_approved<order_request>> approved = {}) {
    step_request step;
    step.id = ++steps;
    step.to = role::trader;
    step.kind = kind;
    step.feed = 1;
    step.ts = at(10, 0);
    step.approved = std::move(approved);
    caf::anon_send(traders.at(trader), actors::work{1, std::move(step)});
    return hears<actors::work_done>([this](const actors::work_done& m) { return m.result.id == steps; });
  }
  template <class Message, class Wanted>
  bool hears(const Wanted& wanted) {
    bool heard = false;
    bool late = false;
    while (!heard && !late) {
      self->receive([&](const Message& m) { heard = wanted(m); },
                    caf::after(std::chrono::seconds{30}) >> [&] { late = true; });
    }
    return heard;
  }

  std::shared_ptr<hung_venue> venue = std::make_shared<hung_venue>();
  actors::system_config config{1};
  caf::actor_system system;
  caf::scoped_actor self;
  std::array<actors::role_actor, 2> traders;
  std::uint64_t steps = 0;
};

}  // namespace

TEST_CASE("promise 1: a broker whose call hangs holds no scheduler thread: with one thread all others go on") {
  two_traders t;
  REQUIRE(t.answers(0, work_kind::orders, approve_all({market("a")})));
  caf::anon_send(t.traders[0], actors::place_work{1, {{{client_order_id{"a"}, 1}}, {}}});
  REQUIRE(t.hears<actors::place_done>([](const auto& m) { return m.result.placed.size() == 1; }));
  for (int tries = 0; t.venue->calls == 0 && tries < 3000; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  REQUIRE(t.venue->calls == 1);  // and hangs from here on
  for (int n = 0; n < 100; ++n) {
    REQUIRE(t.answers(0, work_kind::snapshot));
    REQUIRE(t.answers(1, work_kind::snapshot));
  }
  caf::anon_send_exit(t.traders[0], caf::exit_reason::kill);  // its end does not wait for the call either
  REQUIRE(t.answers(1, work_kind::snapshot));
}
