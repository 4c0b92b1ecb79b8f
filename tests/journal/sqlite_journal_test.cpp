// What only the embedded journal has: its file, its thread, its queue, its failpoints.
#include "runtime/journal/sqlite_journal.hpp"

#include "runtime/fault/failpoint.hpp"
#include "runtime/journal/journal_reader.hpp"
#include "support/journal_calls.hpp"
#include "support/sqlite_files.hpp"
#include "support/temp_dir.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace bulkhead {
namespace {

using test::append;
using test::journal_at;
using test::records;
using test::try_open;

struct armed {
  armed(const char* name, std::uint64_t hit) { fault::arm(name, fault::action::crash, hit); }
  armed(const armed&) = delete;
  armed& operator=(const armed&) = delete;
  ~armed() { fault::disarm_all(); }
};

/// Holds the journal's thread in an answer until destroyed.
class held_thread {
 public:
  held_thread(journal& j, std::uint64_t epoch) {
    std::promise<void> entered;
    auto inside = entered.get_future();
    j.append(epoch, {}, [&entered, gate = gate_.get_future().share()](auto, auto) {
      entered.set_value();
      gate.wait();
    });
    inside.wait();
  }
  void release() { gate_.set_value(); }

 private:
  std::promise<void> gate_;
};

}  // namespace

TEST_CASE("facts of running from before the journal was open are written once it is, at most 256") {
  const test::temp_dir dir;
  const auto file = dir.path() / "j.db";
  {
    sqlite_journal j{journal_at(file)};
    for (int i = 0; i < 300; ++i) j.append_ops(fmt::format("{{\"n\":{}}}", i));
    const auto epoch = test::open(j).epoch;
    j.append_ops("{\"n\":\"late\"}");
    CHECK(append(j, epoch, records(1, 1)).first.ok());
    CHECK(j.ops_dropped() == 44);
  }
  std::vector<std::string> facts;
  CHECK(journal_reader{file}
            .for_each_ops([&](std::string_view payload) {
              facts.emplace_back(payload);
              return true;
            })
            .ok());
  REQUIRE(facts.size() == 257);
  CHECK(facts.front() == "{\"n\":0}");
  CHECK(facts.back() == "{\"n\":\"late\"}");
}

TEST_CASE("an append beyond the queue's bound is refused at once, names the bound, and harms nothing") {
  const test::temp_dir dir;
  auto settings = journal_at(dir.path() / "j.db");
  settings.queue_records = 10;
  sqlite_journal j{settings};
  const auto epoch = test::open(j).epoch;
  held_thread held{j, epoch};

  std::vector<std::string> errors;
  const auto note = [&](journal_status status, auto) { errors.push_back(status.error); };
  j.append(epoch, records(1, 6), [](auto, auto) {});
  j.append(epoch, records(7, 11), note);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].find("5 more do not fit into the 10 records") != std::string::npos);
  j.append(epoch, records(7, 10), [](auto, auto) {});
  j.append(epoch, records(11, 11), note);
  CHECK(errors.size() == 2);
  j.append_ops("{}");
  CHECK(j.ops_dropped() == 1);

  held.release();
  while (!append(j, epoch, {}).first.ok()) {
  }
  CHECK(test::read(j, 1, 100).second == records(1, 10));
  CHECK(append(j, epoch, records(11, 20)).first.ok());
  CHECK_FALSE(append(j, epoch, records(21, 31)).first.ok());
}

TEST_CASE("what is queued together is committed together") {
  const test::temp_dir dir;
  sqlite_journal j{journal_at(dir.path() / "j.db")};
  const auto epoch = test::open(j).epoch;
  held_thread held{j, epoch};
  std::vector<std::uint64_t> ends;
  const armed count{"paper.journal.commit.before", UINT64_MAX};
  for (std::uint64_t seq = 1; seq <= 50; ++seq) {
    j.append(epoch, records(seq, seq), [&](auto, std::uint64_t durable) { ends.push_back(durable); });
  }
  held.release();
  append(j, epoch, {});
  CHECK(ends == std::vector<std::uint64_t>(50, 50));
  CHECK(fault::hits("paper.journal.commit.before") <= 2);
}

TEST_CASE("an injected crash on the journal's thread is a failed answer; reopening tells what is there") {
  struct expectation {
    const char* point;
    bool written;
  };
  for (const auto& [point, written] : {expectation{"append.before", false}, expectation{"append.after", false},
                                       expectation{"commit.before", false}, expectation{"commit.after", true}}) {
    CAPTURE(point);
    const test::temp_dir dir;
    sqlite_journal j{journal_at(dir.path() / "j.db")};
    auto epoch = test::open(j).epoch;
    REQUIRE(append(j, epoch, records(1, 2)).first.ok());
    {
      const armed crash{fmt::format("paper.journal.{}", point).c_str(), 1};
      CHECK(append(j, epoch, records(3, 4)).first.error.find("failpoint") != std::string::npos);
    }
    const auto found = test::open(j);
    CHECK(found.tail == records(1, written ? 4 : 2));
    const auto next = found.tail.size() + 1;
    CHECK(append(j, found.epoch, records(next, next)).first.ok());
  }
}

TEST_CASE("a failed commit fails all of its batches and lets none behind it slip past the hole") {
  const test::temp_dir dir;
  sqlite_journal j{journal_at(dir.path() / "j.db")};
  const auto epoch = test::open(j).epoch;
  held_thread held{j, epoch};
  const armed crash{"paper.journal.append.before", 3};
  std::vector<bool> outcomes;
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    j.append(epoch, records(seq, seq), [&](journal_status status, auto) { outcomes.push_back(status.ok()); });
  }
  held.release();
  append(j, epoch, {});
  CHECK(outcomes == std::vector<bool>(5, false));
  CHECK(test::open(j).tail.empty());
}

TEST_CASE("an injected crash around a snapshot is a failed answer and harms no record") {
  for (const bool after : {false, true}) {
    const test::temp_dir dir;
    sqlite_journal j{journal_at(dir.path() / "j.db")};
    const auto epoch = test::open(j).epoch;
    REQUIRE(append(j, epoch, records(1, 2)).first.ok());
    const armed crash{after ? "paper.journal.snapshot.after" : "paper.journal.snapshot.before", 1};
    CHECK_FALSE(test::snapshot(j, epoch, {2, 1, 1, "{}"}).ok());
    CHECK(append(j, epoch, records(3, 3)).first.ok());
    const auto found = test::open(j);
    CHECK(found.snapshot.has_value() == after);
    CHECK(test::read(j, 1, 9).second == records(1, 3));
  }
}

TEST_CASE("a path that cannot be a journal is reported by open, with the file and what to do") {
  const test::temp_dir dir;
  const auto error_of = [](const std::filesystem::path& file) {
    sqlite_journal j{journal_at(file)};
    const auto error = try_open(j).first.error;
    CHECK(error.find(file.string()) == 0);
    CHECK_FALSE(append(j, 1, records(1, 1)).first.ok());
    return error;
  };
  CHECK(error_of(dir.path() / "no" / "j.db").find("create it or correct") != std::string::npos);
  std::filesystem::create_directory(dir.path() / "folder");
  CHECK(error_of(dir.path() / "folder").find("check the path") != std::string::npos);
  test::write_bytes(dir.path() / "text", std::string(5000, 'x'));
  CHECK(error_of(dir.path() / "text").find("header") != std::string::npos);
  test::write_bytes(dir.path() / "empty", "");
  CHECK(error_of(dir.path() / "empty").find("no journal") != std::string::npos);
  test::write_bytes(dir.path() / "lost.db-wal", "log");
  CHECK(error_of(dir.path() / "lost.db").find("may hold records") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(dir.path() / "lost.db"));
}

TEST_CASE("a journal is refused to another broker, and two brokers' files are independent") {
  const test::temp_dir dir;
  sqlite_journal paper{journal_at(dir.path() / "paper.db", "paper")};
  sqlite_journal zerodha{journal_at(dir.path() / "zerodha.db", "zerodha")};
  const auto paper_epoch = test::open(paper).epoch;
  test::open(zerodha);
  const auto zerodha_epoch = test::open(zerodha).epoch;
  CHECK(append(paper, paper_epoch, records(1, 3)).first.ok());
  CHECK(append(zerodha, zerodha_epoch, {{1, "zerodha"}}).first.ok());
  CHECK(test::open(paper).tail == records(1, 3));
  CHECK(test::open(zerodha).tail.size() == 1);

  sqlite_journal stray{journal_at(dir.path() / "paper.db", "zerodha")};
  const auto error = try_open(stray).first.error;
  CHECK(error.find("broker \"paper\", not of \"zerodha\"") != std::string::npos);
}

TEST_CASE("a journal dropped by its own answer ends in peace and writes what was queued") {
  const test::temp_dir dir;
  auto j = std::make_shared<sqlite_journal>(journal_at(dir.path() / "j.db"));
  const auto epoch = test::open(*j).epoch;
  auto* raw = j.get();
  std::promise<void> queued;
  std::promise<std::string> answered;
  raw->append(epoch, records(1, 1), [own = std::move(j), go = queued.get_future().share()](auto, auto) mutable {
    go.wait();
    own.reset();
  });
  raw->append(epoch, records(2, 2), [&](journal_status status, auto) { answered.set_value(status.error); });
  queued.set_value();
  CHECK(answered.get_future().get().empty());
  sqlite_journal next{journal_at(dir.path() / "j.db")};
  CHECK(test::open(next).tail == records(1, 2));
}

TEST_CASE("after the drain time the rest of the queue is refused, not lost in silence") {
  const test::temp_dir dir;
  auto settings = journal_at(dir.path() / "j.db");
  settings.drain = std::chrono::milliseconds{-1};
  std::string error;
  {
    sqlite_journal j{settings};
    const auto epoch = test::open(j).epoch;
    std::promise<void> entered;
    j.append(epoch, {}, [&](auto, auto) {
      entered.set_value();
      std::this_thread::sleep_for(std::chrono::seconds{2});
    });
    entered.get_future().wait();
    j.append(epoch, records(1, 1), [&](journal_status status, auto) { error = status.error; });
  }
  CHECK(error.find("closed before") != std::string::npos);
  sqlite_journal j{settings};
  CHECK(test::open(j).tail.empty());
}

TEST_CASE("the reader goes through a running node's journal and changes nothing") {
  const test::temp_dir dir;
  const auto file = dir.path() / "j.db";
  sqlite_journal j{journal_at(file)};
  const auto epoch = test::open(j).epoch;
  REQUIRE(append(j, epoch, records(1, 30)).first.ok());
  const journal_reader reader{file};
  std::vector<journal_record> seen;
  const auto take = [&](const journal_record& record) {
    seen.push_back(record);
    return seen.size() < 12;
  };
  CHECK(reader.for_each(25, take).ok());
  CHECK(seen == records(25, 30));
  seen.clear();
  CHECK(reader.for_each(1, take).ok());
  CHECK(seen == records(1, 12));
  seen.clear();
  CHECK(reader.for_each(31, take).ok());
  CHECK(seen.empty());
  journal_header header;
  CHECK(reader.header(header).ok());
  CHECK(header.broker == "paper");
  CHECK(header.epoch == epoch);
  CHECK(header.head_seq == 30);
  CHECK(append(j, epoch, records(31, 31)).first.ok());
}

TEST_CASE("the reader gives what is before the damage, then names file and record") {
  const test::temp_dir dir;
  const auto file = dir.path() / "j.db";
  {
    sqlite_journal j{journal_at(file)};
    REQUIRE(append(j, test::open(j).epoch, records(1, 30)).first.ok());
  }
  test::tamper(file, "UPDATE events SET payload = 'lie' WHERE seq = 21");
  std::uint64_t last = 0;
  const auto status = journal_reader{file}.for_each(1, [&](const journal_record& record) {
    last = record.seq;
    return true;
  });
  CHECK(last == 20);
  CHECK(status.error.find("j.db: record 21: its checksum") != std::string::npos);
  CHECK(
      journal_reader{dir.path() / "none.db"}.for_each(1, [](const auto&) { return true; }).error.find("no such file") !=
      std::string::npos);
  CHECK_FALSE(std::filesystem::exists(dir.path() / "none.db"));
}

}  // namespace bulkhead
