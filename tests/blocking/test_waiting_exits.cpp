// Exits that cannot leave wait in the blocking client until there is a way.
#include "blocking/blocking_rig.hpp"

using namespace bulkhead;
using namespace bulkhead::test;
using rig = blocking_rig;

TEST_CASE(
    "promise 10: an exit that cannot leave waits and is tried again; an entry is refused, and not by the broker") {
  rig r;
  r.venue->is_away = true;
  r.client().submit(entry("e"));
  r.client().submit(exit_of("x"));
  CHECK(r.told->await("rejected e: not sent: no connection"));
  CHECK(r.told->await("never sent e"));
  CHECK(r.venue->seen.await("give up e"));
  CHECK(r.venue->seen.await("submit x", 5));
  r.client().submit(exit_of("x"));  // twice is once, also while it waits
  r.venue->is_away = false;
  CHECK(r.told->await("accepted x"));
  const std::size_t tries = r.venue->seen.count("submit x");
  r.client().submit(entry("z"));
  r.client().submit(exit_of("z2"));
  REQUIRE(r.told->await("accepted z2"));
  CHECK(r.venue->seen.count("submit x") == tries);
  CHECK(r.told->count("accepted x") == 1);
  CHECK(r.told->count("rejected x: not sent: no connection") == 0);
}

TEST_CASE("an exit that waits for the way to the venue is cancelled here, and ends when it may no longer leave") {
  rig r;
  std::atomic<bool> is_over{false};
  r.settings.may_send = [&is_over](const order&, venue_action) -> std::optional<std::string> {
    return is_over ? std::optional<std::string>{"its session is over"} : std::nullopt;
  };
  r.venue->is_away = true;
  r.client().submit(exit_of("x"));
  r.client().submit(exit_of("y"));
  CHECK(r.venue->seen.await("submit x", 2));
  // It comes while the order waits or while it is tried: the end is the same.
  r.client().cancel(exit_of("x"));
  CHECK(r.venue->seen.await("give up x"));
  CHECK(r.venue->seen.await("submit y", 2));
  is_over = true;
  CHECK(r.told->await("rejected y: not sent: its session is over"));
  CHECK(r.told->await("never sent y"));
  const auto says = [&r](const std::string& begin) {
    return std::ranges::any_of(r.told->lines(), [&](const auto& l) { return l.starts_with(begin); });
  };
  for (int tries = 0; !says("cancelled x: not sent") && tries < 3000; ++tries) {
    std::this_thread::sleep_for(milliseconds{10});
  }
  CHECK(says("cancelled x: not sent"));
  CHECK_FALSE(says("rejected x"));
}

TEST_CASE(
    "promise 10: an exit does not wait for the cancels of other orders, and follows those of its instrument's exits") {
  rig r;
  r.venue->hang("h");
  r.client().cancel(entry("h"));
  REQUIRE(r.venue->seen.await("cancel h"));  // the lane's one thread is taken
  const auto on_banknifty = [](order o) {
    o.request.instrument = banknifty;
    return o;
  };
  for (const char* id : {"c1", "c2"}) r.client().cancel(entry(id));
  r.client().cancel(exit_of("stop"));
  r.client().cancel(entry("c3"));
  r.client().submit(exit_of("x"));                // behind the cancel of "stop"
  r.client().submit(on_banknifty(exit_of("y")));  // ahead of all cancels, behind no exit that came before it
  order smaller = exit_of("target");
  smaller.asked_terms = order_terms{.qty = 50};
  r.client().modify(on_banknifty(smaller));
  r.venue->free("h");
  REQUIRE(r.venue->seen.await("cancel c3"));
  CHECK(r.venue->seen.lines() == std::vector<std::string>{"cancel h", "cancel stop", "submit x", "submit y",
                                                          "modify target", "cancel c1", "cancel c2", "cancel c3"});
}

TEST_CASE("promise 10: an exit overtakes also the cancels of another instrument's exits") {
  rig r;
  r.venue->hang("h");
  r.client().cancel(entry("h"));
  REQUIRE(r.venue->seen.await("cancel h"));
  for (const char* id : {"s1", "s2"}) r.client().cancel(exit_of(id));
  order y = exit_of("y");
  y.request.instrument = banknifty;
  r.client().submit(y);
  r.venue->free("h");
  REQUIRE(r.venue->seen.await("cancel s2"));
  CHECK(r.venue->seen.lines() == std::vector<std::string>{"cancel h", "submit y", "cancel s1", "cancel s2"});
}

TEST_CASE("promise 5: what waits to be tried again is forgotten with its client") {
  rig r;
  r.venue->is_away = true;
  r.client().submit(exit_of("x"));
  REQUIRE(r.venue->seen.await("submit x"));
  r.destroy();
  r.venue->is_away = false;
  for (int tries = 0; r.settings.calls.budget->used() > 0 && tries < 3000; ++tries) {
    std::this_thread::sleep_for(milliseconds{10});
  }
  CHECK(r.settings.calls.budget->used() == 0);
  CHECK(r.told->lines().empty());
}

TEST_CASE("promise 10: an exit that could not leave, just as its answer was given up, is tried again or ends") {
  constexpr int rounds = 300;
  rig r{milliseconds{2}};
  r.venue->is_away = true;
  for (int i = 0; i < rounds; ++i) {
    const std::string id = "x" + std::to_string(i);
    r.venue->hang(id);
    r.client().submit(exit_of(id.c_str()));
    (void)r.venue->seen.await("submit " + id);
    std::this_thread::sleep_for(std::chrono::microseconds{1600 + i % 8 * 100});
    r.venue->free(id);
  }
  r.venue->is_away = false;
  const auto has_end = [&r](const std::string& id) {
    return r.told->count("accepted " + id) + r.told->count("never sent " + id) > 0;
  };
  for (int i = 0; i < rounds; ++i) {
    const std::string id = "x" + std::to_string(i);
    CAPTURE(id);
    for (int tries = 0; !has_end(id) && tries < 3000; ++tries) std::this_thread::sleep_for(milliseconds{10});
    REQUIRE(has_end(id));
  }
}
