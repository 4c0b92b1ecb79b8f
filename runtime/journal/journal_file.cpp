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
                                          sqlite::sync_mode sync) {
  create_journal(file, broker.str());
  auto db = connect_journal(file, sqlite::open_mode::existing);
  if (const auto owner = read_header(*db).broker; owner != broker.str()) {
    throw std::runtime_error(fmt::format("{}: this is the journal of broker \"{}\", not of \"{}\"; correct the path",
                                         file.string(), owner, broker.str()));
  }
  db->use_wal(sync);
  return db;
}

}  // namespace

journal_file::journal_file(const std::filesystem::path& file, const broker_id& broker, sqlite::sync_mode sync)
    : db_(connect(file, broker, sync)) {
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

std::uint64_t journal_file::take_epoch() {
  const transaction change{*db_, transaction::kind::write};
  header_ = read_header(*db_);
  ++header_.epoch;
  naming(*db_, "header", [&] {
    write_header();
    change.commit();
  });
  return epoch_ = header_.epoch;
}

journal_recovery journal_file::recover() {
  journal_recovery found;
  found.epoch = epoch_;
  std::vector<std::string> damaged;
  {
    const transaction view{*db_, transaction::kind::read};
    const auto header = read_header(*db_);
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
  for (const auto& what : damaged) {
    append_ops(nlohmann::json{{"type", "journal.snapshot_damaged"}, {"what", what}}.dump(
        -1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  commit();
  return found;
}

std::string journal_file::append(std::uint64_t epoch, const std::vector<journal_record>& batch) {
  if (!in_transaction()) begin();
  const journal_position now{header_.epoch, header_.head_seq};
  if (auto refusal = refuse_append(db_->file().string(), now, epoch, batch); !refusal.empty()) return refusal;
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
}

std::string journal_file::write_snapshot(std::uint64_t epoch, const journal_snapshot& snapshot) {
  const transaction change{*db_, transaction::kind::write};
  header_ = read_header(*db_);
  const journal_position now{header_.epoch, header_.head_seq};
  if (auto refusal = refuse_snapshot(db_->file().string(), now, epoch, snapshot); !refusal.empty()) return refusal;
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
