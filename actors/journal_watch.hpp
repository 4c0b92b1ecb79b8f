#pragma once
// What an actor does about a journal that refuses, and about one that does not answer at all. Knows no actor and reads
// no clock: the host says when it called, when it was answered, and what time it is. One owner.
#include "runtime/ports/journal.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace bulkhead::actors {

/// A restart could not help, or would do harm: the subtree must end with this reason.
[[noreturn]] void stop_for_good(const std::string& reason);

/// Throws unless the call succeeded: a failure restarts the caller; a fenced one must not come back, because opening
/// again would take the journal from its new owner.
void require(const journal_status& status);

/// The deadline of every call. check() throws for a call that is overdue: an append or a snapshot restarts the caller;
/// an open (or a read that a start needs) stops it for good, since a restart has nothing else to try.
class journal_watch {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  journal_watch(std::string whose, std::chrono::milliseconds deadline)
      : whose_(std::move(whose)), deadline_(deadline) {}

  void opening(time_point now) { opening_ = now; }
  void opened() { opening_.reset(); }
  /// The call that ends with this seq was made.
  void appended(std::uint64_t seq, time_point now) { appended_.emplace_back(seq, now); }
  void durable(std::uint64_t seq);
  void cutting(time_point now) { cutting_ = now; }
  void cut_kept() { cutting_.reset(); }

  /// The servers behind the journal are away and nothing has failed: every deadline begins anew.
  void excuse(time_point now);
  void check(time_point now) const;

 private:
  [[nodiscard]] bool overdue(time_point since, time_point now) const { return now - since >= deadline_; }
  [[nodiscard]] std::string late(const std::string& what) const;

  std::string whose_;
  std::chrono::milliseconds deadline_;
  std::optional<time_point> opening_;
  std::optional<time_point> cutting_;
  std::deque<std::pair<std::uint64_t, time_point>> appended_;  ///< oldest first, until durable
};

}  // namespace bulkhead::actors
