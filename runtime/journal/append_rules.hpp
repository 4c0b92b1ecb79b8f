#pragma once
// What every backend refuses, in the same words.
#include "runtime/ports/journal.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bulkhead {

/// Snapshots that a journal keeps.
inline constexpr std::size_t snapshots_kept = 3;

/// Where a journal stands.
struct journal_position {
  std::uint64_t epoch = 0;  ///< of its owner
  std::uint64_t seq = 0;    ///< of its last record; 0: none
};

/// Ok, or why this batch must not be written. `where` begins the text: the file, or the name of the log.
[[nodiscard]] journal_status refuse_append(std::string_view where, journal_position now, std::uint64_t epoch,
                                           std::span<const journal_record> batch);
[[nodiscard]] journal_status refuse_snapshot(std::string_view where, journal_position now, std::uint64_t epoch,
                                             const journal_snapshot& snapshot);
/// Ok, or why an owner that held epoch `mine` before (0: never any) must not take the journal again.
[[nodiscard]] journal_status refuse_reopen(std::string_view where, journal_position now, std::uint64_t mine);
[[nodiscard]] std::string refuse_unopened(std::string_view where);

}  // namespace bulkhead
