// The calls of a Kafka journal beside open and append: snapshots, reading, facts about running.
#include "runtime/fault/failpoint.hpp"
#include "runtime/journal/append_rules.hpp"
#include "runtime/journal/kafka_writer.hpp"
#include "runtime/kafka/topic_names.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t most_ops_in_flight = 1024;
constexpr std::size_t most_early_ops = 256;

}  // namespace

void kafka_writer::snapshot(snapshot_call& call) {
  journal_status refusal;
  try {
    fault::hit(scope_, "snapshot.before");
    refusal = open_ ? refuse_snapshot(name_, position(), call.epoch, call.snapshot) : standing();
    if (refusal.ok()) refusal = standing();
  } catch (const std::exception& e) {
    refusal = {e.what()};
  }
  sent what;
  what.snapshot = std::move(call);
  if (refusal.ok()) return send_own(log_kind::mark, std::move(what));
  what.status = std::move(refusal);
  sent_.push_back(std::move(what));
  settle();
}

void kafka_writer::write_after_mark(sent done) {
  snapshot_call call = std::move(*done.snapshot);
  const auto end = [&](journal_status status) {
    calls_.answered(1);
    call.done(std::move(status));
  };
  if (!done.status.ok()) return end(std::move(done.status));
  if (call.snapshot.body.size() > kafka_largest_record) return end(leave_out(call.snapshot));
  // True for good: it says what the log up to its place comes to, whoever owns the log by the time it arrives.
  kafka::record r = record_of({call.snapshot, places_.before(call.snapshot.seq)}, snapshots_written_++);
  r.topic = log_->snapshots_topic();
  std::string why = "the queue of librdkafka is full";
  const std::uint64_t token = next_token_++;
  if (producer_->send(r, token, &why) != kafka::send_result::taken) {
    return end({fmt::format("{}: snapshot of record {}: {}", name_, call.snapshot.seq, why)});
  }
  snapshots_.push_back({std::move(call), token});
}

journal_status kafka_writer::leave_out(const journal_snapshot& snapshot) {
  const nlohmann::json fact{{"type", "journal.snapshot_too_large"},
                            {"seq", snapshot.seq},
                            {"bytes", snapshot.body.size()},
                            {"largest", kafka_largest_record}};
  send_ops({fact.dump()});
  return {{}, false, true};
}

void kafka_writer::answer_snapshot(const kafka::delivery& report) {
  const auto it = std::find_if(snapshots_.begin(), snapshots_.end(),
                               [&](const written_snapshot& s) { return s.token == report.token; });
  if (it == snapshots_.end()) return;
  snapshot_call call = std::move(it->call);
  snapshots_.erase(it);
  journal_status status;
  if (report.is_too_large) {
    status = leave_out(call.snapshot);
  } else if (!report.error.empty()) {
    status.error = fmt::format("{}: snapshot of record {}: {}", name_, call.snapshot.seq, report.error);
  }
  try {
    fault::hit(scope_, "snapshot.after");
  } catch (const std::exception& e) {
    status.error = e.what();
  }
  calls_.answered(1);
  call.done(std::move(status));
}

void kafka_writer::read(read_call& call) {
  journal_status status;
  std::vector<journal_record> found;
  const std::uint64_t from = std::max<std::uint64_t>(1, call.from_seq);
  try {
    if (!open_) {
      status.error = refuse_unopened(name_);
    } else if (call.limit > 0) {
      // While the lease is ours nobody else can have written: what is in memory is all that is durable.
      const bool is_alone = is_ours() && clock::now() < condition_->lease_until();
      if (recent_.has(from) && (is_alone || call.limit <= recent_.last() - from + 1)) {
        found = recent_.from(from, call.limit);
      } else if (!is_alone || !sent_.empty() || from <= durable_) {
        await_everything();
        found = read_log(from, call.limit);
      }
    }
  } catch (const std::exception& e) {
    status.error = e.what();
    found.clear();
  }
  calls_.answered(1);
  call.done(std::move(status), std::move(found));
}

std::vector<journal_record> kafka_writer::read_log(std::uint64_t from_seq, std::size_t limit) {
  std::vector<journal_record> found;
  log_fold fold{places_.before(from_seq - 1)};
  const std::int64_t until = log_->end();
  const struct scope {
    bool& is_on;
    ~scope() { is_on = false; }
  } reading{reads_for_a_call_ = true};
  log_->read(fold.next(), until, [&](std::int64_t offset, std::optional<log_entry>&& e) {
    if (!e) {
      fold.skip(offset);
      return true;
    }
    fold.take(offset, std::move(*e), [&](journal_record&& r) {
      if (r.seq >= from_seq && found.size() < limit) found.push_back(std::move(r));
    });
    places_.note(fold);
    return found.size() < limit;
  });
  return found;
}

void kafka_writer::while_reading(const std::string& topic, std::int64_t at, std::int64_t until) {
  if (is_opening_) return say(fmt::format("reading {}, at offset {} of {}", topic, at, until));
  // A long read must not cost the lease. What is settled meanwhile may read too: once is enough.
  if (!std::exchange(reads_for_a_call_, false)) return;
  pump(0ms);
  reads_for_a_call_ = true;
}

void kafka_writer::ops(ops_call& call) {
  calls_.answered(1);
  send_ops(std::move(call));
}

void kafka_writer::send_ops(ops_call call) {
  // Without a producer too: an open that failed has none, until the next one.
  const bool is_ready = open_ && producer_;
  if (!is_ready && early_ops_.size() < most_early_ops) {
    early_ops_.push_back(std::move(call));
    return;
  }
  // Best effort: what does not get through must not hold up events.
  kafka::record r;
  r.topic = kafka::topic_of(settings_.broker, kafka::ops_events);
  r.value = std::move(call.payload);
  r.headers = {{"epoch", std::to_string(epoch_)}};
  const bool fits = is_ready && ops_in_flight_ < most_ops_in_flight;
  if (fits && producer_->send(r, ops_token) == kafka::send_result::taken) {
    ++ops_in_flight_;
  } else {
    ++condition_->ops_dropped;
  }
}

}  // namespace bulkhead
