// The Redis store and what a server refuses, and servers that are none.
#include "redis/redis_store_fixture.hpp"
#include "support/scripted_server.hpp"

#include <atomic>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace bulkhead::test {

TEST_CASE("what a server refuses comes out as its words and what to do, and is over when it is mended") {
  redis_process server;
  redis_store s{store_of(server.settings())};
  (void)bring_up_to(s, 2);
  const auto refused = [&](const std::string& code, const std::string& advice) {
    const auto error = project(s, 3, one("paper:n:3", "3"));
    CAPTURE(error);
    CHECK(has(error, code));
    CHECK(has(error, advice));
    CHECK(has(error, "Redis at unix:"));
  };
  (void)server.tell({"CONFIG", "SET", "maxmemory", "1"});
  refused("OOM", "maxmemory");
  CHECK(projected(s) == std::pair<std::string, std::uint64_t>{"", 2});
  (void)server.tell({"CONFIG", "SET", "maxmemory", "0"});
  (void)bring_up_to(s, 3);

  (void)server.tell({"CONFIG", "SET", "replica-read-only", "yes"});
  (void)server.tell({"REPLICAOF", "127.0.0.1", "1"});
  refused("READONLY", "master");
  (void)server.tell({"REPLICAOF", "NO", "ONE"});
  (void)bring_up_to(s, 4);
  check_whole(s, 4);
}

TEST_CASE("a server that cannot save to its disk says so") {
  const redis_process server{{"--enable-protected-configs", "yes"}};
  redis_store s{store_of(server.settings())};
  (void)bring_up_to(s, 2);
  const auto gone = server.folder() / "gone";
  std::filesystem::create_directory(gone);
  (void)server.tell({"CONFIG", "SET", "dir", gone.string()});
  (void)server.tell({"CONFIG", "SET", "save", "1 1"});
  std::filesystem::remove(gone);
  (void)redis::connection{server.settings()}.exchange({{"BGSAVE"}});  // refused where one runs by itself already
  std::string error;
  for (int tries = 0; tries < 500 && !has(error, "MISCONF"); ++tries) {
    const std::uint64_t at = projected(s).second;
    error = project(s, at + 1, one("paper:a", "1"));
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  CHECK(has(error, "its disk"));
}

TEST_CASE("a server that still loads, and one that wants another login, are errors and not silence") {
  for (const char* answer :
       {"-LOADING Redis is loading the dataset in memory\r\n", "-NOAUTH Authentication required.\r\n"}) {
    const scripted_server server{[&](int fd, const std::atomic<bool>& stopping) {
      while (scripted_server::hear(fd, stopping)) {
        for (int i = 0; i < 4; ++i) {
          if (!scripted_server::say(fd, answer)) return;
        }
      }
    }};
    redis::settings where;
    where.address = server.address();
    redis_store s{store_of(where)};
    CHECK(has(projected(s).first, std::string{answer}.substr(1, 6)));
    CHECK(has(project(s, 1, one("paper:a", "1")), std::string{answer}.substr(1, 6)));
  }
}

TEST_CASE("a user of its own reaches its broker's keys and no other's; what it lacks is named") {
  const redis_process server;
  (void)server.tell({"ACL", "SETUSER", "paper", "on", ">sesame", "~paper:*", "+@all", "-@dangerous", "-@admin"});
  redis_store s{store_of(server.settings("paper", "sesame"))};
  (void)bring_up_to(s, 3);
  check_whole(s, 3);
  CHECK(clear(s) == "");
  redis_store stray{store_of(server.settings("paper", "sesame"), "zerodha")};
  CHECK(has(projected(stray).first, "NOPERM"));
  CHECK(has(project(stray, 1, one("zerodha:a", "1")), "NOPERM"));
  (void)server.tell({"ACL", "SETUSER", "paper", "-hset"});
  CHECK(has(project(s, 1, one("paper:a", "1")), "HSET paper:a was refused: NOPERM"));
  (void)server.tell({"ACL", "SETUSER", "paper", ">changed", "<sesame"});
  redis_store late{store_of(server.settings("paper", "sesame"))};
  CHECK(has(projected(late).first, "WRONGPASS"));
}

TEST_CASE("servers that speak nonsense never crash or hang a store") {
  std::mt19937_64 draw{11};
  const std::vector<std::string> words{"+OK\r\n",       ":1\r\n",      "$-1\r\n", "*0\r\n", "*2\r\n",
                                       "$3\r\nabc\r\n", "-ERR no\r\n", "*-1\r\n", "$7\r\n", "HTTP",
                                       "+QUEUED\r\n",   "$1\r\n5\r\n", "\r\n",    ":-9\r\n"};
  for (int round = 0; round < 60; ++round) {
    const std::uint64_t seed = draw();
    const scripted_server server{[&](int fd, const std::atomic<bool>& stopping) {
      std::mt19937_64 pick{seed};
      while (scripted_server::hear(fd, stopping)) {
        for (std::uint64_t i = pick() % 9; i > 0; --i) {
          if (!scripted_server::say(fd, words[pick() % words.size()])) return;
        }
        if (pick() % 3 == 0) return;
      }
    }};
    auto settings = store_of({});
    settings.server.address = server.address();
    settings.server.command_timeout = std::chrono::milliseconds{30};
    redis_store s{settings};
    (void)projected(s);
    (void)project(s, 1, one("paper:a", "1"));
    (void)get(s, "paper:a");
    (void)clear(s);
    (void)project(s, 2, one("paper:a", "2"));
  }
}

TEST_CASE("the queue is bounded, and a store closes in time while its server hangs") {
  const redis_process server;
  server.pause();
  auto settings = store_of(server.settings());
  settings.server.command_timeout = std::chrono::seconds{3};
  settings.queue_updates = 10;
  settings.drain = std::chrono::milliseconds{100};
  std::atomic<int> answered{0};
  std::string refusal;
  {
    redis_store s{settings};
    for (std::uint64_t n = 1; n <= 10; ++n) s.project(n, one("paper:a", "1"), [&](auto) { ++answered; });
    refusal = project(s, 11, one("paper:a", "1"));
  }
  CHECK(has(refusal, "the queue is full"));
  CHECK(answered == 10);
  server.resume();
}

}  // namespace bulkhead::test
