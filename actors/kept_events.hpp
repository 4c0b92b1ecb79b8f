#pragma once
// What the bridges of one broker handed to the journal since its last cut, as events: a bridge that restarts in this
// process takes them from here where the journal returns the very same text, and need not parse it. The journal stays
// the truth: a record of another text, or none, is decoded. Outlives every incarnation; a revoked one may still call
// while the next one does. Thread-safe.
#include "runtime/domain/events.hpp"
#include "runtime/ports/journal.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace bulkhead::actors {

class kept_events {
 public:
  /// `batch` holds the events' texts, in order.
  void add(const event_list& events, const std::vector<journal_record>& batch);
  /// The event that was handed over as exactly this record.
  [[nodiscard]] std::optional<event> find(const journal_record& record) const;
  /// A cut holds everything up to here.
  void forget(std::uint64_t up_to_seq);

 private:
  struct kept_batch {
    event_list events;
    std::vector<std::size_t> hashes;  ///< of the texts
  };
  static constexpr std::size_t most_events = 65'536;  ///< the oldest go: they are decoded then

  mutable std::mutex guard_;
  std::deque<kept_batch> batches_;  ///< by seq
  std::size_t count_ = 0;
};

}  // namespace bulkhead::actors
