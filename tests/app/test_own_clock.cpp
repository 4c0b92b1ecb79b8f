// A broker with its own clock: what it reports comes between frames, and is marked, watched and replayed all the same.
#include "app/broker_harness.hpp"
#include "runtime/domain/order_report.hpp"
#include "tools/app/journal_replay.hpp"
#include "tools/app/journal_reports.hpp"

#include <algorithm>
#include <functional>

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace bulkhead;
using test::broker_harness;
using test::session_script;

namespace {

using kind = broker_update::kind;

struct live_day {
  session_script script = session_script::load_own_clock();
  broker_harness broker{script.settings, true, false};
  std::size_t answered = 0;
  bool quiet = false;  ///< the strategies have nothing more to say

  /// `answer` is called once for each order that passed the gate, with its number, after the frame that it belongs to.
  void play(const std::function<void(std::size_t, const order_request&)>& answer, std::size_t frames = ~0ULL) {
    for (std::size_t i = 0; i < std::min(frames, script.frames.size()); ++i) {
      if (quiet) script.signals[i].clear();
      broker.offer(script, i);
      for (const order_request& r : take_new_orders()) answer(answered++, r);
    }
  }

  std::vector<order_request> take_new_orders() {
    std::vector<order_request> out;
    for (; seen_ < broker.appended.size(); ++seen_) {
      for (const event& e : *broker.appended[seen_]) {
        if (const auto* s = std::get_if<order_submitted>(&e.body)) out.push_back(s->request);
      }
    }
    return out;
  }

  void report(const order_request& r, kind what, const std::string& word = {}, quantity qty = 0, price at = {}) {
    broker_update u;
    u.what = what;
    u.client_order_id = r.client_order_id;
    u.broker_order_id = broker_order_id{word};
    u.fill_id = fill_id{word};
    u.qty = qty;
    u.price = at;
    u.terms = {r.qty + qty, r.limit_price, r.trigger_price};
    u.reason = word;
    broker.sequencer().offer_updates({u});
  }

  void fill(std::size_t n, const order_request& r) {
    report(r, kind::accepted, fmt::format("B{}", n));
    report(r, kind::filled, fmt::format("T{}", n), r.qty, r.reference_price);
  }

  [[nodiscard]] std::vector<event> events() const {
    std::vector<event> out;
    for (const event_list& list : broker.appended) out.insert(out.end(), list->begin(), list->end());
    return out;
  }

  [[nodiscard]] app::replay_result replay() const {
    const event_codec codec{broker_id{"paper"}, script.settings->instruments};
    std::vector<app::journaled_event> journal;
    for (const event& e : events()) journal.push_back({e, codec.encode(e)});
    const auto feed = app::make_feed(*script.settings);
    app::journal_replay again{*script.settings, script.settings->brokers.front(), journal};
    return again.run(*feed.source, [](feed_seq) {});
  }

 private:
  std::size_t seen_ = 0;
};

/// Everything that a broker may say, legal and not, by the order's number.
void say_everything(live_day& day, std::size_t n, const order_request& r) {
  const std::string id = fmt::format("B{}", n);
  switch (n % 8) {
    case 0:
      return day.report(r, kind::rejected, "insufficient funds: 5 at 3 as X");
    case 1:
      day.report(r, kind::accepted, id);
      day.report(r, kind::filled, id + "a", r.qty / 2, r.reference_price);
      day.report(r, kind::filled, id + "a", r.qty / 2, r.reference_price);  // repeated: no event
      return day.report(r, kind::cancelled, "cancelled by: the exchange");
    case 2:
      day.report(r, kind::answer_lost, "time-out after 7000 ms");
      day.fill(n, r);
      return day.report(r, kind::filled, id + "b", r.qty, r.reference_price);  // refused: overfill
    case 3:
      day.report(r, kind::accepted, id);
      day.report(r, kind::accepted, id + "x");                // refused: another broker order id
      day.report(r, kind::modified, "said the broker", 25);   // units more
      day.report(r, kind::filled, "", 1, r.reference_price);  // refused: a fill without an id
      return day.report(r, kind::expired);
    case 4:
      day.report(r, kind::accepted, id);
      day.report(r, kind::triggered);                      // refused but for SL orders
      day.report(r, kind::filled, id + "c", -3, price{});  // refused: no units
      return day.report(r, kind::filled, id, r.qty, r.reference_price);
    default:
      return day.fill(n, r);
  }
}

}  // namespace

TEST_CASE("a broker with its own clock is marked in the frame after a fill, and each minute while a position is open") {
  live_day day;
  std::size_t fills = 0;
  day.play([&](std::size_t n, const order_request& r) {
    if (fills != 0) return;  // one position, never closed
    ++fills;
    day.fill(n, r);
  });
  feed_seq filled = 0;
  std::vector<event> marks;
  for (const event& e : day.events()) {
    if (std::holds_alternative<order_filled>(e.body)) filled = e.feed;
    if (std::holds_alternative<portfolio_snapshot>(e.body)) marks.push_back(e);
  }
  REQUIRE(filled != 0);
  REQUIRE(marks.size() > 100);
  CHECK(marks.front().feed == filled + 1);
  CHECK(std::get<portfolio_snapshot>(marks.front().body).positions.front().qty != 0);
}

TEST_CASE("a broker with its own clock squares off what it holds, with no order working") {
  live_day day;
  std::vector<order_request> orders;
  day.play([&](std::size_t n, const order_request& r) {
    orders.push_back(r);
    day.quiet = true;
    day.fill(n, r);
  });
  REQUIRE(orders.size() == 2);
  CHECK(orders.back().origin == order_origin::square_off);
  CHECK(orders.back().side != orders.front().side);
}

TEST_CASE("a fill that no mark has seen yet survives a cut and a crash") {
  live_day day;
  std::size_t at = 0;
  day.play([&](std::size_t n, const order_request& r) {
    if (at == 0) at = day.broker.last_processed;
    if (n == 0) day.fill(n, r);
    if (n == 0) day.broker.sequencer().drain();
  });
  REQUIRE(day.broker.cuts.size() == 1);
  broker_harness after{day.script.settings, true, false};
  after.recover(day.broker.cuts.back().second, {});
  for (std::size_t i = at; i < at + 2; ++i) after.offer(day.script, i);
  CHECK(after.count<portfolio_snapshot>() >= 1);
}

TEST_CASE("promise 7: a day of a broker with its own clock replays to the same events, whatever the broker said") {
  live_day day;
  day.play([&](std::size_t n, const order_request& r) { say_everything(day, n, r); });
  std::size_t refused = 0;
  std::size_t unknown = 0;
  for (const event& e : day.events()) {
    refused += std::holds_alternative<broker_update_refused>(e.body) ? 1 : 0;
    unknown += std::holds_alternative<order_unknown>(e.body) ? 1 : 0;
  }
  REQUIRE(day.answered > 40);
  REQUIRE(refused > 10);
  REQUIRE(unknown > 4);
  const auto result = day.replay();
  if (result.difference) {
    MESSAGE(result.difference->hint << ": " << result.difference->journaled << " / " << result.difference->replayed);
  }
  CHECK_FALSE(result.difference.has_value());
  CHECK(result.equal == day.events().size());
}

TEST_CASE("what describe() makes of a report reads back as that report") {
  for (const kind what : {kind::accepted, kind::triggered, kind::filled, kind::modified, kind::modify_rejected,
                          kind::cancelled, kind::expired, kind::rejected, kind::answer_lost}) {
    broker_update u;
    u.what = what;
    u.client_order_id = client_order_id{"abc"};
    u.broker_order_id = broker_order_id{"2204 at 5"};
    u.fill_id = fill_id{"T 7 as 8"};
    u.qty = -4;
    u.price = price{-12'345};
    u.terms = {7, price{10'050}, price{0}};
    u.reason = "because: of, this";
    const auto back = app::report_described(u.client_order_id, describe(u));
    REQUIRE(back.has_value());
    CHECK(back->what == what);
    CHECK(describe(*back) == describe(u));
  }
  CHECK_FALSE(app::report_described(client_order_id{"abc"}, "update of kind 17").has_value());
  CHECK_FALSE(app::report_described(client_order_id{"abc"}, "filled five at 3 as x").has_value());
}
