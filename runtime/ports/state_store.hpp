#pragma once
// Views for people and dashboards: orders, positions, portfolio, under `{broker}:`. Never the truth: losing a store
// loses nothing, its content is written again from the journal. Asynchronous; the answer comes on the store's thread
// (or inline).
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace bulkhead {

/// Sets fields of one hash. Setting the same fields twice is harmless.
struct view_update {
  std::string key;  ///< "{broker}:orders:{client order id}", ...: runtime/domain/views.hpp lists them
  std::vector<std::pair<std::string, std::string>> fields;
};

struct store_status {
  std::string error;
  [[nodiscard]] bool ok() const noexcept { return error.empty(); }
};

class state_store {
 public:
  virtual ~state_store() = default;
  using done_fn = std::function<void(store_status)>;
  using position_fn = std::function<void(store_status, std::uint64_t projected_seq)>;
  using hash_fn = std::function<void(store_status, std::map<std::string, std::string>)>;

  /// All updates and the new position in one atomic write. A key outside `{broker}:` fails the whole call.
  virtual void project(std::uint64_t projected_seq, std::vector<view_update> updates, done_fn done) = 0;
  /// Seq of the last event whose views are in the store; 0: none.
  virtual void projected(position_fn done) = 0;
  virtual void get(std::string key, hash_fn done) = 0;
  /// Forgets everything of this broker.
  virtual void clear(done_fn done) = 0;
};

}  // namespace bulkhead
