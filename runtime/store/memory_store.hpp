#pragma once
// A state store in memory: each call takes effect and is answered before it returns.
#include "runtime/domain/ids.hpp"
#include "runtime/ports/state_store.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace bulkhead {

/// The content; outlives its clients, so that a second one models a restart. Lock `guard` to read it.
struct memory_views {
  std::mutex guard;
  std::uint64_t projected_seq = 0;
  std::map<std::string, std::map<std::string, std::string>> hashes;
};

/// Any thread may call; the answer comes inline.
class memory_store final : public state_store {
 public:
  memory_store(broker_id broker, std::shared_ptr<memory_views> views)
      : broker_(std::move(broker)), views_(std::move(views)) {}

  void project(std::uint64_t projected_seq, std::vector<view_update> updates, done_fn done) override;
  void projected(position_fn done) override;
  void get(std::string key, hash_fn done) override;
  void clear(done_fn done) override;

 private:
  const broker_id broker_;
  const std::shared_ptr<memory_views> views_;
};

}  // namespace bulkhead
