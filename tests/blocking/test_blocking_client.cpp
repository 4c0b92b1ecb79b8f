// A venue whose calls hang on demand, behind the blocking client.
#include "blocking/blocking_rig.hpp"
#include "runtime/roles/effect_gate.hpp"

using namespace bulkhead;
using namespace bulkhead::test;
using rig = blocking_rig;

TEST_CASE("a venue with its own clock answers through reports, and twice the same order is once") {
  rig r;
  CHECK(r.client().clock() == venue_clock::own);
  r.client().submit(entry("a"));
  r.client().submit(entry("a"));
  REQUIRE(r.told->await("accepted a"));
  r.client().submit(entry("a"));
  r.client().submit(entry("b"));
  REQUIRE(r.told->await("accepted b"));
  CHECK(r.venue->seen.lines() == std::vector<std::string>{"submit a", "submit b"});
}

TEST_CASE("promise 3: a no is a rejection, an answer that nobody understands is lost and never sent again") {
  rig r;
  r.client().submit(entry("no1"));
  r.client().submit(entry("lost1"));
  r.client().submit(entry("lost1"));
  CHECK(r.told->await("rejected no1: no funds"));
  CHECK(r.told->await("answer_lost lost1: HTTP 504"));
  r.client().submit(entry("b"));
  REQUIRE(r.told->await("accepted b"));
  CHECK(r.venue->seen.count("submit lost1") == 1);
}

TEST_CASE("promise 10: a hanging entry holds up neither an exit nor a cancel of another order") {
  rig r;
  r.client().submit(entry("a"));
  REQUIRE(r.told->await("accepted a"));
  r.venue->hang("stuck");
  r.client().submit(entry("stuck"));
  REQUIRE(r.venue->seen.await("submit stuck"));
  r.client().submit(entry("behind"));
  r.client().cancel(entry("a"));
  r.client().submit(exit_of("x"));
  CHECK(r.told->await("cancelled a: cancel requested"));
  CHECK(r.told->await("accepted x"));
  CHECK(r.venue->seen.count("submit behind") == 0);
  r.venue->free("stuck");
  CHECK(r.told->await("accepted behind"));
}

TEST_CASE(
    "promise 3: a call past its deadline loses its answer once; its thread is replaced; a late answer still counts") {
  rig r{milliseconds{500}};
  r.settings.entry_patience = std::chrono::minutes{10};
  r.venue->hang("stuck");
  r.client().submit(entry("stuck"));
  REQUIRE(r.told->await("answer_lost stuck: no answer within 500 ms"));
  r.client().submit(entry("next"));
  REQUIRE(r.told->await("accepted next"));
  r.venue->free("stuck");
  REQUIRE(r.told->await("accepted stuck"));
  CHECK(r.venue->seen.count("submit stuck") == 1);
  CHECK(r.told->count("answer_lost stuck: no answer within 500 ms") == 1);
}

TEST_CASE("promise 3: an order whose thread is given up before it sent anything is never sent, and that is told") {
  rig r{milliseconds{0}, 256, 200};  // overdue as soon as they begin: some have sent by then, some have not
  r.settings.entry_patience = std::chrono::minutes{10};
  for (int i = 0; i < 100; ++i) {
    const std::string id = "h" + std::to_string(i);
    CAPTURE(id);
    r.venue->hang(id);
    r.client().submit(entry(id.c_str()));
    const std::string lost = "answer_lost " + id + ": no answer within 0 ms";
    const std::string unsent = "rejected " + id + ": not sent: its thread did not begin within 0 ms";
    for (int tries = 0; r.told->count(lost) + r.told->count(unsent) == 0 && tries < 3000; ++tries) {
      std::this_thread::sleep_for(milliseconds{10});
    }
    CHECK(r.told->count(lost) + r.told->count(unsent) == 1);
    if (r.told->count(lost) == 1) CHECK(r.venue->seen.await("submit " + id));
    if (r.told->count(unsent) == 1) CHECK(r.venue->seen.count("submit " + id) == 0);
  }
}

TEST_CASE("an exit whose thread is given up before it sent anything is tried again") {
  rig r{milliseconds{0}, 256, 200};
  for (int i = 0; i < 50; ++i) {
    const std::string id = "x" + std::to_string(i);
    CAPTURE(id);
    r.client().submit(exit_of(id.c_str()));
    CHECK(r.told->await("accepted " + id));
    CHECK(r.venue->seen.count("submit " + id) == 1);
  }
}

TEST_CASE("threads are replaced up to the budget; then the client is down, says so, and comes back with a thread") {
  rig r{milliseconds{500}, 256, 3};
  r.settings.entry_patience = std::chrono::minutes{10};
  for (const char* id : {"s1", "s2"}) {
    r.venue->hang(id);
    r.client().submit(entry(id));
    REQUIRE(r.told->await(std::string{"answer_lost "} + id + ": no answer within 500 ms"));
  }
  CHECK(r.client().is_down());
  r.client().submit(entry("c"));
  CHECK(r.told->await(
      "rejected c: not sent: 3 threads of this broker hang in calls, no more are allowed: the broker does not answer"));
  // Exits and cancels have their own thread.
  r.client().submit(exit_of("x"));
  CHECK(r.told->await("accepted x"));
  r.venue->free("s1");
  REQUIRE(r.told->await("accepted s1"));
  // The thread is back a moment after its answer.
  for (int tries = 0; r.client().is_down() && tries < 3000; ++tries) std::this_thread::sleep_for(milliseconds{10});
  r.client().submit(entry("d"));
  CHECK(r.told->await("accepted d"));
  CHECK(r.venue->seen.count("submit c") == 0);
}

TEST_CASE("promise 9: what does not fit into the queue is told as not sent; cancels always fit, once per order") {
  rig r{std::chrono::minutes{10}, 2};
  r.venue->hang("stuck");
  r.client().submit(entry("stuck"));
  REQUIRE(r.venue->seen.await("submit stuck"));
  for (const char* id : {"q1", "q2", "q3"}) r.client().submit(entry(id));
  CHECK(r.told->await("rejected q3: not sent: 2 calls wait for this broker already"));
  for (const char* id : {"a", "b", "c", "d"}) {
    const order o = entry(id);
    const order* live[] = {&o};
    r.client().restore(live);
  }
  CHECK(r.told->await("notice the book: not sent: 2 calls wait for this broker already", 4));
  r.venue->hang("a");
  for (const char* id : {"a", "b", "c", "d", "d", "d"}) r.client().cancel(entry(id));
  r.venue->free_all();
  for (const std::string id : {"a", "b", "c", "d"}) CHECK(r.told->await("cancelled " + id + ": cancel requested"));
  CHECK(r.venue->seen.count("cancel d") == 1);
  CHECK(r.venue->seen.count("submit q3") == 0);
}

TEST_CASE("a cancel finds its order wherever it is: waiting here, on its way, at the venue, or not placed yet") {
  rig r;
  r.venue->hang("going");
  r.client().submit(entry("going"));
  REQUIRE(r.venue->seen.await("submit going"));
  r.client().submit(entry("waiting"));
  r.client().cancel(entry("waiting"));
  CHECK(r.told->await("cancelled waiting: not sent: cancelled while it waited"));
  r.client().cancel(entry("going"));
  r.venue->free("going");
  CHECK(r.told->await("cancelled going: cancel requested"));
  CHECK(r.told->lines().front() == "cancelled waiting: not sent: cancelled while it waited");
  // Known to the journal, not to this incarnation: the venue is asked; a submit that comes then is not sent.
  r.client().cancel(entry("unseen"));
  CHECK(r.venue->seen.await("cancel unseen"));
  r.client().submit(entry("unseen"));
  CHECK(r.told->await("cancelled unseen: not sent: cancelled before it was placed"));
  CHECK(r.venue->seen.count("submit waiting") == 0);
  CHECK(r.venue->seen.count("submit unseen") == 0);
}

TEST_CASE("a modification follows the submit it changes; a cancel overtakes it") {
  rig r;
  for (const char* id : {"m", "both"}) {
    r.venue->hang(id);
    r.client().submit(entry(id));
    REQUIRE(r.venue->seen.await(std::string{"submit "} + id));
    order changed = entry(id);
    changed.asked_terms = order_terms{50, {}, {}};
    r.client().modify(changed);
    if (std::string{id} == "both") r.client().cancel(entry(id));
    r.venue->free(id);
    REQUIRE(r.told->await(std::string{"accepted "} + id));
  }
  CHECK(r.told->await("modified m"));
  CHECK(r.told->await("modify_rejected both: not sent: a cancel overtook it"));
  CHECK(r.told->await("cancelled both: cancel requested"));
  CHECK(r.venue->seen.count("modify both") == 0);
}

TEST_CASE("promise 2 and 5: the gate is asked once more right before the call") {
  const auto gate = std::make_shared<effect_gate>();
  gate->admit(1);
  rig r;
  r.settings.may_send = [gate](const order& o, venue_action what) {
    return what == venue_action::cancel ? gate->stale(1) : gate->refusal(0, 1, o.request.reduces);
  };
  r.client().submit(entry("a"));
  REQUIRE(r.told->await("accepted a"));
  r.venue->hang("stuck");
  r.client().submit(entry("stuck"));
  REQUIRE(r.venue->seen.await("submit stuck"));
  r.client().submit(entry("late"));
  gate->latch(kill_mode::halt);
  r.venue->free("stuck");
  CHECK(r.told->await("rejected late: not sent: effect gate: the kill switch is closed"));
  r.client().cancel(entry("a"));
  CHECK(r.told->await("cancelled a: cancel requested"));
  gate->admit(2);
  r.client().cancel(entry("stuck"));
  CHECK(r.told->await("notice cancel stuck: not sent: effect gate: asked by a revoked incarnation of the trader"));
  CHECK(r.venue->seen.count("submit late") == 0);
  CHECK(r.venue->seen.count("cancel stuck") == 0);
}

TEST_CASE(
    "promise 5: after the client's end nothing that waited is sent and nothing is reported; the end does not wait") {
  rig r;
  r.venue->hang("stuck");
  r.venue->hang("x");
  r.client().submit(entry("stuck"));
  r.client().submit(exit_of("x"));
  REQUIRE(r.venue->seen.await("submit stuck"));
  REQUIRE(r.venue->seen.await("submit x"));
  for (const char* id : {"b", "c"}) r.client().submit(entry(id));
  r.client().cancel(entry("stuck"));
  r.destroy();
  r.venue->free_all();
  // A second client on the same venue: what it sends comes after whatever the first could still do.
  rig second;
  second.venue = r.venue;
  second.client().submit(entry("z"));
  REQUIRE(second.told->await("accepted z"));
  for (int tries = 0; r.settings.calls.budget->used() > 0 && tries < 3000; ++tries) {
    std::this_thread::sleep_for(milliseconds{10});
  }
  CHECK(r.settings.calls.budget->used() == 0);
  CHECK(r.told->lines().empty());
  CHECK(r.venue->seen.count("submit b") + r.venue->seen.count("submit c") + r.venue->seen.count("cancel stuck") == 0);
}

TEST_CASE("an entry that waited longer than it may is told as not sent") {
  rig r;
  r.settings.entry_patience = milliseconds{1};
  r.venue->hang("stuck");
  order changed = entry("stuck");
  changed.asked_terms = order_terms{50, {}, {}};
  r.client().modify(changed);  // holds the entries' thread, and has no patience of its own
  REQUIRE(r.venue->seen.await("modify stuck"));
  r.client().submit(entry("behind"));
  std::this_thread::sleep_for(milliseconds{5});
  r.venue->free("stuck");
  CHECK(r.told->await("rejected behind: not sent: it waited longer than 1 ms for its turn"));
  CHECK(r.venue->seen.count("submit behind") == 0);
}

TEST_CASE("after a restart the venue's book is read about the live orders, and they can be cancelled") {
  rig r;
  const order a = entry("a");
  const order b = entry("b");
  const order* live[] = {&a, &b};
  r.client().restore(live);
  CHECK(r.told->await("accepted a"));
  CHECK(r.told->await("accepted b"));
  r.client().submit(a);
  r.client().cancel(a);
  CHECK(r.told->await("cancelled a: cancel requested"));
  CHECK(r.venue->seen.count("submit a") == 0);
}
