#pragma once
// A state store that answers late, fails, and may lose everything it holds. Its content outlives the nodes.
#include "runtime/store/memory_store.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace bulkhead::simulation {

class sim_store final : public state_store {
 public:
  sim_store(const broker_id& broker, std::shared_ptr<memory_views> views)
      : views_(std::move(views)), inner_(broker, views_) {}

  void project(std::uint64_t seq, std::vector<view_update> updates, done_fn done) override {
    submit([this, seq, updates = std::move(updates), done = std::move(done)](bool fails) {
      if (fails) return done({"simulated: the store is out of reach"});
      inner_.project(seq, updates, done);
    });
  }
  void projected(position_fn done) override {
    submit([this, done = std::move(done)](bool fails) {
      if (fails) return done({"simulated: the store is out of reach"}, 0);
      inner_.projected(done);
    });
  }
  void get(std::string key, hash_fn done) override { inner_.get(std::move(key), std::move(done)); }
  void clear(done_fn done) override {
    submit([this, done = std::move(done)](bool fails) {
      if (fails) return done({"simulated: the store is out of reach"});
      inner_.clear(done);
    });
  }

  [[nodiscard]] std::size_t waiting() const { return calls_.size(); }
  void serve(bool fails) {
    if (calls_.empty()) return;
    const auto c = std::move(calls_.front());
    calls_.pop_front();
    c(fails);
  }
  void lose_everything() {
    inner_.clear([](const store_status&) {});
  }
  void crash() {
    crashed_ = true;
    calls_.clear();
  }

 private:
  void submit(std::function<void(bool)> c) {
    if (!crashed_) calls_.push_back(std::move(c));
  }

  std::shared_ptr<memory_views> views_;
  memory_store inner_;
  std::deque<std::function<void(bool)>> calls_;
  bool crashed_ = false;
};

}  // namespace bulkhead::simulation
