#pragma once
// Sends records, idempotent and acknowledged by every in-sync copy. Never blocks but in poll(), flush() and the
// destructor. send() and poll() may be called from different threads; reports and statistics come on the thread that
// polls.
#include "runtime/kafka/connection.hpp"
#include "runtime/kafka/record.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace bulkhead::kafka {

/// What became of one record.
struct delivery {
  std::uint64_t token = 0;      ///< the one that send() was given
  std::int32_t partition = -1;  ///< where it is
  std::int64_t offset = -1;
  std::string error;           ///< empty: acknowledged by every in-sync copy
  bool maybe_written = false;  ///< with an error: it may be in the log all the same
  bool is_too_large = false;   ///< with an error: for the topic
};

struct producer_calls {
  std::function<void(const delivery&)> on_delivery;
  /// librdkafka's statistics, JSON; needs the option statistics.interval.ms.
  std::function<void(const std::string&)> on_statistics;
  /// Trouble that librdkafka goes on to mend by itself (a server is gone), and what it cannot mend (fatal).
  std::function<void(const std::string& what, bool fatal)> on_trouble;
};

enum class send_result : std::uint8_t {
  taken,
  full,     ///< the local queue is at its bound: poll() and try again
  refused,  ///< too large, unknown topic, a fatal error before: `why` says it
};

class producer {
 public:
  /// Without further options: idempotent, acks=all, no linger, and a record is tried for as long as the producer lives.
  producer(const connection& c, const options& more, producer_calls calls);
  producer(const producer&) = delete;
  producer& operator=(const producer&) = delete;
  /// Gives up what is not acknowledged; flush() first.
  ~producer();

  /// Copies the bytes; partition 0, no key. For those who send many.
  send_result send(const std::string& topic, std::string_view value,
                   std::span<const std::pair<std::string_view, std::string_view>> headers, std::uint64_t token,
                   std::string* why = nullptr);
  /// Copies the record. partition -1: by key.
  send_result send(const record& r, std::uint64_t token, std::string* why = nullptr);
  /// Runs the callbacks of what happened; waits up to `timeout` for the first. Number of events.
  int poll(std::chrono::milliseconds timeout);
  /// Ends the poll() that waits, or the next one, at once. Any thread.
  void wake();
  /// Polls until everything is answered. False: the time is over.
  bool flush(std::chrono::milliseconds timeout);
  /// Ends the wait for what was not sent yet; it is reported as failed.
  void purge();
  /// Records sent and not reported yet.
  [[nodiscard]] std::size_t in_flight() const;
  /// Learns where the topic is, so that the first send does not wait for it (0.7 to 1 s). Throws `error`: no such
  /// topic, no right to it, no answer in time.
  void prepare(const std::string& topic, std::chrono::milliseconds timeout);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace bulkhead::kafka
