#pragma once
// A note beside a journal's file, "<file>-end", of how far it has acknowledged. SQLite takes a damaged write-ahead log
// for one that ends before the damage and opens the older state without a word; the note tells. It is written after the
// commit and never synced: it lags behind the truth or equals it, and costs one write() to the page cache. Without the
// note, or with one that cannot be read, nothing is known and nothing refused.
#include "runtime/sqlite/database.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace bulkhead {

struct end_noted {
  std::uint64_t seq = 0;  ///< a record with this seq was acknowledged
  /// It was on the disk. Else only with the operating system, and may be gone with the power.
  bool is_synced = false;
};

class end_mark {
 public:
  /// Best effort: where the note cannot be kept, it is gone, so that it never claims what is over.
  explicit end_mark(const std::filesystem::path& journal_file, sqlite::sync_mode sync);
  ~end_mark();
  end_mark(const end_mark&) = delete;
  end_mark& operator=(const end_mark&) = delete;

  void note(std::uint64_t seq) noexcept;

  /// Read it before the journal's own end: a writer may be at work.
  [[nodiscard]] static std::optional<end_noted> read(const std::filesystem::path& journal_file);
  [[nodiscard]] static std::filesystem::path path_of(const std::filesystem::path& journal_file);

 private:
  int fd_ = -1;
  bool is_synced_;
};

}  // namespace bulkhead
