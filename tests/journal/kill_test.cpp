// kill -9 at every failpoint: the test program runs itself again as the child that dies.
#include "runtime/fault/failpoint.hpp"
#include "support/journal_calls.hpp"
#include "support/sqlite_files.hpp"
#include "support/temp_dir.hpp"

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace bulkhead {
namespace {

constexpr const char* child_case = "child process: appends batches until it is killed";
constexpr std::uint64_t batches = 60;

// Batch n holds 1 + n % 4 records.
std::uint64_t last_of(std::uint64_t batch) {
  std::uint64_t last = 0;
  for (std::uint64_t n = 0; n <= batch; ++n) last += 1 + n % 4;
  return last;
}

bool ends_a_batch(std::uint64_t seq) {
  if (seq == 0) return true;
  for (std::uint64_t n = 0; n < batches; ++n) {
    if (last_of(n) == seq) return true;
  }
  return false;
}

void acknowledge(int fd, char kind, std::uint64_t seq) {
  const auto line = fmt::format("{}{}\n", kind, seq);
  if (::write(fd, line.data(), line.size()) != ssize_t(line.size())) std::abort();
}

int run_child(const std::filesystem::path& dir, const std::string& failpoint) {
  const std::string filter = fmt::format("--test-case={}", child_case);
  std::string program = "/proc/self/exe";
  std::string no_skip = "--no-skip";
  std::vector<char*> argv{program.data(), const_cast<char*>(filter.c_str()), no_skip.data(), nullptr};
  ::setenv("BULKHEAD_TEST_DIR", dir.c_str(), 1);
  ::setenv("BULKHEAD_FAILPOINTS", failpoint.c_str(), 1);
  pid_t pid = 0;
  REQUIRE(::posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, argv.data(), environ) == 0);
  ::unsetenv("BULKHEAD_FAILPOINTS");
  ::unsetenv("BULKHEAD_TEST_DIR");
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return status;
}

// Highest seq of each kind that the child was told of.
std::uint64_t highest(const std::string& acknowledged, char kind) {
  std::uint64_t found = 0;
  std::size_t at = 0;
  while (at < acknowledged.size()) {
    const auto end = acknowledged.find('\n', at);
    if (acknowledged[at] == kind) found = std::max<std::uint64_t>(found, std::stoull(acknowledged.substr(at + 1)));
    at = end + 1;
  }
  return found;
}

void check_after_kill(const std::filesystem::path& dir) {
  const auto acknowledged = test::bytes_of(dir / "acknowledged");
  sqlite_journal j{test::journal_at(dir / "paper.db")};
  const auto [status, found] = test::try_open(j);
  REQUIRE_MESSAGE(status.ok(), status.error);
  const auto all = test::read(j, 1, SIZE_MAX).second;
  CHECK(all == test::records(1, all.size()));
  CHECK(all.size() >= highest(acknowledged, 'e'));
  CHECK(ends_a_batch(all.size()));
  const std::uint64_t cut = found.snapshot ? found.snapshot->seq : 0;
  CHECK(cut >= highest(acknowledged, 's'));
  CHECK(found.tail == test::records(cut + 1, all.size()));
  CHECK(test::append(j, found.epoch, test::records(all.size() + 1, all.size() + 1)).first.ok());
}

}  // namespace

TEST_CASE("child process: appends batches until it is killed" * doctest::skip()) {
  const char* dir = std::getenv("BULKHEAD_TEST_DIR");
  const char* points = std::getenv("BULKHEAD_FAILPOINTS");
  if (dir == nullptr || points == nullptr) return;
  REQUIRE(fault::arm_from(points).empty());
  const std::filesystem::path home{dir};
  const int fd = ::open((home / "acknowledged").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  REQUIRE(fd >= 0);
  sqlite_journal j{test::journal_at(home / "paper.db")};
  const auto epoch = test::open(j).epoch;
  std::uint64_t next = 1;
  for (std::uint64_t batch = 0; batch < batches; ++batch) {
    const auto last = last_of(batch);
    j.append(epoch, test::records(next, last), [fd, last](journal_status status, std::uint64_t) {
      if (status.ok()) acknowledge(fd, 'e', last);
    });
    next = last + 1;
    if (batch % 3 == 2) test::append(j, epoch, {});  // several commits, each of several batches
    if (batch % 10 == 9) {
      j.write_snapshot(epoch, {last, batch, 1, "{}"}, [fd, last](journal_status status) {
        if (status.ok()) acknowledge(fd, 's', last);
      });
    }
  }
}

TEST_CASE("kill -9 at any failpoint loses no acknowledged record and tears no batch") {
  for (const std::string point :
       {"append.before", "append.after", "commit.before", "commit.after", "snapshot.before", "snapshot.after"}) {
    for (const int hit : {1, 2, 5}) {
      CAPTURE(point);
      CAPTURE(hit);
      const test::temp_dir dir;
      const int status = run_child(dir.path(), fmt::format("paper.journal.{}=kill@{}", point, hit));
      REQUIRE(WIFSIGNALED(status));
      CHECK(WTERMSIG(status) == SIGKILL);
      check_after_kill(dir.path());
    }
  }
}

TEST_CASE("a child that is not killed acknowledges everything") {
  const test::temp_dir dir;
  const int status = run_child(dir.path(), "paper.journal.commit.after=kill@1000000");
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(highest(test::bytes_of(dir.path() / "acknowledged"), 'e') == last_of(batches - 1));
  check_after_kill(dir.path());
}

}  // namespace bulkhead
