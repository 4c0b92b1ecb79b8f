// Damage at every place: a journal's file and its write-ahead log cut at every byte of their last 64 KiB, and 10,000
// flipped bits. What comes back is the truth or a prefix of it; or a refusal that names file and record. Never a wrong
// record. BULKHEAD_LONG=1 takes every byte; else every one near a border of SQLite's pages and frames, and some
// between.
#include "runtime/journal/journal_file.hpp"
#include "runtime/journal/journal_reader.hpp"
#include "support/journal_calls.hpp"
#include "support/sqlite_files.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::uint64_t record_count = 360;
constexpr std::size_t page = 4096;
constexpr std::size_t frame = page + 24;
constexpr std::size_t log_header = 32;
constexpr std::size_t tail = 64 * 1024;

std::vector<journal_record> records(std::uint64_t first, std::uint64_t last) {
  auto batch = test::records(first, last);
  for (auto& record : batch) record.payload.append(150 + record.seq % 90, char('a' + record.seq % 26));
  return batch;
}

struct journal_image {
  std::string main;
  std::string log;   ///< the write-ahead log; empty after a clean close
  std::string note;  ///< of the acknowledged end; empty: lost
};

journal_image image_of(const std::filesystem::path& file) {
  return {test::bytes_of(file), test::bytes_of(file.string() + "-wal"), test::bytes_of(file.string() + "-end")};
}

/// Records, snapshots and ops rows; the last third only in the write-ahead log of a node that died.
journal_image make_image(bool closed_cleanly) {
  const test::temp_dir dir{test::temp_place::memory};
  const auto file = dir.path() / "j.db";
  auto settings = test::journal_at(file);
  settings.sync = sqlite::sync_mode::full;
  const auto write = [](sqlite_journal& j, std::uint64_t from, std::uint64_t to) {
    const auto epoch = test::open(j).epoch;
    for (std::uint64_t seq = from; seq <= to; seq += 8) {
      REQUIRE(test::append(j, epoch, records(seq, seq + 7)).first.ok());
      j.append_ops(fmt::format("{{\"n\":{}}}", seq));
      if (seq % 80 == 1) REQUIRE(test::snapshot(j, epoch, {seq + 3, seq, 1, fmt::format("cut {}", seq + 3)}).ok());
    }
  };
  {
    sqlite_journal j{settings};
    write(j, 1, record_count * 2 / 3);
  }
  auto j = std::make_unique<sqlite_journal>(settings);
  write(*j, record_count * 2 / 3 + 1, record_count);
  if (closed_cleanly) j.reset();
  return image_of(file);
}

bool names_place(const std::string& error, const std::string& file) {
  if (error.find(file) == std::string::npos) return false;
  const auto has = [&](const char* what) { return error.find(what) != std::string::npos; };
  return has(": record ") || has(": header: ");
}

/// Opens damaged files in a folder of its own. Not for several threads at once.
class examiner {
 public:
  enum class outcome { whole, prefix, refused };

  /// `thorough`: also the reader, three more records, and the file once more.
  outcome examine(const journal_image& image, bool thorough, const std::string& what) {
    what_ = &what;
    for (const char* end : {"-shm", "-wal", "-end"}) std::filesystem::remove(file_.string() + end);
    test::write_bytes(file_, image.main);
    if (!image.log.empty()) test::write_bytes(file_.string() + "-wal", image.log);
    if (!image.note.empty()) test::write_bytes(file_.string() + "-end", image.note);
    if (thorough) check_reader();
    outcome seen = outcome::refused;
    try {
      seen = open_and_compare(thorough);
    } catch (const std::exception& e) {
      if (!names_place(e.what(), file_.string())) complain(e.what());
    }
    ++count_[static_cast<std::size_t>(seen)];
    if (thorough) reopen();
    return seen;
  }

  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  [[nodiscard]] std::size_t count(outcome o) const { return count_[static_cast<std::size_t>(o)]; }

 private:
  void complain(const std::string& text) { complaints_.push_back(fmt::format("{}: {}", *what_, text)); }

  outcome open_and_compare(bool thorough) {
    journal_file j{file_, broker_id{"paper"}, sqlite::sync_mode::full};
    if (const auto status = j.take_epoch(0); !status.ok()) complain(status.error);
    journal_recovery found;
    if (const auto status = j.recover(found); !status.ok()) complain(status.error);
    const std::uint64_t cut = found.snapshot ? found.snapshot->seq : 0;
    const std::uint64_t end = cut + found.tail.size();
    end_ = end;
    if (found.snapshot && found.snapshot->body != fmt::format("cut {}", cut)) complain("a wrong snapshot");
    if (end > record_count || found.tail != records(cut + 1, end)) complain("a wrong record in the tail");
    if (j.read(1, SIZE_MAX) != records(1, end)) complain("a wrong record");
    if (thorough) {
      if (const auto status = j.append(found.epoch, records(end + 1, end + 3)); !status.ok()) complain(status.error);
      j.commit();
      end_ = end + 3;
    }
    return end == record_count ? outcome::whole : outcome::prefix;
  }

  /// As `journal verify` reads it, before any owner opens it.
  void check_reader() {
    std::uint64_t seq = 0;
    const auto status = journal_reader{file_}.for_each(1, [&](const journal_record& r) {
      ++seq;
      if (seq > record_count || !(r == records(seq, seq).front())) complain("the reader gave a wrong record");
      return true;
    });
    // A read-only connection cannot make the index of a log whose -shm is gone: it says so, or reads.
    if (!status.ok() && status.error.find(file_.string()) == std::string::npos) complain(status.error);
  }

  /// What the first owner was told is still so, or refused.
  void reopen() {
    try {
      journal_file j{file_, broker_id{"paper"}, sqlite::sync_mode::full};
      if (const auto status = j.take_epoch(0); !status.ok()) complain(status.error);
      journal_recovery found;
      if (const auto status = j.recover(found); !status.ok()) complain(status.error);
      if (j.read(1, SIZE_MAX) != records(1, end_)) complain("opened once more, other records");
    } catch (const std::exception& e) {
      if (!names_place(e.what(), file_.string())) complain(e.what());
    }
  }

  test::temp_dir dir_{test::temp_place::memory};
  std::filesystem::path file_ = dir_.path() / "j.db";
  std::vector<std::string> complaints_;
  std::size_t count_[3] = {};
  std::uint64_t end_ = 0;
  const std::string* what_ = nullptr;
};

bool is_long() { return std::getenv("BULKHEAD_LONG") != nullptr; }

struct tally {
  std::size_t whole = 0, prefix = 0, refused = 0;
};

/// Each case on one of two threads; `damage` changes the image and says what it did.
tally examine_all(const std::vector<std::size_t>& cases, const journal_image& good,
                  const std::function<std::string(journal_image&, std::size_t)>& damage) {
  std::atomic<std::size_t> next{0};
  std::vector<examiner> examiners(2);
  {
    std::vector<std::jthread> threads;
    for (examiner& e : examiners) {
      threads.emplace_back([&] {
        for (std::size_t i = next++; i < cases.size(); i = next++) {
          journal_image image = good;
          const std::string what = damage(image, cases[i]);
          e.examine(image, i % 16 == 0, what);
        }
      });
    }
  }
  tally all;
  for (const examiner& e : examiners) {
    for (std::size_t i = 0; i < std::min<std::size_t>(e.complaints().size(), 5); ++i) FAIL_CHECK(e.complaints()[i]);
    all.whole += e.count(examiner::outcome::whole);
    all.prefix += e.count(examiner::outcome::prefix);
    all.refused += e.count(examiner::outcome::refused);
  }
  const std::string counts = fmt::format("{} cases: whole {}, prefix {}, refused {}{}", cases.size(), all.whole,
                                         all.prefix, all.refused, is_long() ? "" : " (BULKHEAD_LONG=1 takes all)");
  MESSAGE(counts);
  return all;
}

/// Lengths to cut a file at: all of its last 64 KiB, or those near a border and every `step`th.
std::vector<std::size_t> lengths(std::size_t size, std::size_t first_border, std::size_t border, std::size_t step) {
  std::vector<std::size_t> out;
  for (std::size_t at = size > tail ? size - tail : 0; at < size; ++at) {
    const std::size_t off = at < first_border ? at : (at - first_border) % border;
    if (is_long() || off < 3 || off + 3 > border || at % step == 0) out.push_back(at);
  }
  return out;
}

std::string cut(std::string& bytes, const char* which, std::size_t length) {
  bytes.resize(length);
  return fmt::format("{} cut to {} bytes", which, length);
}

std::string flip(std::string& bytes, const char* which, std::size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1U << (bit % 8)));
  return fmt::format("bit {} of byte {} of {} flipped", bit % 8, bit / 8, which);
}

std::vector<std::size_t> draw_bits(const std::string& bytes, std::size_t count, unsigned seed) {
  std::mt19937_64 random{seed};
  std::vector<std::size_t> bits(count);
  for (std::size_t& bit : bits) bit = random() % (bytes.size() * 8);
  return bits;
}

}  // namespace

TEST_CASE("a write-ahead log cut anywhere in its last 64 KiB: a prefix where nothing tells more, else refused") {
  auto good = make_image(false);
  REQUIRE(good.log.size() > tail);
  const auto at = lengths(good.log.size(), log_header, frame, 23);
  const auto damage = [](journal_image& i, std::size_t length) { return cut(i.log, "the log", length); };
  const tally noted = examine_all(at, good, damage);
  CHECK(noted.prefix == 0);
  CHECK(noted.refused > 0);
  good.note.clear();
  const tally unnoted = examine_all(at, good, damage);
  CHECK(unnoted.prefix == noted.refused);
  CHECK(unnoted.refused == 0);
}

TEST_CASE("a journal's file cut anywhere in its last 64 KiB is refused, or whole where the log has the rest") {
  const auto closed = make_image(true);
  REQUIRE(closed.log.empty());
  const auto damage = [](journal_image& i, std::size_t length) { return cut(i.main, "the file", length); };
  CHECK(examine_all(lengths(closed.main.size(), 0, page, 23), closed, damage).prefix == 0);
  const auto killed = make_image(false);
  CHECK(examine_all(lengths(killed.main.size(), 0, page, 97), killed, damage).prefix == 0);
}

TEST_CASE("ten thousand flipped bits: every record that comes back is right") {
  const auto closed = make_image(true);
  auto killed = make_image(false);
  const auto in_main = [](journal_image& i, std::size_t bit) { return flip(i.main, "the file", bit); };
  const auto in_log = [](journal_image& i, std::size_t bit) { return flip(i.log, "the log", bit); };
  CHECK(examine_all(draw_bits(closed.main, 3000, 1), closed, in_main).prefix == 0);
  CHECK(examine_all(draw_bits(killed.main, 2000, 2), killed, in_main).prefix == 0);
  CHECK(examine_all(draw_bits(killed.log, 3000, 3), killed, in_log).prefix == 0);
  killed.note.clear();
  CHECK(examine_all(draw_bits(killed.log, 2000, 4), killed, in_log).prefix > 0);
}

}  // namespace bulkhead
