#include "runtime/journal/kafka_journal.hpp"

#include "runtime/journal/journal_call.hpp"
#include "runtime/journal/kafka_condition.hpp"
#include "runtime/journal/kafka_writer.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {

/// The callers' side: counts weight, refuses what does not fit. The thread holds it too: it may outlive the journal.
class kafka_journal::thread : public std::enable_shared_from_this<kafka_journal::thread> {
 public:
  explicit thread(kafka_journal_settings settings)
      : settings_(std::move(settings)), name_(kafka::describe(settings_.servers) + ": " + settings_.broker.str()) {}

  void start() {
    runs_ = std::thread{[self = shared_from_this()] { self->run(); }};
  }

  void stop() {
    {
      const std::scoped_lock lock{guard_};
      stopping_ = true;
      condition_->give_up_at = (std::chrono::steady_clock::now() + settings_.drain).time_since_epoch().count();
      wake();
    }
    if (runs_.get_id() == std::this_thread::get_id()) {
      runs_.detach();
    } else {
      runs_.join();
    }
  }

  void push(journal_call call, std::size_t weight = 1) {
    std::string why;
    {
      const std::scoped_lock lock{guard_};
      if (stopping_) {
        why = fmt::format("{}: the journal is closing; nothing was written", name_);
      } else if (weight > settings_.queue_records - weight_) {
        why = fmt::format(
            "{}: the queue is full: {} more do not fit into the {} records that may wait for the servers; nothing was "
            "written; wait for earlier appends, or raise journal.queue",
            name_, weight, settings_.queue_records);
      } else {
        weight_ += weight;
        waiting_.push_back(std::move(call));
        if (waiting_.size() == 1) wake();
        return;
      }
    }
    if (std::holds_alternative<ops_call>(call)) ++condition_->ops_dropped;
    // The durable end is the journal's thread to tell: 0 claims nothing.
    refuse(call, why, 0);
  }

  [[nodiscard]] const kafka_condition& condition() const { return *condition_; }

 private:
  void wake() {
    if (waits_in_ != nullptr) {
      waits_in_->wake();
    } else {
      arrived_.notify_one();
    }
  }

  std::vector<journal_call> take() {
    std::unique_lock lock{guard_};
    if (waits_in_ == nullptr) arrived_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    return std::exchange(waiting_, {});
  }

  [[nodiscard]] bool is_over() {
    const std::scoped_lock lock{guard_};
    return stopping_ && waiting_.empty();
  }

  void run() {
    kafka_writer writer{settings_,
                        condition_,
                        {[this](std::size_t weight) {
                           const std::scoped_lock lock{guard_};
                           weight_ -= weight;
                         },
                         [this](kafka::producer* p) {
                           const std::scoped_lock lock{guard_};
                           waits_in_ = p;
                         }}};
    while (!is_over()) {
      for (journal_call& call : take()) writer.handle(call);
      writer.pump(
          std::max(std::chrono::milliseconds{1}, std::min(std::chrono::milliseconds{200}, settings_.lease / 6)));
    }
    writer.close();
  }

  const kafka_journal_settings settings_;
  const std::string name_;
  std::shared_ptr<kafka_condition> condition_ = std::make_shared<kafka_condition>();
  std::mutex guard_;
  std::condition_variable arrived_;  ///< while there is no producer to wait in
  std::vector<journal_call> waiting_;
  std::size_t weight_ = 0;  ///< waiting and not answered yet
  bool stopping_ = false;
  kafka::producer* waits_in_ = nullptr;
  std::thread runs_;
};

kafka_journal::kafka_journal(kafka_journal_settings settings) : thread_(std::make_shared<thread>(std::move(settings))) {
  thread_->start();
}

kafka_journal::~kafka_journal() { thread_->stop(); }

void kafka_journal::open(recovered_fn done) { thread_->push(open_call{std::move(done)}); }

void kafka_journal::append(std::uint64_t epoch, std::vector<journal_record> batch, durable_fn done) {
  const std::size_t weight = std::max<std::size_t>(1, batch.size());
  thread_->push(append_call{epoch, std::move(batch), std::move(done)}, weight);
}

void kafka_journal::write_snapshot(std::uint64_t epoch, journal_snapshot snapshot, done_fn done) {
  thread_->push(snapshot_call{epoch, std::move(snapshot), std::move(done)});
}

void kafka_journal::read(std::uint64_t from_seq, std::size_t limit, records_fn done) {
  thread_->push(read_call{from_seq, limit, std::move(done)});
}

void kafka_journal::append_ops(std::string payload) { thread_->push(ops_call{std::move(payload)}); }

std::string kafka_journal::outage() const { return thread_->condition().outage(); }

std::chrono::steady_clock::time_point kafka_journal::lease_until() const noexcept {
  return thread_->condition().lease_until();
}

std::uint64_t kafka_journal::ops_dropped() const noexcept { return thread_->condition().ops_dropped; }

std::optional<kafka_figures> kafka_journal::figures() const { return thread_->condition().figures(); }

}  // namespace bulkhead
