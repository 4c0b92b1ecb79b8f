// The frames of a live feed in a file: what is written comes back, whatever happened to the process or the machine.
#include "runtime/frame_log/frame_codec.hpp"
#include "runtime/frame_log/logged_frames.hpp"
#include "support/temp_dir.hpp"

#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>

using namespace bulkhead;
using namespace bulkhead::test;
namespace fs = std::filesystem;

namespace {

instrument_table make_table(const std::vector<std::string>& keys) {
  instrument_table table;
  for (const std::string& key : keys) table.add({.key = key});
  return table;
}

const instrument_table three = make_table({"NSE:A", "NSE:B", "NSE:C"});

tick tick_of(std::uint32_t index, std::int64_t raw) {
  return {{index}, price{raw}, price{raw - 5}, price{raw + 5}, raw};
}

frame_log_settings in(const fs::path& folder, std::string boot = "boot one", std::uint64_t promise = 8) {
  return {folder / "feed.frames", std::move(boot), promise, timestamp{5'000}};
}

/// Frame n: at n * 100, one tick of instrument n mod 3; every fifth is a clock.
void append_frames(frame_log& log, feed_seq through) {
  for (feed_seq n = log.size() + 1; n <= through; ++n) {
    const timestamp ts{static_cast<std::int64_t>(n) * 100};
    if (n % 5 == 0) {
      CHECK(log.append(ts, frame_kind::clock, {}) == n);
    } else {
      const std::vector<tick> ticks{tick_of(n % 3, -1'000 * static_cast<std::int64_t>(n)), tick_of((n + 1) % 3, 7)};
      CHECK(log.append(ts, frame_kind::ticks, ticks) == n);
    }
  }
}

std::string text_of(const frame_view& f, const instrument_table& table) {
  std::string out =
      std::to_string(f.seq) + "@" + std::to_string(f.ts.ns) + (f.kind == frame_kind::clock ? " clock" : "");
  for (const tick& t : f.ticks) {
    out += " " + table.key(t.instrument) + ":" + std::to_string(t.last.raw) + "/" + std::to_string(t.bid.raw) + "/" +
           std::to_string(t.ask.raw) + "/" + std::to_string(t.volume);
  }
  return out;
}

std::vector<std::string> all_of(feed_source& source, const instrument_table& table = three, feed_seq from = 1) {
  std::vector<std::string> out;
  frame_batch batch;
  source.seek(from);
  while (source.next(batch)) out.push_back(text_of(batch[batch.size() - 1], table));
  return out;
}

std::vector<std::string> all_in(const frame_log_settings& s, const instrument_table& table = three) {
  logged_frames source{std::make_shared<frame_log>(s, table, frame_log::access::read_only)};
  return all_of(source, table);
}

std::string bytes_of(const fs::path& file) {
  std::ifstream stream{file, std::ios::binary};
  std::ostringstream out;
  out << stream.rdbuf();
  return out.str();
}

void put_bytes(const fs::path& file, const std::string& bytes) {
  std::ofstream{file, std::ios::binary | std::ios::trunc} << bytes;
}

}  // namespace

TEST_CASE("frames come back as they were, from any position, while more are added") {
  const temp_dir folder;
  auto log = std::make_shared<frame_log>(in(folder.path()), three);
  append_frames(*log, 300);
  growing_frames source{log};
  const auto all = all_of(source);
  REQUIRE(all.size() == 300);
  CHECK(all[0] == "1@100 NSE:B:-1000/-1005/-995/-1000 NSE:C:7/2/12/7");
  CHECK(all[4] == "5@500 clock");
  for (const feed_seq from : {1U, 2U, 63U, 64U, 65U, 66U, 128U, 129U, 299U, 300U}) {
    const auto rest = all_of(source, three, from);
    REQUIRE(rest.size() == 301 - from);
    CHECK(rest.front() == all[from - 1]);
  }
  source.seek(301);
  frame_batch none;
  CHECK_FALSE(source.next(none));
  append_frames(*log, 302);
  CHECK(source.next(none));
  CHECK(none.first_seq() == 301);
}

TEST_CASE("a log that is opened again goes on where it ended, and instruments keep their ticks when rows move") {
  const temp_dir folder;
  std::vector<std::string> before;
  {
    frame_log log{in(folder.path()), three};
    append_frames(log, 20);
  }
  before = all_in(in(folder.path()));
  {
    frame_log log{in(folder.path()), three};
    CHECK(log.size() == 20);
    CHECK(log.last_ts() == timestamp{2'000});
    CHECK(log.lost() == 0);
    append_frames(log, 21);
  }
  auto after = all_in(in(folder.path()));
  CHECK(after.size() == 21);
  after.pop_back();
  CHECK(after == before);
  const instrument_table moved = make_table({"NSE:C", "NSE:X", "NSE:B", "NSE:A"});
  CHECK(all_in(in(folder.path()), moved).front() == before.front());
  const instrument_table less = make_table({"NSE:A", "NSE:B"});
  CHECK_THROWS_WITH_AS(all_in(in(folder.path()), less), doctest::Contains("NSE:C"), frame_log_error);
}

TEST_CASE("what a kill leaves at any byte is cut away, and no frame before it is lost") {
  const temp_dir folder;
  {
    frame_log log{in(folder.path(), "boot one", 1'000), three};
    append_frames(log, 12);
  }
  const auto whole = all_in(in(folder.path()));
  const std::string bytes = bytes_of(folder.path() / "feed.frames");
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    put_bytes(folder.path() / "feed.frames", bytes.substr(0, size));
    feed_seq left = 0;
    {
      frame_log log{in(folder.path(), "boot one", 1'000), three};
      left = log.size();
      append_frames(log, 13);
    }
    auto all = all_in(in(folder.path()));
    CHECK(all.size() == 13);
    all.pop_back();
    CHECK_MESSAGE(all == whole, "cut at ", size);
    if (size == bytes.size()) CHECK(left == 12);
  }
}

TEST_CASE("the machine went down: a seq that may have been seen is never another frame's") {
  const temp_dir folder;
  std::string synced;
  {
    frame_log log{in(folder.path()), three};
    append_frames(log, 3);
    log.sync();
    synced = bytes_of(folder.path() / "feed.frames");
    append_frames(log, 7);  // seen by consumers, and on no disk
  }
  put_bytes(folder.path() / "feed.frames", synced);
  {
    frame_log log{in(folder.path(), "boot two"), three};
    CHECK(log.lost() == 5);  // 8 were promised
    CHECK(log.size() == 8);
    CHECK(log.append(timestamp{9'000}, frame_kind::clock, {}) == 9);
  }
  const auto all = all_in(in(folder.path(), "boot two"));
  REQUIRE(all.size() == 9);
  CHECK(all[3] == "4@5000 clock");
  CHECK(all[7] == "8@5000 clock");
  // In the same run of the machine nothing is lost, so nothing is made up.
  put_bytes(folder.path() / "feed.frames", synced);
  CHECK(frame_log{in(folder.path()), three}.size() == 3);
}

TEST_CASE("a log that was closed in order promises nothing more") {
  const temp_dir folder;
  {
    frame_log log{in(folder.path()), three};
    append_frames(log, 3);
  }
  CHECK(frame_log{in(folder.path(), "boot two"), three}.size() == 3);
}

TEST_CASE("damage before the end, another file and a missing one are refused") {
  const temp_dir folder;
  const fs::path file = folder.path() / "feed.frames";
  CHECK_THROWS_AS(all_in(in(folder.path())), frame_log_error);
  put_bytes(file, "seq,ts,instrument\n1,2,3\n");
  CHECK_THROWS_WITH_AS((frame_log{in(folder.path()), three}), doctest::Contains("is no log of frames"),
                       frame_log_error);
  CHECK(bytes_of(file) == "seq,ts,instrument\n1,2,3\n");
  fs::remove(file);
  std::string first;
  std::string second;
  append_record(first, frame_record{1, timestamp{100}, frame_kind::clock, {}});
  append_record(second, frame_record{3, timestamp{100}, frame_kind::clock, {}});
  put_bytes(file, "bulkhead frames 1\n" + first + second);
  CHECK_THROWS_WITH_AS((frame_log{in(folder.path()), three}), doctest::Contains("frame 3 follows frame 1"),
                       frame_log_error);
}

TEST_CASE("a full disk: the log is as before, and takes the frame later") {
  const temp_dir folder;
  {
    frame_log log{in(folder.path(), "boot one", 1'000), three};
    append_frames(log, 3);
    const auto before = all_in(in(folder.path()));
    rlimit usual{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &usual) == 0);
    auto* const ignored = ::signal(SIGXFSZ, SIG_IGN);
    rlimit full = usual;
    full.rlim_cur = fs::file_size(folder.path() / "feed.frames") + 10;  // part of a record
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &full) == 0);
    const std::vector<tick> ticks{tick_of(0, 5)};
    CHECK_THROWS_AS(log.append(timestamp{400}, frame_kind::ticks, ticks), frame_log_error);
    CHECK_THROWS_AS(log.append(timestamp{400}, frame_kind::ticks, ticks), frame_log_error);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &usual) == 0);
    ::signal(SIGXFSZ, ignored);
    CHECK(log.size() == 3);
    CHECK(all_in(in(folder.path())) == before);
    append_frames(log, 6);
  }
  const auto all = all_in(in(folder.path()));
  REQUIRE(all.size() == 6);
  CHECK(all[3] == "4@400 NSE:B:-4000/-4005/-3995/-4000 NSE:C:7/2/12/7");
}

TEST_CASE("listeners hear of every frame until they are forgotten") {
  const temp_dir folder;
  frame_log log{in(folder.path()), three};
  int heard = 0;
  const auto number = log.listen([&] { ++heard; });
  append_frames(log, 4);
  log.forget(number);
  append_frames(log, 6);
  CHECK(heard == 4);
}

TEST_CASE("one reads while another writes") {
  const temp_dir folder;
  auto log = std::make_shared<frame_log>(in(folder.path(), "boot one", 100'000), three);
  constexpr feed_seq frames = 3'000;
  std::thread writer{[&] { append_frames(*log, frames); }};
  growing_frames source{log};
  feed_seq read = 0;
  while (read < frames) {
    frame_batch batch;
    while (source.next(batch)) {
      ++read;
      REQUIRE(batch.last_seq() == read);
      REQUIRE(batch[batch.size() - 1].ts.ns == static_cast<std::int64_t>(read) * 100);
    }
  }
  writer.join();
}
