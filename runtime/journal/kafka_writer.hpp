#pragma once
// What a Kafka journal's thread does: sends what is queued, turns delivery reports into answers, keeps the lease.
// Owned and called by that thread alone; the answers run on it too.
#include "runtime/journal/append_rules.hpp"
#include "runtime/journal/journal_call.hpp"
#include "runtime/journal/kafka_condition.hpp"
#include "runtime/journal/kafka_journal.hpp"
#include "runtime/journal/kafka_log.hpp"
#include "runtime/journal/log_fold.hpp"
#include "runtime/journal/log_places.hpp"
#include "runtime/journal/recent_records.hpp"
#include "runtime/kafka/producer.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead {

/// Bytes of an event or a snapshot; max.message.bytes of the topics, less what is around it.
inline constexpr std::size_t kafka_largest_record = 8'000'000;

/// What a report is of.
enum kafka_token : std::uint64_t { ops_token = 0, event_token = 1, claim_token = 2, first_snapshot_token = 16 };

class kafka_writer {
 public:
  using clock = std::chrono::steady_clock;
  struct calls {
    /// So much less waits; said before the answer runs.
    std::function<void(std::size_t weight)> answered;
    /// The producer that the journal's thread waits in; null before it goes.
    std::function<void(kafka::producer*)> waits_in;
  };

  kafka_writer(kafka_journal_settings settings, std::shared_ptr<kafka_condition> condition, calls c);
  ~kafka_writer();
  kafka_writer(const kafka_writer&) = delete;
  kafka_writer& operator=(const kafka_writer&) = delete;

  /// Never throws: a failure, an injected one too, becomes the answer's error.
  void handle(journal_call& call);
  /// Waits up to `patience` for reports, answers what they settle, and keeps the lease.
  void pump(std::chrono::milliseconds patience);
  /// Whether there is a producer to wait in.
  [[nodiscard]] bool is_connected() const noexcept { return producer_ != nullptr; }
  [[nodiscard]] bool is_idle() const noexcept { return sent_.empty() && held_.empty() && snapshots_.empty(); }
  /// Waits for what is on its way, then releases the journal if it is ours; what is not answered as the time is over is
  /// refused.
  void close();

 private:
  /// A call, or a record of our own, whose records are on their way.
  struct sent {
    log_kind kind = log_kind::event;
    std::size_t count = 0;              ///< of its records
    std::uint64_t first = 0;            ///< event: seq of the first one
    std::vector<journal_record> batch;  ///< of an append
    std::size_t reported = 0;           ///< of the records
    clock::time_point at;               ///< when it was sent
    std::string error;
    journal_status status;  ///< how it ended
    std::size_t weight = 0;
    journal::durable_fn done;               ///< of an append
    std::optional<snapshot_call> snapshot;  ///< written once this mark is ours

    [[nodiscard]] bool is_settled() const { return reported >= count; }
  };
  struct written_snapshot {
    snapshot_call call;
    std::uint64_t token = 0;
  };

  void open(open_call& call);
  void append(append_call& call);
  [[nodiscard]] journal_status refusal_of(const append_call& call);
  void snapshot(snapshot_call& call);
  void read(read_call& call);
  void ops(ops_call& call);
  void send_ops(ops_call call);

  // Opening and closing, in kafka_opening.cpp.
  void connect();
  [[nodiscard]] journal_status take(journal_recovery& found);
  [[nodiscard]] journal_status claim(const log_fold::record_fn& whole);
  [[nodiscard]] bool is_drawn(const std::string& owner) const;
  void let_a_take_over_settle(log_fold& fold, const log_fold::record_fn& whole);
  /// Sends it, and waits for as long as it takes.
  kafka::delivery deliver(const kafka::record& r);
  void await_everything();  ///< until nothing is on its way
  /// Fails what is not answered.
  void abandon(const std::string& why);
  void pause(std::chrono::milliseconds time);
  /// Why the open that is under way takes its time: it counts as an outage, not as a journal that hangs.
  void say(const std::string& doing);
  void say_waiting(std::string_view for_what, clock::time_point until);

  void send(sent what);
  kafka::send_result send_record(const sent& what, std::size_t number, std::string& why);
  void send_own(log_kind kind);
  void send_own(log_kind kind, sent what);
  /// Waits up to `patience` for reports and answers what they settle.
  void take_reports(std::chrono::milliseconds patience);
  void take_report(const kafka::delivery& report);
  void settle_record(sent& at, const kafka::delivery& report);
  void settle();
  /// Answers what was held back for the sake of the lease.
  void release_held();
  void answer(sent done);
  void write_after_mark(sent done);
  /// A snapshot that is too large: the log goes on without it.
  journal_status leave_out(const journal_snapshot& snapshot);
  void answer_snapshot(const kafka::delivery& report);
  void keep_lease();
  void tell_outage();
  /// Now and then during a long read.
  void while_reading(const std::string& topic, std::int64_t at, std::int64_t until);
  [[nodiscard]] std::vector<journal_record> read_log(std::uint64_t from_seq, std::size_t limit);
  [[nodiscard]] journal_status standing() const;
  [[nodiscard]] bool is_ours() const { return open_ && broken_.empty() && fold_.owner() == mine_; }
  [[nodiscard]] journal_position position() const { return {fold_.epoch(), next_seq_ - 1}; }

  const kafka_journal_settings settings_;
  const std::string scope_;  ///< of the failpoints
  const std::string name_;
  std::shared_ptr<kafka_condition> condition_;
  const calls calls_;
  std::unique_ptr<kafka_log> log_;
  std::deque<kafka::delivery> reports_;            ///< not looked at yet
  std::optional<kafka::delivery> last_delivered_;  ///< of deliver()
  std::string trouble_;                            ///< newest word of librdkafka; empty: none since the last success
  bool producer_failed_ = false;
  std::unique_ptr<kafka::producer> producer_;

  bool open_ = false;
  std::string mine_;                ///< owner of the last claim that was ours; empty: none yet
  std::uint64_t epoch_ = 0;         ///< of it
  std::vector<std::string> drawn_;  ///< owners of claims since then: what became of them is not known
  log_fold fold_;                   ///< up to the last record that was reported to us
  std::uint64_t next_seq_ = 1;
  std::uint64_t durable_ = 0;
  std::string broken_;  ///< why nothing may be written until the next open(); empty: fine
  std::deque<sent> sent_;
  std::deque<sent> held_;  ///< settled, but the lease is nearly over: until something sent after held_since_ is ours
  clock::time_point held_since_;
  std::deque<written_snapshot> snapshots_;
  std::uint64_t snapshots_written_ = 0;
  std::uint64_t next_token_ = first_snapshot_token;
  std::uint64_t ops_in_flight_ = 0;
  std::vector<ops_call> early_ops_;
  clock::time_point last_sent_;
  recent_records recent_;
  log_places places_;
  bool is_opening_ = false;
  std::string doing_;              ///< of an open that is under way; empty: nothing that takes long
  bool reads_for_a_call_ = false;  ///< a read() reads the log: reports and lease are looked after meanwhile
};

}  // namespace bulkhead
