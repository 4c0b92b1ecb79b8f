#include "runtime/store/redis_store.hpp"

#include "runtime/store/redis_writer.hpp"

#include <algorithm>
#include <utility>

namespace bulkhead {

class redis_store::queue {
 public:
  explicit queue(const redis_store_settings& settings)
      : writer_(std::make_shared<redis_writer>(settings)),
        calls_(redis::describe(settings.server), settings.queue_updates, settings.drain,
               [writer = writer_](auto& group, bool too_late) { return writer->process(group, too_late); }) {}

  void push(store_call call, std::size_t weight = 1) { calls_.push(std::move(call), weight); }
  [[nodiscard]] std::uint64_t failures_told() const noexcept { return writer_->failures_told(); }

 private:
  std::shared_ptr<redis_writer> writer_;
  store_queue calls_;
};

redis_store::redis_store(const redis_store_settings& settings) : queue_(std::make_unique<queue>(settings)) {}

redis_store::~redis_store() = default;

void redis_store::project(std::uint64_t projected_seq, std::vector<view_update> updates, done_fn done) {
  const std::size_t weight = std::max<std::size_t>(1, updates.size());
  queue_->push(project_call{projected_seq, std::move(updates), std::move(done), queue_->failures_told()}, weight);
}

void redis_store::projected(position_fn done) { queue_->push(projected_call{std::move(done)}); }

void redis_store::get(std::string key, hash_fn done) { queue_->push(get_call{std::move(key), std::move(done)}); }

void redis_store::clear(done_fn done) { queue_->push(clear_call{std::move(done)}); }

}  // namespace bulkhead
