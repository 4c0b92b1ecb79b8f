#include "runtime/journal/recent_records.hpp"

#include <algorithm>
#include <utility>

namespace bulkhead {

void recent_records::add(journal_record r) {
  if (!kept_.empty() && r.seq != kept_.back().seq + 1) clear();
  bytes_ += r.payload.size();
  kept_.push_back(std::move(r));
  while (kept_.size() > most_records || (bytes_ > most_bytes && kept_.size() > 1)) {
    bytes_ -= kept_.front().payload.size();
    kept_.pop_front();
  }
}

void recent_records::clear() {
  kept_.clear();
  bytes_ = 0;
}

bool recent_records::has(std::uint64_t seq) const {
  return !kept_.empty() && seq >= kept_.front().seq && seq <= kept_.back().seq;
}

std::vector<journal_record> recent_records::from(std::uint64_t seq, std::size_t limit) const {
  const std::size_t first = seq - kept_.front().seq;
  const std::size_t count = std::min(limit, kept_.size() - first);
  const auto begin = kept_.begin() + static_cast<std::ptrdiff_t>(first);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace bulkhead
