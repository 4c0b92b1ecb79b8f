#pragma once
// The frames of a log as a feed: one that grows, or what is there.
#include "runtime/frame_log/frame_log.hpp"
#include "runtime/ports/live_source.hpp"

#include <memory>
#include <utility>

namespace bulkhead {

/// Reads a log from the first frame on. One owner; several may read the same log. Base: feed_source or live_source.
template <class Base>
class frames_of_log : public Base {
 public:
  explicit frames_of_log(std::shared_ptr<frame_log> log) : log_(std::move(log)), at_(log_->find(1)) {}

  bool next(frame_batch& batch) override { return log_->read(at_, batch); }
  void seek(feed_seq seq) override { at_ = log_->find(seq); }
  [[nodiscard]] std::uint64_t size() const override { return log_->size(); }
  [[nodiscard]] const std::vector<feed_problem>& problems() const override { return none_; }
  /// The log is kept with the journals that followed it, so it is the same feed however far it has grown.
  [[nodiscard]] std::string fingerprint() const override { return std::string{live_fingerprint}; }

  static constexpr std::string_view live_fingerprint = "live: feed.frames";

 protected:
  const std::shared_ptr<frame_log> log_;

 private:
  frame_log::place at_;
  std::vector<feed_problem> none_;
};

using logged_frames = frames_of_log<feed_source>;

class growing_frames final : public frames_of_log<live_source> {
 public:
  using frames_of_log<live_source>::frames_of_log;
  ~growing_frames() override {
    if (listener_ != 0) log_->forget(listener_);
  }
  growing_frames(const growing_frames&) = delete;
  growing_frames& operator=(const growing_frames&) = delete;

  void on_more(std::function<void()> told) override {
    if (listener_ != 0) log_->forget(listener_);
    listener_ = log_->listen(std::move(told));
  }

 private:
  std::uint64_t listener_ = 0;
};

}  // namespace bulkhead
