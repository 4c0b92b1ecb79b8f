// An inbox in a real Kafka: where reading begins, what is told, and what a dead letter holds.
#include "runtime/kafka/admin.hpp"
#include "runtime/kafka/consumer.hpp"
#include "runtime/kafka/producer.hpp"
#include "runtime/topics/dead_letters.hpp"
#include "runtime/topics/kafka_inbox.hpp"
#include "support/servers.hpp"

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>

#include <doctest/doctest.h>

using namespace bulkhead;

namespace {

constexpr std::chrono::seconds patience{60};

kafka::connection connection() { return {.servers = test::kafka_server::shared().bootstrap()}; }

/// A topic of its own for each case, and its dead letters.
std::string new_topic() {
  static int count = 0;
  std::string name = "case" + std::to_string(++count) + ".signals.raw";
  const auto made = kafka::admin{connection()}.create({{.name = name}, {.name = name + ".dlq"}}, patience);
  for (const auto& [topic, error] : made) REQUIRE_MESSAGE(error.empty(), topic << ": " << error);
  return name;
}

void publish(const std::string& topic, int count, const std::string& prefix = "v") {
  kafka::producer to{connection(), {}, {}};
  for (int i = 0; i < count; ++i) {
    kafka::record r{.topic = topic, .key = "k", .value = prefix + std::to_string(i), .headers = {{"colour", "red"}}};
    REQUIRE(to.send(r, 1) == kafka::send_result::taken);
  }
  REQUIRE(to.flush(patience));
}

/// What the inbox said, waited for.
class heard {
 public:
  inbox_listener listener() {
    return {[this](std::vector<inbox_record> r) { note([&] { std::ranges::move(r, std::back_inserter(records)); }); },
            [this](inbox_move m) { note([&] { moves.push_back(std::move(m)); }); },
            [this](std::string t) { note([&] { notes.push_back(std::move(t)); }); },
            [this](std::string t) { note([&] { troubles.push_back(std::move(t)); }); }};
  }
  bool until(const std::function<bool()>& condition) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, patience, condition);
  }
  template <class F>
  void note(const F& f) {
    const std::lock_guard lock{mutex_};
    f();
    changed_.notify_all();
  }

  std::vector<inbox_record> records;
  std::vector<inbox_move> moves;
  std::vector<std::string> notes;
  std::vector<std::string> troubles;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace

TEST_CASE("kafka inbox: without a position it begins at the end; with one, there; and never more than is allowed") {
  const std::string topic = new_topic();
  publish(topic, 5, "old");
  heard h, again;
  topics::kafka_inbox box{{connection(), topic}};
  box.open({}, h.listener());
  REQUIRE(h.until([&] { return !h.notes.empty(); }));
  CHECK(h.notes[0].find("is read from offset 5") != std::string::npos);
  publish(topic, 10, "new");
  box.allow(4);
  REQUIRE(h.until([&] { return h.records.size() >= 4; }));
  box.allow(2);
  REQUIRE(h.until([&] { return h.records.size() >= 6; }));
  CHECK(h.records.size() == 6);
  CHECK(h.records[0].offset == 5);
  CHECK(h.records[0].value == "new0");
  CHECK(h.records[0].key == "k");
  CHECK(h.records[0].has_header("colour"));

  box.open({{0, 2}}, again.listener());
  box.allow(100);
  REQUIRE(again.until([&] { return again.records.size() >= 13; }));
  CHECK(again.moves.empty());
  CHECK(again.records[0].value == "old2");
  CHECK(again.records.back().value == "new9");
}

TEST_CASE(
    "kafka inbox: a journal that knows no record goes on where its first start found the end; another, at the end") {
  const std::string topic = new_topic();
  publish(topic, 5, "old");
  {
    heard h;
    topics::kafka_inbox first{{connection(), topic, "one"}};
    first.open({}, h.listener());
    REQUIRE(h.until([&] { return !h.notes.empty(); }));
  }
  publish(topic, 3, "down");
  heard h;
  topics::kafka_inbox same{{connection(), topic, "one"}};
  same.open({}, h.listener());
  same.allow(10);
  REQUIRE(h.until([&] { return h.records.size() >= 3; }));
  CHECK(h.records[0].value == "down0");
  CHECK(h.notes.empty());
  heard other;
  topics::kafka_inbox anew{{connection(), topic, "two"}};
  anew.open({}, other.listener());
  REQUIRE(other.until([&] { return !other.notes.empty(); }));
  CHECK(other.notes[0].find("is read from offset 8") != std::string::npos);
}

TEST_CASE("kafka inbox: an offset that is gone is told, and reading goes on at the oldest") {
  const std::string topic = new_topic();
  publish(topic, 10);
  kafka::admin{connection()}.delete_records(topic, 0, 7, patience);
  heard h;
  topics::kafka_inbox box{{connection(), topic}};
  box.open({{0, 3}}, h.listener());
  box.allow(100);
  REQUIRE(h.until([&] { return h.records.size() >= 3; }));
  REQUIRE(h.moves.size() == 1);
  CHECK(h.moves[0].offset == 7);
  CHECK(h.moves[0].reason.find("offset 3 is gone") != std::string::npos);
  CHECK(h.records[0].offset == 7);
}

TEST_CASE("kafka inbox: a topic that is not there yet is trouble until it is") {
  const std::string topic = "later.signals.raw";
  heard h;
  topics::kafka_inbox box{{connection(), topic}};
  box.open({}, h.listener());
  box.allow(10);
  REQUIRE(h.until([&] { return !h.troubles.empty(); }));
  CHECK(h.troubles[0].find(topic) != std::string::npos);
  (void)kafka::admin{connection()}.create({{.name = topic}}, patience);
  REQUIRE(h.until([&] { return !h.notes.empty(); }));
  publish(topic, 1);
  CHECK(h.until([&] { return h.records.size() == 1; }));
  CHECK(h.troubles.back().empty());
}

TEST_CASE("dead letters: the original comes back whole, also one too large for a letter") {
  const std::string topic = new_topic();
  heard h;
  topics::kafka_inbox box{{connection(), topic}};
  inbox_record small{topic, 3, 41, 0, "a key", std::string{"\x00\xff bytes", 8}, {{"colour", "red"}}};
  inbox_record large{topic, 3, 42, 0, std::nullopt, std::string(13'000'000, 'x'), {}};
  inbox_record keyed{topic, 3, 43, 0, std::string(13'000'000, 'k'), "v", {{"colour", "red"}}};
  std::vector<std::string> answers;
  for (const inbox_record& r : {small, large, keyed}) {
    box.bury({r, "undecodable", "key \"id\": missing", 2},
             [&](std::string error) { h.note([&] { answers.push_back(std::move(error)); }); });
  }
  REQUIRE(h.until([&] { return answers.size() == 3; }));
  CHECK(answers == std::vector<std::string>{"", "", ""});
  std::vector<topics::found_letter> letters;
  kafka::read_partition(connection(), topic + ".dlq", 0, 0, patience, [&](kafka::record&& r) {
    auto found = topics::read_dlq_record(r);
    REQUIRE(found.has_value());
    letters.push_back(std::move(*found));
    return true;
  });
  REQUIRE(letters.size() == 3);
  CHECK(letters[0].id() == topic + "-3-41");
  CHECK(letters[0].letter.original.value == small.value);
  CHECK(letters[0].letter.original.key == small.key);
  CHECK(letters[0].letter.original.has_header("colour"));
  CHECK(letters[0].letter.reason == "undecodable");
  CHECK(letters[0].letter.error == "key \"id\": missing");
  CHECK(letters[0].letter.attempts == 2);
  CHECK(letters[1].truncated == "13000000");
  CHECK(letters[1].letter.original.value->size() == 524'288);
  CHECK(letters[2].truncated == "1");
  CHECK(letters[2].letter.original.value == "v");
  CHECK_FALSE(letters[2].letter.original.key);
  const kafka::record back = topics::original_of(letters[0]);
  CHECK(back.topic == topic);
  CHECK(back.value == small.value);
  CHECK(*back.find("colour") == "red");
  CHECK(*back.find("replayed-from") == topic + "-3-41");
}
