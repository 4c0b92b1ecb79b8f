#pragma once
// Places of a log that a reader may begin at, so that reading old events page by page reads each of them once. Pure;
// one owner.
#include "runtime/journal/log_fold.hpp"

#include <cstdint>
#include <vector>

namespace bulkhead {

class log_places {
 public:
  static constexpr std::uint64_t apart = 256;  ///< events between two of them, at least

  void clear() noexcept { kept_.clear(); }
  /// Where the fold stands, if a reader may begin there and none is kept nearby. In any order.
  void note(const log_fold& fold);
  /// The last one that has no event after `seq` behind it; the log's start where there is none.
  [[nodiscard]] log_place before(std::uint64_t seq) const;

 private:
  std::vector<log_place> kept_;  ///< by seq
};

}  // namespace bulkhead
