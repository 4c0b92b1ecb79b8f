#pragma once
// The journal in Kafka: `{b}.journal.events`, one partition, kept for good, is the log that log_fold.hpp folds;
// `{b}.journal.snapshots` shortens a recovery; `{b}.ops.events` takes facts about running.
//
// One writer, by the order of the log. Offsets of such a topic have no holes, so a delivery report with the offset that
// follows the last one says two things at once: the record is acknowledged by every in-sync copy, and nobody wrote in
// between, so the journal is still ours. After a hole the foreign records in it are read: a valid claim among them
// fences this owner for good; what a stale owner wrote counts for nothing, and it goes on. Nothing is read back, so an
// append costs one acknowledgement. Transactions would fence too, at the servers, but a commit costs 6 ms at the median
// and 40 ms at the 99th percentile where an acknowledgement costs 0.4 ms, and a time-out in a commit leaves open what
// became of it. Needed for it: one partition, cleanup by deletion with no retention, acks=all, no transactions in the
// topic.
//
// The lease: an owner acts until `lease` after it sent the newest record that was acknowledged to it. Another owner
// claims, then waits a whole lease before it acts, unless the former one has released the journal. So a process that
// was stopped finds, when it goes on, its lease run out. Leases run on CLOCK_MONOTONIC: it counts while a process is
// stopped, but not while its machine sleeps.
#include "runtime/domain/ids.hpp"
#include "runtime/kafka/connection.hpp"
#include "runtime/ports/journal.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead {

struct kafka_journal_settings {
  kafka::connection servers;
  broker_id broker;  ///< its topics; failpoints are "{broker}.journal.*"
  std::chrono::milliseconds lease{3000};
  std::size_t queue_records = 65536;      ///< records waiting for the servers, at most; any other call counts as one
  std::chrono::milliseconds drain{5000};  ///< on destruction: time for what is queued; the rest is refused
  std::int32_t replication = 1;           ///< of topics that open() makes where there are none
  std::vector<std::pair<std::string, std::string>> more;  ///< further options of librdkafka's producer
};

/// What librdkafka says of its producer; the newest figures.
struct kafka_figures {
  std::uint64_t queued = 0;  ///< records sent and not acknowledged
  std::uint64_t sent = 0;    ///< records since the start
  std::uint64_t sent_bytes = 0;
  std::uint64_t errors = 0;  ///< of transmission, by all servers
  std::int64_t round_trip_p50_us = 0;
  std::int64_t round_trip_p99_us = 0;
};

/// Any thread may call. Every call is answered exactly once (append_ops never). A call beyond the queue's bound is
/// refused inline, on the caller's thread, with durable_seq 0; all other answers come on the journal's thread: appends
/// in the order of the calls. Callbacks must not throw; they may call the journal, and may drop it.
class kafka_journal final : public journal {
 public:
  /// Speaks to nobody: open() does, and waits while no server answers; outage() says so meanwhile.
  explicit kafka_journal(kafka_journal_settings settings);
  kafka_journal(const kafka_journal&) = delete;
  kafka_journal& operator=(const kafka_journal&) = delete;
  ~kafka_journal() override;

  void open(recovered_fn done) override;
  void append(std::uint64_t epoch, std::vector<journal_record> batch, durable_fn done) override;
  void write_snapshot(std::uint64_t epoch, journal_snapshot snapshot, done_fn done) override;
  void read(std::uint64_t from_seq, std::size_t limit, records_fn done) override;
  void append_ops(std::string payload) override;
  [[nodiscard]] std::string outage() const override;
  [[nodiscard]] std::chrono::steady_clock::time_point lease_until() const noexcept override;
  [[nodiscard]] std::uint64_t ops_dropped() const noexcept override;
  /// nullopt: none yet.
  [[nodiscard]] std::optional<kafka_figures> figures() const;

 private:
  class thread;
  std::shared_ptr<thread> thread_;
};

}  // namespace bulkhead
