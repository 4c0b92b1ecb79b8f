// Failpoints: armed by text or by name, they strike once, at the hit they were told.
#include "runtime/fault/failpoint.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fault = bulkhead::fault;

namespace {

struct disarmed {
  disarmed() { fault::disarm_all(); }
  ~disarmed() { fault::disarm_all(); }
};

}  // namespace

TEST_CASE("a failpoint that nobody armed does nothing and counts nothing") {
  const disarmed around;
  fault::hit("paper.trader", "market.before");
  CHECK(fault::hits("paper.trader.market.before") == 0);
}

TEST_CASE("an armed failpoint throws at the hit that it was told, once, and says its name") {
  const disarmed around;
  fault::arm("paper.trader.market.before", fault::action::crash, 2);
  fault::hit("paper.trader", "market.before");
  CHECK_THROWS_WITH_AS(fault::hit("paper.trader", "market.before"), "failpoint paper.trader.market.before (hit 2)",
                       fault::injected_failure);
  fault::hit("paper.trader", "market.before");
  CHECK(fault::hits("paper.trader.market.before") == 3);
}

TEST_CASE("other scopes and names pass an armed failpoint") {
  const disarmed around;
  fault::arm("paper.trader.market.before", fault::action::crash, 1);
  fault::hit("paper2.trader", "market.before");
  fault::hit("paper.trader", "market.after");
  CHECK(fault::hits("paper.trader.market.before") == 0);
}

TEST_CASE("disarming forgets every failpoint") {
  const disarmed around;
  fault::arm("a.b", fault::action::crash, 1);
  fault::disarm_all();
  fault::hit("a", "b");
  CHECK(fault::hits("a.b") == 0);
}

TEST_CASE("text arms several failpoints") {
  const disarmed around;
  CHECK(fault::arm_from("a.one=crash@1,b.two=crash@2").empty());
  CHECK_THROWS_AS(fault::hit("a", "one"), fault::injected_failure);
  fault::hit("b", "two");
  CHECK_THROWS_AS(fault::hit("b", "two"), fault::injected_failure);
}

TEST_CASE("text that is wrong is refused with what is allowed") {
  const disarmed around;
  for (const char* wrong : {"a.one", "=crash@1", "a.one=crash", "a.one=crash@", "a.one=crash@0", "a.one=crash@x",
                            "a.one=melt@1", "a.one=crash@1x", "a@1=crash"}) {
    CAPTURE(wrong);
    const std::string error = fault::arm_from(wrong);
    CHECK(error.find("name=crash@N") != std::string::npos);
    CHECK(error.find(wrong) != std::string::npos);
  }
}

TEST_CASE("kill ends the process as kill -9 does") {
  const pid_t child = ::fork();
  if (child == 0) {
    fault::arm("a.one", fault::action::kill, 1);
    fault::hit("a", "one");
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
}
