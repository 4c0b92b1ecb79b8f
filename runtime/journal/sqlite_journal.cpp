#include "runtime/journal/sqlite_journal.hpp"

#include "runtime/journal/journal_writer.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {

/// The callers' side: counts weight, refuses what does not fit.
class sqlite_journal::queue {
 public:
  explicit queue(sqlite_journal_settings settings)
      : file_(settings.file.string()),
        worker_(settings.queue_records, settings.drain,
                [writer = std::make_shared<journal_writer>(settings, ops_dropped_)](auto& group, bool too_late) {
                  return writer->process(group, too_late);
                }) {}

  void push(journal_call call, std::size_t weight = 1) {
    const auto result = worker_.push(call, weight);
    if (result == sqlite::push_result::taken) return;
    if (std::holds_alternative<ops_call>(call)) ++*ops_dropped_;
    // The durable end is the writer thread's to tell: 0 claims nothing.
    refuse(
        call,
        result == sqlite::push_result::full
            ? fmt::format("{}: the queue is full: {} more do not fit into the {} records that may wait for the disk; "
                          "nothing was written; wait for earlier appends, or raise journal.queue",
                          file_, weight, worker_.capacity())
            : fmt::format("{}: the journal is closing; nothing was written", file_),
        0);
  }

  [[nodiscard]] std::uint64_t ops_dropped() const noexcept { return *ops_dropped_; }

 private:
  std::string file_;
  std::shared_ptr<std::atomic<std::uint64_t>> ops_dropped_ = std::make_shared<std::atomic<std::uint64_t>>(0);
  journal_writer::worker worker_;
};

sqlite_journal::sqlite_journal(sqlite_journal_settings settings)
    : queue_(std::make_unique<queue>(std::move(settings))) {}

sqlite_journal::~sqlite_journal() = default;

void sqlite_journal::open(recovered_fn done) { queue_->push(open_call{std::move(done)}); }

void sqlite_journal::append(std::uint64_t epoch, std::vector<journal_record> batch, durable_fn done) {
  const std::size_t weight = std::max<std::size_t>(1, batch.size());
  queue_->push(append_call{epoch, std::move(batch), std::move(done)}, weight);
}

void sqlite_journal::write_snapshot(std::uint64_t epoch, journal_snapshot snapshot, done_fn done) {
  queue_->push(snapshot_call{epoch, std::move(snapshot), std::move(done)});
}

void sqlite_journal::read(std::uint64_t from_seq, std::size_t limit, records_fn done) {
  queue_->push(read_call{from_seq, limit, std::move(done)});
}

void sqlite_journal::append_ops(std::string payload) { queue_->push(ops_call{std::move(payload)}); }

std::uint64_t sqlite_journal::ops_dropped() const noexcept { return queue_->ops_dropped(); }

}  // namespace bulkhead
