// Making a journal's file, and telling one from any other file.
#include "runtime/journal/journal_rows.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace bulkhead {
namespace {

constexpr std::uint64_t application_id = 0x42484a31;  // "BHJ1"
constexpr std::uint64_t format_version = 1;

constexpr const char* tables = R"sql(
CREATE TABLE meta(id INTEGER PRIMARY KEY, broker, epoch INTEGER, head_seq INTEGER, head_crc INTEGER, crc INTEGER);
CREATE TABLE events(seq INTEGER PRIMARY KEY, epoch INTEGER, payload BLOB, crc INTEGER);
CREATE TABLE snapshots(id INTEGER PRIMARY KEY, epoch INTEGER, seq INTEGER, feed_seq INTEGER, schema INTEGER,
                       chain INTEGER, body BLOB, crc INTEGER);
CREATE TABLE ops(id INTEGER PRIMARY KEY, epoch INTEGER, payload BLOB);
)sql";

void sync_path(const std::filesystem::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int cause = errno;
  if (fd >= 0) ::close(fd);
  if (!synced) throw std::runtime_error(fmt::format("{}: sync: {}", path.string(), std::strerror(cause)));
}

void write_tables(const std::filesystem::path& file, std::string_view broker) {
  const sqlite::database db{file, sqlite::open_mode::create};
  db.exec("PRAGMA synchronous=FULL");
  const sqlite::transaction change{db, sqlite::transaction::kind::write};
  db.exec(fmt::format("PRAGMA application_id={}; PRAGMA user_version={}", application_id, format_version).c_str());
  db.exec(tables);
  const journal_header empty{std::string{broker}};
  sqlite::statement{db, "INSERT INTO meta VALUES(1, ?, 0, 0, 0, ?)"}
      .bind(1, empty.broker)
      .bind(2, std::uint64_t{empty.checksum()})
      .run();
  change.commit();
}

// As write-ahead log from the start: two first owners must not race to switch the mode.
void write_draft(const std::filesystem::path& file, std::string_view broker) {
  write_tables(file, broker);
  sqlite::database{file, sqlite::open_mode::existing}.use_wal(sqlite::sync_mode::full);
  sync_path(file, O_RDONLY);
}

std::filesystem::path directory_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
}

void check_place(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(directory_of(file), ignored)) {
    throw std::runtime_error(
        fmt::format("{}: its directory {} does not exist or is no directory; create it or correct "
                    "the data directory",
                    file.string(), directory_of(file).string()));
  }
  // The log first: another owner may make both just now, and makes the file before its log.
  if (std::filesystem::exists(file.string() + "-wal", ignored) && !std::filesystem::exists(file, ignored)) {
    throw std::runtime_error(fmt::format(
        "{}: header: the file is missing but its write-ahead log {}-wal is there and may hold records; restore the "
        "file, or move the log aside to start an empty journal",
        file.string(), file.string()));
  }
}

}  // namespace

void create_journal(const std::filesystem::path& file, std::string_view broker) {
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) return;
  check_place(file);
  static std::atomic<unsigned> attempt{0};
  const std::filesystem::path draft = fmt::format("{}.new-{}-{}", file.string(), ::getpid(), ++attempt);
  std::filesystem::remove(draft, ignored);
  write_draft(draft, broker);
  const bool linked = ::link(draft.c_str(), file.c_str()) == 0;
  const int cause = errno;
  std::filesystem::remove(draft, ignored);
  // EEXIST: another owner made it first; theirs is as good.
  if (!linked && cause != EEXIST) {
    throw std::runtime_error(fmt::format("{}: create: {}", file.string(), std::strerror(cause)));
  }
  // A new name is durable only once its directory is.
  sync_path(directory_of(file), O_RDONLY | O_DIRECTORY);
}

std::unique_ptr<sqlite::database> connect_journal(const std::filesystem::path& file, sqlite::open_mode mode) {
  auto db = std::make_unique<sqlite::database>(file, mode);
  const bool ours = naming(*db, "header", [&] {
    return db->ask("PRAGMA application_id") == application_id && db->ask("PRAGMA user_version") == format_version;
  });
  if (ours) return db;
  throw journal_damage(
      SQLITE_NOTADB, fmt::format("{}: header: this is no journal of format {}; give the path of a journal, or restore "
                                 "the file from a backup",
                                 file.string(), format_version));
}

}  // namespace bulkhead
