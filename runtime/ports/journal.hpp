#pragma once
// The journal of one broker: the only truth. Asynchronous; every call returns at once and answers through its callback,
// on the backend's own thread (or inline, for the in-memory backend). One writer at a time: open() takes a new epoch,
// and from then on every append of an older epoch is fenced.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead {

struct journal_record {
  std::uint64_t seq = 0;
  std::string payload;  ///< one event, as the codec wrote it
};

/// One cut of a subtree between two frames.
struct journal_snapshot {
  std::uint64_t seq = 0;       ///< last event that is in it
  std::uint64_t feed_seq = 0;  ///< last frame that is in it
  std::uint32_t schema = 0;
  std::string body;  ///< JSON
};

/// What a new owner starts from.
struct journal_recovery {
  std::uint64_t epoch = 0;
  std::optional<journal_snapshot> snapshot;
  std::vector<journal_record> tail;  ///< every event after the snapshot, in order
};

enum class journal_outcome : std::uint8_t {
  ok,
  failed,  ///< of this call: open the journal again to learn what is there
  fenced,  ///< another owner has taken the journal over: stop for good, never open it again
};

/// How a call ended.
struct journal_status {
  std::string error;            ///< empty: success; otherwise what failed, where (file, record) and what to do
  bool lost_ownership = false;  ///< with an error: see journal_outcome::fenced
  bool left_out = false;        ///< of a snapshot, with success: too large to be kept; the log is whole without it

  [[nodiscard]] bool ok() const noexcept { return error.empty(); }
  [[nodiscard]] journal_outcome outcome() const noexcept {
    if (ok()) return journal_outcome::ok;
    return lost_ownership ? journal_outcome::fenced : journal_outcome::failed;
  }
};

class journal {
 public:
  virtual ~journal() = default;

  using recovered_fn = std::function<void(journal_status, journal_recovery)>;
  using durable_fn = std::function<void(journal_status, std::uint64_t durable_seq)>;
  using records_fn = std::function<void(journal_status, std::vector<journal_record>)>;
  using done_fn = std::function<void(journal_status)>;

  /// Takes the next epoch, then reads the newest usable snapshot and the tail. Waits behind what is queued, so it sees
  /// every append made before it through this object. The first open() of an object takes the journal over from any
  /// owner; a later one of the same object, after a restart of its actor, is fenced if somebody took over since.
  virtual void open(recovered_fn done) = 0;

  /// Appends a batch as one atomic unit: after a crash it is there whole or not at all. `seq`s are consecutive and
  /// follow the last append; a gap or a repeat fails the call, another epoch than the journal's is fenced (checked in
  /// the transaction that writes); neither writes anything. Batches are committed in order, several to one disk sync.
  /// `done` says up to where the journal is durable.
  virtual void append(std::uint64_t epoch, std::vector<journal_record> batch, durable_fn done) = 0;

  /// Keeps the snapshot (and a few before it). Written after everything appended so far. One that the backend has no
  /// room for is left out, and a fact about running says so: nothing failed, a recovery only reads more of the log.
  virtual void write_snapshot(std::uint64_t epoch, journal_snapshot snapshot, done_fn done) = 0;

  /// Up to `limit` records from `from_seq` on.
  virtual void read(std::uint64_t from_seq, std::size_t limit, records_fn done) = 0;

  /// A fact about running, outside the domain's order (starts, restarts, epochs): JSON text, best effort, ordered.
  virtual void append_ops(std::string payload) = 0;
  /// Why nothing becomes durable just now although nothing has failed: the servers behind the journal are away, and it
  /// goes on by itself once they are back. Empty: none. Any thread.
  [[nodiscard]] virtual std::string outage() const { return {}; }
  /// Until when nobody else can have taken the journal over and acted on it: an effect must leave before. Renewed by
  /// itself while the backend is reached. For good where one host's lock keeps others out. Any thread.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point lease_until() const noexcept {
    return std::chrono::steady_clock::time_point::max();
  }
  /// Facts about running that were shed so far, instead of holding up events.
  [[nodiscard]] virtual std::uint64_t ops_dropped() const noexcept { return 0; }
};

}  // namespace bulkhead
