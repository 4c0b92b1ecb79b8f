#pragma once
// What the tests of the Redis store share.
#include "runtime/store/redis_store.hpp"
#include "support/await.hpp"
#include "support/redis_process.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace bulkhead::test {

using hash = std::map<std::string, std::string>;

inline redis_store_settings store_of(const redis::settings& server, const char* broker = "paper") {
  redis_store_settings out;
  out.server = server;
  out.server.command_timeout = std::chrono::seconds{20};
  out.broker = broker_id{broker};
  out.source = "run 1";
  out.backoff_min = std::chrono::milliseconds{1};
  out.backoff_max = std::chrono::milliseconds{20};
  return out;
}

inline std::string project(state_store& s, std::uint64_t seq, std::vector<view_update> updates) {
  return std::get<0>(test::await<store_status>([&](auto done) { s.project(seq, std::move(updates), std::move(done)); }))
      .error;
}

inline std::pair<std::string, std::uint64_t> projected(state_store& s) {
  auto [status, seq] = test::await<store_status, std::uint64_t>([&](auto done) { s.projected(std::move(done)); });
  return {status.error, seq};
}

inline hash get(state_store& s, const std::string& key) {
  return std::get<1>(test::await<store_status, hash>([&](auto done) { s.get(key, std::move(done)); }));
}

inline std::string clear(state_store& s) {
  return std::get<0>(test::await<store_status>([&](auto done) { s.clear(std::move(done)); })).error;
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline std::vector<view_update> one(const std::string& key, const std::string& value) {
  return {{key, {{"f", value}}}};
}

/// Every key of the server.
inline std::set<std::string> keys_of(const redis_process& server) {
  std::set<std::string> out;
  for (const auto& key : server.tell({"KEYS", "*"}).elements) out.insert(key.text);
  return out;
}

/// A projector's way with a store: asks the position after each error and writes one event's views at a time, until
/// they are there up to `last`. Returns the errors.
inline std::vector<std::string> bring_up_to(state_store& s, std::uint64_t last) {
  std::vector<std::string> errors;
  std::optional<std::uint64_t> at;
  for (int tries = 0; tries < 20'000 && at != last; ++tries) {
    std::string error;
    if (!at) {
      const auto [failed, seq] = projected(s);
      error = failed;
      if (failed.empty()) at = seq;
    } else {
      const std::string n = std::to_string(*at + 1);
      error = project(s, *at + 1, {{"paper:n:" + n, {{"n", n}}}, {"paper:newest", {{"n", n}}}});
      at = error.empty() ? std::optional{*at + 1} : std::nullopt;
    }
    if (!error.empty()) {
      errors.push_back(error);
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
  }
  return errors;
}

inline void check_whole(state_store& s, std::uint64_t last) {
  CHECK(projected(s) == std::pair<std::string, std::uint64_t>{"", last});
  for (std::uint64_t n = 1; n <= last; ++n) {
    CHECK(get(s, "paper:n:" + std::to_string(n)) == hash{{"n", std::to_string(n)}});
  }
  CHECK(get(s, "paper:newest") == hash{{"n", std::to_string(last)}});
}

}  // namespace bulkhead::test
