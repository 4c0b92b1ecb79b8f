// Plays every file of tests/scenarios/*.yaml. BULKHEAD_SCENARIO=<part of a name> plays those alone and prints what
// happened, step by step.
#include "scenarios/play.hpp"

#include <algorithm>
#include <cstdlib>

#include <doctest/doctest.h>

using namespace bulkhead::test;

namespace {

std::vector<std::filesystem::path> scenario_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator{std::string{BULKHEAD_SOURCE_DIR} + "/tests/scenarios"}) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

TEST_CASE("every scenario ends as its story says") {
  const char* wanted = std::getenv("BULKHEAD_SCENARIO");
  std::size_t played = 0;
  for (const auto& file : scenario_files()) {
    if (wanted != nullptr && file.filename().string().find(wanted) == std::string::npos) continue;
    const outcome result = play(file, wanted != nullptr);
    for (const std::string& problem : result.problems) FAIL_CHECK(problem);
    ++played;
  }
  MESSAGE(played, " scenarios");
  if (wanted == nullptr) CHECK(played >= 60);
}

TEST_CASE("every scenario gives the same journal when each role, or the whole node, restarts after every step") {
  for (const auto& file : scenario_files()) {
    for (const std::string& problem : play_with_restarts(file).problems) FAIL_CHECK(problem);
  }
}

TEST_CASE("a story with a word that nobody knows is refused with file and line") {
  const std::string why = problem_with_story("title: x\nstory:\n  - at: \"09:20:00\"\n    tick: {NIFTY: 100}\n");
  CHECK(why.find(":4: given \"tick\", allowed: at, ticks") != std::string::npos);
}
