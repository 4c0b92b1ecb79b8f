#pragma once
// Reads a journal in Kafka for offline commands, also while a node runs. Takes no epoch, changes nothing. One thread.
// Every call ends with an error where no server answers for a while.
#include "runtime/journal/journal_rows.hpp"
#include "runtime/journal/kafka_log.hpp"
#include "runtime/ports/journal.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace bulkhead {

class kafka_reader {
 public:
  kafka_reader(kafka::connection servers, broker_id broker, std::chrono::milliseconds patience);

  /// Whether there is a log with anything in it.
  [[nodiscard]] journal_status has_events(bool& found);
  /// Broker, epoch and end, as of one instant.
  [[nodiscard]] journal_status header(journal_header& found);
  /// Every event that counts from `from_seq` on, in order, as of one instant, until `fn` returns false.
  [[nodiscard]] journal_status for_each(std::uint64_t from_seq, const std::function<bool(const journal_record&)>& fn);
  /// Every snapshot that recovery could use, the newest first. The error names those that it could not.
  [[nodiscard]] journal_status snapshots(std::vector<journal_snapshot>& found);
  [[nodiscard]] journal_status for_each_ops(const std::function<bool(std::string_view payload)>& fn);

 private:
  [[nodiscard]] journal_status guarded(const std::function<void(kafka_log&)>& work);

  kafka_log_settings settings_;
  std::chrono::milliseconds patience_;
  std::string trouble_;
  std::chrono::steady_clock::time_point heard_;  ///< last time that a server answered
  std::unique_ptr<kafka_log> log_;
};

}  // namespace bulkhead
