#pragma once
// What happened to every child of the tree, the newest entries of each: for people. Thread-safe.
#include "actors/supervisor.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::actors {

class supervision_history {
 public:
  static constexpr std::size_t kept_per_path = 100;
  static constexpr std::size_t most_paths = 10'000;  ///< beyond it a path that is new is not kept

  void add(const supervision_event& e);
  /// Of that subtree ("paper") and its children ("paper/trader"), oldest first.
  [[nodiscard]] std::vector<supervision_event> of(std::string_view subtree) const;

 private:
  struct numbered_event {
    std::uint64_t ordinal = 0;  ///< over all paths
    supervision_event event;
  };

  mutable std::mutex guard_;
  std::uint64_t next_ = 0;
  std::map<std::string, std::deque<numbered_event>, std::less<>> by_path_;
};

}  // namespace bulkhead::actors
