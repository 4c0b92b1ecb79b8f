#include "tools/app/feed_health.hpp"

#include <algorithm>

namespace bulkhead::app {

bool feed_health::set(feed_part part, const std::string& why) {
  std::string& known = whys_.at(static_cast<std::size_t>(part));
  if (known == why) return false;
  const std::string before = this->why();
  known = why;
  return this->why() != before;
}

const std::string& feed_health::why() const noexcept {
  const auto* const wrong = std::ranges::find_if(whys_, [](const std::string& w) { return !w.empty(); });
  return wrong == whys_.end() ? whys_.back() : *wrong;
}

}  // namespace bulkhead::app
