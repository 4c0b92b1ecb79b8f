// The connection to Redis: a real server, and ones that answer what no server should.
#include "runtime/redis/connection.hpp"

#include "support/redis_process.hpp"
#include "support/scripted_server.hpp"

#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace bulkhead::redis {
namespace {

using test::redis_process;
using test::scripted_server;

settings of(const scripted_server& server) {
  settings out;
  out.address = server.address();
  out.command_timeout = std::chrono::milliseconds{300};
  return out;
}

/// What it says when all that `answer` gives is said at the first question; empty: the exchange went well.
std::string outcome_of(const std::string& answer, bool then_close, error::kind* why = nullptr,
                       std::chrono::milliseconds patience = std::chrono::seconds{20}) {
  const scripted_server server{[&](int fd, const std::atomic<bool>& stopping) {
    if (!scripted_server::hear(fd, stopping)) return;
    (void)scripted_server::say(fd, answer);
    while (!then_close && scripted_server::hear(fd, stopping)) {
    }
  }};
  try {
    settings s = of(server);
    s.command_timeout = patience;
    connection link{s};
    (void)link.exchange({{"GET", "paper:x"}});
    return {};
  } catch (const error& e) {
    if (why != nullptr) *why = e.why();
    return e.what();
  }
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The text of the error that connecting and one command give; empty: none.
std::string trouble(const settings& s, const command& c = {"PING"}) {
  try {
    connection link{s};
    (void)link.ask(c);
    return {};
  } catch (const error& e) {
    return e.what();
  }
}

}  // namespace

TEST_CASE("commands go out together and are answered in order, any bytes and any size") {
  redis_process& server = redis_process::shared();
  (void)server.tell({"FLUSHALL"});
  connection link{server.settings()};
  const std::string odd{"\0\r\n\xff$3", 6};
  const std::string large(3'000'000, 'x');
  const auto said = link.exchange(
      {{"SET", odd, large}, {"GET", odd}, {"HGETALL", "none"}, {"GET", "none"}, {"STRLEN", odd}, {"HGETALL", odd}});
  REQUIRE(said.size() == 6);
  CHECK(said[0].text == "OK");
  CHECK(said[1].text == large);
  CHECK(said[2].type == reply::kind::array);
  CHECK(said[2].elements.empty());
  CHECK(said[3].is_nil());
  CHECK(said[4].integer == 3'000'000);
  CHECK(said[5].is_error());
  CHECK(link.ask({"GET", odd}).text == large);
}

TEST_CASE("nested answers come back as they were said") {
  redis_process& server = redis_process::shared();
  (void)server.tell({"FLUSHALL"});
  connection link{server.settings()};
  const auto said = link.exchange({{"MULTI"}, {"RPUSH", "l", "a", "b"}, {"LRANGE", "l", "0", "-1"}, {"EXEC"}});
  const reply& outcome = said.back();
  REQUIRE(outcome.elements.size() == 2);
  CHECK(outcome.elements[0].integer == 2);
  REQUIRE(outcome.elements[1].elements.size() == 2);
  CHECK(outcome.elements[1].elements[1].text == "b");
}

TEST_CASE("an address that nobody listens at, or that is none, says so and what to check") {
  settings s;
  s.address = "unix:/nonexistent/redis.sock";
  CHECK(has(trouble(s), "Redis at unix:/nonexistent/redis.sock"));
  CHECK(has(trouble(s), "No such file"));
  s.address = "127.0.0.1:1";
  CHECK(has(trouble(s), "refused"));
  for (const char* wrong : {"", ":", "host", "host:", "host:0", "host:x", "host:99999", ":6379", "unix:"}) {
    CAPTURE(wrong);
    s.address = wrong;
    CHECK_FALSE(trouble(s).empty());
  }
}

TEST_CASE("a login: right, wrong password, no password, and a file that others may read") {
  const redis_process server;
  (void)server.tell({"ACL", "SETUSER", "paper", "on", ">sesame", "~paper:*", "+@all"});
  settings s = server.settings("paper", "sesame");
  CHECK(trouble(s) == "");
  CHECK(has(trouble(s, {"GET", "zerodha:x"}), "NOPERM"));
  CHECK(has(trouble(s, {"GET", "zerodha:x"}), "GET zerodha:x"));
  std::filesystem::permissions(s.password_file, std::filesystem::perms::owner_all | std::filesystem::perms::group_read);
  CHECK(has(trouble(s), "chmod 600"));
  s = server.settings("other", "open");
  CHECK(has(trouble(s), "WRONGPASS"));
  CHECK(has(trouble(s), "password file"));
  CHECK_FALSE(has(trouble(s), "open;"));
  CHECK_FALSE(has(trouble(s), "AUTH other"));
  s.password_file.clear();
  CHECK(has(trouble(s), "redis.password_file"));
  (void)server.tell({"CONFIG", "SET", "requirepass", "closed"});
  CHECK(has(trouble(server.settings()), "NOAUTH"));
}

TEST_CASE("a server that hangs is left after the time-out, whether it is silent or trickles") {
  error::kind why{};
  constexpr std::chrono::milliseconds soon{300};
  CHECK(has(outcome_of("", false, &why, soon), "no answer within 300 ms"));
  CHECK(why == error::kind::silent);
  CHECK(has(outcome_of("$100\r\nhalf an answer", false, &why, soon), "no answer within"));
  const scripted_server trickling{[](int fd, const std::atomic<bool>& stopping) {
    while (!stopping && scripted_server::say(fd, ":")) std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }};
  CHECK_FALSE(trouble(of(trickling)).empty());
}

TEST_CASE("a stopped server is left after the time-out, and serves again when it goes on") {
  const redis_process server;
  settings s = server.settings();
  s.command_timeout = std::chrono::milliseconds{300};
  server.pause();
  CHECK(has(trouble(s), "no answer within 300 ms"));
  server.resume();
  s.command_timeout = std::chrono::seconds{20};
  CHECK(trouble(s) == "");
}

TEST_CASE("closed connections, half and wrong answers are errors, never a crash or a wait") {
  error::kind why{};
  CHECK(has(outcome_of("", true, &why), "closed the connection"));
  CHECK(why == error::kind::lost);
  CHECK(has(outcome_of("$100\r\nhalf", true), "closed the connection"));
  CHECK(has(outcome_of("HTTP/1.1 400 Bad Request\r\n\r\n", true), "protocol"));
  CHECK(has(outcome_of("+OK\r\n+OK\r\n", false), "more than it was asked"));
  for (const char* answer :
       {"*2147483647\r\n", "*-7\r\n", "$-9\r\nx", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
        "$99999999999999999999\r\n", ":x\r\n", "*1048577\r\n"}) {
    CAPTURE(answer);
    CHECK_FALSE(outcome_of(answer, true).empty());
  }
}

TEST_CASE("a connection is of no more use after an error") {
  const scripted_server server{[](int fd, const std::atomic<bool>& stopping) {
    while (scripted_server::hear(fd, stopping) && scripted_server::say(fd, "?\r\n")) {
    }
  }};
  connection link{of(server)};
  CHECK_THROWS_AS((void)link.exchange({{"PING"}}), error);
  CHECK_THROWS_AS((void)link.exchange({{"PING"}}), error);
}

TEST_CASE("an answer without an end is given up at its bound") {
  const scripted_server server{[](int fd, const std::atomic<bool>& stopping) {
    const std::string much(1U << 20U, 'x');
    if (!scripted_server::say(fd, "$2000000000\r\n")) return;
    while (!stopping && scripted_server::say(fd, much)) {
    }
  }};
  settings s = of(server);
  s.command_timeout = std::chrono::seconds{20};
  CHECK(has(trouble(s), "more than 67108864 bytes"));
}

TEST_CASE("the reader takes any bytes in any pieces") {
  std::mt19937_64 draw{7};
  const std::string letters = "*$+-:0123456789\r\n\r\n-1abc";
  for (int round = 0; round < 20'000; ++round) {
    reply_reader reader;
    std::string bytes(draw() % 60, '\0');
    for (char& b : bytes) b = draw() % 20 == 0 ? static_cast<char>(draw()) : letters[draw() % letters.size()];
    try {
      for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t size = 1 + draw() % 9;
        reader.feed(std::string_view{bytes}.substr(at, size));
        at += size;
        while (reader.next()) {
        }
      }
    } catch (const protocol_error&) {
    }
  }
}

}  // namespace bulkhead::redis
