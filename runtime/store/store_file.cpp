#include "runtime/store/store_file.hpp"

#include <system_error>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::uint64_t application_id = 0x42485331;  // "BHS1"

void create_tables(const sqlite::database& db, const broker_id& broker) {
  const sqlite::transaction change{db, sqlite::transaction::kind::write};
  if (db.ask("SELECT count(*) FROM sqlite_master") != 0) return;
  db.exec(fmt::format("PRAGMA application_id={}", application_id).c_str());
  db.exec(
      "CREATE TABLE meta(id INTEGER PRIMARY KEY, broker, projected_seq INTEGER);"
      "CREATE TABLE views(key BLOB, field BLOB, value BLOB, PRIMARY KEY(key, field)) WITHOUT ROWID");
  sqlite::statement{db, "INSERT INTO meta VALUES(1, ?, 0)"}.bind(1, broker.str()).run();
  change.commit();
}

void check_intact(const sqlite::database& db) {
  sqlite::statement check{db, "PRAGMA quick_check(1)"};
  if (check.step() && check.bytes(0) == "ok") return;
  throw sqlite::error(SQLITE_CORRUPT, fmt::format("{}: {}", db.file().string(), check.bytes(0)));
}

void check_identity(const sqlite::database& db, const broker_id& broker) {
  if (db.ask("PRAGMA application_id") != application_id) {
    throw std::runtime_error(
        fmt::format("{}: this file is no state store; correct the path, nothing was changed", db.file().string()));
  }
  sqlite::statement row{db, "SELECT broker FROM meta WHERE id = 1"};
  if (!row.step()) throw sqlite::error(SQLITE_CORRUPT, fmt::format("{}: its header is missing", db.file().string()));
  if (row.bytes(0) == broker.str()) return;
  throw std::runtime_error(fmt::format("{}: this is the state store of broker \"{}\", not of \"{}\"; correct the path",
                                       db.file().string(), row.bytes(0), broker.str()));
}

}  // namespace

store_file::store_file(const std::filesystem::path& file, const broker_id& broker)
    : db_(file, sqlite::open_mode::create) {
  if (db_.ask("SELECT count(*) FROM sqlite_master") == 0) create_tables(db_, broker);
  check_identity(db_, broker);
  check_intact(db_);
  // Losing the last views with the power is harmless: they are projected again.
  db_.use_wal(sqlite::sync_mode::normal);
  upsert_ = {db_, "INSERT INTO views VALUES(?, ?, ?) ON CONFLICT(key, field) DO UPDATE SET value = excluded.value"};
  set_projected_ = {db_, "UPDATE meta SET projected_seq = ? WHERE id = 1"};
}

void store_file::begin() {
  if (!in_transaction()) db_.exec("BEGIN IMMEDIATE");
}

void store_file::set_projected(std::uint64_t seq) { set_projected_.bind(1, seq).run(); }

void store_file::project(std::uint64_t projected_seq, const std::vector<view_update>& updates) {
  begin();
  for (const auto& update : updates) {
    for (const auto& [field, value] : update.fields) {
      upsert_.bind(1, update.key).bind(2, field).bind(3, value).run();
    }
  }
  set_projected(projected_seq);
}

void store_file::clear() {
  begin();
  db_.exec("DELETE FROM views");
  set_projected(0);
}

void store_file::commit() {
  if (in_transaction()) db_.exec("COMMIT");
}

std::uint64_t store_file::projected() const { return db_.ask("SELECT projected_seq FROM meta WHERE id = 1"); }

std::map<std::string, std::string> store_file::get(const std::string& key) const {
  std::map<std::string, std::string> found;
  sqlite::statement rows{db_, "SELECT field, value FROM views WHERE key = ?"};
  rows.bind(1, key);
  while (rows.step()) found.emplace(rows.bytes(0), rows.bytes(1));
  return found;
}

std::filesystem::path move_aside(const std::filesystem::path& file) {
  const std::filesystem::path aside = file.string() + ".damaged";
  std::filesystem::rename(file, aside);
  // The log belongs to the damaged file: left under its name, it would be applied to the new one.
  for (const char* suffix : {"-wal", "-shm"}) {
    std::error_code ignored;
    std::filesystem::remove(aside.string() + suffix, ignored);
    std::filesystem::rename(file.string() + suffix, aside.string() + suffix, ignored);
  }
  return aside;
}

}  // namespace bulkhead
