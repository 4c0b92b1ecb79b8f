#pragma once
// SQLite behind RAII: a connection, its statements, a transaction. Not thread-safe: one owner at a time. Every failure
// is a sqlite::error whose text begins with the file.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <sqlite3.h>

namespace bulkhead::sqlite {

class error : public std::runtime_error {
 public:
  error(int code, const std::string& text) : std::runtime_error(text), code_(code) {}
  /// Primary result code, e.g. SQLITE_CORRUPT.
  [[nodiscard]] int code() const noexcept { return code_ & 0xff; }
  /// The content of the file is damaged; it is not a matter of locks, space or permissions.
  [[nodiscard]] bool damaged() const noexcept { return code() == SQLITE_CORRUPT || code() == SQLITE_NOTADB; }

 private:
  int code_;
};

enum class open_mode : std::uint8_t { read_only, existing, create };
/// full: a commit survives power loss. normal: it survives the death of the process; the last ones may be lost with the
/// power. https://www.sqlite.org/pragma.html#pragma_synchronous
enum class sync_mode : std::uint8_t { full, normal };

class database;

class statement {
 public:
  statement() = default;
  statement(const database& db, std::string_view sql);

  /// Unsigned numbers keep their bits in SQLite's signed 64-bit integers.
  statement& bind(int index, std::uint64_t value);
  /// As a blob, not copied: must outlive the next reset.
  statement& bind(int index, std::string_view bytes);
  /// True: a row is there to read. False: done.
  bool step();
  void reset() noexcept { sqlite3_reset(handle_.get()); }
  /// Steps to the end and resets, also when it fails.
  void run();
  [[nodiscard]] std::uint64_t number(int column);
  /// Valid until the next step or reset.
  [[nodiscard]] std::string_view bytes(int column);

 private:
  struct finalize {
    void operator()(sqlite3_stmt* s) const noexcept { sqlite3_finalize(s); }
  };
  const database* db_ = nullptr;
  std::unique_ptr<sqlite3_stmt, finalize> handle_;
};

/// Statements refer to it: it neither moves nor copies.
class database {
 public:
  /// Waits up to `busy_ms` for another connection's lock in every later call.
  database(std::filesystem::path file, open_mode mode, int busy_ms = 5000);
  ~database() = default;
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  void exec(const char* sql) const;
  /// The one number that a query or pragma answers.
  [[nodiscard]] std::uint64_t ask(std::string_view sql) const;
  /// WAL with this durability; fails where the file system cannot do WAL.
  void use_wal(sync_mode sync) const;
  /// False while a transaction is open.
  [[nodiscard]] bool idle() const noexcept { return sqlite3_get_autocommit(handle_.get()) != 0; }
  void rollback() const noexcept;

  [[noreturn]] void fail(int code, std::string_view doing) const;
  [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }
  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }

 private:
  struct close {
    void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
  };
  std::filesystem::path file_;
  int busy_ms_;  ///< read by the handle's busy handler
  std::unique_ptr<sqlite3, close> handle_;
};

/// Rolled back unless committed.
class transaction {
 public:
  enum class kind : std::uint8_t { read, write };
  transaction(const database& db, kind k) : db_(&db) { db.exec(k == kind::write ? "BEGIN IMMEDIATE" : "BEGIN"); }
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  ~transaction() { db_->rollback(); }
  void commit() const { db_->exec("COMMIT"); }

 private:
  const database* db_;
};

}  // namespace bulkhead::sqlite
