#pragma once
// Reads a journal's SQLite file for offline commands, also while a node runs. Takes no epoch, changes nothing. One
// thread. A long read holds the node's write-ahead log from being emptied: it grows meanwhile, nothing waits.
#include "runtime/journal/journal_rows.hpp"
#include "runtime/ports/journal.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

namespace bulkhead {

class journal_reader {
 public:
  explicit journal_reader(std::filesystem::path file) : file_(std::move(file)) {}

  /// Broker, epoch and end, as of one instant.
  [[nodiscard]] journal_status header(journal_header& found) const;
  /// Every verified record from `from_seq` on, in order, as of one instant, until `fn` returns false. On damage: the
  /// error names file and record, and the records before it have been given.
  [[nodiscard]] journal_status for_each(std::uint64_t from_seq,
                                        const std::function<bool(const journal_record&)>& fn) const;
  /// Every snapshot that recovery could use, the newest first. The error names those whose checksum does not hold.
  [[nodiscard]] journal_status snapshots(std::vector<journal_snapshot>& found) const;
  /// The facts of append_ops(), in order.
  [[nodiscard]] journal_status for_each_ops(const std::function<bool(std::string_view payload)>& fn) const;

 private:
  [[nodiscard]] journal_status with_file(const std::function<void(const sqlite::database&)>& work) const;

  std::filesystem::path file_;
};

}  // namespace bulkhead
