#pragma once
// Drills and vitals of the brokers that live in this process, as JSON in and out. Thread-safe; never waits for an
// actor, so it answers also while all of them hang.
//
// vitals()   {"ok", "actors": [{path, incarnation, waiting, oldest_ms, ...}], "queues": {...}}
// chaos()    what: crash | hang | slow | flood; broker, actor ("process": crash and hang alone); times (crash, hang),
// for_ms (hang, slow, flood),
//            delay_ms (slow), rate (flood, messages a second), by (who asks)
#include "tools/app/node_builder.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include <nlohmann/json.hpp>

namespace bulkhead::app {

class chaos_desk {
 public:
  explicit chaos_desk(node_parts parts);
  chaos_desk(const chaos_desk&) = delete;
  chaos_desk& operator=(const chaos_desk&) = delete;
  /// Ends every flood; what crashes, hangs or is slow goes on (fault::end_chaos() ends that).
  ~chaos_desk();

  /// Throws std::runtime_error that says what was given and what is allowed; nothing is disturbed then.
  [[nodiscard]] nlohmann::json chaos(const nlohmann::json& request);
  [[nodiscard]] nlohmann::json vitals() const;

 private:
  struct order;
  struct flood;

  [[nodiscard]] order read(const nlohmann::json& request) const;
  /// Null where that broker lives in this process.
  [[nodiscard]] broker_process* process_of(const std::string& broker) const;
  void signal_process(const order& o) const;
  void start_flood(const order& o);
  void run_flood(flood& f);
  [[nodiscard]] std::shared_ptr<actors::vitals> entry_of(const std::string& path) const;

  node_parts parts_;
  std::mutex guard_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::map<std::string, std::unique_ptr<flood>> floods_;  ///< by path
};

}  // namespace bulkhead::app
