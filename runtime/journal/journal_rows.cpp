#include "runtime/journal/journal_rows.hpp"

#include "runtime/journal/crc32c.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::string_view advice =
    "stop the node; restore the file with its -wal from a backup, or move both aside to start an empty journal";

std::string snapshot_problem(const journal_header& header, std::uint64_t epoch, std::uint32_t chain,
                             std::uint64_t stored, const journal_snapshot& s) {
  if (stored != snapshot_checksum(epoch, chain, s)) return "its checksum does not match";
  if (s.seq > header.head_seq) return fmt::format("it is ahead of the journal's end, record {}", header.head_seq);
  if (s.seq == header.head_seq && chain != header.head_crc) return "it does not fit the record it follows";
  return {};
}

}  // namespace

void fail_damaged(const sqlite::database& db, std::string_view record, std::string_view what) {
  throw journal_damage(SQLITE_CORRUPT, fmt::format("{}: {}: {}; {}", db.file().string(), record, what, advice));
}

void fail_at(const sqlite::database& db, std::string_view record, const sqlite::error& e) {
  // SQLITE_ERROR: the statements are ours and right, so the schema in the file is not.
  if (e.damaged() || e.code() == SQLITE_ERROR) fail_damaged(db, record, e.what());
  throw sqlite::error(e.code(), fmt::format("{}: {}: {}", db.file().string(), record, e.what()));
}

std::string record_name(std::uint64_t seq) { return fmt::format("record {}", seq); }

std::uint32_t journal_header::checksum() const {
  return crc32c_fields{}.add(broker).add(epoch).add(head_seq).add(std::uint64_t{head_crc}).value();
}

std::uint32_t chain_link(std::uint32_t previous, std::uint64_t seq, std::uint64_t epoch, std::string_view payload) {
  return crc32c_fields{}.add(std::uint64_t{previous}).add(seq).add(epoch).add(payload).value();
}

std::uint32_t snapshot_checksum(std::uint64_t epoch, std::uint32_t chain, const journal_snapshot& s) {
  return crc32c_fields{}
      .add(epoch)
      .add(std::uint64_t{chain})
      .add(s.seq)
      .add(s.feed_seq)
      .add(std::uint64_t{s.schema})
      .add(s.body)
      .value();
}

journal_header read_header(const sqlite::database& db) {
  return naming(db, "header", [&] {
    sqlite::statement row{db, "SELECT broker, epoch, head_seq, head_crc, crc FROM meta WHERE id = 1"};
    if (!row.step()) fail_damaged(db, "header", "its row is missing");
    journal_header header{std::string{row.bytes(0)}, row.number(1), row.number(2),
                          static_cast<std::uint32_t>(row.number(3))};
    if (row.number(4) != header.checksum()) fail_damaged(db, "header", "its checksum does not match");
    return header;
  });
}

std::string lost_end(const sqlite::database& db, const journal_header& header, const std::optional<end_noted>& noted) {
  if (!noted || noted->seq <= header.head_seq) return {};
  return fmt::format("it is missing: the journal ends before it, and was acknowledged up to record {} ({})", noted->seq,
                     end_mark::path_of(db.file()).string());
}

void require_end(const sqlite::database& db, const journal_header& header, const std::optional<end_noted>& noted) {
  const std::string lost = lost_end(db, header, noted);
  if (lost.empty() || !noted->is_synced) return;
  fail_damaged(
      db, record_name(header.head_seq + 1),
      fmt::format("{}; its write-ahead log is damaged, cut short or gone. To go on without these records, whose "
                  "orders may be at the broker, remove that note",
                  lost));
}

void scan_snapshots(const sqlite::database& db, const journal_header& header, std::vector<std::string>& damaged,
                    const std::function<bool(verified_snapshot)>& fn) {
  try {
    sqlite::statement rows{db,
                           "SELECT id, epoch, seq, feed_seq, schema, chain, body, crc FROM snapshots ORDER BY id DESC"};
    while (rows.step()) {
      const auto id = rows.number(0);
      const auto chain = static_cast<std::uint32_t>(rows.number(5));
      journal_snapshot s{rows.number(2), rows.number(3), static_cast<std::uint32_t>(rows.number(4)),
                         std::string{rows.bytes(6)}};
      const auto problem = snapshot_problem(header, rows.number(1), chain, rows.number(7), s);
      if (!problem.empty()) {
        damaged.push_back(fmt::format("{}: snapshot {}: {}", db.file().string(), id, problem));
      } else if (!fn({std::move(s), chain})) {
        return;
      }
    }
  } catch (const sqlite::error& e) {
    // The rows behind a torn page are out of reach; the records are the truth and do not need them.
    if (!e.damaged() && e.code() != SQLITE_ERROR) throw;
    damaged.push_back(fmt::format("{}: snapshots: {}", db.file().string(), e.what()));
  }
}

std::optional<verified_snapshot> newest_snapshot(const sqlite::database& db, const journal_header& header,
                                                 std::vector<std::string>& damaged) {
  std::optional<verified_snapshot> newest;
  scan_snapshots(db, header, damaged, [&](verified_snapshot s) {
    newest = std::move(s);
    return false;
  });
  return newest;
}

chain_start start_before(const sqlite::database& db, std::uint64_t from_seq) {
  if (from_seq <= 1) return {};
  const std::uint64_t before = from_seq - 1;
  return naming(db, record_name(before), [&] {
    sqlite::statement row{db, "SELECT crc FROM events WHERE seq = ?"};
    row.bind(1, before);
    if (!row.step()) fail_damaged(db, record_name(before), "it is missing");
    return chain_start{before, static_cast<std::uint32_t>(row.number(0))};
  });
}

void scan_records(const sqlite::database& db, const journal_header& header, chain_start start, std::uint64_t until,
                  const std::function<bool(journal_record)>& fn) {
  std::uint64_t seq = start.seq;
  std::uint32_t link = start.crc;
  bool stopped = false;
  try {
    sqlite::statement rows{db, "SELECT seq, epoch, payload, crc FROM events WHERE seq > ? ORDER BY seq"};
    rows.bind(1, start.seq);
    while (!stopped && seq < until && rows.step()) {
      const std::uint64_t expected = seq + 1;
      if (expected > header.head_seq) fail_damaged(db, record_name(rows.number(0)), "it lies behind the journal's end");
      if (rows.number(0) != expected) fail_damaged(db, record_name(expected), "it is missing");
      const auto payload = rows.bytes(2);
      link = chain_link(link, expected, rows.number(1), payload);
      if (rows.number(3) != link) fail_damaged(db, record_name(expected), "its checksum does not match");
      seq = expected;
      stopped = !fn(journal_record{seq, std::string{payload}});
    }
  } catch (const journal_damage&) {
    throw;
  } catch (const sqlite::error& e) {
    fail_at(db, record_name(seq + 1), e);
  }
  if (stopped) return;
  if (seq < std::min(until, header.head_seq)) fail_damaged(db, record_name(seq + 1), "it is missing");
  if (seq == header.head_seq && link != header.head_crc) {
    fail_damaged(db, record_name(seq), "it is not the end that the header knows");
  }
}

void scan_ops(const sqlite::database& db, const std::function<bool(std::string_view payload)>& fn) {
  naming(db, "ops", [&] {
    sqlite::statement rows{db, "SELECT payload FROM ops ORDER BY id"};
    while (rows.step() && fn(rows.bytes(0))) {
    }
  });
}

}  // namespace bulkhead
