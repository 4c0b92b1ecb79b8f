#pragma once
// The calls of a state store as values, and the queue that brings them to the store's own thread.
#include "runtime/ports/state_store.hpp"
#include "runtime/sqlite/group_worker.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace bulkhead {

struct project_call {
  std::uint64_t projected_seq = 0;
  std::vector<view_update> updates;
  state_store::done_fn done;
  std::uint64_t failures_told = 0;  ///< how many failed projections the caller knew of when it made this call
};
struct projected_call {
  state_store::position_fn done;
};
struct get_call {
  std::string key;
  state_store::hash_fn done;
};
struct clear_call {
  state_store::done_fn done;
};
using store_call = std::variant<project_call, projected_call, get_call, clear_call>;
using store_worker = sqlite::group_worker<store_call>;

/// Answers a call with an error, without effect.
void refuse(store_call& call, const std::string& error);

/// The callers' side: counts weight, refuses inline what does not fit.
class store_queue {
 public:
  /// `name`: the file or server, for texts.
  store_queue(std::string name, std::size_t capacity, std::chrono::milliseconds drain,
              store_worker::process_fn process);

  void push(store_call call, std::size_t weight = 1);

 private:
  const std::string name_;
  store_worker worker_;
};

}  // namespace bulkhead
