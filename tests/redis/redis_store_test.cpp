// The Redis store and a server that goes away, loses everything, answers late, or is written by others.
#include "redis/redis_store_fixture.hpp"
#include "support/scripted_server.hpp"

#include <atomic>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace bulkhead::test {

TEST_CASE("views lost by FLUSHALL between two projections are noticed by the next and written again") {
  const redis_process server;
  redis_store s{store_of(server.settings())};
  CHECK(bring_up_to(s, 5).empty());
  (void)server.tell({"FLUSHALL"});
  CHECK(has(project(s, 6, one("paper:a", "6")), "at event 0, not at 5"));
  CHECK(has(project(s, 6, one("paper:a", "6")), "ask projected()"));
  CHECK(keys_of(server).empty());
  CHECK(bring_up_to(s, 9).empty());
  check_whole(s, 9);
}

TEST_CASE("FLUSHALL at any time under load leaves whole views in the end") {
  const redis_process server;
  redis_store s{store_of(server.settings())};
  std::atomic<bool> over{false};
  std::thread flusher{[&] {
    for (int i = 0; i < 10; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds{3});
      (void)server.tell({"FLUSHALL"});
    }
    over = true;
  }};
  while (!over) (void)bring_up_to(s, 30);
  flusher.join();
  (void)bring_up_to(s, 300);
  check_whole(s, 300);
}

TEST_CASE("a restarted server is connected to again: empty, its views are written again; with its data, they go on") {
  for (const bool keeps : {false, true}) {
    CAPTURE(keeps);
    redis_process server{keeps ? std::vector<std::string>{"--appendonly", "yes", "--appendfsync", "always"}
                               : std::vector<std::string>{}};
    redis_store s{store_of(server.settings())};
    CHECK(bring_up_to(s, 5).empty());
    server.restart();
    const auto error = project(s, 6, {{"paper:n:6", {{"n", "6"}}}, {"paper:newest", {{"n", "6"}}}});
    CHECK(error.empty() == keeps);
    (void)bring_up_to(s, 8);
    check_whole(s, 8);
  }
}

TEST_CASE("while the server is away each call is answered with an error; the views are complete when it is back") {
  redis_process server;
  redis_store s{store_of(server.settings())};
  CHECK(bring_up_to(s, 3).empty());
  server.kill();
  for (int i = 0; i < 50; ++i) {
    const auto [error, seq] = projected(s);
    REQUIRE_FALSE(error.empty());
    CHECK(has(error, "Redis at unix:"));
  }
  CHECK_FALSE(clear(s).empty());
  server.start();
  (void)bring_up_to(s, 6);
  check_whole(s, 6);
}

TEST_CASE("a projection that a stopped server makes late neither doubles nor goes back") {
  const redis_process server;
  redis_store_settings settings = store_of(server.settings());
  settings.server.command_timeout = std::chrono::milliseconds{500};
  redis_store s{settings};
  std::mt19937_64 draw{3};
  std::uint64_t last = 5;
  (void)bring_up_to(s, last);
  for (int round = 0; round < 5; ++round) {
    server.pause();
    const auto error =
        project(s, last + 1, {{"paper:n:" + std::to_string(last + 1), {{"n", std::to_string(last + 1)}}}});
    CHECK(has(error, "no answer within"));
    server.resume();
    last += 1 + draw() % 5;
    (void)bring_up_to(s, last);
    redis_store patient{store_of(server.settings())};
    check_whole(patient, last);
  }
}

TEST_CASE("an answer that was lost with the connection is made up for, not made twice") {
  const redis_process server;
  // Between the store and its server: forwards everything, and swallows the answer to the first EXEC.
  std::atomic<int> swallowed{0};
  const scripted_server between{[&](int client, const std::atomic<bool>& stopping) {
    redis::connection real{server.settings()};
    redis::reply_reader asked;
    std::string out;
    while (!stopping) {
      char some[65536];
      pollfd p{client, POLLIN, 0};
      if (::poll(&p, 1, 20) <= 0) continue;
      const ssize_t got = ::recv(client, some, sizeof some, 0);
      if (got <= 0) return;
      asked.feed({some, static_cast<std::size_t>(got)});
      std::vector<redis::command> commands;
      bool exec = false;
      while (auto c = asked.next()) {
        redis::command words;
        for (auto& e : c->elements) words.push_back(e.text);
        exec = exec || words.front() == "EXEC";
        commands.push_back(std::move(words));
      }
      if (commands.empty()) continue;
      const auto said = real.exchange(commands);
      if (exec && swallowed++ == 0) return;
      out.clear();
      const std::function<void(const redis::reply&)> encode = [&](const redis::reply& r) {
        switch (r.type) {
          case redis::reply::kind::nil:
            out += "$-1\r\n";
            break;
          case redis::reply::kind::text:
            out += "$" + std::to_string(r.text.size()) + "\r\n" + r.text + "\r\n";
            break;
          case redis::reply::kind::status:
            out += "+" + r.text + "\r\n";
            break;
          case redis::reply::kind::error:
            out += "-" + r.text + "\r\n";
            break;
          case redis::reply::kind::integer:
            out += ":" + std::to_string(r.integer) + "\r\n";
            break;
          case redis::reply::kind::array:
            out += "*" + std::to_string(r.elements.size()) + "\r\n";
            for (const auto& e : r.elements) encode(e);
        }
      };
      for (const auto& r : said) encode(r);
      if (!scripted_server::say(client, out)) return;
    }
  }};
  redis::settings through;
  through.address = between.address();
  redis_store s{store_of(through)};
  CHECK(projected(s).second == 0);
  CHECK(project(s, 1, one("paper:a", "1")) == "");
  CHECK(swallowed == 1);  // the second connection found it done
  CHECK(project(s, 2, one("paper:a", "2")) == "");
  CHECK(projected(s).second == 2);
}

TEST_CASE("a second writer is noticed, and neither moves the position over what the other wrote") {
  const redis_process server;
  redis_store a{store_of(server.settings())};
  redis_store b{store_of(server.settings())};
  (void)bring_up_to(a, 3);
  (void)bring_up_to(b, 6);
  CHECK(has(project(a, 4, one("paper:n:4", "other")), "another writer"));
  (void)bring_up_to(a, 8);
  check_whole(b, 8);
}

TEST_CASE("views of another journal are removed before the position is told") {
  const redis_process server;
  redis_store before{store_of(server.settings())};
  (void)bring_up_to(before, 1200);
  auto settings = store_of(server.settings());
  settings.source = "run 2";
  redis_store s{settings};
  CHECK(has(project(s, 1, one("paper:a", "1")), "another journal"));
  CHECK(projected(s) == std::pair<std::string, std::uint64_t>{"", 0});
  CHECK(keys_of(server).empty());
  (void)bring_up_to(s, 4);
  check_whole(s, 4);
  CHECK(keys_of(server).size() == 8);
}

TEST_CASE("a clear that was cut short goes on when the position is asked") {
  const redis_process server;
  redis_store s{store_of(server.settings())};
  (void)bring_up_to(s, 5);
  // What a crash after the first command of a clear leaves.
  (void)server.tell({"UNLINK", "paper:source", "paper:projected"});
  redis_store next{store_of(server.settings())};
  CHECK_FALSE(project(next, 1, one("paper:a", "1")).empty());
  CHECK(projected(next).second == 0);
  CHECK(keys_of(server).empty());
}

TEST_CASE("a clear leaves no key of its broker and touches no other's") {
  const redis_process server;
  redis_store s{store_of(server.settings())};
  redis_store other{store_of(server.settings(), "zerodha")};
  std::vector<view_update> many;
  for (int i = 0; i < 2500; ++i) many.push_back({"paper:orders:" + std::to_string(i), {{"n", "1"}}});
  CHECK(project(s, 1, many) == "");
  CHECK(project(other, 1, one("zerodha:a", "1")) == "");
  (void)server.tell({"SADD", "paper:keys", "zerodha:a", "paper:keys"});  // whatever a stranger writes into the index
  CHECK(clear(s) == "");
  CHECK(keys_of(server) == std::set<std::string>{"zerodha:a", "zerodha:keys", "zerodha:projected", "zerodha:source"});
}

TEST_CASE("a key that another program wrote as something else costs a rebuild, not a view") {
  const redis_process server;
  redis_store s{store_of(server.settings())};
  for (const char* key : {"paper:newest", "paper:keys", "paper:projected", "paper:source"}) {
    CAPTURE(key);
    (void)server.tell({"FLUSHALL"});
    (void)bring_up_to(s, 3);
    (void)server.tell({"DEL", key});
    (void)server.tell({"RPUSH", key, "stray"});
    const auto errors = bring_up_to(s, 6);
    CHECK(errors.size() <= 2);
    check_whole(s, 6);
  }
}

TEST_CASE("the store's own keys are no views") {
  const redis_process server;
  redis_store s{store_of(server.settings())};
  for (const char* key : {"paper:keys", "paper:projected", "paper:source"}) {
    CHECK(has(project(s, 1, one(key, "x")), "the store's own"));
  }
  CHECK(keys_of(server).empty());
}

}  // namespace bulkhead::test
