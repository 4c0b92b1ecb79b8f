#include "runtime/sqlite/database.hpp"

#include <utility>

#include <fmt/format.h>

namespace bulkhead::sqlite {
namespace {

// What to do next, where the cause lies outside the file's content.
std::string_view hint(int code) {
  switch (code & 0xff) {
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return "; check the path, and the permissions of the file and of its directory";
    case SQLITE_FULL:
      return "; free space on its disk";
    case SQLITE_BUSY:
      return "; another process holds the file: stop it or wait for it";
    default:
      return "";
  }
}

}  // namespace

statement::statement(const database& db, std::string_view sql) : db_(&db) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(db.handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &raw, nullptr);
  handle_.reset(raw);
  if (code != SQLITE_OK) db.fail(code, "prepare");
}

statement& statement::bind(int index, std::uint64_t value) {
  const int code = sqlite3_bind_int64(handle_.get(), index, static_cast<sqlite3_int64>(value));
  if (code != SQLITE_OK) db_->fail(code, "bind");
  return *this;
}

statement& statement::bind(int index, std::string_view bytes) {
  // A null pointer would bind NULL instead of an empty blob.
  const char* data = bytes.empty() ? "" : bytes.data();
  const int code = sqlite3_bind_blob64(handle_.get(), index, data, bytes.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) db_->fail(code, "bind");
  return *this;
}

bool statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  db_->fail(code, "step");
}

void statement::run() {
  const struct at_exit {
    statement* self;
    ~at_exit() { self->reset(); }
  } resets{this};
  while (step()) {
  }
}

std::uint64_t statement::number(int column) {
  return static_cast<std::uint64_t>(sqlite3_column_int64(handle_.get(), column));
}

std::string_view statement::bytes(int column) {
  const void* data = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return data == nullptr ? std::string_view{} : std::string_view{static_cast<const char*>(data), std::size_t(size)};
}

namespace {

/// SQLite's own handler pauses up to 100 ms between two tries: an owner that writes without a pause then never lets
/// another in on a slow disk. Tries every millisecond instead.
int wait_for_lock(void* patience_ms, int tries) {
  if (tries >= *static_cast<const int*>(patience_ms)) return 0;
  sqlite3_sleep(1);
  return 1;
}

}  // namespace

database::database(std::filesystem::path file, open_mode mode, int busy_ms)
    : file_(std::move(file)), busy_ms_(busy_ms) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= mode == open_mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (mode == open_mode::create) flags |= SQLITE_OPEN_CREATE;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file_.c_str(), &raw, flags, nullptr);
  handle_.reset(raw);
  if (code != SQLITE_OK) fail(code, "open");
  sqlite3_busy_handler(raw, wait_for_lock, &busy_ms_);
  // Files are input: check pages before use, and let no schema run functions.
  exec("PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF");
}

void database::exec(const char* sql) const {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, sql);
}

std::uint64_t database::ask(std::string_view sql) const {
  statement query{*this, sql};
  if (!query.step()) throw error(SQLITE_CORRUPT, fmt::format("{}: {}: no answer", file_.string(), sql));
  return query.number(0);
}

void database::use_wal(sync_mode sync) const {
  statement query{*this, "PRAGMA journal_mode=WAL"};
  if (!query.step() || query.bytes(0) != "wal") {
    throw error(SQLITE_IOERR, fmt::format("{}: this file system cannot keep a write-ahead log; put the file on a "
                                          "local disk",
                                          file_.string()));
  }
  exec(sync == sync_mode::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
}

void database::rollback() const noexcept {
  if (!idle()) sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void database::fail(int code, std::string_view doing) const {
  const char* what = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
  throw error(code, fmt::format("{}: {}: {} (SQLite code {}){}", file_.string(), doing, what, code, hint(code)));
}

}  // namespace bulkhead::sqlite
