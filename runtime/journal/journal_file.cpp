#include "runtime/journal/journal_file.hpp"

#include "runtime/journal/append_rules.hpp"

#include <limits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead {
namespace {

using sqlite::transaction;
constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();

std::unique_ptr<sqlite::database> connect(const std::filesystem::path& file, const broker_id& broker,
                                          sqlite::sync_mode sync, std::string& lost) {
  const auto noted = end_mark::read(file);
  create_journal(file, broker.str());
  auto db = connect_journal(file, sqlite::open_mode::existing);
  const auto header = read_header(*db);
  if (header.broker != broker.str()) {
    throw std::runtime_error(fmt::format("{}: this is the journal of broker \"{}\", not of \"{}\"; correct the path",
                                         file.string(), header.broker, broker.str()));
  }
  // What a refusal speaks of must still be there for whoever repairs it: closing must not empty the log.
  sqlite3_db_config(db->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  require_end(*db, header, noted);
  sqlite3_db_config(db->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  if (lost = lost_end(*db, header, noted); !lost.empty()) lost = record_name(header.head_seq + 1) + ": " + lost;
  db->use_wal(sync);
  return db;
}

}  // namespace

journal_file::journal_file(const std::filesystem::path& file, const broker_id& broker, sqlite::sync_mode sync)
    : db_(connect(file, broker, sync, lost_)), end_(file, sync) {
  naming(*db_, "header", [&] {
    insert_event_ = {*db_, "INSERT INTO events VALUES(?, ?, ?, ?)"};
    insert_ops_ = {*db_, "INSERT INTO ops(epoch, payload) VALUES(?, ?)"};
    update_header_ = {*db_, "UPDATE meta SET epoch = ?, head_seq = ?, head_crc = ?, crc = ? WHERE id = 1"};
  });
}

void journal_file::begin() {
  db_->exec("BEGIN IMMEDIATE");
  header_ = read_header(*db_);
  dirty_ = false;
}

void journal_file::write_header() {
  update_header_.bind(1, header_.epoch)
      .bind(2, header_.head_seq)
      .bind(3, std::uint64_t{header_.head_crc})
      .bind(4, std::uint64_t{header_.checksum()})
      .run();
}

journal_status journal_file::take_epoch(std::uint64_t mine) {
  const transaction change{*db_, transaction::kind::write};
  header_ = read_header(*db_);
  epoch_ = mine;  // a fenced owner's last ops facts stay under its own epoch
  if (auto fenced = refuse_reopen(db_->file().string(), {header_.epoch, header_.head_seq}, mine); !fenced.ok()) {
    return fenced;
  }
  ++header_.epoch;
  naming(*db_, "header", [&] {
    write_header();
    change.commit();
  });
  epoch_ = header_.epoch;
  return {};
}

journal_status journal_file::recover(journal_recovery& found) {
  found = {};
  found.epoch = epoch_;
  std::vector<std::string> damaged;
  {
    const transaction view{*db_, transaction::kind::read};
    const auto header = read_header(*db_);
    // Whoever took it since may have written: that is not the past of this epoch.
    const journal_position now{header.epoch, header.head_seq};
    if (auto fenced = refuse_reopen(db_->file().string(), now, epoch_); !fenced.ok()) return fenced;
    chain_start start;
    if (auto kept = newest_snapshot(*db_, header, damaged)) {
      start = {kept->snapshot.seq, kept->chain};
      found.snapshot = std::move(kept->snapshot);
    }
    scan_records(*db_, header, start, no_limit, [&](journal_record record) {
      found.tail.push_back(std::move(record));
      return true;
    });
    durable_seq_ = header.head_seq;
  }
  const auto tell = [this](const char* type, const std::string& what) {
    append_ops(
        nlohmann::json{{"type", type}, {"what", what}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  };
  for (const auto& what : damaged) tell("journal.snapshot_damaged", what);
  if (!lost_.empty()) tell("journal.records_lost", std::exchange(lost_, {}));
  commit();
  end_.note(durable_seq_);
  return {};
}

journal_status journal_file::append(std::uint64_t epoch, const std::vector<journal_record>& batch) {
  if (!in_transaction()) begin();
  const journal_position now{header_.epoch, header_.head_seq};
  if (auto refusal = refuse_append(db_->file().string(), now, epoch, batch); !refusal.ok()) return refusal;
  for (const auto& record : batch) {
    header_.head_crc = chain_link(header_.head_crc, record.seq, epoch, record.payload);
    header_.head_seq = record.seq;
    dirty_ = true;
    naming(*db_, record_name(record.seq), [&] {
      insert_event_.bind(1, record.seq)
          .bind(2, epoch)
          .bind(3, record.payload)
          .bind(4, std::uint64_t{header_.head_crc})
          .run();
    });
  }
  return {};
}

void journal_file::append_ops(std::string_view payload) {
  if (!in_transaction()) begin();
  insert_ops_.bind(1, epoch_).bind(2, payload).run();
}

void journal_file::commit() {
  if (!in_transaction()) return;
  if (dirty_) write_header();
  db_->exec("COMMIT");
  durable_seq_ = header_.head_seq;
  if (dirty_) end_.note(durable_seq_);
}

journal_status journal_file::write_snapshot(std::uint64_t epoch, const journal_snapshot& snapshot) {
  const transaction change{*db_, transaction::kind::write};
  header_ = read_header(*db_);
  const journal_position now{header_.epoch, header_.head_seq};
  if (auto refusal = refuse_snapshot(db_->file().string(), now, epoch, snapshot); !refusal.ok()) return refusal;
  const auto chain = start_before(*db_, snapshot.seq + 1).crc;
  sqlite::statement{*db_,
                    "INSERT INTO snapshots(epoch, seq, feed_seq, schema, chain, body, crc) VALUES(?, ?, ?, ?, ?, ?, ?)"}
      .bind(1, epoch)
      .bind(2, snapshot.seq)
      .bind(3, snapshot.feed_seq)
      .bind(4, std::uint64_t{snapshot.schema})
      .bind(5, std::uint64_t{chain})
      .bind(6, snapshot.body)
      .bind(7, std::uint64_t{snapshot_checksum(epoch, chain, snapshot)})
      .run();
  sqlite::statement{*db_, "DELETE FROM snapshots WHERE id NOT IN (SELECT id FROM snapshots ORDER BY id DESC LIMIT ?)"}
      .bind(1, std::uint64_t{snapshots_kept})
      .run();
  change.commit();
  return {};
}

std::vector<journal_record> journal_file::read(std::uint64_t from_seq, std::size_t limit) const {
  std::vector<journal_record> found;
  const transaction view{*db_, transaction::kind::read};
  const auto header = read_header(*db_);
  const std::uint64_t first = from_seq == 0 ? 1 : from_seq;
  if (limit == 0 || first > header.head_seq) return found;
  const std::uint64_t room = no_limit - (first - 1);
  const std::uint64_t until = first - 1 + (limit < room ? std::uint64_t{limit} : room);
  scan_records(*db_, header, start_before(*db_, first), until, [&](journal_record record) {
    found.push_back(std::move(record));
    return true;
  });
  return found;
}

}  // namespace bulkhead
