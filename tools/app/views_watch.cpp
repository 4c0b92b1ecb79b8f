#include "tools/app/views_watch.hpp"

#include "actors/supervisor.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace bulkhead::app {

void views_watch::wants(std::uint64_t seq) {
  const std::scoped_lock lock{guard_};
  wanted_ = std::max(wanted_, seq);
}

void views_watch::has(std::uint64_t seq) {
  std::string line;
  {
    const std::scoped_lock lock{guard_};
    has_ = seq;
    error_.clear();
    if (has_ < wanted_ || since_.empty()) return;
    line = fmt::format("complete again, up to event {}; they were late since {}", has_, std::exchange(since_, {}));
  }
  if (tell_) tell_(line);
}

void views_watch::failed(const std::string& why) {
  std::string line;
  {
    const std::scoped_lock lock{guard_};
    error_ = why;
    if (!since_.empty()) return;
    since_ = to_iso_ist(actors::wall_time());
    line = why + "; trading goes on, the views follow when the store answers";
  }
  if (tell_) tell_(line);
}

bool views_watch::complete() const {
  const std::scoped_lock lock{guard_};
  return since_.empty() && has_ >= wanted_;
}

std::string views_watch::text() const {
  const std::scoped_lock lock{guard_};
  return text_locked();
}

std::string views_watch::text_locked() const {
  if (since_.empty() && has_ >= wanted_) return fmt::format("complete up to event {}", has_);
  std::string out = fmt::format("at event {} of {}", has_, std::max(has_, wanted_));
  if (!since_.empty()) out += ", late since " + since_;
  if (!error_.empty()) out += ": " + error_;
  return out;
}

namespace {

class watched_store final : public state_store {
 public:
  watched_store(std::shared_ptr<state_store> store, std::shared_ptr<views_watch> watch)
      : watch_(std::move(watch)), store_(std::move(store)) {}

  void project(std::uint64_t projected_seq, std::vector<view_update> updates, done_fn done) override {
    watch_->wants(projected_seq);
    store_->project(projected_seq, std::move(updates),
                    [w = watch_, projected_seq, done = std::move(done)](store_status status) {
                      status.ok() ? w->has(projected_seq) : w->failed(status.error);
                      done(std::move(status));
                    });
  }
  void projected(position_fn done) override {
    store_->projected([w = watch_, done = std::move(done)](store_status status, std::uint64_t seq) {
      status.ok() ? w->has(seq) : w->failed(status.error);
      done(std::move(status), seq);
    });
  }
  void get(std::string key, hash_fn done) override { store_->get(std::move(key), std::move(done)); }
  void clear(done_fn done) override {
    store_->clear([w = watch_, done = std::move(done)](store_status status) {
      status.ok() ? w->has(0) : w->failed(status.error);
      done(std::move(status));
    });
  }

 private:
  const std::shared_ptr<views_watch> watch_;
  const std::shared_ptr<state_store> store_;
};

}  // namespace

std::shared_ptr<state_store> watched(std::shared_ptr<state_store> store, std::shared_ptr<views_watch> watch) {
  return std::make_shared<watched_store>(std::move(store), std::move(watch));
}

}  // namespace bulkhead::app
