// What every journal backend promises; one suite, run over each of them.
#include "runtime/journal/memory_journal.hpp"
#include "runtime/journal/sqlite_journal.hpp"
#include "support/journal_calls.hpp"
#include "support/journal_race.hpp"
#include "support/kafka_backend.hpp"
#include "support/temp_dir.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sqlite3.h>

namespace bulkhead {
namespace {

using test::append;
using test::kafka_backend;
using test::open;
using test::read;
using test::records;
using test::snapshot;
using test::try_open;

struct memory_backend {
  std::shared_ptr<memory_log> log = std::make_shared<memory_log>();

  std::unique_ptr<journal> client() { return std::make_unique<memory_journal>(log); }
  void damage_newest_snapshot() { log->damage_newest_snapshot(); }
};

template <sqlite::sync_mode Sync>
struct sqlite_backend {
  test::temp_dir dir;

  std::unique_ptr<journal> client() {
    sqlite_journal_settings settings;
    settings.file = dir.path() / "paper.db";
    settings.broker = broker_id{"paper"};
    settings.sync = Sync;
    return std::make_unique<sqlite_journal>(settings);
  }
  void damage_newest_snapshot() {
    const sqlite::database db{dir.path() / "paper.db", sqlite::open_mode::existing};
    const auto usable = "(SELECT max(id) FROM snapshots WHERE body NOT LIKE 'x%')";
    db.exec((std::string{"UPDATE snapshots SET body = 'x' || substr(body, 2) WHERE id = "} + usable).c_str());
  }
};

using sqlite_full = sqlite_backend<sqlite::sync_mode::full>;
using sqlite_normal = sqlite_backend<sqlite::sync_mode::normal>;

}  // namespace
}  // namespace bulkhead

TYPE_TO_STRING_AS("memory", bulkhead::memory_backend);
TYPE_TO_STRING_AS("sqlite full", bulkhead::sqlite_full);
TYPE_TO_STRING_AS("kafka", bulkhead::test::kafka_backend);
TYPE_TO_STRING_AS("sqlite normal", bulkhead::sqlite_normal);

namespace bulkhead {

#define JOURNAL_CONTRACT(name) \
  TEST_CASE_TEMPLATE("journal contract: " name, Backend, memory_backend, sqlite_full, sqlite_normal, kafka_backend)

JOURNAL_CONTRACT("an empty journal opens with the first epoch and nothing in it") {
  Backend backend;
  const auto j = backend.client();
  const auto found = open(*j);
  CHECK(found.epoch == 1);
  CHECK_FALSE(found.snapshot);
  CHECK(found.tail.empty());
}

JOURNAL_CONTRACT("records come back in order with their exact bytes") {
  Backend backend;
  const auto j = backend.client();
  const auto epoch = open(*j).epoch;
  const std::vector<journal_record> odd{{1, ""},
                                        {2, std::string("a\0b\0", 4)},
                                        {3, "\xe2\x82\xb9 \xe0\xa4\xad\xe0\xa4\xbe\xe0\xa4\xb5 \xff\xfe"},
                                        {4, "'; DROP TABLE events; --"},
                                        {5, std::string(3'000'000, 'z')}};
  const auto [status, durable] = append(*j, epoch, odd);
  CHECK_MESSAGE(status.ok(), status.error);
  CHECK(durable == 5);
  CHECK(read(*j, 1, 10).second == odd);
  CHECK(open(*j).tail == odd);
}

JOURNAL_CONTRACT("a call before open is refused and says so") {
  Backend backend;
  const auto j = backend.client();
  CHECK(append(*j, 1, records(1, 1)).first.error.find("not open") != std::string::npos);
  CHECK(snapshot(*j, 1, {}).error.find("not open") != std::string::npos);
  CHECK(read(*j, 1, 1).first.error.find("not open") != std::string::npos);
  CHECK(open(*j).tail.empty());
}

JOURNAL_CONTRACT("a gap, a repeat and a gap within a batch are refused whole") {
  Backend backend;
  const auto j = backend.client();
  const auto epoch = open(*j).epoch;
  REQUIRE(append(*j, epoch, records(1, 3)).first.ok());

  const auto gap = append(*j, epoch, records(5, 6));
  CHECK(gap.first.error.find("record 5 given where only record 4 may follow") != std::string::npos);
  CHECK_FALSE(append(*j, epoch, records(3, 4)).first.ok());
  CHECK_FALSE(append(*j, epoch, {{4, "a"}, {4, "b"}}).first.ok());
  CHECK_FALSE(append(*j, epoch, {{4, "a"}, {6, "b"}}).first.ok());
  CHECK_FALSE(append(*j, epoch, {{0, "a"}}).first.ok());

  const auto good = append(*j, epoch, records(4, 5));
  CHECK_MESSAGE(good.first.ok(), good.first.error);
  CHECK(open(*j).tail == records(1, 5));
}

JOURNAL_CONTRACT("an empty batch succeeds, tells the durable end, and obeys the epoch") {
  Backend backend;
  const auto j = backend.client();
  const auto epoch = open(*j).epoch;
  REQUIRE(append(*j, epoch, records(1, 7)).first.ok());
  const auto [status, durable] = append(*j, epoch, {});
  CHECK(status.ok());
  CHECK(durable == 7);
  CHECK_FALSE(append(*j, epoch + 1, {}).first.ok());
}

JOURNAL_CONTRACT("a second owner fences the first: its appends and snapshots fail and write nothing") {
  Backend backend;
  const auto first = backend.client();
  const auto old_epoch = open(*first).epoch;
  REQUIRE(append(*first, old_epoch, records(1, 2)).first.ok());

  const auto second = backend.client();
  const auto taken = open(*second);
  CHECK(taken.epoch == old_epoch + 1);
  CHECK(taken.tail == records(1, 2));

  const auto stale = append(*first, old_epoch, {{3, "stale"}});
  CHECK(stale.first.error.find("stale") != std::string::npos);
  CHECK(stale.first.outcome() == journal_outcome::fenced);
  CHECK(snapshot(*first, old_epoch, {2, 2, 1, "stale"}).outcome() == journal_outcome::fenced);
  CHECK(append(*second, taken.epoch, {{3, "owner"}}).first.ok());
  CHECK_FALSE(append(*first, old_epoch, {{4, "stale"}}).first.ok());

  const auto after = open(*second);
  CHECK_FALSE(after.snapshot);
  REQUIRE(after.tail.size() == 3);
  CHECK(after.tail[2].payload == "owner");
}

JOURNAL_CONTRACT("a fenced owner that opens again is fenced again: it takes nothing back, and may still read") {
  Backend backend;
  const auto first = backend.client();
  REQUIRE(append(*first, open(*first).epoch, records(1, 2)).first.ok());
  const auto second = backend.client();
  const auto epoch = open(*second).epoch;

  const auto [status, found] = try_open(*first);
  CHECK(status.outcome() == journal_outcome::fenced);
  CHECK(status.error.find("this owner held epoch 1, epoch 2 owns this journal now") != std::string::npos);
  CHECK(found.tail.empty());
  CHECK(append(*second, epoch, records(3, 3)).first.ok());
  CHECK(read(*first, 1, 10).second == records(1, 3));
  CHECK(open(*second).epoch == epoch + 1);
}

JOURNAL_CONTRACT("a call that fails for another reason than its epoch is not fenced") {
  Backend backend;
  const auto j = backend.client();
  CHECK(append(*j, 1, records(1, 1)).first.outcome() == journal_outcome::failed);
  const auto epoch = open(*j).epoch;
  CHECK(append(*j, epoch, records(2, 2)).first.outcome() == journal_outcome::failed);
  CHECK(snapshot(*j, epoch, {1, 1, 1, "{}"}).outcome() == journal_outcome::failed);
  CHECK(append(*j, epoch, records(1, 1)).first.outcome() == journal_outcome::ok);
}

JOURNAL_CONTRACT("promise 5: owners that race for a journal write nothing after they lost it") {
  Backend backend;
  test::race_log seen;
  {
    std::vector<std::jthread> owners;
    for (int n = 0; n < 2; ++n) {
      owners.emplace_back([&] { test::race_for_journal([&] { return backend.client(); }, 40, seen); });
    }
  }
  const auto j = backend.client();
  open(*j);
  test::check_race(seen, read(*j, 1, SIZE_MAX).second);
}

JOURNAL_CONTRACT("an epoch that was never given out is refused") {
  Backend backend;
  const auto j = backend.client();
  const auto epoch = open(*j).epoch;
  CHECK_FALSE(append(*j, epoch + 5, records(1, 1)).first.ok());
  CHECK_FALSE(append(*j, 0, records(1, 1)).first.ok());
  CHECK(open(*j).tail.empty());
}

JOURNAL_CONTRACT("open sees every append made before it through the same object, answered or not") {
  Backend backend;
  const auto j = backend.client();
  const auto epoch = open(*j).epoch;
  for (std::uint64_t seq = 1; seq <= 200; ++seq) {
    j->append(epoch, records(seq, seq), [](auto, auto) {});
  }
  const auto found = open(*j);
  CHECK(found.epoch == epoch + 1);
  CHECK(found.tail == records(1, 200));
  CHECK_FALSE(append(*j, epoch, records(201, 201)).first.ok());
}

JOURNAL_CONTRACT("appends are answered in order with an end that never falls") {
  Backend backend;
  const auto j = backend.client();
  const auto epoch = open(*j).epoch;
  std::mutex guard;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> answers;  // last seq of the batch, durable end
  std::uint64_t next = 1;
  for (std::uint64_t batch = 0; batch < 100; ++batch) {
    const auto last = next + batch % 7;
    j->append(epoch, records(next, last), [&, last](journal_status status, std::uint64_t durable) {
      const std::scoped_lock lock{guard};
      if (status.ok()) answers.emplace_back(last, durable);
    });
    next = last + 1;
  }
  REQUIRE(append(*j, epoch, {}).first.ok());
  const std::scoped_lock lock{guard};
  REQUIRE(answers.size() == 100);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    CHECK(answers[i].second >= answers[i].first);
    if (i > 0) CHECK(answers[i].first > answers[i - 1].first);
    if (i > 0) CHECK(answers[i].second >= answers[i - 1].second);
  }
  CHECK(answers.back().second == next - 1);
}

JOURNAL_CONTRACT("a refused batch does not harm its neighbours in the queue") {
  Backend backend;
  const auto j = backend.client();
  const auto epoch = open(*j).epoch;
  std::vector<bool> outcomes;
  const auto note = [&](journal_status status, auto) { outcomes.push_back(status.ok()); };
  j->append(epoch, records(1, 2), note);
  j->append(epoch, records(9, 9), note);
  j->append(epoch, records(3, 4), note);
  REQUIRE(append(*j, epoch, {}).first.ok());
  CHECK(outcomes == std::vector<bool>{true, false, true});
  CHECK(read(*j, 1, 10).second == records(1, 4));
}

JOURNAL_CONTRACT("a restart finds the newest snapshot and exactly what follows it") {
  Backend backend;
  auto j = backend.client();
  auto epoch = open(*j).epoch;
  REQUIRE(append(*j, epoch, records(1, 10)).first.ok());
  const journal_snapshot kept{8, 4, 3, "{\"cut\":\"\xe2\x82\xb9\"}"};
  REQUIRE(snapshot(*j, epoch, kept).ok());
  REQUIRE(append(*j, epoch, records(11, 12)).first.ok());
  j.reset();

  j = backend.client();
  const auto found = open(*j);
  CHECK(found.epoch == epoch + 1);
  REQUIRE(found.snapshot);
  CHECK(*found.snapshot == kept);
  CHECK(found.tail == records(9, 12));
  CHECK(append(*j, found.epoch, records(13, 13)).first.ok());
}

JOURNAL_CONTRACT("a snapshot covers everything appended before it, unanswered appends too") {
  Backend backend;
  const auto j = backend.client();
  const auto epoch = open(*j).epoch;
  j->append(epoch, records(1, 5), [](auto, auto) {});
  CHECK(snapshot(*j, epoch, {5, 1, 1, "{}"}).ok());
  CHECK(open(*j).tail.empty());
}

JOURNAL_CONTRACT("a snapshot of the empty journal and one at its very end are found") {
  Backend backend;
  const auto j = backend.client();
  auto found = open(*j);
  REQUIRE(snapshot(*j, found.epoch, {0, 0, 1, "empty"}).ok());
  REQUIRE(append(*j, found.epoch, records(1, 2)).first.ok());
  found = open(*j);
  REQUIRE(found.snapshot);
  CHECK(found.snapshot->body == "empty");
  CHECK(found.tail == records(1, 2));
  REQUIRE(snapshot(*j, found.epoch, {2, 9, 1, "end"}).ok());
  found = open(*j);
  REQUIRE(found.snapshot);
  CHECK(found.snapshot->body == "end");
  CHECK(found.tail.empty());
}

JOURNAL_CONTRACT("a snapshot ahead of the journal is refused") {
  Backend backend;
  const auto j = backend.client();
  const auto epoch = open(*j).epoch;
  REQUIRE(append(*j, epoch, records(1, 2)).first.ok());
  CHECK(snapshot(*j, epoch, {3, 1, 1, "{}"}).error.find("ends at record 2") != std::string::npos);
  CHECK_FALSE(open(*j).snapshot);
}

JOURNAL_CONTRACT("a damaged snapshot falls back to the one before, three deep, then to the whole journal") {
  Backend backend;
  const auto j = backend.client();
  const auto epoch = open(*j).epoch;
  for (std::uint64_t n = 1; n <= 5; ++n) {
    REQUIRE(append(*j, epoch, records(n, n)).first.ok());
    REQUIRE(snapshot(*j, epoch, {n, n, 1, fmt::format("s{}", n)}).ok());
  }
  for (std::uint64_t usable = 5; usable >= 3; --usable) {
    const auto found = open(*j);
    REQUIRE(found.snapshot);
    CHECK(found.snapshot->body == fmt::format("s{}", usable));
    CHECK(found.tail == records(usable + 1, 5));
    backend.damage_newest_snapshot();
  }
  const auto found = open(*j);
  CHECK_FALSE(found.snapshot);
  CHECK(found.tail == records(1, 5));
}

JOURNAL_CONTRACT("read gives what was asked for, cut at both ends of the journal") {
  Backend backend;
  const auto j = backend.client();
  const auto epoch = open(*j).epoch;
  CHECK(read(*j, 1, 5).second.empty());
  REQUIRE(append(*j, epoch, records(1, 10)).first.ok());
  CHECK(read(*j, 4, 3).second == records(4, 6));
  CHECK(read(*j, 0, 2).second == records(1, 2));
  CHECK(read(*j, 9, 100).second == records(9, 10));
  CHECK(read(*j, 10, SIZE_MAX).second == records(10, 10));
  CHECK(read(*j, 1, 0).second.empty());
  const auto beyond = read(*j, UINT64_MAX, SIZE_MAX);
  CHECK(beyond.first.ok());
  CHECK(beyond.second.empty());
}

JOURNAL_CONTRACT("a fenced owner may still read") {
  Backend backend;
  const auto first = backend.client();
  REQUIRE(append(*first, open(*first).epoch, records(1, 2)).first.ok());
  const auto second = backend.client();
  REQUIRE(append(*second, open(*second).epoch, records(3, 3)).first.ok());
  CHECK(read(*first, 1, 10).second == records(1, 3));
}

JOURNAL_CONTRACT("what was queued before a clean close is there after it, epoch after epoch") {
  Backend backend;
  for (std::uint64_t run = 0; run < 4; ++run) {
    const auto j = backend.client();
    const auto found = open(*j);
    CHECK(found.epoch == run + 1);
    CHECK(found.tail == records(1, run * 50));
    for (auto seq = run * 50 + 1; seq <= run * 50 + 50; ++seq) {
      j->append(found.epoch, records(seq, seq), [](auto, auto) {});
    }
  }
}

JOURNAL_CONTRACT("an answer may call the journal again") {
  Backend backend;
  const auto j = backend.client();
  const auto epoch = open(*j).epoch;
  const auto [status, durable] = test::await<journal_status, std::uint64_t>([&](auto done) {
    j->append(epoch, records(1, 1), [&j, epoch, done](auto, auto) { j->append(epoch, records(2, 2), done); });
  });
  CHECK(status.ok());
  CHECK(durable == 2);
}

JOURNAL_CONTRACT("facts about running disturb neither the sequence nor its end") {
  Backend backend;
  const auto j = backend.client();
  const auto epoch = open(*j).epoch;
  j->append_ops("{\"type\":\"started\"}");
  REQUIRE(append(*j, epoch, records(1, 1)).first.ok());
  j->append_ops("{\"type\":\"stopped\"}");
  CHECK(append(*j, epoch, {}).second == 1);
  CHECK(open(*j).tail == records(1, 1));
}

}  // namespace bulkhead
