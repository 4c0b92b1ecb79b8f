// Random flows against the slow reference: every decision the same, and no limit ever exceeded.
#include "domain/risk_flow.hpp"
#include "runtime/domain/event_codec.hpp"

#include <nlohmann/json.hpp>

namespace bulkhead::test {
namespace {

/// Checks the flow's last frame, decision by decision: each sees the events of the ones before it.
void check_last_frame(const risk_flow& flow) {
  std::vector<event> known{flow.journal.begin(),
                           flow.journal.begin() + static_cast<std::ptrdiff_t>(flow.events_before)};
  std::size_t next = 0;
  const auto take = [&]() -> const event_body& {
    known.push_back(flow.journal.at(flow.events_before + next));
    return flow.decided.at(next++);
  };
  for (const signal& s : flow.signals) {
    const reference_decision expected = decide_from_events(known, flow.limits, s, flow.last_of(s.instrument), flow.now);
    for (const client_order_id& id : expected.cancels) {
      RC_ASSERT(std::get<order_cancel_requested>(take()).client_order_id == id);
    }
    const event_body& outcome = take();
    const auto* rejected = std::get_if<signal_rejected>(&outcome);
    RC_ASSERT((rejected != nullptr ? rejected->rule : "") == expected.refused_by);
    if (rejected == nullptr) RC_ASSERT(std::get<signal_validated>(outcome).order->qty == expected.approved);
  }
  RC_ASSERT(next == flow.decided.size());
}

/// What the limits promise, of everything decided so far: entries only, exits may always reduce.
void check_limits(const risk_flow& flow) {
  for (std::size_t i = flow.events_before; i < flow.journal.size(); ++i) {
    const auto* v = std::get_if<signal_validated>(&flow.journal[i].body);
    if (v == nullptr) continue;
    const reference_state after{{flow.journal.begin(), flow.journal.begin() + static_cast<std::ptrdiff_t>(i) + 1}};
    const order_request& r = v->order.get();
    const std::int64_t in_window = after.approvals_in_last_second(flow.now);
    RC_ASSERT(in_window <= flow.limits.max_orders_per_second);
    if (r.reduces) continue;
    RC_ASSERT(in_window <= flow.limits.max_orders_per_second - flow.limits.exit_reserve_per_second);
    RC_ASSERT(r.qty <= flow.limits.max_order_quantity);
    RC_ASSERT((r.type == order_type::limit ? r.limit_price : r.reference_price) * r.qty <= flow.limits.max_order_value);
    RC_ASSERT(after.worst_case(r.instrument, r.side) <= flow.limits.max_position_quantity);
  }
}

nlohmann::json without_seq(nlohmann::json snapshot) {
  snapshot.erase("seq");
  return snapshot;
}

TEST_CASE("random flows are decided as the slow reference decides them, and no limit is exceeded") {
  CHECK(rc::check("decisions", [] {
    risk_flow flow;
    for (const flow_step& step : *flow_steps()) {
      flow.take(step);
      if (step.kind >= 10) continue;
      check_last_frame(flow);
      check_limits(flow);
    }
  }));
}

TEST_CASE("what a strategy holds is the sum of its fills in any flow") {
  CHECK(rc::check("held", [] {
    risk_flow flow;
    for (const flow_step& step : *flow_steps()) flow.take(step);
    const reference_state state{flow.journal};
    for (const char* name : {"ema", "mean"}) {
      const strategy_id strategy{name};
      RC_ASSERT(flow.engine.held(strategy, flow.nifty) == state.held(flow.nifty, &strategy));
      RC_ASSERT(flow.engine.held(strategy, flow.bank) == state.held(flow.bank, &strategy));
    }
  }));
}

TEST_CASE("a snapshot restored in the middle of a flow gives the same later decisions") {
  CHECK(rc::check("snapshot", [] {
    const auto steps = *flow_steps();
    risk_flow straight{true};
    risk_flow restored{true};
    const std::size_t cut = steps.empty() ? 0 : *rc::gen::inRange<std::size_t>(0, steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (i == cut) {
        const std::string text = restored.engine.snapshot().dump();
        restored.engine = restored.fresh();
        restored.engine.restore(nlohmann::json::parse(text));
        RC_ASSERT(restored.engine.snapshot().dump() == text);
      }
      straight.take(steps[i]);
      restored.take(steps[i]);
    }
    RC_ASSERT(straight.engine.snapshot() == restored.engine.snapshot());
    RC_ASSERT(straight.journal.size() == restored.journal.size());
  }));
}

TEST_CASE("a fresh engine fed the journal is the engine that lived it") {
  CHECK(rc::check("recovery", [] {
    risk_flow flow{true};
    for (const flow_step& step : *flow_steps()) flow.take(step);
    risk_engine recovered = flow.fresh();
    for (const event& e : flow.journal) recovered.apply(e);
    RC_ASSERT(without_seq(recovered.snapshot()) == without_seq(flow.engine.snapshot()));
  }));
}

TEST_CASE("the approval window agrees with counting all approvals, at every distance") {
  CHECK(rc::check("window", [] {
    static constexpr std::int64_t steps[] = {0, 1, 999'999'999, 1'000'000'000, 1'000'000'001, 29'000'000'000};
    risk::approval_window window;
    std::vector<std::int64_t> all;
    std::int64_t now = risk_fixture::at(23, 58, 0).ns;  // some sequences pass midnight
    for (const auto& [step, approves] : *rc::gen::container<std::vector<std::pair<int, bool>>>(
             rc::gen::pair(rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, 6)), rc::gen::arbitrary<bool>()))) {
      now += steps[step];
      if (approves) {
        window.add({now});
        all.push_back(now);
      }
      const auto within = [&](std::int64_t ns) {
        return std::ranges::count_if(all, [&](auto t) { return now - t < ns; });
      };
      const trade_date today = date_of({now});
      RC_ASSERT(window.count({now}, seconds(1)) == within(1'000'000'000));
      RC_ASSERT(window.count({now}, seconds(60)) == within(60'000'000'000));
      RC_ASSERT(window.count(today) == std::ranges::count_if(all, [&](auto t) { return date_of({t}) == today; }));
      RC_ASSERT(std::ranges::all_of(window.times(), [&](timestamp t) { return all.back() - t.ns < 60'000'000'000; }));
    }
  }));
}

TEST_CASE_FIXTURE(risk_fixture, "a snapshot between approval and intent keeps which of the two an order has") {
  placed(buy(10));
  approved(buy(20));
  const nlohmann::json state = engine.snapshot();
  engine = fresh();
  engine.restore(state);
  CHECK(decide({exit_long(30)}).size() == 2);  // one cancel, for the intent, and the rejection
}

TEST_CASE_FIXTURE(risk_fixture, "a snapshot of what this node cannot know is refused whole") {
  hold(side::buy, 10);
  const nlohmann::json good = engine.snapshot();
  nlohmann::json bad = good;
  bad["exposure"]["lines"][0]["instrument"] = "NSE:GONE";
  CHECK_THROWS_AS(engine.restore(bad), std::invalid_argument);
  bad = good;
  bad.erase("kill");
  CHECK_THROWS_AS(engine.restore(bad), codec_error);
  placed(buy(1));
  bad = engine.snapshot();
  bad["exposure"]["orders"][0]["status"] = "filled";
  const nlohmann::json before = engine.snapshot();
  CHECK_THROWS_AS(engine.restore(bad), codec_error);
  CHECK(engine.snapshot() == before);
}

}  // namespace
}  // namespace bulkhead::test
