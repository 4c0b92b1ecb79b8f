// Recovery and snapshots of the order manager, and what holds for every sequence of reports.
#include "runtime/domain/order_manager.hpp"
#include "support/event_equality.hpp"
#include "support/order_fixtures.hpp"

#include <set>
#include <span>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;
using namespace bulkhead::test;
using kind = broker_update::kind;

namespace {

const char* const ids[] = {"a", "b", "c"};
constexpr quantity ordered = 10;

order_manager manager() {
  charge_rates rates{.from = 20220101};
  rates.of(charge_segment::equity_intraday).brokerage = {.percent = {300'000}, .cap = inr(20)};
  return {{.placing_enabled = true, .charges = charge_schedule{{rates}}}, instruments()};
}

order_request stop(const char* id) {
  order_request r = limit(id, rupees(99), side::buy, ordered);
  r.type = order_type::stop_limit;
  r.trigger_price = rupees(98);
  return r;
}

std::vector<event_body> submit_all(order_manager& m) {
  return m.submit(approve_all({market("a", side::buy, ordered), market("b", side::sell, ordered), stop("c")}),
                  at(10, 0), 7);
}

/// Small domains, so that repeats and contradictions are frequent.
rc::Gen<broker_update> any_update() {
  return rc::gen::exec([] {
    broker_update u;
    u.what =
        *rc::gen::element(kind::accepted, kind::filled, kind::filled, kind::filled, kind::cancelled, kind::expired,
                          kind::rejected, kind::answer_lost, kind::triggered, kind::modified, kind::modify_rejected);
    u.client_order_id = client_order_id{*rc::gen::element("a", "b", "c", "d")};
    u.broker_order_id = broker_order_id{*rc::gen::element("B1", "B1", "B2", "")};
    u.fill_id = fill_id{*rc::gen::element("T1", "T2", "T3", "T4", "T5", "T6", "")};
    u.qty = *rc::gen::inRange<quantity>(-1, ordered + 2);
    u.price = {*rc::gen::inRange<std::int64_t>(0, 2'000'000)};
    u.terms.qty = *rc::gen::inRange<quantity>(0, 2 * ordered);
    u.terms.limit_price = {*rc::gen::inRange<std::int64_t>(0, 3)};
    u.terms.trigger_price = {*rc::gen::inRange<std::int64_t>(0, 3)};
    return u;
  });
}

std::optional<order_trigger> trigger_of(const event_body& body) {
  if (std::holds_alternative<order_accepted>(body)) return order_trigger::accept;
  if (const auto* f = std::get_if<order_filled>(&body)) {
    return f->remaining_qty == 0 ? order_trigger::final_fill : order_trigger::partial_fill;
  }
  if (std::holds_alternative<order_cancelled>(body)) return order_trigger::cancel;
  if (std::holds_alternative<order_expired>(body)) return order_trigger::expire;
  if (std::holds_alternative<order_rejected>(body)) return order_trigger::reject;
  if (std::holds_alternative<order_unknown>(body)) return order_trigger::lose_answer;
  return std::nullopt;
}

client_order_id subject(const event_body& body) {
  return std::visit(
      [](const auto& e) {
        if constexpr (requires { e.client_order_id; }) return e.client_order_id;
        return client_order_id{};
      },
      body);
}

event journaled(const event_body& body, timestamp ts, feed_seq feed) {
  return {.seq = 1, .feed = feed, .ts = ts, .body = body};
}

struct lone_order {
  order_status status = order_status::submitted;
  bool is_cancel_wanted = false;
  quantity qty = ordered;
  quantity filled = 0;
  std::set<fill_id> fills;
};

}  // namespace

TEST_CASE("no sequence of repeated, reordered or absurd reports makes an illegal transition or an overfill") {
  CHECK(rc::check([] {
    order_manager m = manager();
    (void)submit_all(m);
    std::map<client_order_id, lone_order> model;
    for (const char* id : ids) model[client_order_id{id}];
    for (const broker_update& u : *rc::gen::container<std::vector<broker_update>>(any_update())) {
      if (*rc::gen::inRange(0, 6) == 0) {
        const order_status before = m.find(client_order_id{"a"})->status;
        m.apply(journaled(order_cancel_requested{client_order_id{"a"}, ""}, at(10, 1), 8));
        const auto to = next_status(before, order_trigger::cancel_requested);
        model[client_order_id{"a"}].status = to.value_or(before);
        model[client_order_id{"a"}].is_cancel_wanted |= to || before == order_status::unknown;
      }
      const auto events = m.on_updates({&u, 1}, at(10, 1));
      RC_ASSERT(events.size() <= 1u);
      if (!events.empty()) {
        if (const auto* changed = std::get_if<order_modified>(&events[0])) {
          lone_order& o = model.at(changed->client_order_id);
          RC_ASSERT(!is_terminal(o.status));
          RC_ASSERT(changed->terms.qty > o.filled);
          o.qty = changed->terms.qty;
        }
      }
      if (!events.empty() && trigger_of(events[0])) {
        lone_order& o = model.at(subject(events[0]));
        const auto to = next_status(o.status, *trigger_of(events[0]));
        RC_ASSERT(to.has_value());
        o.status = *to;
        const bool works = o.status == order_status::open || o.status == order_status::partially_filled;
        if (works && o.is_cancel_wanted) o.status = order_status::pending_cancel;
        if (const auto* f = std::get_if<order_filled>(&events[0])) {
          RC_ASSERT(f->qty > 0);
          RC_ASSERT(o.fills.insert(f->fill_id).second);
          o.filled += f->qty;
          RC_ASSERT(f->cumulative_qty == o.filled);
          RC_ASSERT(f->remaining_qty == o.qty - o.filled);
        }
      }
      for (const auto& [id, o] : model) {
        RC_ASSERT(m.find(id)->status == o.status);
        RC_ASSERT(m.find(id)->filled == o.filled);
        RC_ASSERT(m.find(id)->request.qty == o.qty);
        RC_ASSERT(m.find(id)->fill_count == o.fills.size());
        RC_ASSERT(o.filled <= o.qty);
        RC_ASSERT((o.status == order_status::filled) == (o.filled == o.qty));
      }
    }
  }));
}

TEST_CASE("recovery from the events gives the state that made them, and taking them twice changes nothing") {
  CHECK(rc::check([] {
    order_manager lived = manager();
    std::vector<event_body> log = submit_all(lived);
    const auto updates = *rc::gen::container<std::vector<broker_update>>(any_update());
    const std::size_t cut = *rc::gen::inRange<std::size_t>(0, updates.size() + 1);
    const auto live_on = [&](std::span<const broker_update> some) {
      for (auto& e : lived.on_updates(some, at(10, 1))) log.push_back(std::move(e));
    };
    live_on(std::span{updates}.first(cut));
    (void)lived.snapshot_text();  // keeps the text of what has ended by now: nothing of that may change later
    live_on(std::span{updates}.subspan(cut));
    order_manager recovered = manager();
    for (const event_body& e : log) {
      const bool first = std::holds_alternative<order_submitted>(e);
      recovered.apply(journaled(e, first ? at(10, 0) : at(10, 1), first ? 7 : 8));
    }
    RC_ASSERT(recovered.snapshot_text() == lived.snapshot_text());
    RC_ASSERT(recovered.snapshot().dump() == lived.snapshot_text());
    for (const event_body& e : log) recovered.apply(journaled(e, at(10, 1), 8));
    RC_ASSERT(recovered.snapshot() == lived.snapshot());
  }));
}

TEST_CASE("a restored snapshot answers every later report as the original does") {
  CHECK(rc::check([] {
    order_manager original = manager();
    (void)submit_all(original);
    if (*rc::gen::arbitrary<bool>()) {
      original.apply(
          journaled(order_modify_requested{client_order_id{"c"}, {12, rupees(97), rupees(96)}, ""}, at(10, 0), 7));
    }
    if (*rc::gen::arbitrary<bool>()) {
      original.apply(journaled(order_cancel_requested{client_order_id{"b"}, ""}, at(10, 0), 7));
    }
    const auto before = *rc::gen::container<std::vector<broker_update>>(any_update());
    (void)original.on_updates(before, at(10, 1));
    order_manager restored = manager();
    restored.restore(nlohmann::json::parse(original.snapshot().dump()));
    RC_ASSERT(restored.snapshot() == original.snapshot());
    const auto after = *rc::gen::container<std::vector<broker_update>>(any_update());
    const timestamp now = at(10, 2) + duration{*rc::gen::inRange<std::int64_t>(0, seconds(3 * 86'400).ns)};
    const auto a = original.on_updates(after, now);
    const auto b = restored.on_updates(after, now);
    RC_ASSERT(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) RC_ASSERT(equal(a[i], b[i]));
    RC_ASSERT(restored.snapshot() == original.snapshot());
  }));
}

TEST_CASE("withheld ids survive a snapshot and a recovery, and are forgotten in time") {
  order_manager off{{.placing_enabled = false}, instruments()};
  const auto events = off.submit(approve_all({market("a")}), at(10, 0), 7);
  order_manager restored = manager();
  restored.restore(off.snapshot());
  CHECK(restored.submit(approve_all({market("a")}), at(10, 1), 8).empty());
  order_manager recovered = manager();
  recovered.apply(journaled(events.at(0), at(10, 0), 7));
  CHECK(recovered.snapshot() == off.snapshot());
  CHECK(off.snapshot().at("withheld").size() == 1);
  (void)off.on_updates({}, at(10, 0) + seconds(3 * 86'400));
  CHECK(off.snapshot().at("withheld").empty());
}

TEST_CASE("a snapshot that was tampered with is refused whole") {
  order_manager m = manager();
  (void)submit_all(m);
  const nlohmann::json good = m.snapshot();
  const auto refuses = [&](auto&& change, const char* what) {
    nlohmann::json bad = good;
    change(bad);
    try {
      m.restore(bad);
      FAIL("restored " << bad.dump());
    } catch (const codec_error& e) {
      CHECK_MESSAGE(std::string{e.what()}.find(what) != std::string::npos, e.what());
    }
    CHECK(m.snapshot() == good);
  };
  refuses([](auto& j) { j = nlohmann::json::array(); }, "allowed: a JSON object");
  refuses([](auto& j) { j.erase("orders"); }, "key \"orders\": missing");
  refuses([](auto& j) { j["orders"][0]["status"] = "lost"; }, "orders[0].status");
  refuses([](auto& j) { j["orders"][0]["filled"] = ordered + 1; }, "0 to 10");
  refuses([](auto& j) { j["orders"][1] = j["orders"][0]; }, "each client order id once");
  refuses([](auto& j) { j["orders"][0]["fills"] = {"T1", "T1"}; }, "each fill id once");
  refuses([](auto& j) { j["orders"][0]["fills"] = {7}; }, "an array of texts");
  refuses([](auto& j) { j["orders"][0]["request"]["instrument"] = "NSE:GONE"; }, "orders[0].request.instrument");
  refuses([](auto& j) { j["orders"][0]["asked_terms"] = {{"quantity", 0}}; }, "orders[0].asked_terms.quantity");
  refuses(
      [](auto& j) {
        j["delivery_sold"] = {{{"instrument", "NSE:GONE"}, {"date", 20220103}}};
      },
      "delivery_sold[0].instrument");
  refuses([](auto& j) { j["withheld"] = {{{"client_order_id", "x"}}}; }, "withheld[0].until");
}

TEST_CASE("events that concern no order change nothing") {
  order_manager m = manager();
  (void)submit_all(m);
  const auto before = m.snapshot();
  m.apply(journaled(account_opened{inr(100)}, at(10, 1), 8));
  m.apply(journaled(order_accepted{client_order_id{"nobody"}, broker_order_id{"B9"}}, at(10, 1), 8));
  CHECK(m.snapshot() == before);
}
