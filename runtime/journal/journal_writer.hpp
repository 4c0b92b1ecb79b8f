#pragma once
// What the journal's thread does with a group of calls: the group commit. Owned and called by that thread alone.
#include "runtime/journal/journal_call.hpp"
#include "runtime/journal/journal_file.hpp"
#include "runtime/journal/sqlite_journal.hpp"
#include "runtime/sqlite/group_worker.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bulkhead {

class journal_writer {
 public:
  using worker = sqlite::group_worker<journal_call>;

  journal_writer(sqlite_journal_settings settings, std::shared_ptr<std::atomic<std::uint64_t>> ops_dropped);

  /// Never throws: a failure, an injected one too, becomes the answers' error.
  worker::answers process(std::vector<journal_call>& group, bool too_late);

 private:
  /// An append in the open transaction, waiting for its commit.
  struct pending {
    journal::durable_fn done;
    journal_status refusal;
  };

  void handle(open_call& call);
  void handle(append_call& call);
  void handle(snapshot_call& call);
  void handle(read_call& call);
  void handle(ops_call& call);
  /// Commits the open transaction and answers its appends.
  void flush();
  /// Rolls the open transaction back and fails its appends.
  void fail_group(const std::string& error);
  void answer_pending(const std::string& failure);
  [[nodiscard]] std::uint64_t durable_seq() const { return file_ ? file_->durable_seq() : 0; }

  const sqlite_journal_settings settings_;
  const std::string scope_;  ///< of the failpoints
  std::shared_ptr<std::atomic<std::uint64_t>> ops_dropped_;
  std::unique_ptr<journal_file> file_;  ///< null: not open
  std::vector<pending> pending_;
  std::uint64_t epoch_ = 0;      ///< taken last, by whichever file; 0: none yet
  std::uint64_t group_ops_ = 0;  ///< ops facts in the open transaction
  static constexpr std::size_t most_early_ops = 256;
  std::vector<ops_call> early_ops_;  ///< facts from before the journal was open; written once it is
  worker::answers answers_;
};

}  // namespace bulkhead
