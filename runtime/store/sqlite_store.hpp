#pragma once
// Views in one SQLite file per broker, one thread per store. What is queued is written in one transaction. A missing
// file is made; a damaged one is moved aside and made anew, empty: losing views loses nothing.
#include "runtime/domain/ids.hpp"
#include "runtime/ports/state_store.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bulkhead {

struct sqlite_store_settings {
  std::filesystem::path file;             ///< its directory must exist
  broker_id broker;                       ///< the file is refused if it is another's; failpoints are "{broker}.store.*"
  std::size_t queue_updates = 65536;      ///< view updates waiting, at most; any other call counts as one
  std::chrono::milliseconds drain{5000};  ///< on destruction: time to write what is queued; the rest is refused
  /// Told on the store's thread when a damaged file was moved aside: text for the log. May be empty.
  std::function<void(std::string)> notice;
};

/// Any thread may call; every call is answered exactly once. A call beyond the queue's bound is refused inline; all
/// other answers come on the store's thread, in the order of the calls. Callbacks must not throw; they may call the
/// store, and may drop it. A projection that fails takes those with it that were made before its answer: one that
/// passed would move the position past views that are missing. When a damaged file was moved aside, each project() is
/// refused until projected() or clear() is asked.
class sqlite_store final : public state_store {
 public:
  /// Touches no file: the calls report what is wrong with it, and each tries again.
  explicit sqlite_store(sqlite_store_settings settings);
  sqlite_store(const sqlite_store&) = delete;
  sqlite_store& operator=(const sqlite_store&) = delete;
  ~sqlite_store() override;

  void project(std::uint64_t projected_seq, std::vector<view_update> updates, done_fn done) override;
  void projected(position_fn done) override;
  void get(std::string key, hash_fn done) override;
  void clear(done_fn done) override;

 private:
  class queue;
  std::unique_ptr<queue> queue_;
};

}  // namespace bulkhead
