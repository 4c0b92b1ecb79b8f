#include "runtime/journal/log_places.hpp"

#include <algorithm>
#include <iterator>

namespace bulkhead {
namespace {

bool is_before(std::uint64_t seq, const log_place& p) { return seq < p.seq; }

}  // namespace

void log_places::note(const log_fold& fold) {
  if (!fold.at_boundary()) return;
  const auto after = std::upper_bound(kept_.begin(), kept_.end(), fold.seq(), is_before);
  if (after != kept_.begin() && fold.seq() - std::prev(after)->seq < apart) return;
  if (after != kept_.end() && after->seq - fold.seq() < apart) return;
  kept_.insert(after, fold.place());
}

log_place log_places::before(std::uint64_t seq) const {
  const auto after = std::upper_bound(kept_.begin(), kept_.end(), seq, is_before);
  return after == kept_.begin() ? log_place{} : *std::prev(after);
}

}  // namespace bulkhead
