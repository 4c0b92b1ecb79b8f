#include "runtime/journal/append_rules.hpp"

#include <fmt/format.h>

namespace bulkhead {
namespace {

journal_status refuse_epoch(std::string_view where, journal_position now, std::uint64_t epoch) {
  if (epoch == now.epoch) return {};
  return {fmt::format("{}: epoch {} given, epoch {} owns this journal; this owner is stale and must stop", where, epoch,
                      now.epoch),
          true};
}

}  // namespace

journal_status refuse_append(std::string_view where, journal_position now, std::uint64_t epoch,
                             std::span<const journal_record> batch) {
  if (auto stale = refuse_epoch(where, now, epoch); !stale.ok()) return stale;
  std::uint64_t expected = now.seq;
  for (const auto& record : batch) {
    if (record.seq == ++expected) continue;
    return {
        fmt::format("{}: record {} given where only record {} may follow; nothing of the batch was written; open "
                    "the journal again and continue from its end",
                    where, record.seq, expected)};
  }
  return {};
}

journal_status refuse_snapshot(std::string_view where, journal_position now, std::uint64_t epoch,
                               const journal_snapshot& snapshot) {
  if (auto stale = refuse_epoch(where, now, epoch); !stale.ok()) return stale;
  if (snapshot.seq <= now.seq) return {};
  return {fmt::format("{}: snapshot of record {} given, the journal ends at record {}; append the records first", where,
                      snapshot.seq, now.seq)};
}

journal_status refuse_reopen(std::string_view where, journal_position now, std::uint64_t mine) {
  if (mine == 0 || mine == now.epoch) return {};
  return {
      fmt::format("{}: this owner held epoch {}, epoch {} owns this journal now; this owner is stale and must stop: "
                  "start a new process to take the journal back, once the other owner is stopped",
                  where, mine, now.epoch),
      true};
}

std::string refuse_unopened(std::string_view where) {
  return fmt::format("{}: the journal is not open; call open() and wait for its success first", where);
}

}  // namespace bulkhead
