// What keeps one strategy's failure, or an operator's change, from touching the others.
#include "runtime/domain/orders.hpp"
#include "strategies/strategy_fixture.hpp"
#include "strategies/strategy_host.hpp"
#include "strategies/warm_up.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

/// Says what a function of its tick count says.
class scripted final : public strategy {
 public:
  using script = std::function<std::vector<intent>(int)>;
  explicit scripted(script says) : says_(std::move(says)) {}
  void on_tick(const instrument& /*instrument*/, const tick& /*tick*/, timestamp /*ts*/,
               std::vector<intent>& out) override {
    out = says_(++ticks_);
  }
  [[nodiscard]] nlohmann::json snapshot() const override { return {{"ticks", ticks_}, {"flat", flat_}}; }
  void restore(const nlohmann::json& state) override { ticks_ = state.at("ticks").get<int>(); }
  void flatten() override { flat_ = true; }

 private:
  script says_;
  int ticks_ = 0;
  bool flat_ = false;
};

/// An entry whose quantity is the number of the tick.
std::vector<intent> counting(int n) { return {{.qty = n}}; }

hosted_strategy hosted(const char* name, scripted::script says = counting, std::string fingerprint = "1") {
  return {.name = strategy_id{name},
          .logic = std::make_unique<scripted>(std::move(says)),
          .brokers = {broker_id{"paper"}},
          .instruments = {nifty},
          .fingerprint = std::move(fingerprint)};
}

template <class... Strategies>
std::vector<hosted_strategy> set_of(Strategies... each) {
  std::vector<hosted_strategy> all;
  (all.push_back(std::move(each)), ...);
  return all;
}

strategy_host host_of(std::vector<hosted_strategy> all, time_budget budget = {}) {
  return {std::move(all), trading_session{}, two_indices(), std::move(budget)};
}

lines text_of(const frame_output& out) {
  lines result;
  for (const auto& s : out.signals) {
    result.push_back(fmt::format("{} {} {}", s.signal.strategy.str(), to_string(s.signal.action), s.signal.qty));
  }
  for (const auto& n : out.notices) {
    result.push_back(fmt::format("{} {}: {} @{}.{}", n.notice.what.strategy.str(), n.notice.what.change,
                                 n.notice.what.reason, n.notice.feed, n.notice.ordinal));
  }
  return result;
}

/// One NIFTY tick.
lines play(strategy_host& host, feed_seq seq) {
  const tick one[] = {{.instrument = nifty, .last = price{1'000'000}}};
  frame_output out;
  host.on_frame({seq, opening + seconds(static_cast<std::int64_t>(seq)), frame_kind::ticks, one}, out);
  return text_of(out);
}

lines pause(strategy_host& host, const char* name, bool paused) {
  frame_output out;
  host.set_paused(strategy_id{name}, paused, out);
  return text_of(out);
}

lines reload(strategy_host& host, std::vector<hosted_strategy> all) {
  frame_output out;
  host.reload(std::move(all), out);
  return text_of(out);
}

}  // namespace

TEST_CASE("quarantine: a strategy that throws sees no more ticks, the others go on, and it is said once") {
  auto host = host_of(set_of(hosted("a",
                                    [](int n) -> std::vector<intent> {
                                      if (n == 2) throw std::runtime_error("index 7 of 5");
                                      return counting(n);
                                    }),
                             hosted("b")));
  CHECK(play(host, 1) == lines{"a ENTRY 1", "b ENTRY 1"});
  CHECK(play(host, 2) == lines{"b ENTRY 2", "a quarantined: threw: index 7 of 5 @2.0"});
  CHECK(play(host, 3) == lines{"b ENTRY 3"});
  CHECK(host.status()[0].quarantined == "threw: index 7 of 5");
}

TEST_CASE("quarantine: what is no std::exception is caught too") {
  auto host = host_of(set_of(hosted("a", [](int) -> std::vector<intent> { throw 7; })));
  CHECK(play(host, 1) == lines{"a quarantined: threw @1.0"});
}

TEST_CASE("quarantine: an intent that no order can be drops every signal of that tick") {
  const auto said = [](intent bad) {
    auto host = host_of(set_of(hosted("a", [bad](int) { return std::vector<intent>{{.qty = 1}, bad}; })));
    return play(host, 1);
  };
  const auto why = [](const char* text) {
    return lines{fmt::format("a quarantined: impossible intent: {} @1.0", text)};
  };
  CHECK(said({.qty = 0}) == why("quantity: given 0, allowed: 1 to 1000000"));
  CHECK(said({.qty = 1'000'001}) == why("quantity: given 1000001, allowed: 1 to 1000000"));
  CHECK(said({.qty = 1, .type = order_type::limit}) == why("limit price: given 0.00, allowed: above 0"));
  CHECK(said({.qty = 1, .type = order_type::stop_market}) == why("trigger price: given 0.00, allowed: above 0"));
  CHECK(said({.qty = 1, .type = order_type::stop_limit, .limit_price = price{1}}) ==
        why("trigger price: given 0.00, allowed: above 0"));
  CHECK(said({.qty = 1, .stop_loss_offset = price{-500}}) ==
        why("bracket: given stop -0.05 and target 0.00, allowed: 0 or above"));
  CHECK(said({.action = signal_action::modify, .qty = 0}) == why("quantity: given 0, allowed: 1 to 1000000"));
  CHECK(said({.action = signal_action::cancel, .qty = 0}) == lines{"a ENTRY 1", "a CANCEL 1"});
}

TEST_CASE("quarantine: too many ticks in a row over the time budget, measured on the clock it is given") {
  std::int64_t clock = 0;
  const auto slow_on = [&clock](std::vector<int> ticks) {
    return [&clock, ticks](int n) {
      clock += std::ranges::find(ticks, n) != ticks.end() ? 5'000'001 : 5'000'000;
      return counting(n);
    };
  };
  auto host = host_of(set_of(hosted("a", slow_on({1, 2, 4, 5, 6})), hosted("b", slow_on({}))),
                      {[&clock] { return clock; }, 5, 3});
  for (feed_seq seq = 1; seq <= 5; ++seq) CHECK(play(host, seq).size() == 2);
  CHECK(play(host, 6) ==
        lines{"b ENTRY 6", "a quarantined: took longer than its time budget of 5 ms for 3 ticks in a row @6.0"});
}

TEST_CASE("quarantine: what a clock said can be prescribed to a host without one, and comes out the same") {
  std::int64_t clock = 0;
  const auto slow = [&clock](int n) {
    clock += n == 3 ? 10'000'000 : 0;
    return counting(n);
  };
  auto host = host_of(set_of(hosted("a", slow)), {[&clock] { return clock; }, 5, 1});
  auto again = host_of(set_of(hosted("a")));
  const std::vector<tick> one = {{.instrument = nifty, .last = price{1}}};
  frame_output measured;
  for (feed_seq seq = 1; seq <= 4; ++seq) host.on_frame({seq, opening, frame_kind::ticks, one}, measured);
  REQUIRE(measured.measured.size() == 1);
  CHECK(measured.measured[0].feed == 3);
  again.prescribe(measured.measured[0]);
  frame_output replayed;
  for (feed_seq seq = 1; seq <= 4; ++seq) again.on_frame({seq, opening, frame_kind::ticks, one}, replayed);
  CHECK(text_of(replayed) == text_of(measured));
  CHECK(replayed.measured.empty());
}

TEST_CASE("quarantine: frames that brokers have acted on already are not measured") {
  std::int64_t clock = 0;
  const auto slow = [&clock](int n) {
    clock += 10'000'000;
    return counting(n);
  };
  auto host = host_of(set_of(hosted("a", slow)), {[&clock] { return clock; }, 5, 1});
  host.measure_from(3);
  CHECK(play(host, 1) == lines{"a ENTRY 1"});
  CHECK(play(host, 2) == lines{"a ENTRY 2"});
  CHECK(play(host, 3).front().starts_with("a quarantined"));
}

TEST_CASE("pause: entries and modifications stay, exits and cancels leave, ticks go on, ids stay what they were") {
  const auto all = [](int n) {
    return std::vector<intent>{{.qty = n},
                               {.action = signal_action::exit, .qty = n},
                               {.action = signal_action::modify, .qty = n},
                               {.action = signal_action::cancel}};
  };
  auto host = host_of(set_of(hosted("a", all)));
  auto other = host_of(set_of(hosted("a", all)));
  CHECK(pause(host, "a", true) == lines{"a paused: operator @0.0"});
  CHECK(play(host, 1) == lines{"a EXIT 1", "a CANCEL 1"});
  CHECK(pause(host, "a", false) == lines{"a resumed: operator @1.0"});
  CHECK(play(host, 2) == lines{"a ENTRY 2", "a EXIT 2", "a MODIFY 2", "a CANCEL 1"});

  frame_output paused;
  frame_output running;
  const std::vector<tick> one = {{.instrument = nifty, .last = price{1}}};
  (void)pause(host, "a", true);
  host.on_frame({3, opening, frame_kind::ticks, one}, paused);
  other.on_frame({3, opening, frame_kind::ticks, one}, running);
  CHECK(paused.signals[0].signal.id == running.signals[1].signal.id);
}

TEST_CASE("pause: refused with the reason where it cannot be") {
  auto host = host_of(set_of(hosted("a"), hosted("b", [](int) { return std::vector<intent>{{.qty = 0}}; })));
  (void)play(host, 1);
  CHECK(host.refuse_paused(strategy_id{"x"}, true) == "no strategy is named x; see the list of strategies");
  CHECK(host.refuse_paused(strategy_id{"a"}, false) == "a is running already");
  CHECK(host.refuse_paused(strategy_id{"a"}, true).empty());
  CHECK(host.refuse_paused(strategy_id{"b"}, true).ends_with("; a reload takes it back"));
  CHECK(pause(host, "b", true).empty());
  (void)pause(host, "a", true);
  CHECK(host.refuse_paused(strategy_id{"a"}, true) == "a is paused already");
}

TEST_CASE("reload: the unchanged keep their state, the changed start anew, the missing go, the new come") {
  auto host = host_of(set_of(hosted("changed"), hosted("gone"), hosted("same")));
  (void)play(host, 1);
  (void)pause(host, "same", true);
  (void)pause(host, "changed", true);
  CHECK(reload(host, set_of(hosted("new"), hosted("same"), hosted("changed", counting, "2"))) ==
        lines{"changed reloaded: starts anew: its kind, instruments or parameters changed @1.2",
              "new added: new in the set @1.3", "gone removed: not in the new set @1.4"});
  CHECK(host.status()[0].paused);
  CHECK(host.status()[2].paused);
  CHECK(play(host, 2) == lines{"new ENTRY 1"});
  (void)pause(host, "same", false);
  (void)pause(host, "changed", false);
  CHECK(play(host, 3) == lines{"changed ENTRY 2", "new ENTRY 2", "same ENTRY 3"});
}

TEST_CASE("reload: new brokers and product take effect without touching the state, and both sides are told") {
  auto host = host_of(set_of(hosted("a")));
  (void)play(host, 1);
  auto moved = hosted("a");
  moved.brokers = {broker_id{"paper2"}};
  moved.product = product::nrml;
  frame_output out;
  host.reload(set_of(std::move(moved)), out);
  CHECK(out.notices_for(broker_id{"paper"}).size() == 1);
  CHECK(out.notices_for(broker_id{"paper2"}).size() == 1);
  out.clear();
  const std::vector<tick> one = {{.instrument = nifty, .last = price{1}}};
  host.on_frame({2, opening, frame_kind::ticks, one}, out);
  CHECK(out.signals_for(broker_id{"paper"}).empty());
  REQUIRE(out.signals_for(broker_id{"paper2"}).size() == 1);
  CHECK(out.signals[0].signal.qty == 2);
  CHECK(out.signals[0].signal.product == product::nrml);
}

TEST_CASE("reload: takes a quarantined strategy back, anew") {
  bool broken = true;
  const auto says = [&broken](int n) {
    if (broken) throw std::runtime_error("x");
    return counting(n);
  };
  auto host = host_of(set_of(hosted("a", says)));
  (void)play(host, 1);
  broken = false;
  CHECK(play(host, 2).empty());
  CHECK(reload(host, set_of(hosted("a", says))) ==
        lines{"a reloaded: starts anew after its quarantine (threw: x) @2.0"});
  CHECK(play(host, 3) == lines{"a ENTRY 1"});
}

TEST_CASE("reload: a set with two of one name, or an instrument that is not there, is refused and changes nothing") {
  auto host = host_of(set_of(hosted("a")));
  (void)play(host, 1);
  frame_output out;
  CHECK_THROWS_AS(host.reload(set_of(hosted("b"), hosted("b")), out), std::invalid_argument);
  auto lost = hosted("b");
  lost.instruments = {{7}};
  CHECK_THROWS_AS(host.reload(set_of(std::move(lost)), out), std::out_of_range);
  CHECK(text_of(out).empty());
  CHECK(play(host, 2) == lines{"a ENTRY 2"});
}

TEST_CASE("snapshot: pauses and quarantines come back; who was changed meanwhile starts anew but stays paused") {
  const auto broken = [](int n) -> std::vector<intent> {
    if (n == 2) throw std::runtime_error("x");
    return counting(n);
  };
  auto host = host_of(set_of(hosted("changed"), hosted("mended", broken), hosted("paused"), hosted("sick", broken)));
  (void)play(host, 1);
  (void)play(host, 2);
  (void)pause(host, "paused", true);
  (void)pause(host, "changed", true);

  auto other = host_of(
      set_of(hosted("changed", counting, "2"), hosted("mended", counting, "2"), hosted("paused"), hosted("sick")));
  other.restore(nlohmann::json::parse(host.snapshot().dump()));
  CHECK(play(other, 3) == lines{"mended ENTRY 1"});
  CHECK(other.status()[3].quarantined == "threw: x");
  CHECK(pause(other, "changed", false) == lines{"changed resumed: operator @3.0"});
  CHECK(pause(other, "paused", false) == lines{"paused resumed: operator @3.1"});
  CHECK(play(other, 4) == lines{"changed ENTRY 2", "mended ENTRY 2", "paused ENTRY 4"});
}

TEST_CASE("notices: numbered within the frame that they follow, also over a snapshot") {
  auto host = host_of(set_of(hosted("a")));
  (void)play(host, 1);
  CHECK(pause(host, "a", true) == lines{"a paused: operator @1.0"});
  auto other = host_of(set_of(hosted("a")));
  other.restore(host.snapshot());
  CHECK(pause(other, "a", false) == lines{"a resumed: operator @1.1"});
}

TEST_CASE("warm-up: ticks of open sessions are shown, what is said is dropped, and then every strategy is flat") {
  auto fresh = set_of(hosted("a"), hosted("b", [](int n) -> std::vector<intent> {
                        if (n == 2) throw std::runtime_error("x");
                        return {};
                      }));
  std::int64_t minute = 14;  // the first frame is before the opening
  warm_up(fresh, trading_session{}, two_indices(), [&minute](frame_batch& into) {
    if (minute > 17) return false;
    const tick one[] = {{.instrument = nifty, .last = price{1}}};
    into.add(static_cast<feed_seq>(minute), at(monday, 9, static_cast<int>(minute)), frame_kind::ticks, one);
    ++minute;
    return true;
  });
  CHECK(fresh[0].logic->snapshot() == nlohmann::json{{"ticks", 3}, {"flat", true}});
  CHECK(fresh[0].fault.empty());
  CHECK(fresh[1].fault == "threw during its warm-up: x");
  auto host = host_of(std::move(fresh));
  CHECK(play(host, 1) == lines{"a ENTRY 4", "b quarantined: threw during its warm-up: x @0.0"});
}
