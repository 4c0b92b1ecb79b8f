#pragma once
// A journal on a simulated disk: calls wait in a queue until the harness commits a group of them, a commit may fail,
// and what was not committed is gone when its node crashes. The disk outlives the nodes; the newest one holds its lock.
#include "runtime/domain/event_codec.hpp"
#include "runtime/domain/risk/kill_latch.hpp"
#include "runtime/journal/memory_journal.hpp"
#include "simulation/findings.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>

namespace bulkhead::simulation {

/// One broker's (or the runner's) journal as it is on the disk, and what a watcher has to know of it.
struct sim_disk {
  explicit sim_disk(std::string name) : log(std::move(name)) {}

  memory_log log;
  std::uint64_t epoch = 0;           ///< of its owner
  unsigned locked_by = 0;            ///< the node that may open it, as by the lock of a data directory
  std::uint64_t records = 0;         ///< durable
  std::set<std::string> intents;     ///< durable: client order ids of order.submitted
  std::set<std::string> approvals;   ///< durable: client order ids of signal.validated
  kill_mode latch = kill_mode::off;  ///< durable: the broker's
  std::set<unsigned> fenced;         ///< nodes that had an append refused as stale
};

/// One node's access.
class sim_journal final : public journal {
 public:
  /// `codec` may be null: the runner's journal.
  sim_journal(std::shared_ptr<sim_disk> disk, std::shared_ptr<const event_codec> codec, unsigned node, findings& found)
      : disk_(std::move(disk)), codec_(std::move(codec)), node_(node), found_(&found) {}

  void open(recovered_fn done) override;
  void append(std::uint64_t epoch, std::vector<journal_record> batch, durable_fn done) override;
  void write_snapshot(std::uint64_t epoch, journal_snapshot snapshot, done_fn done) override;
  void read(std::uint64_t from_seq, std::size_t limit, records_fn done) override;
  void append_ops(std::string) override {}

  [[nodiscard]] std::size_t waiting() const { return stalled_ > 0 ? 0 : calls_.size(); }
  [[nodiscard]] bool is_stalled() const { return stalled_ > 0 && !calls_.empty(); }
  /// Commits the oldest `count` calls as one group; `fails`: nothing of them is kept.
  void commit(std::size_t count, bool fails);
  /// Slow: nothing is committed during so many turns of the harness.
  void stall(std::size_t turns) { stalled_ = turns; }
  void turn() {
    if (stalled_ > 0) --stalled_;
  }
  /// The node has crashed: nothing takes effect and nothing is answered any more.
  void crash();

 private:
  using call = std::function<void(const std::string& failure)>;
  void submit(call c);
  void note(const std::vector<journal_record>& batch);

  std::shared_ptr<sim_disk> disk_;
  std::shared_ptr<const event_codec> codec_;
  unsigned node_;
  findings* found_;
  std::deque<call> calls_;
  std::size_t stalled_ = 0;
  std::uint64_t durable_ = 0;
  std::uint64_t mine_ = 0;  ///< epoch that this owner took last; 0: none yet
  bool crashed_ = false;
};

}  // namespace bulkhead::simulation
