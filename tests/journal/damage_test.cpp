// Files as a failing disk leaves them: cut short or with flipped bits. A journal opens to what it can prove, or refuses
// with file and record; it never gives a wrong record and never crashes.
#include "runtime/journal/journal_reader.hpp"
#include "support/journal_calls.hpp"
#include "support/sqlite_files.hpp"
#include "support/temp_dir.hpp"

#include <array>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::uint64_t record_count = 240;

// Long enough that most of the file is records.
std::vector<journal_record> records(std::uint64_t first, std::uint64_t last) {
  auto batch = test::records(first, last);
  for (auto& record : batch) record.payload.append(100 + record.seq % 90, char('a' + record.seq % 26));
  return batch;
}

struct journal_image {
  std::string main;
  std::string log;  ///< the write-ahead log; empty after a clean close
};

void fill(journal& j) {
  const auto epoch = test::open(j).epoch;
  for (std::uint64_t seq = 1; seq <= record_count; seq += 8) {
    j.append(epoch, records(seq, seq + 7), [](auto, auto) {});
    if (seq % 48 == 1) CHECK(test::snapshot(j, epoch, {seq + 3, seq, 1, fmt::format("cut {}", seq + 3)}).ok());
  }
  CHECK(test::append(j, epoch, {}).second == record_count);
}

journal_image closed_cleanly() {
  const test::temp_dir dir{test::temp_place::memory};
  {
    sqlite_journal j{test::journal_at(dir.path() / "j.db")};
    fill(j);
  }
  return {test::bytes_of(dir.path() / "j.db"), test::bytes_of(dir.path() / "j.db-wal")};
}

journal_image still_open() {
  const test::temp_dir dir{test::temp_place::memory};
  sqlite_journal j{test::journal_at(dir.path() / "j.db")};
  fill(j);
  return {test::bytes_of(dir.path() / "j.db"), test::bytes_of(dir.path() / "j.db-wal")};
}

bool names_file_and_record(const std::string& error, const std::filesystem::path& file) {
  if (error.find(file.string()) == std::string::npos) return false;
  for (const char* record : {": record ", ": header: "}) {
    if (error.find(record) != std::string::npos) return true;
  }
  return false;
}

enum class outcome { whole, prefix, refused };

/// Whatever the damage: the truth, a prefix of it, or a refusal.
outcome check_damaged(const journal_image& image) {
  const test::temp_dir dir{test::temp_place::memory};
  const auto file = dir.path() / "j.db";
  test::write_bytes(file, image.main);
  if (!image.log.empty()) test::write_bytes(file.string() + "-wal", image.log);
  sqlite_journal j{test::journal_at(file)};
  const auto [status, found] = test::try_open(j);
  if (!status.ok()) {
    CHECK_MESSAGE(names_file_and_record(status.error, file), status.error);
    CHECK(found.tail.empty());
    return outcome::refused;
  }
  const std::uint64_t cut = found.snapshot ? found.snapshot->seq : 0;
  if (found.snapshot) {
    CHECK(found.snapshot->body == fmt::format("cut {}", cut));
    CHECK(found.snapshot->feed_seq == cut - 3);
  }
  const std::uint64_t end = cut + found.tail.size();
  CHECK(end <= record_count);
  CHECK(found.tail == records(cut + 1, end));
  const auto [read_status, all] = test::read(j, 1, SIZE_MAX);
  if (read_status.ok()) CHECK(all == records(1, end));
  if (!read_status.ok()) CHECK_MESSAGE(names_file_and_record(read_status.error, file), read_status.error);
  // Damage elsewhere in the file may stop it from growing, by an error.
  const auto [append_status, durable] = test::append(j, found.epoch, records(end + 1, end + 1));
  if (append_status.ok()) CHECK(durable == end + 1);
  if (!read_status.ok()) return outcome::refused;
  return end == record_count ? outcome::whole : outcome::prefix;
}

void flip_bits(const journal_image& good, std::string journal_image::*part, int rounds, unsigned seed,
               std::array<int, 3>& seen) {
  std::mt19937 random{seed};
  for (int round = 0; round < rounds; ++round) {
    journal_image image = good;
    auto& bytes = image.*part;
    const std::size_t at = random() % bytes.size();
    const auto bit = static_cast<char>(1U << (random() % 8));
    bytes[at] = static_cast<char>(bytes[at] ^ bit);
    CAPTURE(at);
    CAPTURE(int{bit});
    ++seen[static_cast<std::size_t>(check_damaged(image))];
  }
}

}  // namespace

TEST_CASE("a cleanly closed journal with a flipped bit opens whole or is refused") {
  const auto good = closed_cleanly();
  REQUIRE(good.log.empty());
  CHECK(check_damaged(good) == outcome::whole);
  std::array<int, 3> seen{};
  flip_bits(good, &journal_image::main, 2000, 1, seen);
  MESSAGE("whole " << seen[0] << ", prefix " << seen[1] << ", refused " << seen[2]);
  CHECK(seen[0] > 0);
  CHECK(seen[1] == 0);
  CHECK(seen[2] > 0);
}

TEST_CASE("a journal whose node died, with a flipped bit, opens to a verified prefix or is refused") {
  const auto good = still_open();
  REQUIRE_FALSE(good.log.empty());
  CHECK(check_damaged(good) == outcome::whole);
  std::array<int, 3> seen{};
  flip_bits(good, &journal_image::log, 1000, 2, seen);
  flip_bits(good, &journal_image::main, 500, 3, seen);
  MESSAGE("whole " << seen[0] << ", prefix " << seen[1] << ", refused " << seen[2]);
  CHECK(seen[1] > 0);
}

TEST_CASE("a cleanly closed journal cut short is refused") {
  const auto good = closed_cleanly();
  int refused = 0;
  for (std::size_t size = 0; size < good.main.size(); size += 97) {
    CAPTURE(size);
    const auto seen = check_damaged({good.main.substr(0, size), {}});
    CHECK(seen != outcome::prefix);
    refused += seen == outcome::refused ? 1 : 0;
  }
  CHECK(refused > 0);
}

TEST_CASE("a write-ahead log cut short opens to a verified prefix") {
  const auto good = still_open();
  std::array<int, 3> seen{};
  for (std::size_t size = 0; size <= good.log.size(); size += 1031) {
    CAPTURE(size);
    ++seen[static_cast<std::size_t>(check_damaged({good.main, good.log.substr(0, size)}))];
  }
  CHECK(seen[1] > 0);
  CHECK(seen[2] == 0);
}

TEST_CASE("an edited, a removed, a swapped and an added record are each named") {
  const test::temp_dir dir{test::temp_place::memory};
  const auto file = dir.path() / "j.db";
  const auto good = closed_cleanly().main;
  const auto error_after = [&](const char* sql) {
    test::write_bytes(file, good);
    test::tamper(file, "DELETE FROM snapshots");
    test::tamper(file, sql);
    sqlite_journal j{test::journal_at(file)};
    return test::try_open(j).first.error;
  };
  CHECK(error_after("UPDATE events SET payload = '{}' WHERE seq = 17").find("j.db: record 17: its checksum") !=
        std::string::npos);
  CHECK(error_after("UPDATE events SET epoch = 2 WHERE seq = 18").find(": record 18: ") != std::string::npos);
  CHECK(error_after("DELETE FROM events WHERE seq = 19").find(": record 19: it is missing") != std::string::npos);
  CHECK(error_after("DELETE FROM events WHERE seq > 200").find(": record 201: it is missing") != std::string::npos);
  CHECK(error_after("DELETE FROM events").find(": record 1: it is missing") != std::string::npos);
  CHECK(error_after("UPDATE events SET payload = (SELECT payload FROM events e WHERE e.seq = 31) WHERE seq = 30")
            .find(": record 30: ") != std::string::npos);
  CHECK(error_after("INSERT INTO events VALUES(241, 1, 'x', 0)").find(": record 241: ") != std::string::npos);
  CHECK(error_after("UPDATE meta SET epoch = 0").find(": header: its checksum") != std::string::npos);
  CHECK(error_after("DELETE FROM meta").find(": header: its row is missing") != std::string::npos);
  CHECK(error_after("DROP TABLE events").find("no such table: events") != std::string::npos);
  CHECK(error_after("SELECT 1").empty());
}

TEST_CASE("a record damaged while the journal is open fails the read that meets it, and no other") {
  const test::temp_dir dir{test::temp_place::memory};
  const auto file = dir.path() / "j.db";
  sqlite_journal j{test::journal_at(file)};
  fill(j);
  test::tamper(file, "UPDATE events SET payload = 'lie' WHERE seq = 50");
  const auto [status, found] = test::read(j, 40, 20);
  CHECK(status.error.find(": record 50: its checksum") != std::string::npos);
  CHECK(found.empty());
  CHECK(test::read(j, 1, 49).second == records(1, 49));
  CHECK(test::read(j, 51, 10).second == records(51, 60));
}

TEST_CASE("a snapshot passed over as damaged is told in the ops facts") {
  const test::temp_dir dir{test::temp_place::memory};
  const auto file = dir.path() / "j.db";
  test::write_bytes(file, closed_cleanly().main);
  test::tamper(file, "UPDATE snapshots SET body = 'lie' WHERE id = (SELECT max(id) FROM snapshots)");
  {
    sqlite_journal j{test::journal_at(file)};
    CHECK(test::open(j).snapshot);
  }
  std::string told;
  const auto status = journal_reader{file}.for_each_ops([&](std::string_view payload) {
    told += payload;
    return true;
  });
  CHECK_MESSAGE(status.ok(), status.error);
  CHECK(told.find("journal.snapshot_damaged") != std::string::npos);
  CHECK(told.find("its checksum does not match") != std::string::npos);
}

}  // namespace bulkhead
