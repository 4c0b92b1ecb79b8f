#pragma once
// The newest records of a journal, kept in memory within a bound, so that readers behind a writer need no server.
#include "runtime/ports/journal.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace bulkhead {

class recent_records {
 public:
  /// The next record, or one that begins anew.
  void add(journal_record r);
  void clear();
  /// Whether it holds this one.
  [[nodiscard]] bool has(std::uint64_t seq) const;
  /// Up to `limit` from there on; only where has(from).
  [[nodiscard]] std::vector<journal_record> from(std::uint64_t seq, std::size_t limit) const;
  [[nodiscard]] std::uint64_t last() const { return kept_.empty() ? 0 : kept_.back().seq; }

 private:
  static constexpr std::size_t most_records = 16'384;
  static constexpr std::size_t most_bytes = 16 << 20;
  std::deque<journal_record> kept_;
  std::size_t bytes_ = 0;
};

}  // namespace bulkhead
