#pragma once
// A journal in memory, for tests, benchmarks and runs whose history nobody keeps. The log outlives its clients: a
// second client on the same log is a second owner, or the same one after a restart.
#include "runtime/journal/append_rules.hpp"
#include "runtime/ports/journal.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace bulkhead {

/// What is durable, and the rules of writing to it. Thread-safe.
class memory_log {
 public:
  /// `name` stands where other backends name their file.
  explicit memory_log(std::string name = "memory journal") : name_(std::move(name)) {}

  /// `mine`: the epoch that this owner held before; 0: none.
  journal_status take_over(std::uint64_t mine, journal_recovery& found);
  journal_status append(std::uint64_t epoch, std::vector<journal_record> batch, std::uint64_t& durable_seq);
  journal_status write_snapshot(std::uint64_t epoch, journal_snapshot snapshot);
  [[nodiscard]] std::vector<journal_record> read(std::uint64_t from_seq, std::size_t limit) const;
  void append_ops(std::string payload);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::vector<std::string> ops() const;
  /// For tests: the newest usable snapshot is found damaged from now on.
  void damage_newest_snapshot();

 private:
  struct kept_snapshot {
    journal_snapshot snapshot;
    bool usable = true;
  };

  const std::string name_;
  mutable std::mutex guard_;
  journal_position now_;
  std::vector<journal_record> records_;  ///< record `seq` at index seq - 1
  std::deque<kept_snapshot> snapshots_;  ///< oldest first
  std::vector<std::string> ops_;
};

/// One owner's access. Calls and release() on one thread.
class memory_journal final : public journal {
 public:
  enum class mode : std::uint8_t {
    immediate,  ///< each call takes effect and is answered before it returns
    manual,     ///< each call waits, without effect, for release()
  };
  explicit memory_journal(std::shared_ptr<memory_log> log, mode m = mode::immediate) : log_(std::move(log)), mode_(m) {}
  memory_journal(const memory_journal&) = delete;
  memory_journal& operator=(const memory_journal&) = delete;
  /// What is still held is answered with an error and never takes effect, as after a crash.
  ~memory_journal() override;

  void open(recovered_fn done) override;
  void append(std::uint64_t epoch, std::vector<journal_record> batch, durable_fn done) override;
  void write_snapshot(std::uint64_t epoch, journal_snapshot snapshot, done_fn done) override;
  void read(std::uint64_t from_seq, std::size_t limit, records_fn done) override;
  void append_ops(std::string payload) override;

  /// Lets the oldest `count` held calls take effect and answers them, in order.
  void release(std::size_t count = std::numeric_limits<std::size_t>::max());
  [[nodiscard]] std::size_t held() const noexcept { return held_.size(); }

 private:
  /// `refusal` empty: take effect and answer; else answer with it.
  using call = std::function<void(const std::string& refusal)>;
  void submit(call c);

  std::shared_ptr<memory_log> log_;
  mode mode_;
  bool open_ = false;
  std::uint64_t epoch_ = 0;        ///< taken last; 0: none yet
  std::uint64_t durable_seq_ = 0;  ///< as last told; never falls
  std::deque<call> held_;
};

}  // namespace bulkhead
