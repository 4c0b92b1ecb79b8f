#pragma once
// The topics of one journal, and reading them. Used by the journal's thread and by offline commands; one owner.
// Every wait asks `is_over` and ends with `gave_up`. Servers that are away are waited for; `trouble` is told of them.
#include "runtime/domain/ids.hpp"
#include "runtime/journal/log_fold.hpp"
#include "runtime/kafka/admin.hpp"
#include "runtime/kafka/consumer.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace bulkhead {

/// So long after it was made a topic may not be known to every server.
inline constexpr std::chrono::seconds kafka_new_topic_known{10};

/// The owner of the log ended the wait.
class gave_up : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct kafka_log_settings {
  kafka::connection servers;
  broker_id broker;
  std::int32_t replication = 1;
  std::function<bool()> is_over = [] { return false; };
  std::function<void(const std::string&)> trouble = [](const std::string&) {};  ///< empty: over
  /// At the first record of a read and then every tenth of a second; may read too.
  std::function<void(const std::string& topic, std::int64_t at, std::int64_t until)> reading =
      [](const std::string&, std::int64_t, std::int64_t) {};
};

/// A snapshot as it lies in its topic: where to begin reading the log for what follows it.
struct kept_snapshot {
  journal_snapshot snapshot;
  log_place place;
};
/// `count`: of snapshots written before; spreads them over the topic's keys.
[[nodiscard]] kafka::record record_of(const kept_snapshot& s, std::uint64_t count);
/// Or what is wrong with it.
[[nodiscard]] std::optional<kept_snapshot> snapshot_of(const kafka::record& r, std::string& wrong);

/// The key of what is known of a run, beside the snapshots.
inline constexpr std::string_view run_key = "run";

class kafka_log {
 public:
  using entry_fn = std::function<bool(std::int64_t offset, std::optional<log_entry>&& e)>;

  explicit kafka_log(kafka_log_settings settings);

  /// Makes what is missing, where the login may, and refuses what would lose records. Throws kafka::error that says
  /// what to do.
  void require_topics();
  /// Whether there is a log, with anything in it.
  [[nodiscard]] bool has_events();

  /// Offset after the last record that is there.
  [[nodiscard]] std::int64_t end();
  /// Every record in [from, until), in order, until `fn` returns false.
  void read(std::int64_t from, std::int64_t until, const entry_fn& fn);
  /// Puts the records in [fold.next(), until) into the fold.
  void advance(log_fold& fold, std::int64_t until, const log_fold::record_fn& whole);

  /// The newest snapshots that recovery may use, the newest first. `damaged` gets one text for each that was passed
  /// over. What a stale owner wrote late is as true as any other: it says what the log up to its place comes to.
  [[nodiscard]] std::vector<kept_snapshot> snapshots(std::vector<std::string>& damaged);
  /// What was noted last of a run that writes this journal; nullopt: nothing.
  [[nodiscard]] std::optional<std::string> run_note();
  /// Facts about running, in order, as far back as they are kept.
  void read_ops(const std::function<bool(std::string_view)>& fn);

  [[nodiscard]] const std::string& events_topic() const noexcept { return events_; }
  [[nodiscard]] const std::string& snapshots_topic() const noexcept { return snapshots_; }
  /// "Kafka at host:port: paper.journal.events"
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  [[nodiscard]] kafka::watermarks ends_of(const std::string& topic);
  void read_topic(const std::string& topic, std::int64_t from, std::int64_t until,
                  const std::function<bool(kafka::record&&)>& fn);
  /// Whether the log says at that place what the snapshot says that it does.
  [[nodiscard]] bool fits(const log_place& place);
  /// Runs `work` again while no server answers; what lasts it throws.
  template <class Work>
  auto patiently(Work&& work);

  kafka_log_settings settings_;
  std::string events_;
  std::string snapshots_;
  std::string name_;
  std::unique_ptr<kafka::consumer> reader_;
  bool is_reading_ = false;
};

}  // namespace bulkhead
