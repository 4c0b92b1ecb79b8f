// The broker holds less of a line than the journal says: nothing of ours leaves there, what works there is called back,
// and an operator's release opens the rest of the broker only.
#include "app/broker_harness.hpp"
#include "tools/app/journal_replay.hpp"

#include <algorithm>
#include <optional>

#include <doctest/doctest.h>

using namespace bulkhead;
using test::broker_harness;
using test::session_script;

namespace {

using kind = broker_update::kind;

/// A broker that fills the first order, and lets every later one rest.
struct short_day {
  session_script script = session_script::load_own_clock();
  broker_harness broker{script.settings, true, false};
  std::size_t next = 0;
  std::optional<order_request> held;
  std::vector<order_request> later;

  template <class Body>
  [[nodiscard]] std::vector<Body> all() const {
    std::vector<Body> out;
    for (const event_list& list : broker.appended) {
      for (const event& e : *list) {
        if (const auto* b = std::get_if<Body>(&e.body)) out.push_back(*b);
      }
    }
    return out;
  }
  void report(const order_request& r, kind what) {
    broker_update u;
    u.what = what;
    u.client_order_id = r.client_order_id;
    u.broker_order_id = broker_order_id{"K" + r.client_order_id.str()};
    u.fill_id = fill_id{"T" + r.client_order_id.str()};
    u.qty = r.qty;
    u.price = r.reference_price;
    u.reason = "said the broker";
    broker.sequencer().offer_updates({u});
  }
  /// One frame; orders that left in it come back.
  std::vector<order_request> frame() {
    const std::size_t before = all<order_submitted>().size();
    broker.offer(script, next++);
    std::vector<order_request> left;
    for (const order_submitted& s : all<order_submitted>()) left.push_back(s.request);
    left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(before));
    return left;
  }
  /// Until something is held and another order of its line is on its way.
  void go_on_until_two() {
    while (later.empty() && next < script.frames.size()) {
      for (const order_request& r : frame()) {
        if (!held) {
          held = r;
          report(r, kind::accepted);
          report(r, kind::filled);
        } else if (r.instrument == held->instrument && r.product == held->product) {
          later.push_back(r);
        }
      }
    }
    REQUIRE(!later.empty());
  }
  void frames(std::size_t count) {
    for (std::size_t i = 0; i < count && next < script.frames.size(); ++i) frame();
  }
  /// What the account has of the line; twice, so that it counts.
  void state(quantity theirs) {
    for (int i = 0; i < 2; ++i) {
      account_statement s{.occasion = "timer", .at = broker.sequencer().last_ts()};
      s.positions = {{.symbol = script.settings->instruments.key(held->instrument),
                      .product = std::string{to_string(held->product)},
                      .qty = theirs}};
      broker.sequencer().offer_statement(std::make_shared<const account_statement>(std::move(s)));
    }
  }
  void release() {
    operator_command c;
    c.what = operator_command::kind::release;
    c.reason = "looked at it";
    broker.sequencer().offer_command(1, std::move(c));
  }
  [[nodiscard]] quantity ours() const { return sign(held->side) * held->qty; }
  [[nodiscard]] bool was_called_back(const client_order_id& id) const {
    return std::ranges::any_of(all<order_cancel_requested>(), [&](const auto& c) { return c.client_order_id == id; });
  }
  [[nodiscard]] std::size_t withheld() const {
    return static_cast<std::size_t>(
        std::ranges::count(all<order_withheld>(), std::string{short_line_reason}, &order_withheld::reason));
  }
  [[nodiscard]] app::replay_result replay() const {
    const event_codec codec{broker_id{"paper"}, script.settings->instruments};
    std::vector<app::journaled_event> journal;
    for (const event_list& list : broker.appended) {
      for (const event& e : *list) journal.push_back({e, codec.encode(e)});
    }
    const auto feed = app::make_feed(*script.settings);
    app::journal_replay again{*script.settings, script.settings->brokers.front(), journal};
    return again.run(*feed.source, [](feed_seq) {});
  }
};

}  // namespace

TEST_CASE("what the broker no longer holds is not sold again: the broker halts and the line's orders are called back") {
  short_day day;
  day.go_on_until_two();
  const order_request& resting = day.later.front();
  SUBCASE("an order that rests there") {
    day.report(resting, kind::accepted);
    day.state(0);
  }
  SUBCASE("an order that is found there later") {
    day.report(resting, kind::answer_lost);
    day.state(0);
    CHECK(day.was_called_back(resting.client_order_id));  // the halt's wish is kept until it is found
    day.report(resting, kind::accepted);
  }
  CHECK(day.broker.sequencer().kill() == kill_mode::halt);
  const auto latched = day.all<kill_latched>();
  REQUIRE(latched.size() == 1);
  CHECK(latched[0].cause == "reconciliation");
  CHECK(latched[0].mode == "halt");
  CHECK(day.was_called_back(resting.client_order_id));
  CHECK(day.all<command_refused>().empty());
}

TEST_CASE("a line that is short stays closed after the release, until the broker holds what is ours") {
  short_day day;
  day.go_on_until_two();
  day.report(day.later.front(), kind::rejected);
  day.state(day.ours() / 2);
  day.release();
  CHECK(day.broker.sequencer().kill() == kill_mode::off);
  const std::size_t submitted = day.all<order_submitted>().size();
  while (day.withheld() == 0 && day.next < day.script.frames.size()) day.frame();
  REQUIRE(day.withheld() > 0);
  const auto sent = day.all<order_submitted>();
  CHECK(std::ranges::none_of(sent.begin() + static_cast<std::ptrdiff_t>(submitted), sent.end(), [&](const auto& s) {
    return s.request.instrument == day.held->instrument && s.request.product == day.held->product;
  }));
  day.state(day.ours());
  CHECK(day.all<account_difference>().back().action == "settled");
  const std::size_t before = day.withheld();
  day.frames(day.script.frames.size());
  CHECK(day.withheld() == before);
  CHECK(day.all<order_submitted>().size() > submitted);
}

TEST_CASE("promise 4: a crash after the difference: the halt and the cancels follow after the restart") {
  short_day day;
  day.go_on_until_two();
  day.report(day.later.front(), kind::accepted);
  day.state(0);
  auto tail = day.broker.appended;
  while (!std::holds_alternative<account_difference>(tail.back()->back().body)) tail.pop_back();
  short_day after;
  after.broker.recover("", tail);
  CHECK(after.broker.sequencer().kill() == kill_mode::halt);
  CHECK(after.was_called_back(day.later.front().client_order_id));
}

TEST_CASE("promise 7: a day with a short line gives the same events again") {
  short_day day;
  day.go_on_until_two();
  day.report(day.later.front(), kind::accepted);
  day.state(0);
  day.report(day.later.front(), kind::cancelled);
  day.frames(1);
  day.release();
  while (day.withheld() == 0 && day.next < day.script.frames.size()) day.frame();
  day.state(day.ours());
  day.frames(3);
  const auto result = day.replay();
  if (result.difference) {
    MESSAGE(result.difference->hint << ": " << result.difference->journaled << " / " << result.difference->replayed);
  }
  CHECK_FALSE(result.difference.has_value());
}
