// Chaos: a target crashes, hangs or is slow for as long as it was told, and nobody else is.
#include "runtime/fault/chaos.hpp"
#include "runtime/fault/failpoint.hpp"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

namespace fault = bulkhead::fault;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

struct calm {
  calm() { fault::end_chaos(); }
  ~calm() { fault::end_chaos(); }
};

milliseconds time_of_a_message(std::string_view target) {
  const auto start = steady_clock::now();
  fault::meet_chaos(target);
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
}

}  // namespace

TEST_CASE("without a plan a message passes") {
  const calm around;
  fault::meet_chaos("paper/trader");
  CHECK(fault::disturbed("paper/trader") == 0);
}

TEST_CASE("crash throws for so many messages of its target, and for nobody else's") {
  const calm around;
  fault::disturb("paper/trader", {fault::disturbance::crash, 2});
  fault::meet_chaos("paper2/trader");
  CHECK_THROWS_WITH_AS(fault::meet_chaos("paper/trader"), "chaos: paper/trader was told to crash (message 1 of 2)",
                       fault::injected_failure);
  CHECK_THROWS_AS(fault::meet_chaos("paper/trader"), fault::injected_failure);
  fault::meet_chaos("paper/trader");
  CHECK(fault::disturbed("paper/trader") == 2);
}

TEST_CASE("hang holds so many messages for the time that it was told") {
  const calm around;
  fault::disturb("paper/trader", {fault::disturbance::hang, 1, milliseconds{30}});
  CHECK(time_of_a_message("paper/trader") >= milliseconds{30});
  fault::meet_chaos("paper/trader");
  CHECK(fault::disturbed("paper/trader") == 1);
}

TEST_CASE("slow holds every message until its end") {
  const calm around;
  fault::disturb("paper/trader",
                 {fault::disturbance::slow, 1, milliseconds{5}, steady_clock::now() + std::chrono::minutes{1}});
  for (int i = 0; i < 3; ++i) CHECK(time_of_a_message("paper/trader") >= milliseconds{5});
  CHECK(fault::disturbed("paper/trader") == 3);
  fault::disturb("paper/trader", {fault::disturbance::slow, 1, std::chrono::minutes{1}, steady_clock::now()});
  fault::meet_chaos("paper/trader");
  CHECK(fault::disturbed("paper/trader") == 0);
}

TEST_CASE("a second target is disturbed while the first hangs, and the end of chaos lets go of who hangs") {
  const calm around;
  fault::disturb("paper/trader", {fault::disturbance::hang, 1, std::chrono::minutes{10}});
  std::atomic<bool> returned{false};
  std::thread hanging{[&] {
    fault::meet_chaos("paper/trader");
    returned.store(true);
  }};
  while (fault::disturbed("paper/trader") == 0) std::this_thread::yield();
  fault::disturb("paper/bridge", {fault::disturbance::crash, 1});
  CHECK_THROWS_AS(fault::meet_chaos("paper/bridge"), fault::injected_failure);
  CHECK_FALSE(returned.load());
  fault::end_chaos();
  hanging.join();
  CHECK(returned.load());
}
