#include "simulation/sim_journal.hpp"

#include <algorithm>
#include <variant>

namespace bulkhead::simulation {

void sim_journal::submit(call c) {
  if (!crashed_) calls_.push_back(std::move(c));
}

void sim_journal::crash() {
  crashed_ = true;
  calls_.clear();
}

void sim_journal::commit(std::size_t count, bool fails) {
  const std::string failure =
      fails ? disk_->log.name() + ": simulated: the disk is full; nothing of this commit was kept" : std::string{};
  for (; count > 0 && !calls_.empty(); --count) {
    const call c = std::move(calls_.front());
    calls_.pop_front();
    c(failure);
  }
}

void sim_journal::open(recovered_fn done) {
  submit([this, done = std::move(done)](const std::string& failure) {
    if (!failure.empty()) return done({failure}, {});
    if (disk_->locked_by != node_) return done({disk_->log.name() + ": simulated: another node holds its lock"}, {});
    journal_recovery found;
    journal_status status = disk_->log.take_over(mine_, found);
    if (status.ok()) disk_->epoch = mine_ = found.epoch;
    done(std::move(status), std::move(found));
  });
}

void sim_journal::append(std::uint64_t epoch, std::vector<journal_record> batch, durable_fn done) {
  submit([this, epoch, batch = std::move(batch), done = std::move(done)](const std::string& failure) {
    if (!failure.empty()) return done({failure}, durable_);
    journal_status status = disk_->log.append(epoch, batch, durable_);
    const bool is_stale = epoch != disk_->epoch;
    if (status.ok()) {
      if (is_stale) {
        found_->broken(promise::one_writer, fmt::format("{}: an append of epoch {} was taken, epoch {} owns it",
                                                        disk_->log.name(), epoch, disk_->epoch));
      }
      note(batch);
    } else if (is_stale && disk_->locked_by != node_) {
      disk_->fenced.insert(node_);
    }
    done(std::move(status), durable_);
  });
}

void sim_journal::write_snapshot(std::uint64_t epoch, journal_snapshot snapshot, done_fn done) {
  submit([this, epoch, snapshot = std::move(snapshot), done = std::move(done)](const std::string& failure) {
    if (!failure.empty()) return done({failure});
    journal_status status = disk_->log.write_snapshot(epoch, snapshot);
    if (status.ok() && epoch != disk_->epoch) {
      found_->broken(promise::one_writer, disk_->log.name() + ": a snapshot of a stale epoch was taken");
    }
    done(std::move(status));
  });
}

void sim_journal::read(std::uint64_t from_seq, std::size_t limit, records_fn done) {
  submit([this, from_seq, limit, done = std::move(done)](const std::string& failure) {
    if (!failure.empty()) return done({failure}, {});
    done({}, disk_->log.read(from_seq, limit));
  });
}

void sim_journal::note(const std::vector<journal_record>& batch) {
  disk_->records = batch.back().seq;
  if (!codec_) return;
  static constexpr std::array<std::string_view, 3> looked_at{R"("type":"order.submitted")",
                                                             R"("type":"signal.validated")", R"("type":"kill.)"};
  for (const journal_record& record : batch) {
    const bool matters = std::ranges::any_of(
        looked_at, [&](std::string_view type) { return record.payload.find(type) != std::string::npos; });
    if (!matters) continue;
    const event e = codec_->decode(record.payload);
    if (const auto* s = std::get_if<order_submitted>(&e.body)) disk_->intents.insert(s->request.client_order_id.str());
    if (const auto* v = std::get_if<signal_validated>(&e.body)) {
      disk_->approvals.insert(v->order->client_order_id.str());
    }
    const auto* latched = std::get_if<kill_latched>(&e.body);
    if (latched != nullptr && latched->strategy.empty()) disk_->latch = kill_mode_of(latched->mode);
    const auto* released = std::get_if<kill_released>(&e.body);
    if (released != nullptr && released->strategy.empty()) disk_->latch = kill_mode::off;
  }
}

}  // namespace bulkhead::simulation
