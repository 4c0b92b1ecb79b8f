#include "runtime/journal/log_fold.hpp"

#include <algorithm>
#include <utility>

namespace bulkhead {

log_verdict log_fold::take(std::int64_t offset, log_entry&& e, const record_fn& whole) {
  next_ = offset + 1;
  if (e.kind == log_kind::claim) return take_claim(e);
  if (at_.owner.empty() || e.owner != at_.owner || closed_) return log_verdict::stale;
  if (e.kind == log_kind::event) return take_event(std::move(e), whole);
  // A release without having acted says nothing of the owner before it, whose lease may still run.
  if (e.kind == log_kind::release) {
    released_ = settled_;
    closed_ = true;
    pending_.clear();
  } else {
    settled_ = true;
  }
  return log_verdict::counts;
}

log_verdict log_fold::take_claim(const log_entry& e) {
  if (e.owner.empty() || (!e.if_owner.empty() && e.if_owner != at_.owner)) return log_verdict::refused;
  const bool from_itself = !e.if_owner.empty();
  const bool settled = at_.owner.empty() || released_ || (from_itself && settled_);
  former_lease_ms_ = settled ? 0 : std::max(at_.lease_ms, settled_ ? 0 : former_lease_ms_);
  settled_ = settled;
  released_ = false;
  closed_ = false;
  pending_.clear();
  at_.owner = e.owner;
  at_.lease_ms = e.lease_ms;
  ++at_.epoch;
  return log_verdict::taken;
}

log_verdict log_fold::take_event(log_entry&& e, const record_fn& whole) {
  const bool follows =
      e.seq == at_.seq + pending_.size() + 1 && (pending_.empty() ? e.batch_end >= e.seq : e.batch_end == pending_end_);
  if (!follows) {
    // Its writer saw a write fail, acknowledged nothing after it, and claims anew before it goes on.
    closed_ = true;
    pending_.clear();
    return log_verdict::broken;
  }
  settled_ = true;
  pending_end_ = e.batch_end;
  pending_.push_back({e.seq, std::move(e.payload)});
  if (e.seq < pending_end_) return log_verdict::counts;
  at_.seq = pending_end_;
  std::vector<journal_record> batch = std::exchange(pending_, {});
  if (!whole) return log_verdict::counts;
  for (journal_record& r : batch) whole(std::move(r));
  return log_verdict::counts;
}

log_place log_fold::place() const {
  log_place here = at_;
  here.offset = next();
  return here;
}

}  // namespace bulkhead
