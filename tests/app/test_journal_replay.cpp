#include "app/broker_harness.hpp"
#include "tools/app/journal_replay.hpp"

#include <algorithm>
#include <functional>

#include <doctest/doctest.h>

using namespace bulkhead;
using test::broker_harness;
using test::session_script;

namespace {

/// A day at one broker as its journal has it; `at` is called before each frame.
struct recorded_day {
  session_script script = session_script::load();
  broker_harness broker{script.settings};

  void play(const std::function<void(std::size_t)>& at) {
    for (std::size_t i = 0; i < script.frames.size(); ++i) {
      at(i);
      broker.offer(script, i);
    }
  }

  [[nodiscard]] std::vector<app::journaled_event> journal() const {
    const event_codec codec{broker_id{"paper"}, script.settings->instruments};
    std::vector<app::journaled_event> out;
    for (const event_list& list : broker.appended) {
      for (const event& e : *list) out.push_back({e, codec.encode(e)});
    }
    return out;
  }

  [[nodiscard]] app::replay_result replay(const std::vector<app::journaled_event>& journal) const {
    const auto feed = app::make_feed(*script.settings);
    app::journal_replay again{*script.settings, script.settings->brokers.front(), journal};
    return again.run(*feed.source, [](feed_seq) {});
  }

  void command(operator_command::kind what, kill_mode mode, const std::string& reason) {
    operator_command c;
    c.what = what;
    c.mode = mode;
    c.reason = reason;
    broker.sequencer().offer_command(++tickets, std::move(c));
  }
  std::uint64_t tickets = 0;
};

void check_same(const app::replay_result& result, std::size_t events) {
  if (result.difference) MESSAGE(result.difference->journaled << " / " << result.difference->replayed);
  CHECK_FALSE(result.difference.has_value());
  CHECK(result.equal == events);
}

}  // namespace

TEST_CASE("replay: a day with an operator gives the same events again") {
  recorded_day day;
  day.play([&](std::size_t i) {
    if (i == 300) day.command(operator_command::kind::kill, kill_mode::reduce_only, "drill");
    if (i == 500) day.command(operator_command::kind::release, kill_mode::off, "drill over");
    if (i == 501) day.command(operator_command::kind::release, kill_mode::off, "once too often");
    if (i > 600 && i % 100 == 0) day.command(operator_command::kind::cancel_all, kill_mode::off, "tidy up");
  });
  const auto journal = day.journal();
  REQUIRE(day.broker.count<kill_latched>() == 1);
  REQUIRE(day.broker.count<kill_released>() == 1);
  REQUIRE(day.broker.count<command_refused>() >= 1);
  check_same(day.replay(journal), journal.size());
}

TEST_CASE("replay: what the effect gate refused that day is refused again") {
  recorded_day day;
  day.play([&](std::size_t i) { day.broker.gate->hold(i > 200 && i < 900 ? kill_mode::halt : kill_mode::off); });
  REQUIRE(day.broker.count<order_rejected>() > 0);
  const auto journal = day.journal();
  check_same(day.replay(journal), journal.size());
}

TEST_CASE("replay: signals that missed their deadline end as they did that day") {
  recorded_day day;
  std::size_t missed = 0;
  day.play([&](std::size_t i) {
    const bool has_entry =
        std::ranges::any_of(day.script.signals[i], [](const signal& s) { return s.action == signal_action::entry; });
    if (missed > 2 || !has_entry) return;
    ++missed;
    day.broker.hang = role::risk_manager;
    day.broker.offer(day.script, i);
    day.broker.hang.reset();
    day.broker.sequencer().abandon_entries(role::risk_manager);
    day.broker.sequencer().resume(role::risk_manager);
  });
  REQUIRE(missed > 2);
  const auto journal = day.journal();
  check_same(day.replay(journal), journal.size());
}

TEST_CASE("replay: a journal that a crash cut short is equal as far as it goes") {
  recorded_day day;
  day.play([](std::size_t) {});
  auto journal = day.journal();
  journal.resize(journal.size() / 2);
  check_same(day.replay(journal), journal.size());
}

TEST_CASE("replay: the first event that differs is named, with both texts") {
  recorded_day day;
  day.play([](std::size_t) {});
  auto journal = day.journal();
  const auto fill = std::ranges::find_if(
      journal, [](const app::journaled_event& e) { return std::holds_alternative<order_filled>(e.what.body); });
  REQUIRE(fill != journal.end());
  fill->text.replace(fill->text.find("order.filled"), 12, "order.felled");
  const auto result = day.replay(journal);
  REQUIRE(result.difference.has_value());
  CHECK(result.difference->seq == fill->what.seq);
  CHECK(result.equal == fill->what.seq - 1);
  CHECK(result.difference->journaled == fill->text);
  CHECK(result.difference->replayed.find("order.filled") != std::string::npos);
}
