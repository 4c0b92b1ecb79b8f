#pragma once
// The newest samples of one instrument, oldest first. A plain value: part of its strategy's state.
#include "runtime/domain/money.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bulkhead {

/// A ring. Takes its memory when the first sample comes, so that a thousand idle instruments cost nothing; from then on
/// it allocates no more.
class sample_window {
 public:
  sample_window() = default;
  /// Holds at most `capacity` samples, >= 1.
  explicit sample_window(std::int64_t capacity) : capacity_(static_cast<std::size_t>(capacity)) {}

  /// Over capacity: the oldest leaves.
  void push(price sample) {
    if (samples_.empty()) samples_.reserve(capacity_);
    if (samples_.size() < capacity_) {
      samples_.push_back(sample);
      return;
    }
    samples_[oldest_] = sample;
    oldest_ = (oldest_ + 1) % capacity_;
  }
  [[nodiscard]] bool full() const noexcept { return capacity_ > 0 && samples_.size() == capacity_; }
  [[nodiscard]] std::size_t size() const noexcept { return samples_.size(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  /// 0: the oldest; size() - 1: the newest.
  [[nodiscard]] price operator[](std::size_t age_order) const {
    return samples_[(oldest_ + age_order) % samples_.size()];
  }

 private:
  std::size_t capacity_ = 0;
  std::size_t oldest_ = 0;  ///< in a full ring
  std::vector<price> samples_;
};

}  // namespace bulkhead
