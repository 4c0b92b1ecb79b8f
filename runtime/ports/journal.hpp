#pragma once
// The journal of one broker: the only truth. Asynchronous; every call returns at once and answers through its callback,
// on the backend's own thread (or inline, for the in-memory backend). One writer at a time: open() takes a new epoch,
// and from then on every append of an older epoch fails.
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

/// Empty text: success. Otherwise what failed, where (file, record) and what to do.
struct journal_status {
  std::string error;
  [[nodiscard]] bool ok() const noexcept { return error.empty(); }
};

class journal {
 public:
  virtual ~journal() = default;

  using recovered_fn = std::function<void(journal_status, journal_recovery)>;
  using durable_fn = std::function<void(journal_status, std::uint64_t durable_seq)>;
  using records_fn = std::function<void(journal_status, std::vector<journal_record>)>;
  using done_fn = std::function<void(journal_status)>;

  /// Takes the next epoch, then reads the newest usable snapshot and the tail. Waits behind what is queued, so it sees
  /// every append made before it through this object.
  virtual void open(recovered_fn done) = 0;

  /// Appends a batch as one atomic unit: after a crash it is there whole or not at all. `seq`s are consecutive and
  /// follow the last append; a gap, a repeat or a stale epoch fails the call and writes nothing. Batches are committed
  /// in order, several to one disk sync. `done` says up to where the journal is durable.
  virtual void append(std::uint64_t epoch, std::vector<journal_record> batch, durable_fn done) = 0;

  /// Keeps the snapshot (and a few before it). Written after everything appended so far.
  virtual void write_snapshot(std::uint64_t epoch, journal_snapshot snapshot, done_fn done) = 0;

  /// Up to `limit` records from `from_seq` on.
  virtual void read(std::uint64_t from_seq, std::size_t limit, records_fn done) = 0;

  /// A fact about running, outside the domain's order (starts, restarts, epochs): JSON text, best effort, ordered.
  virtual void append_ops(std::string payload) = 0;
};

}  // namespace bulkhead
