#pragma once
// The journal's asynchronous calls as plain functions, and records to give it.
#include "runtime/ports/journal.hpp"
#include "support/await.hpp"

#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace bulkhead {

inline bool operator==(const journal_record& a, const journal_record& b) {
  return a.seq == b.seq && a.payload == b.payload;
}
inline bool operator==(const journal_snapshot& a, const journal_snapshot& b) {
  return a.seq == b.seq && a.feed_seq == b.feed_seq && a.schema == b.schema && a.body == b.body;
}

}  // namespace bulkhead

namespace bulkhead::test {

inline std::pair<journal_status, journal_recovery> try_open(journal& j) {
  auto [status, found] = await<journal_status, journal_recovery>([&](auto done) { j.open(std::move(done)); });
  return {std::move(status), std::move(found)};
}

/// Opens; throws the error's text.
inline journal_recovery open(journal& j) {
  auto [status, found] = try_open(j);
  if (!status.ok()) throw std::runtime_error(status.error);
  return std::move(found);
}

inline std::pair<journal_status, std::uint64_t> append(journal& j, std::uint64_t epoch,
                                                       std::vector<journal_record> batch) {
  auto [status, seq] =
      await<journal_status, std::uint64_t>([&](auto done) { j.append(epoch, std::move(batch), std::move(done)); });
  return {std::move(status), seq};
}

inline journal_status snapshot(journal& j, std::uint64_t epoch, journal_snapshot s) {
  return std::get<0>(await<journal_status>([&](auto done) { j.write_snapshot(epoch, std::move(s), std::move(done)); }));
}

inline std::pair<journal_status, std::vector<journal_record>> read(journal& j, std::uint64_t from, std::size_t limit) {
  auto [status, records] =
      await<journal_status, std::vector<journal_record>>([&](auto done) { j.read(from, limit, std::move(done)); });
  return {std::move(status), std::move(records)};
}

/// Records [first, last]; their content follows from their seq.
inline std::vector<journal_record> records(std::uint64_t first, std::uint64_t last) {
  std::vector<journal_record> batch;
  for (auto seq = first; seq <= last; ++seq) batch.push_back({seq, "{\"seq\":" + std::to_string(seq) + "}"});
  return batch;
}

}  // namespace bulkhead::test
