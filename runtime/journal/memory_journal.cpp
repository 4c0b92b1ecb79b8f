#include "runtime/journal/memory_journal.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bulkhead {

journal_status memory_log::take_over(std::uint64_t mine, journal_recovery& found) {
  const std::scoped_lock lock{guard_};
  if (auto fenced = refuse_reopen(name_, now_, mine); !fenced.ok()) return fenced;
  found.epoch = ++now_.epoch;
  const auto newest = std::find_if(snapshots_.rbegin(), snapshots_.rend(), [](const auto& s) { return s.usable; });
  if (newest != snapshots_.rend()) found.snapshot = newest->snapshot;
  const auto from = static_cast<std::ptrdiff_t>(found.snapshot ? found.snapshot->seq : 0);
  found.tail.assign(records_.begin() + from, records_.end());
  return {};
}

journal_status memory_log::append(std::uint64_t epoch, std::vector<journal_record> batch, std::uint64_t& durable_seq) {
  const std::scoped_lock lock{guard_};
  if (auto refusal = refuse_append(name_, now_, epoch, batch); !refusal.ok()) return refusal;
  records_.insert(records_.end(), std::make_move_iterator(batch.begin()), std::make_move_iterator(batch.end()));
  now_.seq = records_.size();
  durable_seq = now_.seq;
  return {};
}

journal_status memory_log::write_snapshot(std::uint64_t epoch, journal_snapshot snapshot) {
  const std::scoped_lock lock{guard_};
  if (auto refusal = refuse_snapshot(name_, now_, epoch, snapshot); !refusal.ok()) return refusal;
  snapshots_.push_back({std::move(snapshot)});
  if (snapshots_.size() > snapshots_kept) snapshots_.pop_front();
  return {};
}

std::vector<journal_record> memory_log::read(std::uint64_t from_seq, std::size_t limit) const {
  const std::scoped_lock lock{guard_};
  const std::size_t first = from_seq == 0 ? 0 : static_cast<std::size_t>(from_seq - 1);
  if (first >= records_.size()) return {};
  const std::size_t count = std::min(limit, records_.size() - first);
  const auto begin = records_.begin() + static_cast<std::ptrdiff_t>(first);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

void memory_log::append_ops(std::string payload) {
  const std::scoped_lock lock{guard_};
  ops_.push_back(std::move(payload));
}

std::vector<std::string> memory_log::ops() const {
  const std::scoped_lock lock{guard_};
  return ops_;
}

void memory_log::damage_newest_snapshot() {
  const std::scoped_lock lock{guard_};
  const auto newest = std::find_if(snapshots_.rbegin(), snapshots_.rend(), [](const auto& s) { return s.usable; });
  if (newest != snapshots_.rend()) newest->usable = false;
}

memory_journal::~memory_journal() {
  for (const auto& c : std::exchange(held_, {})) c(log_->name() + ": closed before the call took effect");
}

void memory_journal::submit(call c) {
  if (mode_ == mode::manual) {
    held_.push_back(std::move(c));
    return;
  }
  c({});
}

void memory_journal::release(std::size_t count) {
  for (; count > 0 && !held_.empty(); --count) {
    const call c = std::move(held_.front());
    held_.pop_front();
    c({});
  }
}

void memory_journal::open(recovered_fn done) {
  submit([this, done = std::move(done)](const std::string& refusal) {
    if (!refusal.empty()) return done({refusal}, {});
    open_ = true;
    journal_recovery found;
    auto status = log_->take_over(epoch_, found);
    if (status.ok()) epoch_ = found.epoch;
    done(std::move(status), std::move(found));
  });
}

void memory_journal::append(std::uint64_t epoch, std::vector<journal_record> batch, durable_fn done) {
  submit([this, epoch, batch = std::move(batch), done = std::move(done)](const std::string& refusal) mutable {
    if (!refusal.empty()) return done({refusal}, durable_seq_);
    if (!open_) return done({refuse_unopened(log_->name())}, durable_seq_);
    auto status = log_->append(epoch, std::move(batch), durable_seq_);
    done(std::move(status), durable_seq_);
  });
}

void memory_journal::write_snapshot(std::uint64_t epoch, journal_snapshot snapshot, done_fn done) {
  submit([this, epoch, snapshot = std::move(snapshot), done = std::move(done)](const std::string& refusal) mutable {
    if (!refusal.empty()) return done({refusal});
    if (!open_) return done({refuse_unopened(log_->name())});
    done(log_->write_snapshot(epoch, std::move(snapshot)));
  });
}

void memory_journal::read(std::uint64_t from_seq, std::size_t limit, records_fn done) {
  submit([this, from_seq, limit, done = std::move(done)](const std::string& refusal) {
    if (!refusal.empty()) return done({refusal}, {});
    if (!open_) return done({refuse_unopened(log_->name())}, {});
    done({}, log_->read(from_seq, limit));
  });
}

void memory_journal::append_ops(std::string payload) {
  submit([this, payload = std::move(payload)](const std::string& refusal) {
    if (refusal.empty()) log_->append_ops(payload);
  });
}

}  // namespace bulkhead
