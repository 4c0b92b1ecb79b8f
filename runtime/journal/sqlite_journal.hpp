#pragma once
// The embedded journal: one SQLite file per broker, one thread per journal. Everything queued is written in one
// transaction with one sync, then answered in order, on the journal's thread.
#include "runtime/domain/ids.hpp"
#include "runtime/ports/journal.hpp"
#include "runtime/sqlite/database.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace bulkhead {

struct sqlite_journal_settings {
  std::filesystem::path file;  ///< its directory must exist; the file is made by the first open()
  broker_id broker;            ///< the file is refused if it is another's; failpoints are "{broker}.journal.*"
  sqlite::sync_mode sync = sqlite::sync_mode::full;
  std::size_t queue_records = 65536;      ///< records waiting for the disk, at most; any other call counts as one
  std::chrono::milliseconds drain{5000};  ///< on destruction: time to write what is queued; the rest is refused
};

/// Any thread may call. Every call is answered exactly once (append_ops never). A call beyond the queue's bound is
/// refused inline, on the caller's thread, with durable_seq 0; all other answers come on the journal's thread, in the
/// order of the calls. A failed append says nothing was acknowledged; after a failed commit, open() tells what is
/// there. Callbacks must not throw; they may call the journal, and may drop it.
class sqlite_journal final : public journal {
 public:
  /// Touches no file: open() reports what is wrong with it.
  explicit sqlite_journal(sqlite_journal_settings settings);
  sqlite_journal(const sqlite_journal&) = delete;
  sqlite_journal& operator=(const sqlite_journal&) = delete;
  ~sqlite_journal() override;

  void open(recovered_fn done) override;
  void append(std::uint64_t epoch, std::vector<journal_record> batch, durable_fn done) override;
  void write_snapshot(std::uint64_t epoch, journal_snapshot snapshot, done_fn done) override;
  void read(std::uint64_t from_seq, std::size_t limit, records_fn done) override;
  void append_ops(std::string payload) override;

  /// Facts of append_ops() that were shed: the queue was full, too many came before the journal was open, or the
  /// disk failed.
  [[nodiscard]] std::uint64_t ops_dropped() const noexcept override;

 private:
  class queue;
  std::unique_ptr<queue> queue_;
};

}  // namespace bulkhead
