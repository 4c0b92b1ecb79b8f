// What every backend of the state store promises; one suite, run over each of them.
#include "runtime/store/memory_store.hpp"
#include "runtime/store/redis_store.hpp"
#include "runtime/store/sqlite_store.hpp"
#include "support/await.hpp"
#include "support/redis_process.hpp"
#include "support/temp_dir.hpp"

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

namespace bulkhead {
namespace {

using hash = std::map<std::string, std::string>;

struct memory_views_backend {
  std::shared_ptr<memory_views> views = std::make_shared<memory_views>();
  std::unique_ptr<state_store> client() { return std::make_unique<memory_store>(broker_id{"paper"}, views); }
};

struct sqlite_views_backend {
  test::temp_dir dir;
  std::unique_ptr<state_store> client() {
    sqlite_store_settings settings;
    settings.file = dir.path() / "paper.db";
    settings.broker = broker_id{"paper"};
    return std::make_unique<sqlite_store>(settings);
  }
};

struct redis_views_backend {
  redis_views_backend() { (void)test::redis_process::shared().tell({"FLUSHALL"}); }
  std::unique_ptr<state_store> client() {
    redis_store_settings settings;
    settings.server = test::redis_process::shared().settings();
    settings.broker = broker_id{"paper"};
    settings.source = "run 1";
    settings.drain = std::chrono::seconds{20};
    return std::make_unique<redis_store>(settings);
  }
};

std::string project(state_store& s, std::uint64_t seq, std::vector<view_update> updates) {
  return std::get<0>(test::await<store_status>([&](auto done) { s.project(seq, std::move(updates), std::move(done)); }))
      .error;
}

std::uint64_t projected(state_store& s) {
  const auto [status, seq] = test::await<store_status, std::uint64_t>([&](auto done) { s.projected(std::move(done)); });
  CHECK_MESSAGE(status.ok(), status.error);
  return seq;
}

hash get(state_store& s, const std::string& key) {
  const auto [status, found] = test::await<store_status, hash>([&](auto done) { s.get(key, std::move(done)); });
  CHECK_MESSAGE(status.ok(), status.error);
  return found;
}

}  // namespace
}  // namespace bulkhead

TYPE_TO_STRING_AS("memory", bulkhead::memory_views_backend);
TYPE_TO_STRING_AS("sqlite", bulkhead::sqlite_views_backend);
TYPE_TO_STRING_AS("redis", bulkhead::redis_views_backend);

namespace bulkhead {

#define STORE_CONTRACT(name)                                                                             \
  TEST_CASE_TEMPLATE("state store contract: " name, Backend, memory_views_backend, sqlite_views_backend, \
                     redis_views_backend)

STORE_CONTRACT("an empty store has projected nothing and knows no key") {
  Backend backend;
  const auto s = backend.client();
  CHECK(projected(*s) == 0);
  CHECK(get(*s, "paper:orders:x").empty());
}

STORE_CONTRACT("a projection sets fields, keeps the others, and moves the position") {
  Backend backend;
  const auto s = backend.client();
  CHECK(project(*s, 3, {{"paper:orders:a", {{"status", "open"}, {"qty", "5"}}}, {"paper:orders:b", {{"qty", "1"}}}}) ==
        "");
  CHECK(project(*s, 4, {{"paper:orders:a", {{"status", "filled"}}}}) == "");
  CHECK(projected(*s) == 4);
  CHECK(get(*s, "paper:orders:a") == hash{{"status", "filled"}, {"qty", "5"}});
  CHECK(get(*s, "paper:orders:b") == hash{{"qty", "1"}});
}

STORE_CONTRACT("projecting the same again changes nothing; the later value of one call wins") {
  Backend backend;
  const auto s = backend.client();
  const std::vector<view_update> updates{{"paper:x", {{"f", "1"}, {"f", "2"}}}, {"paper:x", {{"f", "3"}}}};
  CHECK(project(*s, 1, updates) == "");
  CHECK(project(*s, 1, updates) == "");
  CHECK(projected(*s) == 1);
  CHECK(get(*s, "paper:x") == hash{{"f", "3"}});
}

STORE_CONTRACT("a position without views moves on its own") {
  Backend backend;
  const auto s = backend.client();
  CHECK(project(*s, 9, {}) == "");
  CHECK(projected(*s) == 9);
}

STORE_CONTRACT("a key of another broker refuses the whole call") {
  Backend backend;
  const auto s = backend.client();
  for (const std::string key : {"zerodha:orders:a", "paper2:orders:a", "paper", "paper:", "", "orders:paper:a"}) {
    CAPTURE(key);
    const auto error = project(*s, 7, {{"paper:orders:a", {{"f", "1"}}}, {key, {{"f", "1"}}}});
    CHECK(error.find("\"" + key + "\"") != std::string::npos);
    CHECK(error.find("\"paper:...\"") != std::string::npos);
  }
  CHECK(projected(*s) == 0);
  CHECK(get(*s, "paper:orders:a").empty());
  const auto [status, found] =
      test::await<store_status, hash>([&](auto done) { s->get("zerodha:orders:a", std::move(done)); });
  CHECK_FALSE(status.ok());
}

STORE_CONTRACT("a refused call leaves the ones before it, and those made after its answer") {
  Backend backend;
  const auto s = backend.client();
  std::string first = "unanswered";
  s->project(1, {{"paper:a", {{"f", "1"}}}}, [&](store_status status) { first = status.error; });
  CHECK(project(*s, 2, {{"zerodha:a", {{"f", "2"}}}}) != "");
  CHECK(first == "");
  CHECK(projected(*s) == 1);
  CHECK(project(*s, 2, {{"paper:a", {{"f", "2"}}}}) == "");
  CHECK(get(*s, "paper:a") == hash{{"f", "2"}});
}

STORE_CONTRACT("any bytes come back as they were") {
  Backend backend;
  const auto s = backend.client();
  const std::string odd{"\0\xff\xe2\x82\xb9'\n", 7};
  CHECK(project(*s, 1, {{"paper:" + odd, {{odd, odd}, {"", ""}, {"big", std::string(1'000'000, 'x')}}}}) == "");
  const auto found = get(*s, "paper:" + odd);
  REQUIRE(found.size() == 3);
  CHECK(found.at(odd) == odd);
  CHECK(found.at("").empty());
  CHECK(found.at("big").size() == 1'000'000);
}

STORE_CONTRACT("clear forgets views and position, and the store goes on") {
  Backend backend;
  const auto s = backend.client();
  CHECK(project(*s, 5, {{"paper:a", {{"f", "1"}}}}) == "");
  const auto [status] = test::await<store_status>([&](auto done) { s->clear(std::move(done)); });
  CHECK(status.ok());
  CHECK(projected(*s) == 0);
  CHECK(get(*s, "paper:a").empty());
  CHECK(project(*s, 1, {{"paper:a", {{"f", "2"}}}}) == "");
  CHECK(get(*s, "paper:a") == hash{{"f", "2"}});
}

STORE_CONTRACT("views and position survive a restart, what was queued at the close included") {
  Backend backend;
  {
    const auto s = backend.client();
    for (std::uint64_t n = 1; n <= 100; ++n) {
      s->project(n, {{"paper:a", {{"n", std::to_string(n)}}}}, [](auto) {});
    }
  }
  const auto s = backend.client();
  CHECK(projected(*s) == 100);
  CHECK(get(*s, "paper:a") == hash{{"n", "100"}});
}

STORE_CONTRACT("answers come in the order of the calls") {
  Backend backend;
  const auto s = backend.client();
  std::vector<int> order;
  s->project(1, {{"paper:a", {{"f", "1"}}}}, [&](auto) { order.push_back(1); });
  s->get("paper:a", [&](auto, const hash& found) { order.push_back(found.size() == 1 ? 2 : -2); });
  s->project(2, {}, [&](auto) { order.push_back(3); });
  s->projected([&](auto, std::uint64_t seq) { order.push_back(seq == 2 ? 4 : -4); });
  CHECK(projected(*s) == 2);
  CHECK(order == std::vector<int>{1, 2, 3, 4});
}

}  // namespace bulkhead
