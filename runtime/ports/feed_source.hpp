#pragma once
// A source of frames that can be read again from any position: replay files, synthetic. Same settings, same frames.
#include "runtime/domain/market.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead {

/// One thing in the source that was refused; the run goes on without it.
struct feed_problem {
  std::string file;
  std::uint64_t line = 0;
  std::string what;  ///< what was found and what is allowed
};

class feed_source {
 public:
  virtual ~feed_source() = default;
  /// Appends the next frame to `batch`; false at the end of the source. Frames have consecutive seq from 1.
  virtual bool next(frame_batch& batch) = 0;
  /// The next next() gives the frame with this seq.
  virtual void seek(feed_seq seq) = 0;
  /// Number of frames in all.
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// What was refused on loading, in file and line order.
  [[nodiscard]] virtual const std::vector<feed_problem>& problems() const = 0;
  /// Identity of the content: a resumed run must see the same feed. Changes with any frame.
  [[nodiscard]] virtual std::string fingerprint() const = 0;
};

}  // namespace bulkhead
