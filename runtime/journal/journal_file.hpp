#pragma once
// The owner's access to the SQLite file of one broker's journal, synchronous. Not thread-safe: the journal's writer
// thread owns it. Throws std::runtime_error whose text names file and record.
#include "runtime/domain/ids.hpp"
#include "runtime/journal/end_mark.hpp"
#include "runtime/journal/journal_rows.hpp"
#include "runtime/ports/journal.hpp"
#include "runtime/sqlite/database.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead {

class journal_file {
 public:
  /// Opens, or creates where there is no file; refuses the journal of another broker, and one that ends before what it
  /// has acknowledged (with sync_mode::full; else that becomes an ops fact of recover()).
  journal_file(const std::filesystem::path& file, const broker_id& broker, sqlite::sync_mode sync);

  /// One transaction: from its commit on, every earlier epoch is stale. `mine`: the epoch that this owner held before;
  /// 0: none. Refused, without effect, if somebody else took the journal since.
  [[nodiscard]] journal_status take_epoch(std::uint64_t mine);
  [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }
  /// Verified snapshot and tail, for the epoch taken last; fenced if somebody took the journal between the two calls.
  /// Damaged snapshots that were passed over become ops facts.
  [[nodiscard]] journal_status recover(journal_recovery& found);

  /// Adds to the open write transaction, beginning one if there is none. A refused batch left no trace;
  /// after an exception the whole transaction must be rolled back.
  [[nodiscard]] journal_status append(std::uint64_t epoch, const std::vector<journal_record>& batch);
  void append_ops(std::string_view payload);
  /// Makes the transaction durable. Nothing to do without one.
  void commit();
  void rollback() noexcept { db_->rollback(); }
  [[nodiscard]] bool in_transaction() const noexcept { return !db_->idle(); }

  /// A transaction of its own; only while none is open.
  [[nodiscard]] journal_status write_snapshot(std::uint64_t epoch, const journal_snapshot& snapshot);
  [[nodiscard]] std::vector<journal_record> read(std::uint64_t from_seq, std::size_t limit) const;

  /// Last record known to be durable.
  [[nodiscard]] std::uint64_t durable_seq() const noexcept { return durable_seq_; }

 private:
  void begin();
  void write_header();

  std::string lost_;  ///< records that may be gone with the power; empty: none
  std::unique_ptr<sqlite::database> db_;
  end_mark end_;
  sqlite::statement insert_event_;
  sqlite::statement insert_ops_;
  sqlite::statement update_header_;
  journal_header header_;    ///< as of the open transaction, its own appends included
  bool dirty_ = false;       ///< the open transaction moved the header
  std::uint64_t epoch_ = 0;  ///< taken last by this object; stamps ops facts
  std::uint64_t durable_seq_ = 0;
};

}  // namespace bulkhead
