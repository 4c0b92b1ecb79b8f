#pragma once
// Plays a story and says where it went another way.
#include "scenarios/story.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace bulkhead::test {

struct outcome {
  std::vector<std::string> problems;
  std::vector<std::vector<std::string>> dumps;  ///< canonical, one per broker
};

[[nodiscard]] outcome play(const std::filesystem::path& file, bool print);
/// The story's own expectations and the dumps of the undisturbed play, first with every role of every broker restarted
/// after each step, then with the whole node of every broker killed and recovered from its journal.
[[nodiscard]] outcome play_with_restarts(const std::filesystem::path& file);
/// What read_story says about this text; empty: nothing.
[[nodiscard]] std::string problem_with_story(const std::string& text);

}  // namespace bulkhead::test
