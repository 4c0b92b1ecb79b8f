// A broker whose subtree gave up in the middle of the day, and is started again later: the other one never notices,
// and it goes on itself without acting on what is too old.
#include "actors/node_fixture.hpp"
#include "tools/app/journal_replay.hpp"

#include <algorithm>
#include <set>

using namespace bulkhead;
using bulkhead::test::deterministic_node;
using bulkhead::test::node_result;
using bulkhead::test::two_paper_brokers;

namespace {

const node_result& undisturbed() {
  static const node_result result = deterministic_node{two_paper_brokers()}.run();
  return result;
}

std::shared_ptr<const config::settings> strict() { return two_paper_brokers({{"supervisor.intensity", "0"}}); }

bool has_given_up(const node_result& so_far, std::size_t times = 1) {
  return static_cast<std::size_t>(
             std::ranges::count(so_far.supervision, "gave_up", &actors::supervision_event::what)) >= times;
}

/// Asks for the restart of paper so many turns after it gave up, and notes the answer.
struct restarter {
  std::size_t after;  ///< looks, of 10 turns each
  bool asked = false;
  std::optional<actors::broker_restarted> answer;

  void operator()(const actors::node_actor& node, caf::scoped_actor& self, const node_result& so_far) {
    if (has_given_up(so_far) && !asked && after-- == 0) {
      asked = true;
      caf::anon_send(node, actors::restart_broker{broker_id{"paper"}, 7, caf::actor_cast<caf::actor>(self)});
    }
    take(self);
  }
  void take(caf::scoped_actor& self) {
    if (!asked || answer) return;
    self->receive([&](actors::broker_restarted& a) { answer = std::move(a); },
                  caf::after(std::chrono::seconds{0}) >> [] {});
    // What an operator would do who was too quick.
    if (answer && answer->error.find("still stopping") != std::string::npos) {
      answer.reset();
      asked = false;
      after = 1;
    }
  }
};

std::vector<app::journaled_event> decoded(const config::settings& s, const std::vector<std::string>& dump) {
  const event_codec codec{broker_id{"paper"}, s.instruments};
  std::vector<app::journaled_event> out;
  for (const std::string& text : dump) out.push_back({codec.decode(text), text});
  return out;
}

std::ptrdiff_t received(const std::vector<app::journaled_event>& events) {
  return std::ranges::count_if(events,
                               [](const auto& e) { return std::holds_alternative<signal_received>(e.what.body); });
}

node_result isolate_and_restart(std::size_t after, restarter& ask) {
  fault::arm("paper.trader.orders.before", fault::action::crash, 3);
  ask.after = after;
  node_result result = deterministic_node{strict()}.run(
      ~std::size_t{0}, [&](const auto& node, auto& self, const auto& so_far) { ask(node, self, so_far); }, 10);
  fault::disarm_all();
  return result;
}

}  // namespace

TEST_CASE("an isolated broker that is started again finishes the day; the other one's journal is as undisturbed") {
  bool refused_some = false;
  bool withheld_some = false;
  for (const std::size_t after : {std::size_t{3}, std::size_t{60}, std::size_t{200}}) {
    CAPTURE(after);
    restarter ask;
    const node_result result = isolate_and_restart(after, ask);
    REQUIRE(result.finished);
    REQUIRE(ask.answer);
    CHECK(ask.answer->error.empty());
    CHECK(result.isolated.empty());
    CHECK(result.dumps.at("paper2") == undisturbed().dumps.at("paper2"));

    const auto journal = decoded(*strict(), result.dumps.at("paper"));
    const auto whole_day = decoded(*strict(), undisturbed().dumps.at("paper"));
    CHECK(journal.back().what.feed == whole_day.back().what.feed);
    const feed_seq refused_through = ask.answer->entries_refused;
    CHECK(refused_through > 0);
    std::set<std::string> intents;
    std::set<std::string> entries;
    for (const auto& [e, text] : journal) {
      if (const auto* s = std::get_if<signal_received>(&e.body); s != nullptr) {
        if (s->signal.action == signal_action::entry) entries.insert(s->signal.id.str());
      }
      if (const auto* r = std::get_if<signal_rejected>(&e.body); r != nullptr && r->rule == isolated_rule) {
        refused_some = true;
        CHECK(e.feed <= refused_through);
        CHECK(entries.contains(r->signal_id.str()));
      }
      // Approved before it gave up, and too old when it came back.
      if (const auto* w = std::get_if<order_withheld>(&e.body))
        withheld_some = withheld_some || w->reason == isolated_reason;
      const auto* submitted = std::get_if<order_submitted>(&e.body);
      if (submitted != nullptr) CHECK(intents.insert(submitted->request.client_order_id.str()).second);
    }
    // No signal of the whole day is missing at this broker.
    CHECK(received(journal) == received(whole_day));

    {  // And the day replays to the same events.
      const auto settings = strict();
      const auto feed = app::make_feed(*settings);
      app::journal_replay again{*settings, settings->brokers.front(), journal};
      const auto replayed = again.run(*feed.source, [](feed_seq) {});
      if (replayed.difference) MESSAGE(replayed.difference->journaled << " / " << replayed.difference->replayed);
      CHECK_FALSE(replayed.difference.has_value());
      CHECK(replayed.equal == journal.size());
    }
    {  // Its roles go on as the next incarnations.
      std::uint64_t last = 0;
      for (const auto& e : result.supervision) {
        if (e.path != "paper/trader" || e.what != "started") continue;
        CHECK(e.number == last + 1);
        last = e.number;
      }
      CHECK(last == 2);
    }
  }
  CHECK(refused_some);
  CHECK(withheld_some);
}

TEST_CASE("a broker that runs is not started again, nor one that is not there") {
  std::vector<std::string> errors;
  bool asked = false;
  const auto ask = [&](const actors::node_actor& node, caf::scoped_actor& self, const node_result&) {
    if (!std::exchange(asked, true)) {
      for (const char* name : {"paper", "nobody"}) {
        caf::anon_send(node, actors::restart_broker{broker_id{name}, 1, caf::actor_cast<caf::actor>(self)});
      }
    }
    self->receive([&](const actors::broker_restarted& a) { errors.push_back(a.error); },
                  caf::after(std::chrono::seconds{0}) >> [] {});
  };
  const node_result result = deterministic_node{two_paper_brokers()}.run(~std::size_t{0}, ask, 200);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].find("it is not isolated") == 0);
  CHECK(errors[1].find("no such broker") == 0);
  CHECK(result.dumps.at("paper") == undisturbed().dumps.at("paper"));
}

TEST_CASE("a broker that gives up again is isolated again, and the log names the child, the reason and the history") {
  fault::arm("paper.portfolio.mark.before", fault::action::crash, 40);
  restarter ask;
  const node_result result = isolate_and_restart(5, ask);
  REQUIRE(result.finished);
  REQUIRE(result.isolated.size() == 1);
  CHECK(result.isolated.front().name == "paper");
  CHECK(result.isolated.front().at.ns > 0);
  const std::string& reason = result.isolated.front().reason;
  CHECK(reason.find("paper/portfolio: more than 0 restarts in") == 0);
  CHECK(reason.find("paper.portfolio.mark.before") != std::string::npos);
  CHECK(reason.find("failures: 0 ms ago paper/portfolio #2") != std::string::npos);
  CHECK(result.dumps.at("paper2") == undisturbed().dumps.at("paper2"));
}

TEST_CASE("a node resumed after its broker ended the day isolated trades that day to its end") {
  fault::arm("paper.trader.orders.before", fault::action::crash, 3);
  deterministic_node node{strict()};
  const node_result first = node.run();
  fault::disarm_all();
  REQUIRE(first.isolated.size() == 1);
  const node_result resumed = node.run();
  REQUIRE(resumed.finished);
  CHECK(resumed.isolated.empty());
  CHECK(resumed.dumps.at("paper") == undisturbed().dumps.at("paper"));
  CHECK(resumed.dumps.at("paper2") == undisturbed().dumps.at("paper2"));
}

TEST_CASE("the runner fails while a broker is isolated: the broker still misses no signal") {
  restarter ask{150};
  fault::arm("paper.trader.orders.before", fault::action::crash, 3);
  fault::arm("paper.risk_manager.signals.before", fault::action::crash, 4);
  fault::arm("runner.frames.before", fault::action::crash, 60);
  const node_result result = deterministic_node{two_paper_brokers({{"supervisor.intensity", "1"}})}.run(
      ~std::size_t{0}, [&](const auto& node, auto& self, const auto& so_far) { ask(node, self, so_far); }, 10);
  fault::disarm_all();
  REQUIRE(result.finished);
  REQUIRE(ask.answer);
  CHECK(ask.answer->error.empty());
  const auto named = [&](const std::string& path, const std::string& what) {
    return std::ranges::find_if(result.supervision, [&](const auto& e) { return e.path == path && e.what == what; });
  };
  REQUIRE(named("runner", "failed") != result.supervision.end());
  CHECK(named("paper", "gave_up") < named("runner", "failed"));
  CHECK(result.dumps.at("paper2") == undisturbed().dumps.at("paper2"));
  CHECK(received(decoded(*strict(), result.dumps.at("paper"))) ==
        received(decoded(*strict(), undisturbed().dumps.at("paper"))));
}
