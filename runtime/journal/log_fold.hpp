#pragma once
// Who owns a journal that is a log, and which of its records count: a fold over the log from its start, or from a place
// in it that is known. Pure; one owner. Writers and readers use this same fold, so they cannot disagree.
//
// A log has many writers and no lock. What decides is the order in it:
//   claim    takes the journal. It names whom its writer believes to be the owner; if that is not so, it is void. One
//            that names nobody takes the journal from anybody.
//   event    counts if its writer is the owner at that place, it follows the owner's last one, and the batch that it
//            belongs to is complete before the next valid claim.
//   mark     its writer still owned the journal here.
//   release  its owner will write no more: the next owner need not wait until its lease is over.
// A claim from an owner that may still act is not settled: its writer waits until the former lease is over and then
// marks. Before that mark it has done nothing, and nobody has to wait for its sake.
#include "runtime/ports/journal.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bulkhead {

enum class log_kind : std::uint8_t { event, claim, release, mark };

/// One record of the log.
struct log_entry {
  log_kind kind = log_kind::event;
  std::string owner;            ///< its writer: drawn anew for each claim
  std::uint64_t seq = 0;        ///< event
  std::uint64_t batch_end = 0;  ///< event: seq of the last one of its batch
  std::string if_owner;         ///< claim: takes the journal from this one only; empty: from anybody
  std::uint64_t lease_ms = 0;   ///< claim: its owner acts so long after an acknowledged record was sent, at most
  std::string payload;          ///< event
};

/// A place between two records, with no batch half done, and what the log up to there says.
struct log_place {
  std::int64_t offset = 0;  ///< of the next record
  std::uint64_t epoch = 0;  ///< valid claims before
  std::uint64_t seq = 0;    ///< last event that counts
  std::string owner;        ///< empty: nobody has claimed it yet
  std::uint64_t lease_ms = 0;
};

enum class log_verdict : std::uint8_t {
  counts,   ///< it is the owner's and in its place
  taken,    ///< a valid claim
  refused,  ///< a void claim
  stale,    ///< of a writer that is not the owner here
  broken,   ///< the owner's, but it does not follow; nothing more of this owner counts
};

class log_fold {
 public:
  using record_fn = std::function<void(journal_record&&)>;

  log_fold() = default;
  explicit log_fold(log_place from) : at_(std::move(from)), settled_(!at_.owner.empty()) {}

  /// The next record. `whole` is given each event of a batch that this record completes.
  log_verdict take(std::int64_t offset, log_entry&& e, const record_fn& whole);
  /// A record that is none of the journal's.
  void skip(std::int64_t offset) { next_ = offset + 1; }

  [[nodiscard]] const std::string& owner() const noexcept { return at_.owner; }
  [[nodiscard]] std::uint64_t epoch() const noexcept { return at_.epoch; }
  [[nodiscard]] std::uint64_t seq() const noexcept { return at_.seq; }
  /// Offset of the record that take() or skip() expects.
  [[nodiscard]] std::int64_t next() const noexcept { return next_ < at_.offset ? at_.offset : next_; }
  /// False: its owner has claimed the journal from one whose lease may still run, and has not acted yet.
  [[nodiscard]] bool settled() const noexcept { return settled_; }
  /// The longest lease that may run beside the owner's own while it is not settled.
  [[nodiscard]] std::uint64_t former_lease_ms() const noexcept { return former_lease_ms_; }
  /// The owner's last record was a release.
  [[nodiscard]] bool released() const noexcept { return released_; }
  /// Whether a reader may begin here: no batch is half done, and the owner's records count.
  [[nodiscard]] bool at_boundary() const noexcept { return pending_.empty() && settled_ && !closed_; }
  [[nodiscard]] log_place place() const;

 private:
  log_verdict take_claim(const log_entry& e);
  log_verdict take_event(log_entry&& e, const record_fn& whole);

  log_place at_;
  std::int64_t next_ = 0;
  bool settled_ = false;
  bool released_ = false;
  bool closed_ = false;  ///< nothing more of this owner counts
  std::uint64_t former_lease_ms_ = 0;
  std::vector<journal_record> pending_;  ///< of the batch that is half done
  std::uint64_t pending_end_ = 0;
};

}  // namespace bulkhead
