// Statements of a broker's account through the sequencer: what is journaled, the latch that follows, crashes in
// between, and the replay of it all.
#include "app/broker_harness.hpp"
#include "tools/app/journal_replay.hpp"

#include <algorithm>
#include <functional>

#include <doctest/doctest.h>

using namespace bulkhead;
using test::broker_harness;
using test::session_script;

namespace {

const session_script& script() {
  static const session_script loaded = session_script::load();
  return loaded;
}

/// A broker with its own clock, whose account is the journal's and `extra` units of something beside it.
struct live_broker {
  broker_harness h{script().settings, true, false};
  quantity extra = 0;
  std::size_t next = 0;

  void frames(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) h.offer(script(), next++);
  }
  void state() {
    account_statement s{.occasion = "timer", .at = h.sequencer().last_ts()};
    s.positions = {{.symbol = "NSE:NIFTY", .product = "MIS", .qty = extra}};
    h.sequencer().offer_statement(std::make_shared<const account_statement>(std::move(s)));
  }
  void command(operator_command::kind what, const client_order_id& order = {}) {
    operator_command c;
    c.what = what;
    c.order = order;
    c.reason = "looked at it";
    h.sequencer().offer_command(1, std::move(c));
  }
  /// The newest of that type; nullptr: none.
  template <class Body>
  const Body* last() const {
    const Body* found = nullptr;
    for (const event_list& list : h.appended) {
      for (const event& e : *list) {
        if (const auto* b = std::get_if<Body>(&e.body)) found = b;
      }
    }
    return found;
  }
};

/// Before any order is made: the paper client of the harness would not report its fate.
constexpr std::size_t quiet_frames = 3;

}  // namespace

TEST_CASE("an unexplained difference halts new risk, once; after the release it stands without a second latch") {
  live_broker b;
  b.frames(quiet_frames);
  b.state();
  CHECK(b.h.count<account_reconciled>() == 1);
  b.extra = 25;
  b.state();
  CHECK(b.h.sequencer().kill() == kill_mode::off);
  b.state();
  REQUIRE(b.h.count<account_difference>() == 1);
  CHECK(b.h.sequencer().kill() == kill_mode::reduce_only);
  REQUIRE(b.last<kill_latched>() != nullptr);
  CHECK(b.last<kill_latched>()->cause == "reconciliation");
  CHECK(b.last<kill_latched>()->mode == "reduce-only");
  CHECK(b.last<kill_latched>()->reason.find("theirs 25 held") != std::string::npos);
  b.command(operator_command::kind::release);
  CHECK(b.h.sequencer().kill() == kill_mode::off);
  b.state();
  b.state();
  CHECK(b.h.count<kill_latched>() == 1);
  b.extra = 26;
  b.state();
  b.state();
  CHECK(b.h.count<kill_latched>() == 2);
}

TEST_CASE("a difference never loosens the operator's halt") {
  live_broker b;
  b.frames(quiet_frames);
  b.command(operator_command::kind::kill);
  b.extra = 1;
  b.state();
  b.state();
  CHECK(b.h.sequencer().kill() == kill_mode::halt);
}

TEST_CASE("promise 4: a crash between the difference and its latch: the latch follows after the restart") {
  live_broker b;
  b.frames(quiet_frames);
  b.extra = 25;
  b.state();
  b.state();
  REQUIRE(b.h.count<kill_latched>() == 1);
  auto tail = b.h.appended;
  while (!std::holds_alternative<account_difference>(tail.back()->back().body)) tail.pop_back();
  live_broker after;
  after.h.recover("", tail);
  CHECK(after.h.sequencer().kill() == kill_mode::reduce_only);
  CHECK(after.h.count<kill_latched>() == 1);
  after.extra = 25;
  after.state();
  after.state();
  CHECK(after.h.count<account_difference>() == 0);
}

TEST_CASE("an order that does not wait for the operator's word is not decided by it") {
  live_broker b;
  b.frames(quiet_frames);
  b.command(operator_command::kind::resolve_order, client_order_id{"nobodysorder"});
  REQUIRE(b.last<command_refused>() != nullptr);
  CHECK(b.last<command_refused>()->command == "resolve nobodysorder");
  CHECK(b.h.answered.size() == 1);
}

TEST_CASE("promise 7: a day with differences, latches and releases gives the same events again") {
  live_broker b;
  b.frames(quiet_frames);
  b.state();
  b.extra = 25;
  b.state();
  b.state();
  b.frames(1);
  b.command(operator_command::kind::release);
  b.extra = 0;
  b.state();
  b.frames(1);
  b.command(operator_command::kind::resolve_order, client_order_id{"nobodysorder"});
  REQUIRE(b.h.count<account_difference>() == 2);
  std::vector<app::journaled_event> journal;
  const event_codec codec{broker_id{"paper"}, script().settings->instruments};
  for (const event_list& list : b.h.appended) {
    for (const event& e : *list) journal.push_back({e, codec.encode(e)});
  }
  const auto feed = app::make_feed(*script().settings);
  app::journal_replay again{*script().settings, script().settings->brokers.front(), journal};
  const auto result = again.run(*feed.source, [](feed_seq) {});
  if (result.difference) MESSAGE(result.difference->journaled << " / " << result.difference->replayed);
  CHECK_FALSE(result.difference.has_value());
  CHECK(result.equal == journal.size());
}
