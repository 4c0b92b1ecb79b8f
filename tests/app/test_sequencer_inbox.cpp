// Signals from outside at the sequencer: the same rules, the same orders, the same replay.
#include "app/broker_harness.hpp"
#include "tools/app/journal_replay.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace bulkhead;
using bulkhead::test::broker_harness;
using bulkhead::test::session_script;

namespace {

constexpr std::string_view topic = "paper.signals.raw";

const session_script& script() {
  static const session_script s = session_script::load();
  return s;
}

timestamp time_of(std::size_t frame) { return (*script().frames[frame])[0].ts; }

external_signal external(std::int64_t offset, timestamp ts, const std::string& id = {}) {
  external_signal out;
  out.from = {id.empty() ? "desk-" + std::to_string(offset) : id, std::string{topic}, 0, offset};
  out.what.id = signal_id{derive_id("test|" + std::to_string(offset))};
  out.what.strategy = strategy_id{"external.desk"};
  out.what.instrument = instrument_id{0};
  out.what.qty = script().settings->instruments.at(out.what.instrument).lot_size;
  out.what.ts = ts;
  return out;
}

const inbox_positioned at_start{std::string{topic}, 0, 100, "test"};

/// A session with signals of its own and from outside; `from_outside` gives what comes before a frame.
template <class F>
void play(broker_harness& h, std::size_t from, std::size_t to, const F& from_outside) {
  for (std::size_t i = from; i < to; ++i) {
    if (std::vector<inbox_item> items = from_outside(i); !items.empty()) h.sequencer().offer_inbox(std::move(items));
    h.offer(script(), i);
  }
}

std::vector<inbox_item> a_desk(std::size_t i) {
  if (i == 5) return {at_start};
  if (i < 10 || i % 40 != 0) return {};
  const auto n = static_cast<std::int64_t>(100 + 3 * i);
  external_signal exit = external(n + 2, time_of(i));
  exit.what.action = signal_action::exit;
  exit.what.side = side::sell;
  const bool leaves = (i / 40) % 2 == 0;
  std::vector<inbox_item> out{external(n, time_of(i)), inbox_passed{0, n + 1}};
  if (leaves) out.emplace_back(exit);
  return out;
}

template <class Body>
std::vector<Body> all(const broker_harness& h) {
  std::vector<Body> out;
  for (const event_list& list : h.appended) {
    for (const event& e : *list) {
      if (const auto* body = std::get_if<Body>(&e.body)) out.push_back(*body);
    }
  }
  return out;
}

std::vector<signal_received> from_outside(const broker_harness& h) {
  auto received = all<signal_received>(h);
  std::erase_if(received, [](const signal_received& s) { return !s.origin; });
  return received;
}

std::string rule_of(const broker_harness& h, const external_signal& s) {
  for (const signal_rejected& r : all<signal_rejected>(h)) {
    if (r.signal_id == s.what.id) return r.rule;
  }
  return {};
}

app::replay_result replay(const broker_harness& h) {
  const event_codec codec{broker_id{"paper"}, script().settings->instruments};
  std::vector<app::journaled_event> journal;
  for (const event_list& list : h.appended) {
    for (const event& e : *list) journal.push_back({codec.decode(codec.encode(e)), codec.encode(e)});
  }
  const auto feed = app::make_feed(*script().settings);
  app::journal_replay again{*script().settings, script().settings->brokers.front(), journal};
  return again.run(*feed.source, [](feed_seq) {});
}

}  // namespace

TEST_CASE("inbox: a signal from outside goes through risk to the venue like one of a strategy") {
  broker_harness h{script().settings};
  const external_signal s = external(100, time_of(20));
  play(h, 0, 60, [&](std::size_t i) { return i == 20 ? std::vector<inbox_item>{s} : std::vector<inbox_item>{}; });
  REQUIRE(from_outside(h).size() == 1);
  const signal_received got = from_outside(h).front();
  CHECK(got.origin->offset == 100);
  CHECK(got.signal.feed == script().frames[20]->last_seq());
  std::size_t filled = 0;
  for (const order_filled& f : all<order_filled>(h)) filled += f.strategy == s.what.strategy ? 1 : 0;
  CHECK(filled > 0);
  CHECK(h.sequencer().inbox_taken() == 1);
}

TEST_CASE("inbox: nothing of it shows where nothing came by it") {
  broker_harness with{script().settings};
  broker_harness without{script().settings};
  play(with, 0, script().frames.size(), [](std::size_t i) {
    return i % 100 == 0 ? std::vector<inbox_item>{inbox_passed{0, static_cast<std::int64_t>(i)}}
                        : std::vector<inbox_item>{};
  });
  play(without, 0, script().frames.size(), [](std::size_t) { return std::vector<inbox_item>{}; });
  CHECK(with.dump() == without.dump());
  REQUIRE(!without.cuts.empty());
  for (const auto& [seq, body] : without.cuts) CHECK(body.find("\"inbox\"") == std::string::npos);
}

TEST_CASE("promise 7: a day with signals from outside is replayed to the same events") {
  broker_harness h{script().settings};
  play(h, 0, script().frames.size(), a_desk);
  REQUIRE(from_outside(h).size() > 20);
  REQUIRE(all<inbox_positioned>(h).size() == 1);
  const app::replay_result result = replay(h);
  if (result.difference) MESSAGE(result.difference->journaled << " / " << result.difference->replayed);
  CHECK_FALSE(result.difference.has_value());
}

TEST_CASE("inbox: what is older than a minute of event time, or as far ahead of it, is refused") {
  broker_harness h{script().settings};
  const timestamp now = time_of(300);
  const external_signal old = external(100, now - duration{60'000'000'001});
  const external_signal early = external(101, now + duration{60'000'000'001});
  const external_signal yesterday = external(102, now - duration{86'400'000'000'000});
  play(h, 0, 302, [&](std::size_t i) {
    return i == 300 ? std::vector<inbox_item>{old, early, yesterday} : std::vector<inbox_item>{};
  });
  CHECK(from_outside(h).size() == 3);  // each is in the log, and why it was not traded
  for (const external_signal& s : {old, early, yesterday}) CHECK(rule_of(h, s) == "signal_age");
  CHECK_FALSE(replay(h).difference.has_value());
}

TEST_CASE("inbox: the same id is traded once, in one frame and over all frames") {
  broker_harness h{script().settings};
  const external_signal first = external(100, time_of(300), "same");
  const external_signal at_once = external(101, time_of(300), "same");
  const external_signal later = external(102, time_of(310), "same");
  play(h, 0, 320, [&](std::size_t i) {
    if (i == 300) return std::vector<inbox_item>{first, at_once};
    return i == 310 ? std::vector<inbox_item>{later} : std::vector<inbox_item>{};
  });
  CHECK(rule_of(h, first) != duplicate_id_rule);
  CHECK(rule_of(h, at_once) == duplicate_id_rule);
  CHECK(rule_of(h, later) == duplicate_id_rule);
  CHECK_FALSE(replay(h).difference.has_value());
}

TEST_CASE(
    "promise 3: an id that a flood of others could push out of memory is not traded twice: the flood is refused") {
  constexpr std::size_t most = 100;
  const duration life{120'000'000'000};
  inbox_queue inbox{life, most};
  const auto at = [](std::int64_t seconds) { return timestamp{seconds * 1'000'000'000}; };
  const auto take = [&](const std::string& id, std::int64_t second) {
    inbox.fold({id, std::string{topic}, 0, 0}, at(second), true);
  };
  take("first", 0);
  for (std::size_t n = 1; n < most; ++n) take("flood-" + std::to_string(n), 60);
  take("beyond", 60);  // the sequencer refuses it for want of room
  CHECK_FALSE(inbox.knows("beyond"));
  CHECK(inbox.knows("first"));
  CHECK(inbox.room(at(120)) == 0);
  CHECK(inbox.room(at(121)) == 1);  // from here on a repeat of the first is refused by its age
  inbox_queue resumed{life, most};
  resumed.restore(inbox.snapshot());
  CHECK(resumed.snapshot() == inbox.snapshot());
  for (inbox_queue* one : {&inbox, &resumed}) {
    one->fold({"late", std::string{topic}, 0, 1}, at(121), true);
    CHECK(one->knows("late"));
    CHECK_FALSE(one->knows("first"));
    CHECK(one->room(at(121)) == 0);
    one->fold({"stale", std::string{topic}, 0, 2}, at(500), false);
    CHECK_FALSE(one->knows("stale"));
    CHECK(one->room(at(500)) == most);
  }
}

TEST_CASE("inbox: signals beyond its memory are refused until the oldest are too old to be repeated") {
  broker_harness h{script().settings, true, true, 150};
  constexpr std::size_t frame = 300;
  std::size_t after = frame;  // the first frame that no repeat of theirs can be in
  while (time_of(after) - time_of(frame) <= duration{120'000'000'000}) ++after;
  REQUIRE(after > frame + 2);
  std::vector<external_signal> sent;
  for (std::int64_t n = 0; n < 200; ++n) sent.push_back(external(1'000 + n, time_of(frame)));
  const external_signal again = external(2'000, time_of(frame), "desk-1000");
  const external_signal later = external(2'001, time_of(after));
  play(h, 0, after + 2, [&](std::size_t i) {
    std::vector<inbox_item> items;
    if (i == frame) items.assign(sent.begin(), sent.end());
    if (i == frame + 1) items.emplace_back(again);
    if (i == after) items.emplace_back(later);
    return items;
  });
  // A hundred a frame: fifty of the second hundred find room.
  for (std::size_t n = 0; n < sent.size(); ++n) {
    CAPTURE(n);
    CHECK((rule_of(h, sent[n]) == inbox_rate_rule) == (n >= 150));
  }
  CHECK(rule_of(h, again) == duplicate_id_rule);
  CHECK(rule_of(h, later) != inbox_rate_rule);
}

TEST_CASE("inbox: a record that is offered again is taken once") {
  broker_harness h{script().settings};
  play(h, 0, 320, [&](std::size_t i) {
    return i >= 300 ? std::vector<inbox_item>{external(100, time_of(300)), inbox_passed{0, 101}}
                    : std::vector<inbox_item>{};
  });
  CHECK(from_outside(h).size() == 1);
  CHECK(h.sequencer().inbox_taken() == 40);
  CHECK(h.sequencer().inbox_wanted().at(0) == 102);
}

TEST_CASE("promise 4: after a crash anywhere the log says what comes next, and nothing is taken twice") {
  broker_harness whole{script().settings};
  play(whole, 0, script().frames.size(), a_desk);
  REQUIRE(whole.appended.size() > 40);
  for (std::size_t crash = 3; crash < whole.appended.size(); crash += 17) {
    // The cut that was the newest, and what followed it.
    std::string cut;
    std::uint64_t cut_seq = 0;
    const std::uint64_t last = whole.appended[crash]->back().seq;
    for (const auto& [seq, body] : whole.cuts) {
      if (seq > last) break;
      cut = body;
      cut_seq = seq;
    }
    std::vector<event_list> tail;
    for (std::size_t b = 0; b <= crash; ++b) {
      if (whole.appended[b]->front().seq > cut_seq) tail.push_back(whole.appended[b]);
    }
    broker_harness again{script().settings};
    again.recover(cut, tail);
    const auto wanted = again.sequencer().inbox_wanted();
    std::int64_t newest = -1;
    for (std::size_t b = 0; b <= crash; ++b) {
      for (const event& e : *whole.appended[b]) {
        if (const auto* s = std::get_if<signal_received>(&e.body); s != nullptr && s->origin) {
          newest = std::max(newest, s->origin->offset);
        }
      }
    }
    const auto at = wanted.find(0);
    CHECK((at == wanted.end() ? newest == -1 : at->second > newest));
    // From there everything is offered again; what comes out is the whole day's dump.
    const std::size_t from = again.sequencer().needed_from() - 1;
    std::vector<inbox_item> missed;
    for (std::size_t i = 0; i < from; ++i) {
      for (inbox_item& item : a_desk(i)) missed.push_back(std::move(item));
    }
    if (at != wanted.end()) {
      std::erase_if(missed, [](const inbox_item& i) { return std::holds_alternative<inbox_positioned>(i); });
    }
    if (!missed.empty()) again.sequencer().offer_inbox(std::move(missed));
    play(again, from, script().frames.size(), [&](std::size_t i) {
      auto items = a_desk(i);
      if (at != wanted.end()) {
        std::erase_if(items, [](const inbox_item& x) { return std::holds_alternative<inbox_positioned>(x); });
      }
      return items;
    });
    std::vector<std::string> dump;
    const event_codec codec{broker_id{"paper"}, script().settings->instruments};
    for (std::size_t b = 0; b <= crash; ++b) {
      for (const event& e : *whole.appended[b]) dump.push_back(codec.encode(e));
    }
    const std::vector<std::string> rest = again.dump();
    dump.insert(dump.end(), rest.begin(), rest.end());
    CHECK(dump == whole.dump());
  }
}

TEST_CASE("inbox: a flood from outside is taken a hundred a frame, in order") {
  broker_harness h{script().settings};
  std::vector<inbox_item> flood;
  for (std::int64_t n = 0; n < 250; ++n) flood.emplace_back(external(n, time_of(300)));
  play(h, 0, 310, [&](std::size_t i) { return i == 300 ? flood : std::vector<inbox_item>{}; });
  const auto got = from_outside(h);
  REQUIRE(got.size() == 250);
  for (std::size_t i = 0; i < got.size(); ++i) {
    CHECK(got[i].origin->offset == static_cast<std::int64_t>(i));
    CHECK(got[i].signal.feed == script().frames[300 + i / 100]->last_seq());
  }
  CHECK_FALSE(replay(h).difference.has_value());
}
