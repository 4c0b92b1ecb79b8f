#pragma once
// A source to which frames are added while it is read: the log of a live feed.
#include "runtime/ports/feed_source.hpp"

#include <functional>

namespace bulkhead {

/// next() is false at the newest frame, and true again later. size() counts a frame once it can be read. The source has
/// no end: whoever reads it decides where to stop.
class live_source : public feed_source {
 public:
  /// `told` is called after frames were added, from any thread, until this source ends. It must not block.
  virtual void on_more(std::function<void()> told) = 0;
};

}  // namespace bulkhead
