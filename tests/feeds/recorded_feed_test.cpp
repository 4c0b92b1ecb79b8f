// A feed written to a file and read back: frame for frame, whatever stopped the writer.
#include "feeds/feed_fixture.hpp"
#include "runtime/domain/event_codec.hpp"
#include "runtime/feeds/synthetic_source.hpp"
#include "runtime/feeds/ticks_recorder.hpp"
#include "runtime/feeds/ticks_source.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

const instrument_table table = two_indices();
const market_ticks_codec codec{table};

market_frame sample() {
  return {42,
          at(monday, 9, 15) + duration{250'000'000},
          frame_kind::ticks,
          {{.instrument = nifty, .last = {174'505'500}, .bid = {174'505'000}, .ask = {174'506'000}, .volume = 75},
           {.instrument = banknifty, .last = {350'000'025}}}};
}

/// Any feed: time moves or stands, kinds mix, prices and volumes over their whole range.
std::vector<market_frame> any_feed() {
  std::vector<market_frame> frames;
  timestamp ts = at(monday, 9, 0);
  const int count = *rc::gen::inRange(1, 30);
  for (int i = 0; i < count; ++i) {
    ts = ts + duration{*rc::gen::weightedOneOf<std::int64_t>(
                  {{1, rc::gen::just<std::int64_t>(0)}, {3, rc::gen::inRange<std::int64_t>(1, 90'000'000'000'000)}})};
    market_frame f{
        frames.size() + 1, ts, *rc::gen::element(frame_kind::ticks, frame_kind::clock, frame_kind::session_close), {}};
    const auto any_price = rc::gen::inRange<std::int64_t>(1, price::max().raw + 1);
    for (const instrument_id id : {banknifty, nifty}) {
      if (f.kind != frame_kind::ticks || (id == nifty && *rc::gen::arbitrary<bool>())) continue;
      f.ticks.push_back({id, {*any_price}, {*any_price - 1}, {*any_price - 1}, *rc::gen::positive<std::int64_t>()});
    }
    frames.push_back(std::move(f));
  }
  return frames;
}

frame_batch batch_of(const std::vector<market_frame>& frames) {
  frame_batch batch;
  for (const market_frame& f : frames) batch.add(f.seq, f.ts, f.kind, f.ticks);
  return batch;
}

std::vector<frame> plain(const std::vector<market_frame>& frames) {
  std::vector<frame> out;
  for (const market_frame& f : frames) out.push_back({f.seq, f.ts, f.kind, f.ticks});
  return out;
}

std::vector<frame> replayed(const std::filesystem::path& file) {
  const auto feed = make_ticks_source({.path = file, .clock_times = {seconds(3600)}}, table, {});
  INFO(feed.error);
  REQUIRE(feed.source);
  CHECK(feed.source->problems().empty());
  return rest_of(*feed.source);
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace

TEST_CASE("a frame is one canonical line of JSON") {
  CHECK(codec.encode(sample().view()) ==
        R"({"broker":"shared","causation_id":"","correlation_id":"","data":{"kind":"ticks","ticks":[)"
        R"({"ask":"17450.60","bid":"17450.50","instrument":"NSE:NIFTY","last":"17450.55","volume":75},)"
        R"({"ask":"0.00","bid":"0.00","instrument":"NSE:BANKNIFTY","last":"35000.0025","volume":0}]},)"
        R"("id":"shared:42","key":"shared","seq":42,"source":"bulkhead","trace_id":"f42",)"
        R"("ts":"2022-01-03T09:15:00.250+05:30","type":"market.ticks","version":1})");
}

TEST_CASE("any frame comes back as it was") {
  CHECK(rc::check([] {
    for (const market_frame& f : any_feed()) RC_ASSERT(codec.decode(codec.encode(f.view())) == f);
  }));
}

TEST_CASE("a record that is not exactly a frame is refused with its key") {
  struct wrong {
    std::string from;
    std::string to;
    std::string error;
  };
  const std::string good = codec.encode(sample().view());
  for (const wrong& w : std::initializer_list<wrong>{
           {"market.ticks", "market.tick", "key \"type\": found \"market.tick\", allowed: \"market.ticks\""},
           {"\"version\":1", "\"version\":2", "key \"version\": found 2, allowed: 1"},
           {"\"broker\":\"shared\"", "\"broker\":\"paper\"", "key \"broker\": found \"paper\", allowed: \"shared\""},
           {"\"seq\":42", "\"seq\":43", "key \"id\": found \"shared:42\", allowed: \"shared:43\""},
           {"\"seq\":42", "\"seq\":0", "key \"seq\": found 0, allowed: an integer, 1 or more"},
           {"\"f42\"", "\"f1\"", "key \"trace_id\": found \"f1\", allowed: \"f42\""},
           {"\"kind\":\"ticks\"", "\"kind\":\"tick\"",
            "key \"data.kind\": found \"tick\", allowed: ticks, session_close, clock"},
           {"NSE:BANKNIFTY", "NSE:NIFTY",
            "key \"data.ticks[1].instrument\": found \"NSE:NIFTY\", allowed: each instrument once in a frame"},
           {"NSE:BANKNIFTY", "NSE:X",
            "key \"data.ticks[1].instrument\": found \"NSE:X\", allowed: the key of an instrument in the instruments "
            "file, e.g. \"NSE:NIFTY\""},
           {"\"last\":\"17450.55\"", "\"last\":17450.55", "key \"data.ticks[0].last\": found 17450.55, allowed: text"},
           {"\"volume\":75", "\"volume\":-1",
            "key \"data.ticks[0].volume\": found -1, allowed: an integer, 0 to 9223372036854775807"},
       }) {
    CAPTURE(w.to);
    std::string text = good;
    text.replace(text.find(w.from), w.from.size(), w.to);
    CHECK_THROWS_WITH_AS((void)codec.decode(text), w.error.c_str(), codec_error);
  }
  std::string silent = good;
  silent.replace(silent.find("\"kind\":\"ticks\""), 14, "\"kind\":\"clock\"");
  CHECK_THROWS_AS((void)codec.decode(silent), codec_error);
  CHECK_THROWS_AS((void)codec.decode(codec.encode({1, {}, frame_kind::ticks, {}})), codec_error);
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    CHECK_THROWS_AS((void)codec.decode(good.substr(0, cut)), codec_error);
  }
}

TEST_CASE("any recorded feed is replayed frame for frame, however it was cut into batches and resumed") {
  CHECK(rc::check([] {
    const csv_folder folder;
    const auto file = folder.path() / "day.jsonl";
    const auto frames = any_feed();
    for (std::size_t from = 0; from < frames.size();) {
      const auto count = std::min<std::size_t>(frames.size() - from, *rc::gen::inRange<std::size_t>(1, 12));
      ticks_recorder recorder{file, table};
      // A restarted feed sends again what is in the file.
      const auto again = std::min<std::size_t>(from, *rc::gen::inRange<std::size_t>(0, 5));
      const auto first = frames.begin() + static_cast<std::ptrdiff_t>(from - again);
      recorder.append(batch_of({first, first + static_cast<std::ptrdiff_t>(again + count)}));
      from += count;
      RC_ASSERT(recorder.last_seq() == from);
    }
    RC_ASSERT(replayed(file) == plain(frames));
  }));
}

TEST_CASE("a recorded synthetic day is that day, clocks and closes included") {
  const csv_folder folder;
  const auto feed = make_synthetic_source(
      {.from = monday, .days = 2, .instruments = {nifty, banknifty}, .clock_times = {seconds(9 * 3600 + 17 * 60)}},
      table, {.open = seconds(9 * 3600 + 900), .close = seconds(9 * 3600 + 1200)});
  REQUIRE(feed.source);
  {
    ticks_recorder recorder{folder.path() / "day.jsonl", table};
    frame_batch batch;
    while (feed.source->next(batch)) {
    }
    recorder.append(batch);
  }
  feed.source->seek(1);
  CHECK(replayed(folder.path() / "day.jsonl") == rest_of(*feed.source));
}

TEST_CASE("a line that a crash cut off is cut away, and the recording goes on after it") {
  const csv_folder folder;
  market_frame second = sample();
  second.seq = 43;
  const std::string first_line = codec.encode(sample().view()) + "\n";
  const std::string second_line = codec.encode(second.view()) + "\n";
  for (const std::size_t cut : {std::size_t{1}, second_line.size() / 2, second_line.size() - 1}) {
    CAPTURE(cut);
    const auto file = folder.write("day.jsonl", first_line + second_line.substr(0, cut));
    ticks_recorder recorder{file, table};
    CHECK(recorder.last_seq() == 42);
    recorder.append(batch_of({second}));
    CHECK(text_of(file) == first_line + second_line);
  }
  // Not one whole line: begins anew.
  const auto file = folder.write("day.jsonl", first_line.substr(0, 20));
  CHECK(ticks_recorder{file, table}.last_seq() == 0);
  CHECK(text_of(file).empty());
}

TEST_CASE("the end of a long recording is found whatever the length of its last line") {
  const csv_folder folder;
  instrument_table many;
  std::vector<tick> ticks;
  for (int i = 0; i < 3000; ++i) {
    ticks.push_back({.instrument = many.add({.key = "NSE:S" + std::to_string(i)}), .last = {10'000}});
  }
  const auto file = folder.path() / "day.jsonl";
  frame_batch batch;
  for (const feed_seq seq : {1, 2}) batch.add(seq, at(monday, 10, 0), frame_kind::ticks, ticks);
  ticks_recorder{file, many}.append(batch);
  CHECK(std::filesystem::file_size(file) > 2 * 65'536);
  CHECK(ticks_recorder{file, many}.last_seq() == 2);
}

TEST_CASE("a recording never goes on in a file of something else") {
  const csv_folder folder;
  const auto file = folder.write("notes.txt", "not a record\n");
  CHECK_THROWS_AS((ticks_recorder{file, table}), std::runtime_error);
  CHECK(text_of(file) == "not a record\n");
  CHECK_THROWS_AS((ticks_recorder{folder.path() / "no" / "such" / "folder.jsonl", table}), std::runtime_error);
}

TEST_CASE("wrong lines of a recorded feed are reported and left out; missing frames are told") {
  const csv_folder folder;
  const auto line = [](feed_seq seq, timestamp ts) { return codec.encode({seq, ts, frame_kind::clock, {}}) + "\n"; };
  const auto file = folder.write("day.jsonl", line(1, at(monday, 9, 0)) + "{\n" + line(1, at(monday, 9, 1)) +
                                                  line(4, at(monday, 9, 2)) + line(5, at(monday, 9, 1)) +
                                                  line((feed_seq{2} << 40U) + 1, at(monday, 9, 3)));
  const auto feed = make_ticks_source({.path = file}, table, {});
  REQUIRE(feed.source);
  const auto& problems = feed.source->problems();
  REQUIRE(problems.size() == 4);
  CHECK(problems[0].line == 2);
  CHECK(problems[0].what.starts_with("not JSON"));
  CHECK(problems[1].line == 3);
  CHECK(problems[1].what == "seq 1, allowed: above 1, the one of the frame before");
  CHECK(problems[2].line == 4);
  CHECK(problems[2].what == "seq 4 follows 1: the frames between are missing; the rest is read");
  CHECK(problems[3].line == 5);
  CHECK(problems[3].what.starts_with("clock went backwards: 1 rows"));
  std::vector<timestamp> times;
  for (const frame& f : rest_of(*feed.source)) times.push_back(f.ts);
  CHECK(times == std::vector{at(monday, 9, 0), at(monday, 9, 2), at(monday, 9, 2), at(monday, 9, 3)});
}
