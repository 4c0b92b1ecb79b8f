// The power fails: what was synced is there, of the rest any part may be. Every acknowledged record must be there.
#include "runtime/journal/journal_reader.hpp"
#include "support/journal_calls.hpp"
#include "support/power_loss_vfs.hpp"
#include "support/sqlite_files.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <random>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace bulkhead {
namespace {

using test::power_loss_vfs;
using fate = power_loss_vfs::fate;

// Long enough that the write-ahead log is emptied into the file (after 1000 pages of 4 kB) within the test.
std::vector<journal_record> records(std::uint64_t first, std::uint64_t last) {
  auto batch = test::records(first, last);
  for (auto& record : batch) record.payload.append(20'000 + record.seq % 8000, char('a' + record.seq % 26));
  return batch;
}

/// A journal at work, and what it looks like after the power failed at any moment.
class power_cut {
 public:
  power_cut(sqlite::sync_mode sync, unsigned seed) : random_(seed), settings_(test::journal_at(dir_.path() / "j.db")) {
    settings_.sync = sync;
    journal_ = std::make_unique<sqlite_journal>(settings_);
    epoch_ = test::open(*journal_).epoch;
  }

  void append() {
    const std::uint64_t first = given_ + 1;
    given_ += 1 + random_() % 4;
    journal_->append(epoch_, records(first, given_), [this](const journal_status& status, std::uint64_t seq) {
      if (status.ok()) acknowledged_ = seq;
    });
    if (random_() % 8 == 0) journal_->append_ops("{}");
    if (random_() % 16 == 0) journal_->write_snapshot(epoch_, {given_, given_, 1, "cut"}, [](auto) {});
  }
  void wait() { (void)test::append(*journal_, epoch_, {}); }
  void ignore_syncs() { disk_.ignore_syncs(true); }

  /// The records that a node finds after the power came back; -1: it is refused. `with_note`: the note of the end
  /// reached the disk, which nobody asked for.
  std::int64_t found_after(fate unsynced, bool with_note) {
    must_have_ = acknowledged_;
    const std::string note = test::bytes_of(dir_.path() / "j.db-end");
    const auto files = disk_.image(unsynced, random_);
    const test::temp_dir after{test::temp_place::memory};
    for (const auto& [path, content] : files) {
      const auto name = std::filesystem::path{path}.filename();
      if (name == "j.db" || name == "j.db-wal") test::write_bytes(after.path() / name, content);
    }
    if (with_note) test::write_bytes(after.path() / "j.db-end", note);
    sqlite_journal_settings again = settings_;
    again.file = after.path() / "j.db";
    sqlite_journal j{again};
    const auto [status, found] = test::try_open(j);
    refusal_ = status.error;
    if (!status.ok()) return -1;
    const auto all = test::read(j, 1, SIZE_MAX).second;
    CHECK(all == records(1, all.size()));
    CHECK(test::append(j, found.epoch, records(all.size() + 1, all.size() + 3)).first.ok());
    CHECK(test::open(j).epoch == found.epoch + 1);
    CHECK(test::read(j, 1, SIZE_MAX).second == records(1, all.size() + 3));
    return std::int64_t(all.size());
  }
  /// As of the last found_after().
  [[nodiscard]] std::int64_t must_have() const { return std::int64_t(must_have_); }
  [[nodiscard]] std::int64_t given() const { return std::int64_t(given_); }
  [[nodiscard]] const std::string& refusal() const { return refusal_; }
  [[nodiscard]] std::uint64_t syncs() { return disk_.syncs(); }
  std::mt19937& random() { return random_; }

 private:
  test::temp_dir dir_{test::temp_place::memory};
  power_loss_vfs disk_{dir_.path().string()};
  std::mt19937 random_;
  sqlite_journal_settings settings_;
  std::unique_ptr<sqlite_journal> journal_;
  std::uint64_t epoch_ = 0;
  std::uint64_t given_ = 0;
  std::atomic<std::uint64_t> acknowledged_{0};
  std::uint64_t must_have_ = 0;
  std::string refusal_;
};

constexpr fate fates[] = {fate::lost, fate::kept, fate::drawn};

}  // namespace

TEST_CASE("promise 2 and 4: the power fails at any moment and every acknowledged record is there") {
  const int rounds = std::getenv("BULKHEAD_LONG") == nullptr ? 120 : 3000;
  power_cut cut{sqlite::sync_mode::full, 1};
  std::uint64_t images = 0;
  for (int round = 0; round < rounds; ++round) {
    CAPTURE(round);
    cut.append();
    // At rest every third time; else in the midst of whatever the journal's thread is doing.
    if (round % 3 == 0) cut.wait();
    for (const fate unsynced : fates) {
      const std::int64_t found = cut.found_after(unsynced, round % 2 == 0);
      REQUIRE_MESSAGE(found >= 0, cut.refusal());
      REQUIRE(found >= cut.must_have());
      REQUIRE(found <= cut.given());
      ++images;
    }
  }
  MESSAGE(images << " images, " << cut.given() << " records, " << cut.syncs() << " syncs");
}

TEST_CASE("sync normal: the power may take the newest records, never the order, and the loss is told") {
  power_cut cut{sqlite::sync_mode::normal, 2};
  std::uint64_t lost = 0;
  for (int round = 0; round < 40; ++round) {
    CAPTURE(round);
    cut.append();
    cut.wait();
    for (const fate unsynced : fates) {
      const std::int64_t found = cut.found_after(unsynced, true);
      REQUIRE_MESSAGE(found >= 0, cut.refusal());
      lost += found < cut.must_have() ? 1U : 0U;
    }
  }
  CHECK(lost > 0);
}

TEST_CASE("a disk that lies about its syncs is found out: refused where the note of the end survived, older without") {
  power_cut cut{sqlite::sync_mode::full, 3};
  for (int round = 0; round < 20; ++round) cut.append();
  cut.wait();
  cut.ignore_syncs();
  for (int round = 0; round < 20; ++round) cut.append();
  cut.wait();
  const std::int64_t older = cut.found_after(fate::lost, false);
  CHECK(older >= 0);
  CHECK(older < cut.must_have());
  CHECK(cut.found_after(fate::lost, true) == -1);
  CHECK_MESSAGE(cut.refusal().find(fmt::format("j.db: record {}: it is missing", older + 1)) != std::string::npos,
                cut.refusal());
}

}  // namespace bulkhead
