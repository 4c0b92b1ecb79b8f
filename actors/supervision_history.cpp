#include "actors/supervision_history.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::actors {

void supervision_history::add(const supervision_event& e) {
  const std::scoped_lock lock{guard_};
  if (by_path_.size() >= most_paths && !by_path_.contains(e.path)) return;
  auto& events = by_path_[e.path];
  events.push_back({next_++, e});
  if (events.size() > kept_per_path) events.pop_front();
}

std::vector<supervision_event> supervision_history::of(std::string_view subtree) const {
  const std::string below = fmt::format("{}/", subtree);
  std::vector<numbered_event> found;
  {
    const std::scoped_lock lock{guard_};
    for (const auto& [path, events] : by_path_) {
      if (path == subtree || path.starts_with(below)) found.insert(found.end(), events.begin(), events.end());
    }
  }
  std::ranges::sort(found, {}, &numbered_event::ordinal);
  std::vector<supervision_event> out;
  out.reserve(found.size());
  for (numbered_event& e : found) out.push_back(std::move(e.event));
  return out;
}

}  // namespace bulkhead::actors
