#pragma once
// A feed that is written down as it is read: feed.record.
#include "runtime/feeds/ticks_recorder.hpp"
#include "runtime/ports/feed_source.hpp"

#include <memory>
#include <utility>

namespace bulkhead {

/// Hands every new frame of `inner` to the recorder before it is seen; frames that are read again are not written
/// again. Writes to the operating system's cache on the caller's thread. next() throws std::runtime_error when the file
/// cannot be written.
class recording_source final : public feed_source {
 public:
  recording_source(std::unique_ptr<feed_source> inner, ticks_recorder recorder)
      : inner_(std::move(inner)), recorder_(std::move(recorder)) {}

  bool next(frame_batch& batch) override {
    if (!inner_->next(batch)) return false;
    const frame_view newest = batch[batch.size() - 1];
    one_.clear();
    one_.add(newest.seq, newest.ts, newest.kind, newest.ticks);
    recorder_.append(one_);
    return true;
  }
  void seek(feed_seq seq) override { inner_->seek(seq); }
  [[nodiscard]] std::uint64_t size() const override { return inner_->size(); }
  [[nodiscard]] const std::vector<feed_problem>& problems() const override { return inner_->problems(); }
  [[nodiscard]] std::string fingerprint() const override { return inner_->fingerprint(); }

 private:
  std::unique_ptr<feed_source> inner_;
  ticks_recorder recorder_;
  frame_batch one_;
};

}  // namespace bulkhead
