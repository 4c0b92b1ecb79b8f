#include "runtime/roles/effect_gate.hpp"

using bulkhead::effect_gate;
using bulkhead::kill_mode;

namespace {

/// Open for intents up to 10 of incarnation 3.
void open_up(effect_gate& gate) {
  gate.set_durable(10);
  gate.admit(3);
}

}  // namespace

TEST_CASE("the gate passes a durable intent of the current incarnation") {
  effect_gate gate;
  open_up(gate);
  CHECK(!gate.refusal(10, 3, false));
}

TEST_CASE("promise 2: the gate refuses an intent that is not durable") {
  effect_gate gate;
  open_up(gate);
  CHECK(*gate.refusal(11, 3, true) == "effect gate: intent 11 is not durable yet (durable up to 10)");
  gate.set_durable(9);  // never goes back
  CHECK(!gate.refusal(10, 3, false));
}

TEST_CASE("promise 5: a fenced writer and a revoked incarnation get nothing through") {
  effect_gate gate;
  open_up(gate);
  CHECK(gate.refusal(10, 2, true));
  gate.admit(4);
  CHECK(gate.refusal(10, 3, true));
  CHECK(!gate.refusal(10, 4, true));
  gate.own(7);
  CHECK(!gate.refusal(10, 4, true));
  gate.fence(7);
  CHECK(*gate.refusal(10, 4, true) == "effect gate: another writer has taken over this broker's journal");
  gate.own(8);
  CHECK(!gate.refusal(10, 4, true));
  gate.fence(7);  // a bridge that was revoked hears that it owns nothing any more: its successor does
  CHECK(!gate.refusal(10, 4, true));
  gate.fence(8);
  gate.fence(7);
  CHECK(gate.refusal(10, 4, true));
  gate.own(9);
  gate.fence();
  CHECK(gate.refusal(10, 4, true));
}

TEST_CASE("promise 10: reduce-only lets exits pass, halt lets nothing pass") {
  effect_gate gate;
  open_up(gate);
  gate.latch(kill_mode::reduce_only);
  CHECK(gate.refusal(10, 3, false));
  CHECK(!gate.refusal(10, 3, true));
  gate.latch(kill_mode::halt);
  CHECK(gate.refusal(10, 3, true));
}

TEST_CASE("promise 5: nothing passes once the lease on the journal has run out, not even a cancel") {
  effect_gate gate;
  open_up(gate);
  auto until = std::chrono::steady_clock::time_point::max();
  gate.heed_lease([&] { return until; });
  CHECK(!gate.refusal(10, 3, false));
  CHECK(!gate.stale(3));
  until = std::chrono::steady_clock::now();
  CHECK(*gate.refusal(10, 3, true) == "effect gate: the lease on the journal has run out");
  CHECK(*gate.stale(3) == "effect gate: the lease on the journal has run out");
}
