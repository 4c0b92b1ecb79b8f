#pragma once
// What the store's thread does with a group of calls. Owned and called by that thread alone.
#include "runtime/store/sqlite_store.hpp"
#include "runtime/store/store_calls.hpp"
#include "runtime/store/store_file.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bulkhead {

class store_writer {
 public:
  using worker = store_worker;

  explicit store_writer(sqlite_store_settings settings);

  /// Never throws: a failure, an injected one too, becomes the answers' error.
  worker::answers process(std::vector<store_call>& group, bool too_late);
  /// Failed projections that the caller was told of. Any thread.
  [[nodiscard]] std::uint64_t failures_told() const noexcept { return *failures_told_; }

 private:
  void handle(project_call& call);
  void handle(projected_call& call);
  void handle(get_call& call);
  void handle(clear_call& call);
  /// The file, opened now if it is not open.
  store_file& file();
  /// Runs `work`; the error's text, or empty. A damaged file is moved aside.
  std::string attempt(const std::function<void()>& work);
  void replace_damaged(const std::string& what);
  void flush();
  /// Empty, or why this projection must not be written.
  [[nodiscard]] std::string check(const project_call& call) const;
  /// Fails the projections of the open transaction.
  void fail_pending(const std::string& failure);

  const sqlite_store_settings settings_;
  const std::string scope_;  ///< of the failpoints
  std::unique_ptr<store_file> file_;
  bool position_lost_ = false;  ///< the views were lost since the caller last learnt the position
  /// Projections behind a failed one, made before its caller could know, must not move the position past it.
  std::uint64_t failures_ = 0;
  std::shared_ptr<std::atomic<std::uint64_t>> failures_told_ = std::make_shared<std::atomic<std::uint64_t>>(0);
  std::vector<state_store::done_fn> pending_;  ///< projections in the open transaction
  worker::answers answers_;
};

}  // namespace bulkhead
