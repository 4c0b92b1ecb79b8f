#pragma once
// The calls of a journal as they wait in its queue.
#include "runtime/ports/journal.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace bulkhead {

struct open_call {
  journal::recovered_fn done;
};
struct append_call {
  std::uint64_t epoch = 0;
  std::vector<journal_record> batch;
  journal::durable_fn done;
};
struct snapshot_call {
  std::uint64_t epoch = 0;
  journal_snapshot snapshot;
  journal::done_fn done;
};
struct read_call {
  std::uint64_t from_seq = 0;
  std::size_t limit = 0;
  journal::records_fn done;
};
struct ops_call {
  std::string payload;
};
using journal_call = std::variant<open_call, append_call, snapshot_call, read_call, ops_call>;

/// Answers a call with an error, without effect.
void refuse(journal_call& call, const std::string& error, std::uint64_t durable_seq);

}  // namespace bulkhead
