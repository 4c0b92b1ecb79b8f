#pragma once
// Views in a Redis server, under "{broker}:"; one thread and one connection per store. docs/views.md describes the
// keys.
#include "runtime/domain/ids.hpp"
#include "runtime/ports/state_store.hpp"
#include "runtime/redis/connection.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bulkhead {

struct redis_store_settings {
  redis::settings server;
  broker_id broker;  ///< failpoints are "{broker}.store.*"
  /// Names the journal that the views are made of. Views that were made of another are removed when the position is
  /// asked: they are of another past.
  std::string source;
  std::size_t queue_updates = 65536;            ///< view updates waiting, at most; any other call counts as one
  std::chrono::milliseconds drain{1000};        ///< on destruction: time to write what is queued; the rest is refused
  std::chrono::milliseconds backoff_min{50};    ///< after a connection that failed; then twice that, with jitter
  std::chrono::milliseconds backoff_max{2000};  ///< ...at most
  std::uint64_t jitter_seed = 0x9E3779B97F4A7C15;  ///< brokers that lost their server together return apart
};

/// Any thread may call; every call is answered exactly once. A call beyond the queue's bound is refused inline; all
/// other answers come on the store's thread, in the order of the calls. Callbacks must not throw; they may call the
/// store, and may drop it.
///
/// A projection is one transaction, made only where the server still has the position that this store believes: after
/// a FLUSHALL, a server that came back with less, or another writer it is refused until projected() or clear() is
/// asked. While the server is away each call is answered with an error, at once or after its time-out; connections are
/// tried with backoff. An answer that was lost with its connection is made up for by trying again on a new one: the
/// position tells whether the projection happened.
class redis_store final : public state_store {
 public:
  /// Connects to nothing: the calls do, and report what is wrong.
  explicit redis_store(const redis_store_settings& settings);
  redis_store(const redis_store&) = delete;
  redis_store& operator=(const redis_store&) = delete;
  ~redis_store() override;

  void project(std::uint64_t projected_seq, std::vector<view_update> updates, done_fn done) override;
  void projected(position_fn done) override;
  void get(std::string key, hash_fn done) override;
  void clear(done_fn done) override;

 private:
  class queue;
  std::unique_ptr<queue> queue_;
};

}  // namespace bulkhead
