// What the journal in Kafka does beyond the contract, with a real server.
#include "runtime/fault/failpoint.hpp"
#include "runtime/kafka/journal_topics.hpp"
#include "support/journal_calls.hpp"
#include "support/kafka_backend.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace bulkhead {
namespace {

using namespace std::chrono_literals;
using test::append;
using test::kafka_backend;
using test::open;
using test::read;
using test::records;
using test::snapshot;
using test::try_open;

kafka_journal_settings settings_of(const kafka_backend& backend, std::chrono::milliseconds lease = 60ms) {
  kafka_journal_settings s;
  s.servers = backend.servers;
  s.broker = backend.broker;
  s.lease = lease;
  return s;
}

kafka_log log_of(const kafka_backend& backend) {
  kafka_log_settings s;
  s.servers = backend.servers;
  s.broker = backend.broker;
  return kafka_log{s};
}

void write(const kafka_backend& backend, kafka::record r) {
  kafka::producer out{backend.servers, {}, {}};
  REQUIRE(out.send(r, 0) == kafka::send_result::taken);
  REQUIRE(out.flush(std::chrono::seconds{20}));
}

/// Facts about running come late: their topic is looked for first.
std::string told_of_running(const kafka_backend& backend) {
  kafka_log log = log_of(backend);
  std::string told;
  for (int n = 0; n < 300 && told.empty(); ++n) {
    std::this_thread::sleep_for(100ms);
    log.read_ops([&](std::string_view fact) { return !(told += fact).empty(); });
  }
  return told;
}

}  // namespace

TEST_CASE("kafka journal: an open that finds no password fails, and every other call is answered") {
  const test::temp_dir dir;
  const auto& server = test::kafka_server::shared();
  const auto password = dir.path() / "password";
  std::filesystem::copy_file(server.password_file("admin"), password);
  kafka_backend backend;
  backend.servers.servers = server.sasl_bootstrap();
  backend.servers.security = "sasl_plaintext";
  backend.servers.username = server.config().at("users").at("admin").at("username");
  backend.servers.password_file = password;
  kafka_journal_settings settings = settings_of(backend);
  settings.more = {{"message.max.bytes", "2000"}};
  const auto j = std::make_unique<kafka_journal>(settings);
  const auto epoch = open(*j).epoch;
  REQUIRE(append(*j, epoch, records(1, 1)).first.ok());
  // A record that the library refuses: the next open makes everything anew.
  CHECK_FALSE(append(*j, epoch, {{2, std::string(4000, 'z')}}).first.ok());
  std::filesystem::rename(password, dir.path() / "away");
  CHECK(try_open(*j).first.error.find("password") != std::string::npos);
  j->append_ops("{}");
  CHECK(append(*j, epoch, records(2, 2)).first.outcome() == journal_outcome::failed);
  CHECK(snapshot(*j, epoch, {1, 1, 1, "{}"}).outcome() == journal_outcome::failed);
  CHECK(read(*j, 1, 10).second == records(1, 1));
  std::filesystem::rename(dir.path() / "away", password);
  CHECK(open(*j).tail == records(1, 1));
  CHECK(j->ops_dropped() == 0);
}

TEST_CASE("kafka journal: a lease shorter than a round trip holds up no later call") {
  kafka_backend backend;
  const auto j = std::make_unique<kafka_journal>(settings_of(backend, 1ms));
  for (std::uint64_t n = 0; n < 3; ++n) {
    const auto found = open(*j);
    CHECK(found.tail == records(1, n));
    REQUIRE(append(*j, found.epoch, records(n + 1, n + 1)).first.ok());
  }
}

TEST_CASE("kafka journal: the newest note of a run counts, wherever it lies among snapshots") {
  kafka_backend backend;
  const auto note = [&](const std::string& text) {
    kafka::record r;
    r.topic = backend.broker.str() + ".journal.snapshots";
    r.key = std::string{run_key};
    r.value = text;
    write(backend, r);
  };
  const auto j = backend.client();
  const auto epoch = open(*j).epoch;
  CHECK_FALSE(log_of(backend).run_note());
  REQUIRE(snapshot(*j, epoch, {0, 0, 1, "{}"}).ok());
  note("yesterday");
  CHECK(log_of(backend).run_note() == "yesterday");
  REQUIRE(snapshot(*j, epoch, {0, 0, 1, "{}"}).ok());
  note("today");
  CHECK(log_of(backend).run_note() == "today");
}

TEST_CASE("kafka journal: a takeover that waits for a lease says so meanwhile, and nothing afterwards") {
  kafka_backend backend;
  const auto first = std::make_unique<kafka_journal>(settings_of(backend, 1500ms));
  REQUIRE(append(*first, open(*first).epoch, records(1, 1)).first.ok());
  const auto second = std::make_unique<kafka_journal>(settings_of(backend, 1500ms));
  std::atomic<bool> said{false};
  {
    const std::jthread watch{[&](const std::stop_token& stop) {
      const std::string words = "journal.events: waiting out the former owner's lease (";
      while (!stop.stop_requested()) {
        if (second->outage().find(words) != std::string::npos) said = true;
        std::this_thread::sleep_for(5ms);
      }
    }};
    CHECK(open(*second).tail == records(1, 1));
  }
  CHECK(said);
  CHECK(second->outage().empty());
}

TEST_CASE("kafka journal: reading a log tells how far it is, and may read the log meanwhile") {
  kafka_backend backend;
  const auto j = backend.client();
  REQUIRE(append(*j, open(*j).epoch, records(1, 50)).first.ok());
  kafka_log_settings settings;
  settings.servers = backend.servers;
  settings.broker = backend.broker;
  std::vector<std::pair<std::int64_t, std::int64_t>> told;
  std::size_t within = 0;
  kafka_log* log = nullptr;
  settings.reading = [&](const std::string& topic, std::int64_t at, std::int64_t until) {
    CHECK(topic == backend.broker.str() + ".journal.events");
    told.emplace_back(at, until);
    if (told.size() > 1) return;
    log->read(3, 6, [&](auto, auto&&) { return ++within > 0; });
  };
  kafka_log one{settings};
  log = &one;
  std::size_t count = 0;
  one.read(0, 51, [&](std::int64_t offset, auto&&) { return offset == static_cast<std::int64_t>(count++); });
  CHECK(count == 51);  // the claim too
  CHECK(within == 3);
  REQUIRE_FALSE(told.empty());
  CHECK(told.front() == std::pair<std::int64_t, std::int64_t>{0, 51});
}

TEST_CASE("kafka journal: while servers hang what is durable is read from memory") {
  kafka_backend backend;
  const auto j = std::make_unique<kafka_journal>(settings_of(backend, 10min));
  const auto epoch = open(*j).epoch;
  REQUIRE(append(*j, epoch, records(1, 10)).first.ok());
  struct hang {
    hang() { test::kafka_server::shared().pause(); }
    ~hang() { test::kafka_server::shared().resume(); }
  };
  std::promise<bool> written;
  {
    const hang now;
    j->append(epoch, records(11, 11), [&](journal_status status, auto) { written.set_value(status.ok()); });
    CHECK(read(*j, 5, 100).second == records(5, 10));
  }
  CHECK(written.get_future().get());
  CHECK(read(*j, 5, 100).second == records(5, 11));
}

TEST_CASE("kafka journal: old events are read page by page after a restart") {
  kafka_backend backend;
  {
    const auto j = backend.client();
    const auto epoch = open(*j).epoch;
    REQUIRE(append(*j, epoch, records(1, 3000)).first.ok());
    REQUIRE(snapshot(*j, epoch, {3000, 1, 1, "{}"}).ok());
  }
  const auto j = backend.client();
  CHECK(open(*j).tail.empty());
  for (std::uint64_t from = 1; from <= 3000; from += 700) {
    CHECK(read(*j, from, 700).second == records(from, std::min<std::uint64_t>(3000, from + 699)));
  }
}

TEST_CASE("kafka journal: a snapshot of records that the log does not hold is passed over, and told") {
  kafka_backend backend;
  {
    const auto j = backend.client();
    const auto epoch = open(*j).epoch;
    REQUIRE(append(*j, epoch, records(1, 5)).first.ok());
    REQUIRE(snapshot(*j, epoch, {3, 1, 1, "good"}).ok());
  }
  kafka_log log = log_of(backend);
  std::vector<std::string> damaged;
  auto kept = log.snapshots(damaged);
  REQUIRE(kept.size() == 1);
  kept.front().snapshot = {6, 1, 1, "ahead"};
  kafka::record ahead = record_of(kept.front(), 1);
  ahead.topic = log.snapshots_topic();
  write(backend, ahead);
  REQUIRE(log.snapshots(damaged).size() == 2);

  const auto j = backend.client();
  const auto found = open(*j);
  REQUIRE(found.snapshot);
  CHECK(found.snapshot->body == "good");
  CHECK(found.tail == records(4, 5));
  CHECK(append(*j, found.epoch, records(6, 6)).first.ok());
  CHECK(told_of_running(backend).find("snapshot of record 6, but the log ends at record 5") != std::string::npos);
}

TEST_CASE("kafka journal: an open that fails after its claim went through does not fence its own owner") {
  struct disarm {
    ~disarm() { fault::disarm_all(); }
  } const after;
  kafka_backend backend;
  const auto fail_next_open = [&](journal& j, std::uint64_t epoch) {
    fault::disarm_all();
    fault::arm(backend.broker.str() + ".journal.open.claimed", fault::action::crash, 1);
    CHECK(try_open(j).first.outcome() == journal_outcome::failed);
    CHECK(append(j, epoch, {}).first.outcome() == journal_outcome::failed);
  };
  const auto j = std::make_unique<kafka_journal>(settings_of(backend, 500ms));
  fail_next_open(*j, 1);
  fail_next_open(*j, 1);
  auto found = open(*j);
  CHECK(found.epoch == 3);
  REQUIRE(append(*j, 3, records(1, 2)).first.ok());
  fail_next_open(*j, 3);
  found = open(*j);
  CHECK(found.epoch == 5);
  CHECK(found.tail == records(1, 2));
  CHECK(append(*j, 5, records(3, 3)).first.ok());

  fail_next_open(*j, 5);
  const auto other = backend.client();
  CHECK(open(*other).tail == records(1, 3));
  CHECK(try_open(*j).first.outcome() == journal_outcome::fenced);
}

TEST_CASE("kafka journal: a snapshot that is too large is left out, is told, and the log goes on") {
  kafka_backend backend;
  const auto j = backend.client();
  const auto epoch = open(*j).epoch;
  REQUIRE(append(*j, epoch, records(1, 2)).first.ok());
  CHECK_FALSE(snapshot(*j, epoch, {1, 1, 1, "small"}).left_out);
  const journal_status large = snapshot(*j, epoch, {2, 2, 1, std::string(8'000'001, 'z')});
  CHECK_MESSAGE(large.ok(), large.error);
  CHECK(large.left_out);
  CHECK(append(*j, epoch, records(3, 3)).first.ok());
  const auto found = open(*j);
  REQUIRE(found.snapshot);
  CHECK(found.snapshot->body == "small");
  CHECK(found.tail == records(2, 3));
  CHECK(told_of_running(backend).find("journal.snapshot_too_large") != std::string::npos);
}

TEST_CASE("kafka journal: topics that would lose records are refused with what is wrong") {
  const auto wanted = kafka::journal_topics(broker_id{"paper"}, 1);
  const kafka::topic_spec& events = wanted.at(0);
  const kafka::topic_spec& snapshots = wanted.at(1);
  CHECK(kafka::wrong_with(events, events).empty());
  CHECK(kafka::wrong_with(snapshots, snapshots).empty());
  kafka::topic_spec found = events;
  found.partitions = 2;
  found.config["cleanup.policy"] = "compact,delete";
  found.config["max.message.bytes"] = "1048588";
  CHECK(kafka::wrong_with(events, found) ==
        "the number of partitions is 2, a journal needs 1; cleanup.policy is compact,delete, a journal needs delete; "
        "max.message.bytes is 1048588, a journal needs 8388608 or more");
  found = snapshots;
  found.config["cleanup.policy"] = "compact,delete";
  found.config["max.message.bytes"] = "10000000";
  CHECK(kafka::wrong_with(snapshots, found).empty());
  found.config["cleanup.policy"] = "delete";
  CHECK(kafka::wrong_with(snapshots, found) == "cleanup.policy is delete, a journal needs compact");

  kafka_backend backend;
  auto made = kafka::journal_topics(backend.broker, 1);
  made.at(1).config.erase("cleanup.policy");
  REQUIRE(kafka::admin{backend.servers}.create(made, 10s).at(made.at(1).name).empty());
  const auto j = backend.client();
  const auto [status, nothing] = try_open(*j);
  CHECK(status.error.find(made.at(1).name + ": cleanup.policy is delete, a journal needs compact: correct") !=
        std::string::npos);
}

TEST_CASE("kafka journal: a refused login and a missing right are errors at once, not outages") {
  const test::temp_dir dir;
  const auto& server = test::kafka_server::shared();
  const auto password = dir.path() / "password";
  std::ofstream{password} << "wrong\n";
  std::filesystem::permissions(password, std::filesystem::perms::owner_read);
  kafka_backend backend;
  backend.servers.servers = server.sasl_bootstrap();
  backend.servers.security = "sasl_plaintext";
  backend.servers.username = server.config().at("users").at("paper").at("username");
  backend.servers.password_file = password;
  const auto refused = "the login is refused";
  CHECK(try_open(*backend.client()).first.error.find(refused) != std::string::npos);
  CHECK_THROWS_WITH_AS((void)log_of(backend).end(), doctest::Contains(refused), kafka::error);

  backend.servers.password_file = server.password_file("paper");
  const std::string error = try_open(*backend.client()).first.error;
  CHECK_MESSAGE(error.find("uthorization") != std::string::npos, error);
}

/// An idle owner renews it; a machine that stalls may have let it run out for a moment.
bool comes_to_hold_the_lease(const kafka_journal& j) {
  for (int tries = 0; tries < 3'000; ++tries) {
    if (j.lease_until() > std::chrono::steady_clock::now()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

TEST_CASE("kafka journal: who takes over begins after the former owner's lease, and after a release at once") {
  kafka_backend backend;
  const auto first = std::make_unique<kafka_journal>(settings_of(backend, 1000ms));
  const auto epoch = open(*first).epoch;
  REQUIRE(append(*first, epoch, records(1, 1)).first.ok());
  CHECK(comes_to_hold_the_lease(*first));
  {
    const auto second = std::make_unique<kafka_journal>(settings_of(backend, 1000ms));
    REQUIRE(open(*second).tail == records(1, 1));
    CHECK(first->lease_until() <= std::chrono::steady_clock::now());
    CHECK(comes_to_hold_the_lease(*second));
  }
  // Who has to wait waits its own lease at least: this one would for ten minutes.
  const auto third = std::make_unique<kafka_journal>(settings_of(backend, 10min));
  CHECK(open(*third).tail == records(1, 1));
  CHECK(append(*first, epoch, records(2, 2)).first.outcome() == journal_outcome::fenced);
}

}  // namespace bulkhead
