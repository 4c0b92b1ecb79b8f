#include "runtime/journal/journal_writer.hpp"

#include "runtime/fault/chaos.hpp"
#include "runtime/fault/failpoint.hpp"
#include "runtime/journal/append_rules.hpp"

#include <exception>
#include <utility>

namespace bulkhead {

journal_writer::journal_writer(sqlite_journal_settings settings,
                               std::shared_ptr<std::atomic<std::uint64_t>> ops_dropped)
    : settings_(std::move(settings)),
      scope_(settings_.broker.str() + ".journal"),
      ops_dropped_(std::move(ops_dropped)) {}

journal_writer::worker::answers journal_writer::process(std::vector<journal_call>& group, bool too_late) {
  answers_.clear();
  if (too_late) {
    const auto error = settings_.file.string() + ": closed before the call was written; open the journal again";
    for (auto& call : group) {
      if (std::holds_alternative<ops_call>(call)) ++*ops_dropped_;
      answers_.emplace_back([c = std::move(call), error, at = durable_seq()]() mutable { refuse(c, error, at); });
    }
    return std::move(answers_);
  }
  for (auto& call : group) {
    std::visit([this](auto& c) { handle(c); }, call);
  }
  flush();
  return std::move(answers_);
}

void journal_writer::handle(open_call& call) {
  flush();
  journal_status status;
  journal_recovery found;
  try {
    file_.reset();
    auto file = std::make_unique<journal_file>(settings_.file, settings_.broker, settings_.sync);
    status = file->take_epoch(epoch_);
    if (status.ok()) {
      epoch_ = file->epoch();
      status = file->recover(found);
    }
    // A fenced owner may still read.
    file_ = std::move(file);
    for (ops_call& early : std::exchange(early_ops_, {})) handle(early);
  } catch (const std::exception& e) {
    status = {e.what()};
    found = {};
  }
  answers_.emplace_back([done = std::move(call.done), status = std::move(status), found = std::move(found)]() mutable {
    done(std::move(status), std::move(found));
  });
}

void journal_writer::handle(append_call& call) {
  pending_.push_back({std::move(call.done), {}});
  if (!file_) {
    pending_.back().refusal = {refuse_unopened(settings_.file.string())};
    return;
  }
  try {
    fault::meet_chaos(scope_);
    fault::hit(scope_, "append.before");
    pending_.back().refusal = file_->append(call.epoch, call.batch);
    fault::hit(scope_, "append.after");
  } catch (const std::exception& e) {
    fail_group(e.what());
  }
}

void journal_writer::handle(snapshot_call& call) {
  flush();
  journal_status status;
  try {
    fault::hit(scope_, "snapshot.before");
    status = file_ ? file_->write_snapshot(call.epoch, call.snapshot)
                   : journal_status{refuse_unopened(settings_.file.string())};
    fault::hit(scope_, "snapshot.after");
  } catch (const std::exception& e) {
    status = {e.what()};
  }
  answers_.emplace_back([done = std::move(call.done), status = std::move(status)] { done(status); });
}

void journal_writer::handle(read_call& call) {
  flush();
  journal_status status;
  std::vector<journal_record> found;
  try {
    if (file_) {
      found = file_->read(call.from_seq, call.limit);
    } else {
      status.error = refuse_unopened(settings_.file.string());
    }
  } catch (const std::exception& e) {
    status.error = e.what();
    found.clear();
  }
  answers_.emplace_back([done = std::move(call.done), status = std::move(status), found = std::move(found)]() mutable {
    done(std::move(status), std::move(found));
  });
}

void journal_writer::handle(ops_call& call) {
  if (!file_) {
    if (early_ops_.size() < most_early_ops) {
      early_ops_.push_back(std::move(call));
    } else {
      ++*ops_dropped_;
    }
    return;
  }
  ++group_ops_;
  try {
    file_->append_ops(call.payload);
  } catch (const std::exception& e) {
    fail_group(e.what());
  }
}

void journal_writer::flush() {
  try {
    if (file_ && file_->in_transaction()) {
      const bool with_events = !pending_.empty();
      if (with_events) fault::hit(scope_, "commit.before");
      file_->commit();
      group_ops_ = 0;
      if (with_events) fault::hit(scope_, "commit.after");
    }
  } catch (const std::exception& e) {
    fail_group(e.what());
    return;
  }
  answer_pending({});
}

void journal_writer::fail_group(const std::string& error) {
  file_->rollback();
  *ops_dropped_ += std::exchange(group_ops_, 0);
  answer_pending(error);
}

void journal_writer::answer_pending(const std::string& failure) {
  for (auto& [done, refusal] : pending_) {
    journal_status status = refusal.ok() ? journal_status{failure} : std::move(refusal);
    answers_.emplace_back(
        [done = std::move(done), status = std::move(status), at = durable_seq()] { done(status, at); });
  }
  pending_.clear();
}

}  // namespace bulkhead
