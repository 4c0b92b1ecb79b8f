// What only the embedded store has: its file, its thread, its queue, its failpoints.
#include "runtime/store/sqlite_store.hpp"

#include "runtime/fault/failpoint.hpp"
#include "runtime/sqlite/database.hpp"
#include "support/await.hpp"
#include "support/temp_dir.hpp"

#include <fstream>
#include <future>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

namespace bulkhead {
namespace {

using hash = std::map<std::string, std::string>;

sqlite_store_settings store_at(const std::filesystem::path& file, const char* broker = "paper") {
  sqlite_store_settings settings;
  settings.file = file;
  settings.broker = broker_id{broker};
  return settings;
}

std::string project(state_store& s, std::uint64_t seq, std::vector<view_update> updates) {
  return std::get<0>(test::await<store_status>([&](auto done) { s.project(seq, std::move(updates), std::move(done)); }))
      .error;
}

std::pair<std::string, std::uint64_t> projected(state_store& s) {
  auto [status, seq] = test::await<store_status, std::uint64_t>([&](auto done) { s.projected(std::move(done)); });
  return {status.error, seq};
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream{file, std::ios::binary | std::ios::trunc}.write(bytes.data(), std::streamsize(bytes.size()));
}

void fill(const std::filesystem::path& file) {
  sqlite_store s{store_at(file)};
  for (std::uint64_t n = 1; n <= 200; ++n) {
    s.project(n, {{"paper:orders:" + std::to_string(n), {{"qty", std::to_string(n)}}}}, [](auto) {});
  }
}

}  // namespace

TEST_CASE("a damaged store is moved aside, told of, and starts empty") {
  const test::temp_dir dir;
  const auto file = dir.path() / "views.db";
  write_bytes(file, std::string(9000, 'x'));
  auto settings = store_at(file);
  std::string notice;
  settings.notice = [&](const std::string& text) { notice = text; };
  sqlite_store s{settings};
  CHECK(project(s, 9, {{"paper:a", {{"f", "1"}}}}).find("ask projected()") != std::string::npos);
  CHECK(notice.find("views.db.damaged") != std::string::npos);
  CHECK(projected(s) == std::pair<std::string, std::uint64_t>{"", 0});
  CHECK(project(s, 1, {{"paper:a", {{"f", "1"}}}}).empty());
  CHECK(projected(s).second == 1);
  CHECK(bytes_of(dir.path() / "views.db.damaged") == std::string(9000, 'x'));
}

TEST_CASE("a store file with any bit flipped or cut short never crashes its node and goes on") {
  const test::temp_dir dir{test::temp_place::memory};
  const auto file = dir.path() / "views.db";
  fill(file);
  const auto good = bytes_of(file);
  std::mt19937 random{7};
  for (int round = 0; round < 400; ++round) {
    auto bytes = good;
    if (round % 4 == 0) {
      bytes.resize(random() % good.size());
    } else {
      const auto at = random() % bytes.size();
      bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << (random() % 8)));
    }
    CAPTURE(round);
    write_bytes(file, bytes);
    sqlite_store s{store_at(file)};
    const auto [error, seq] = projected(s);
    if (error.empty()) {
      const auto failed = project(s, 201, {{"paper:b", {{"f", "1"}}}});
      // Damage that shows itself only on writing is answered, and the store is empty afterwards.
      if (!failed.empty()) CHECK(projected(s).second == 0);
    } else {
      CHECK(error.find(file.string()) != std::string::npos);
    }
  }
}

TEST_CASE("another broker's store and a file that is no store are refused and left alone") {
  const test::temp_dir dir;
  fill(dir.path() / "views.db");
  const auto before = bytes_of(dir.path() / "views.db");
  {
    sqlite_store stray{store_at(dir.path() / "views.db", "zerodha")};
    CHECK(projected(stray).first.find("broker \"paper\", not of \"zerodha\"") != std::string::npos);
  }
  CHECK(bytes_of(dir.path() / "views.db") == before);
  const auto foreign = dir.path() / "foreign.db";
  sqlite::database{foreign, sqlite::open_mode::create}.exec("CREATE TABLE t(x)");
  sqlite_store s{store_at(foreign)};
  CHECK(project(s, 1, {}).find("no state store") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(foreign.string() + ".damaged"));
}

TEST_CASE("a store in a directory that does not exist answers with an error, and works once it does") {
  const test::temp_dir dir;
  sqlite_store s{store_at(dir.path() / "no" / "views.db")};
  CHECK(projected(s).first.find("check the path") != std::string::npos);
  CHECK_FALSE(project(s, 1, {}).empty());
  std::filesystem::create_directory(dir.path() / "no");
  CHECK(project(s, 1, {}).empty());
}

TEST_CASE("an injected crash around the commit fails the projection; the position tells what is there") {
  for (const bool after : {false, true}) {
    const test::temp_dir dir;
    sqlite_store s{store_at(dir.path() / "views.db")};
    CHECK(project(s, 1, {{"paper:a", {{"f", "1"}}}}).empty());
    fault::arm(after ? "paper.store.projection.after" : "paper.store.projection.before", fault::action::crash, 1);
    CHECK(project(s, 2, {{"paper:a", {{"f", "2"}}}}).find("failpoint") != std::string::npos);
    fault::disarm_all();
    CHECK(projected(s).second == (after ? 2 : 1));
    CHECK(project(s, 3, {}).empty());
  }
}

TEST_CASE("a failed projection takes along those made before its answer, and none made after") {
  const test::temp_dir dir;
  sqlite_store s{store_at(dir.path() / "views.db")};
  std::promise<void> entered;
  std::promise<void> gate;
  s.projected([&](auto, auto) {
    entered.set_value();
    gate.get_future().wait();
  });
  entered.get_future().wait();
  std::vector<bool> outcomes;
  const auto note = [&](const store_status& status) { outcomes.push_back(status.ok()); };
  s.project(1, {{"paper:a", {{"f", "1"}}}}, note);
  s.project(2, {{"foreign:a", {{"f", "2"}}}}, note);
  s.project(3, {{"paper:a", {{"f", "3"}}}}, note);
  gate.set_value();
  CHECK(projected(s).second == 1);
  CHECK(outcomes == std::vector<bool>{true, false, false});
  CHECK(project(s, 2, {{"paper:a", {{"f", "2"}}}}).empty());
}

TEST_CASE("a projection beyond the queue's bound is refused at once and names the bound") {
  const test::temp_dir dir;
  auto settings = store_at(dir.path() / "views.db");
  settings.queue_updates = 3;
  sqlite_store s{settings};
  std::string error;
  s.project(1, std::vector<view_update>(4, {"paper:a", {{"f", "1"}}}),
            [&](const store_status& status) { error = status.error; });
  CHECK(error.find("4 more do not fit into the 3 updates") != std::string::npos);
  CHECK(project(s, 1, std::vector<view_update>(3, {"paper:a", {{"f", "1"}}})).empty());
}

}  // namespace bulkhead
