// The watchdog's rules: what is reported, when again, and who is revoked. Pure: the test is the clock.
#include "actors/watchdog.hpp"

#include <chrono>
#include <string>

#include <doctest/doctest.h>

using namespace bulkhead::actors;
using std::chrono::milliseconds;

namespace {

constexpr std::int64_t ms = 1'000'000;

vital_signs at_work(std::string path, std::int64_t for_ms, std::string_view message = "work") {
  vital_signs v;
  v.path = std::move(path);
  v.incarnation = 1;
  v.handling = message;
  v.handling_ns = for_ms * ms;
  v.handled = 7;
  return v;
}

vital_signs idle(std::string path, std::int64_t longest_ms, std::string_view longest = "work") {
  vital_signs v;
  v.path = std::move(path);
  v.incarnation = 1;
  v.handled = 8;
  v.longest_ns = longest_ms * ms;
  v.longest = longest;
  return v;
}

watchdog_rules rules() { return watchdog_rules{{milliseconds{1000}, 100, milliseconds{5000}}}; }

}  // namespace

TEST_CASE("a handler over its budget is told once and again at each doubling, and when it returns") {
  watchdog_rules dog = rules();
  CHECK(dog.look({at_work("paper/trader", 999)}).reports.empty());
  const auto first = dog.look({at_work("paper/trader", 1050)}).reports;
  REQUIRE(first.size() == 1);
  CHECK(first[0].what == "hangs");
  CHECK(first[0].path == "paper/trader");
  CHECK(first[0].text == "its handler of work has not returned for 1050 ms (budget 1000 ms); nothing waits behind it");
  CHECK(dog.look({at_work("paper/trader", 1900)}).reports.empty());
  CHECK(dog.look({at_work("paper/trader", 2010)}).reports.size() == 1);
  CHECK(dog.look({at_work("paper/trader", 3900)}).reports.empty());
  CHECK(dog.look({at_work("paper/trader", 9000)}).reports.size() == 1);
  CHECK(dog.look({at_work("paper/trader", 15'000)}).reports.empty());
  const auto last = dog.look({idle("paper/trader", 15'400)}).reports;
  REQUIRE(last.size() == 1);
  CHECK(last[0].what == "returned");
  CHECK(last[0].text == "its handler of work returned after 15400 ms; nothing waits behind it");
  CHECK(dog.look({idle("paper/trader", 15'400)}).reports.empty());
}

TEST_CASE("the next handler that hangs is another report, also of the same message") {
  watchdog_rules dog = rules();
  CHECK(dog.look({at_work("paper/trader", 1500)}).reports.size() == 1);
  vital_signs next = at_work("paper/trader", 1100);
  next.handled = 8;
  const auto reports = dog.look({next}).reports;
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].what == "returned");
  CHECK(reports[1].what == "hangs");
}

TEST_CASE("an actor that ended in a handler that hung is told, and then forgotten") {
  watchdog_rules dog = rules();
  CHECK(dog.look({at_work("paper/trader", 1500)}).reports.size() == 1);
  const auto reports = dog.look({}).reports;
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].what == "returned");
  CHECK(dog.look({}).reports.empty());
}

TEST_CASE("a queue over its bound is told, again at each doubling, and when it is short") {
  watchdog_rules dog = rules();
  vital_signs v = idle("paper/bridge", 0);
  v.oldest_ns = 40 * ms;
  const auto look = [&](std::uint64_t waiting) {
    v.waiting = waiting;
    return dog.look({v}).reports;
  };
  CHECK(look(100).empty());
  const auto first = look(150);
  REQUIRE(first.size() == 1);
  CHECK(first[0].what == "queue_long");
  CHECK(first[0].text == "more than 100 messages: 150 message(s) wait, the oldest for 40 ms");
  CHECK(look(300).empty());
  CHECK(look(301).size() == 1);
  CHECK(look(51).empty());
  REQUIRE(look(50).size() == 1);
  CHECK(look(50).empty());
}

TEST_CASE("bridge, projector, feed and runner are revoked once after the deadline; roles are their bridge's") {
  for (const std::string path : {"paper/bridge", "paper/projector", "feed", "runner"}) {
    CAPTURE(path);
    watchdog_rules dog = rules();
    CHECK(dog.look({at_work(path, 4900, "frames")}).to_revoke.empty());
    const auto found = dog.look({at_work(path, 5000, "frames")}).to_revoke;
    REQUIRE(found.size() == 1);
    CHECK(found[0] == std::pair<std::string, std::uint64_t>{path, 1});
    CHECK(dog.look({at_work(path, 5100, "frames")}).to_revoke.empty());
  }
  for (const std::string path : {"paper/trader", "paper/portfolio", "node", "paper/supervisor", "supervisor"}) {
    CAPTURE(path);
    watchdog_rules dog = rules();
    CHECK(dog.look({at_work(path, 60'000)}).to_revoke.empty());
  }
}

TEST_CASE("who takes up its state has twelve times the patience") {
  watchdog_rules dog = rules();
  CHECK(dog.look({at_work("paper/bridge", 59'000, "journal_opened")}).to_revoke.empty());
  CHECK(dog.look({at_work("paper/bridge", 60'000, "journal_opened")}).to_revoke.size() == 1);
  CHECK(dog.look({at_work("runner", 59'000, "records_read")}).to_revoke.empty());
  // A page of records is a projector's daily work.
  CHECK(dog.look({at_work("paper/projector", 5'000, "records_read")}).to_revoke.size() == 1);
}
