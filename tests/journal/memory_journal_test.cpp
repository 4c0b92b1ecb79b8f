#include "runtime/journal/memory_journal.hpp"

#include "support/journal_calls.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace bulkhead {

TEST_CASE("a held call has no effect and no answer until it is released, in order") {
  const auto log = std::make_shared<memory_log>();
  memory_journal j{log, memory_journal::mode::manual};
  std::uint64_t epoch = 0;
  std::vector<std::uint64_t> ends;
  j.open([&](auto, const journal_recovery& found) { epoch = found.epoch; });
  CHECK(epoch == 0);
  j.release();
  REQUIRE(epoch == 1);
  const auto note = [&](auto, std::uint64_t durable) { ends.push_back(durable); };
  j.append(epoch, test::records(1, 2), note);
  j.append(epoch, test::records(3, 3), note);
  CHECK(j.held() == 2);
  CHECK(log->read(1, 10).empty());
  j.release(1);
  CHECK(ends == std::vector<std::uint64_t>{2});
  CHECK(log->read(1, 10) == test::records(1, 2));
  j.release();
  CHECK(ends == std::vector<std::uint64_t>{2, 3});
}

TEST_CASE("what is held when its owner goes never takes effect, and its caller is told") {
  const auto log = std::make_shared<memory_log>();
  std::string error;
  {
    memory_journal j{log, memory_journal::mode::manual};
    j.open([](auto, auto) {});
    j.release();
    j.append(1, test::records(1, 1), [&](journal_status status, auto) { error = status.error; });
  }
  CHECK(error.find("closed before") != std::string::npos);
  CHECK(log->read(1, 10).empty());
}

}  // namespace bulkhead
