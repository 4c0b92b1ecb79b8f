#include "strategies/strategy_host.hpp"

#include "runtime/domain/orders.hpp"
#include "strategies/strategy_fixture.hpp"

#include <stdexcept>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

/// Says `count` entries for every tick, each with a quantity of its own.
class talker final : public strategy {
 public:
  explicit talker(int count) : count_(count) {}
  void on_tick(const instrument& instrument, const tick& /*tick*/, timestamp /*ts*/,
               std::vector<intent>& out) override {
    ++ticks_;
    for (int i = 0; i < count_; ++i) out.push_back({.qty = i + 1, .reason = instrument.key});
  }
  [[nodiscard]] nlohmann::json snapshot() const override { return {{"ticks", ticks_}}; }
  void restore(const nlohmann::json& state) override { ticks_ = state.at("ticks").get<int>(); }
  void flatten() override {}

 private:
  int count_;
  int ticks_ = 0;
};

hosted_strategy hosted(const char* name, int count, std::vector<instrument_id> instruments) {
  return {strategy_id{name}, std::make_unique<talker>(count), {broker_id{"paper"}}, std::move(instruments)};
}

template <class... Strategies>
strategy_host host_of(Strategies... each) {
  std::vector<hosted_strategy> all;
  (all.push_back(std::move(each)), ...);
  return {std::move(all), trading_session{}, two_indices()};
}

const std::vector<tick> both = {{.instrument = banknifty, .last = price{2}}, {.instrument = nifty, .last = price{1}}};

/// "name instrument#ordinal" for each signal of one frame.
lines signals(strategy_host& host, feed_seq seq, timestamp ts, std::span<const tick> ticks = both) {
  frame_output out;
  host.on_frame({seq, ts, frame_kind::ticks, ticks}, out);
  lines result;
  for (const routed_signal& s : out.signals) {
    result.push_back(fmt::format("{} {}#{}", s.signal.strategy.str(), s.signal.instrument.index, s.signal.ordinal));
  }
  return result;
}

lines ticks_seen(const strategy_host& host) {
  const auto all = host.snapshot();
  lines result;
  for (const auto& [name, one] : all.at("strategies").items()) {
    result.push_back(fmt::format("{} {}", name, one.at("state").at("ticks").get<int>()));
  }
  return result;
}

}  // namespace

TEST_CASE("host: signals go by tick, then strategy by name, then ordinal") {
  auto host = host_of(hosted("b", 2, {nifty, banknifty}), hosted("a", 1, {nifty, banknifty}));
  CHECK(signals(host, 1, opening) == lines{"a 1#0", "b 1#0", "b 1#1", "a 0#0", "b 0#0", "b 0#1"});
}

TEST_CASE("host: a tick reaches only those that asked for its instrument, and once") {
  auto host = host_of(hosted("a", 1, {nifty}), hosted("b", 1, {banknifty, banknifty}), hosted("c", 1, {}));
  CHECK(signals(host, 1, opening) == lines{"b 1#0", "a 0#0"});
  CHECK(ticks_seen(host) == lines{"a 1", "b 1", "c 0"});
}

TEST_CASE("host: ticks outside the session reach nobody") {
  auto host = host_of(hosted("a", 1, {nifty}));
  feed_seq seq = 0;
  const auto reached = [&](timestamp ts) { return !signals(host, ++seq, ts).empty(); };
  CHECK_FALSE(reached(at(monday - 1, 12, 0)));  // Sunday
  CHECK_FALSE(reached(at(monday, 9, 7)));
  CHECK_FALSE(reached(opening - duration{1}));
  CHECK(reached(opening));
  CHECK(reached(at(monday, 15, 30) - duration{1}));
  CHECK_FALSE(reached(at(monday, 15, 30)));
  CHECK_FALSE(reached(at(monday, 15, 31, 59)));
  CHECK(host.last_frame() == seq);
  CHECK(ticks_seen(host) == lines{"a 2"});
}

TEST_CASE("host: a frame seen before, or one before that, yields nothing") {
  auto host = host_of(hosted("a", 1, {nifty}));
  CHECK(signals(host, 5, opening).size() == 1);
  CHECK(signals(host, 5, opening).empty());
  CHECK(signals(host, 4, opening).empty());
  CHECK(host.last_frame() == 5);
  CHECK(signals(host, 6, opening).size() == 1);
}

TEST_CASE("host: a signal carries what was said, its frame, and the documented id") {
  auto host = host_of(hosted("a", 2, {nifty}));
  frame_output out;
  host.on_frame({42, opening, frame_kind::ticks, both}, out);
  REQUIRE(out.signals.size() == 2);
  const signal& s = out.signals[1].signal;
  // base32(BLAKE2b-128("signal|a|NSE:NIFTY|42|1")), lower case, first 20 characters; worked with Python's hashlib.
  CHECK(s.id.str() == "ke4sxlziepv727yjvuaw");
  CHECK(out.signals[0].signal.id != s.id);
  CHECK(s.strategy == strategy_id{"a"});
  CHECK(s.instrument == nifty);
  CHECK(s.qty == 2);
  CHECK(s.ts == opening);
  CHECK(s.feed == 42);
  CHECK(s.ordinal == 1);
  CHECK(s.reason == "NSE:NIFTY");
}

TEST_CASE("host: two strategies of one name are refused") {
  CHECK_THROWS_WITH_AS((void)host_of(hosted("a", 1, {nifty}), hosted("a", 1, {banknifty})),
                       "two strategies are named a", std::invalid_argument);
}

TEST_CASE("host: a restored host knows its last frame and every strategy's state") {
  auto host = host_of(hosted("a", 1, {nifty}), hosted("b", 1, {nifty}));
  (void)signals(host, 9, opening);
  auto other = host_of(hosted("a", 1, {nifty}), hosted("b", 1, {nifty}));
  other.restore(host.snapshot());
  CHECK(other.last_frame() == 9);
  CHECK(signals(other, 9, opening).empty());
  CHECK(other.snapshot() == host.snapshot());
}

TEST_CASE("host: a strategy new since the snapshot starts with no history, one that is gone is left out") {
  auto host = host_of(hosted("a", 1, {nifty}), hosted("b", 1, {nifty}));
  (void)signals(host, 9, opening);
  auto other = host_of(hosted("b", 1, {nifty}), hosted("c", 1, {nifty}));
  other.restore(host.snapshot());
  CHECK(ticks_seen(other) == lines{"b 1", "c 0"});
}

TEST_CASE("host: a malformed snapshot is refused with the place") {
  auto host = host_of(hosted("a", 1, {nifty}));
  const auto problem = [&](const char* text) -> std::string {
    try {
      host.restore(nlohmann::json::parse(text));
    } catch (const std::invalid_argument& e) {
      return e.what();
    }
    return "";
  };
  CHECK(problem("{}").starts_with("snapshot of the strategies: last_frame: "));
  CHECK(problem(R"({"last_frame": "x"})").starts_with("snapshot of the strategies: last_frame: "));
  CHECK(problem(R"({"last_frame": 1})").starts_with("snapshot of the strategies: noticed: "));
  const std::string start = R"({"last_frame": 1, "noticed": {"feed": 0, "next": 0}, "strategies": )";
  CHECK(problem((start + "{}}").c_str()).empty());
  CHECK(problem((start + R"({"a": {}}})").c_str()).starts_with("snapshot of the strategies: a: "));
}

TEST_CASE("host: of 100 strategies over 200 instruments each tick reaches only those that asked, once") {
  instrument_table many;
  for (int i = 0; i < 200; ++i) {
    instrument row;
    row.key = fmt::format("NSE:I{}", i);
    (void)many.add(row);
  }
  std::vector<hosted_strategy> all;
  for (std::uint32_t n = 0; n < 100; ++n) {
    all.push_back(hosted(fmt::format("s{:02}", n).c_str(), 0, {{2 * n}, {2 * n + 1}, {0}}));
  }
  strategy_host host{std::move(all), trading_session{}, many};
  frame_output out;
  feed_seq seq = 0;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const tick one[] = {{.instrument = {i}, .last = price{1}}};
    host.on_frame({++seq, opening, frame_kind::ticks, one}, out);
  }
  lines expected;
  // Two of its own and instrument 0; for the first instrument 0 is its own.
  for (int n = 0; n < 100; ++n) expected.push_back(fmt::format("s{:02} {}", n, n == 0 ? 2 : 3));
  CHECK(ticks_seen(host) == expected);
}

TEST_CASE("host: a broker gets the signals of the strategies that name it, in order, and no other") {
  std::vector<hosted_strategy> all;
  all.push_back(hosted("a", 1, {nifty}));
  all.push_back(hosted("b", 1, {nifty}));
  all.push_back(hosted("c", 1, {nifty}));
  all[0].brokers = {broker_id{"paper"}, broker_id{"paper2"}};
  all[1].brokers = {broker_id{"paper2"}};
  all[2].brokers = {};
  all[1].product = product::nrml;
  strategy_host host{std::move(all), trading_session{}, two_indices()};
  frame_output out;
  host.on_frame({1, opening, frame_kind::ticks, both}, out);
  const auto names = [&](const char* broker) {
    lines result;
    for (const signal& s : out.signals_for(broker_id{broker})) {
      result.push_back(fmt::format("{} {}", s.strategy.str(), to_string(s.product)));
    }
    return result;
  };
  CHECK(names("paper") == lines{"a MIS"});
  CHECK(names("paper2") == lines{"a MIS", "b NRML"});
  CHECK(names("zerodha").empty());
}
