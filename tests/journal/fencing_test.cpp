// Two processes own one journal file in turn, each taking it from the other: the program runs itself again as a rival.
#include "support/journal_race.hpp"
#include "support/sqlite_files.hpp"
#include "support/temp_dir.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

namespace bulkhead {
namespace {

constexpr const char* child_case = "child process: takes a journal from its rival again and again";

pid_t start_rival(const std::filesystem::path& dir, int number) {
  const std::string filter = fmt::format("--test-case={}", child_case);
  std::string program = "/proc/self/exe";
  std::string no_skip = "--no-skip";
  std::array<char*, 4> argv{program.data(), const_cast<char*>(filter.c_str()), no_skip.data(), nullptr};
  ::setenv("BULKHEAD_TEST_DIR", dir.c_str(), 1);
  ::setenv("BULKHEAD_TEST_RIVAL", std::to_string(number).c_str(), 1);
  pid_t pid = 0;
  REQUIRE(::posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, argv.data(), environ) == 0);
  ::unsetenv("BULKHEAD_TEST_RIVAL");
  ::unsetenv("BULKHEAD_TEST_DIR");
  return pid;
}

/// What one rival was told: "take EPOCH END", "kept SEQ EPOCH", "overtaken COUNT 0".
void read_told(const std::filesystem::path& file, test::race_log& log) {
  std::ifstream in{file};
  std::string what;
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  while (in >> what >> first >> second) {
    if (what == "take") log.takes.push_back({first, second});
    if (what == "kept") log.acknowledged.push_back({first, second});
    if (what == "overtaken") log.overtaken += first;
  }
}

}  // namespace

TEST_CASE("child process: takes a journal from its rival again and again" * doctest::skip()) {
  const char* dir = std::getenv("BULKHEAD_TEST_DIR");
  if (dir == nullptr) return;
  const std::filesystem::path home{dir};
  test::race_log told;
  const auto client = [&] { return std::make_unique<sqlite_journal>(test::journal_at(home / "paper.db")); };
  test::race_for_journal(client, 60, told);
  for (const std::string& text : told.wrong) FAIL_CHECK(text);
  std::ofstream out{home / (std::string{"told."} + std::getenv("BULKHEAD_TEST_RIVAL"))};
  for (const auto& [epoch, end] : told.takes) out << "take " << epoch << " " << end << "\n";
  for (const auto& [seq, epoch] : told.acknowledged) out << "kept " << seq << " " << epoch << "\n";
  out << "overtaken " << told.overtaken << " 0\n";
}

TEST_CASE("promise 5: two processes that race for a journal write nothing after they lost it") {
  const test::temp_dir dir{test::temp_place::memory};
  std::array<pid_t, 2> rivals{start_rival(dir.path(), 0), start_rival(dir.path(), 1)};
  for (const pid_t pid : rivals) {
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    CHECK(status == 0);
  }
  test::race_log seen;
  read_told(dir.path() / "told.0", seen);
  read_told(dir.path() / "told.1", seen);
  CHECK(seen.takes.size() + seen.overtaken == 120);
  sqlite_journal j{test::journal_at(dir.path() / "paper.db")};
  CHECK(test::open(j).epoch == 121);
  test::check_race(seen, test::read(j, 1, SIZE_MAX).second);
}

}  // namespace bulkhead
