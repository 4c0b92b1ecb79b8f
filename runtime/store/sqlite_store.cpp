#include "runtime/store/sqlite_store.hpp"

#include "runtime/store/store_writer.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {

/// The callers' side: counts weight, refuses what does not fit.
class sqlite_store::queue {
 public:
  explicit queue(sqlite_store_settings settings)
      : file_(settings.file.string()),
        writer_(std::make_shared<store_writer>(settings)),
        worker_(settings.queue_updates, settings.drain,
                [writer = writer_](auto& group, bool too_late) { return writer->process(group, too_late); }) {}

  void push(store_call call, std::size_t weight = 1) {
    const auto result = worker_.push(call, weight);
    if (result == sqlite::push_result::taken) return;
    refuse(call,
           result == sqlite::push_result::full
               ? fmt::format("{}: the queue is full: {} more do not fit into the {} updates that may wait; nothing "
                             "was written; wait for earlier projections",
                             file_, weight, worker_.capacity())
               : fmt::format("{}: the store is closing; nothing was written", file_));
  }

  [[nodiscard]] std::uint64_t failures_told() const noexcept { return writer_->failures_told(); }

 private:
  const std::string file_;
  std::shared_ptr<store_writer> writer_;
  store_writer::worker worker_;
};

sqlite_store::sqlite_store(sqlite_store_settings settings) : queue_(std::make_unique<queue>(std::move(settings))) {}

sqlite_store::~sqlite_store() = default;

void sqlite_store::project(std::uint64_t projected_seq, std::vector<view_update> updates, done_fn done) {
  const std::size_t weight = std::max<std::size_t>(1, updates.size());
  queue_->push(project_call{projected_seq, std::move(updates), std::move(done), queue_->failures_told()}, weight);
}

void sqlite_store::projected(position_fn done) { queue_->push(projected_call{std::move(done)}); }

void sqlite_store::get(std::string key, hash_fn done) { queue_->push(get_call{std::move(key), std::move(done)}); }

void sqlite_store::clear(done_fn done) { queue_->push(clear_call{std::move(done)}); }

}  // namespace bulkhead
