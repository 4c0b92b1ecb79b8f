#include "actors/supervision_history.hpp"

#include <fmt/format.h>

using bulkhead::actors::supervision_event;
using bulkhead::actors::supervision_history;

namespace {

supervision_event event_of(const std::string& path, std::uint64_t number) {
  supervision_event e;
  e.path = path;
  e.number = number;
  e.what = "started";
  return e;
}

}  // namespace

TEST_CASE("the history of a subtree is its own and its children's, in order, and nobody else's") {
  supervision_history history;
  for (const char* path : {"paper/trader", "paper2/trader", "paper", "paper/bridge", "feed"}) {
    history.add(event_of(path, 1));
  }
  std::vector<std::string> paths;
  for (const auto& e : history.of("paper")) paths.push_back(e.path);
  CHECK(paths == std::vector<std::string>{"paper/trader", "paper", "paper/bridge"});
}

TEST_CASE("the newest 100 entries of each path are kept") {
  supervision_history history;
  for (std::uint64_t n = 1; n <= 250; ++n) history.add(event_of("paper/trader", n));
  history.add(event_of("paper/bridge", 1));
  const auto kept = history.of("paper");
  REQUIRE(kept.size() == 101);
  CHECK(kept.front().number == 151);
  CHECK(kept.back().path == "paper/bridge");
}
