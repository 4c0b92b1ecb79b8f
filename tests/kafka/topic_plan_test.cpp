// Which topics are planned, and what is said of those that are not as planned.
#include "runtime/topics/topic_plan.hpp"

#include "runtime/kafka/topic_names.hpp"
#include "runtime/topics/kafka_publisher.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::topics;

namespace {

const std::vector<broker_id> two{broker_id{"paper"}, broker_id{"zerodha"}};
const broker_id shared{"_shared"};
constexpr std::int64_t hour = 3'600'000;

planned_topic find(const std::vector<planned_topic>& all, const std::string& name) {
  for (const planned_topic& t : all) {
    if (t.spec.name == name) return t;
  }
  FAIL(name);
  return {};
}

std::vector<std::string> texts(const planned_topic& wanted, const std::optional<kafka::topic_spec>& found) {
  std::vector<std::string> out;
  for (const difference& d : differences(wanted, found, "k:9092")) out.push_back(d.text());
  return out;
}

}  // namespace

TEST_CASE(
    "the plan has the journal, the eight projections and their dead letters of each broker, and the shared topics") {
  const auto all = plan(two, shared, {});
  std::set<std::string> names;
  for (const planned_topic& t : all) names.insert(t.spec.name);
  CHECK(names.size() == all.size());
  CHECK(all.size() == 5 + 2 * (3 + 8 * 2));
  for (const char* name :
       {"market.ticks", "market.ticks.dlq", "_shared.journal.events", "_shared.journal.snapshots", "_shared.ops.events",
        "paper.journal.events", "paper.journal.snapshots", "paper.ops.events", "zerodha.pnl.snapshots.dlq"}) {
    CHECK_MESSAGE(names.contains(name), name);
  }
  for (const std::string_view suffix : kafka::projection_suffixes) {
    CHECK(names.contains("zerodha." + std::string{suffix}));
    CHECK(names.contains("paper." + std::string{suffix} + ".dlq"));
  }
  CHECK(plan_of(shared, all).size() == 5);
  CHECK(plan_of(two[1], all).size() == 19);
  CHECK(plan({}, shared, {}).size() == 5);
}

TEST_CASE("a journal has one partition and is kept for good, whatever is set for the others") {
  const auto all = plan(two, shared, {12, 3, 168 * hour, 48 * hour});
  for (const char* name : {"paper.journal.events", "paper.journal.snapshots", "paper.ops.events"}) {
    const kafka::topic_spec t = find(all, name).spec;
    CHECK(t.partitions == 1);
    CHECK(t.replication == 3);
    // Compaction keeps the newest of each key: of a journal's events that would be loss.
    const bool is_snapshots = t.name.ends_with("snapshots");
    CHECK(t.config.at("cleanup.policy") == (is_snapshots ? "compact" : "delete"));
    if (!is_snapshots) CHECK(t.config.at("retention.ms") == "-1");
  }
  CHECK(find(all, "paper.journal.events").spec.config.at("retention.bytes") == "-1");
  CHECK(find(all, "paper.journal.events").spec.config.at("max.message.bytes") == "8388608");
  const kafka::topic_spec filled = find(all, "paper.orders.filled").spec;
  CHECK(filled.partitions == 12);
  CHECK(filled.config.at("retention.ms") == "604800000");
  CHECK(find(all, "paper.orders.filled.dlq").spec.partitions == 1);
  const kafka::topic_spec ticks = find(all, "market.ticks").spec;
  CHECK(ticks.partitions == 1);
  CHECK(ticks.config.at("retention.ms") == "172800000");
  CHECK(find(plan(two, shared, {}), "paper.orders.filled").spec.config.at("retention.ms") == "-1");
}

TEST_CASE("each difference says what was found, what is wanted, and the command that mends it") {
  const auto all = plan(two, shared, {4, 1, 168 * hour, 48 * hour});
  const planned_topic filled = find(all, "paper.orders.filled");
  CHECK(texts(filled, filled.spec).empty());
  CHECK(texts(filled, std::nullopt) ==
        std::vector<std::string>{"paper.orders.filled: topic: given none, or no right to see it, wanted there; run: "
                                 "bulkhead topics create"});
  kafka::topic_spec found = filled.spec;
  found.config["some.other.option"] = "7";  // is the administrator's affair
  CHECK(texts(filled, found).empty());
  found.partitions = 2;
  found.config["retention.ms"] = "1000";
  CHECK(texts(filled, found) ==
        std::vector<std::string>{
            "paper.orders.filled: partitions: given 2, wanted 4; kafka-topics.sh --bootstrap-server k:9092 --alter "
            "--topic paper.orders.filled --partitions 4",
            "paper.orders.filled: retention.ms: given 1000, wanted 604800000; kafka-configs.sh --bootstrap-server "
            "k:9092 --alter --entity-type topics --entity-name paper.orders.filled --add-config "
            "retention.ms=604800000"});
  found = filled.spec;
  found.partitions = 6;
  found.replication = 3;
  CHECK(texts(filled, found) ==
        std::vector<std::string>{
            "paper.orders.filled: partitions: given 6, wanted 4; partitions are never taken away: set "
            "kafka.partitions: 6, or delete the topic, and run: bulkhead topics create",
            "paper.orders.filled: replication: given 3, wanted 1; kafka-reassign-partitions.sh, or set "
            "kafka.replication: 3"});
  const planned_topic journal = find(all, "paper.journal.events");
  found = journal.spec;
  found.partitions = 3;
  CHECK(texts(journal, found) ==
        std::vector<std::string>{"paper.journal.events: partitions: given 3, wanted 1; partitions are never taken "
                                 "away: delete the topic, and run: bulkhead topics create"});
}

TEST_CASE("the position comes back from a commit's metadata, and what is none of ours is refused") {
  const publish_mark mark = mark_of(mark_text({18'446'744'073'709'551'615ULL, "abc\"d"}));
  CHECK(mark.seq == 18'446'744'073'709'551'615ULL);
  CHECK(mark.check == "abc\"d");
  for (const char* text : {"", "7", "{}", R"({"seq":-1,"check":""})", R"({"seq":1})", R"({"seq":"1","check":""})",
                           R"({"seq":1,"check":2})", "\xff"}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)mark_of(text), kafka::error);
  }
}

TEST_CASE("retention reads as people say it") {
  CHECK(duration_text(-1) == "for good");
  CHECK(duration_text(48 * hour) == "2 d");
  CHECK(duration_text(36 * hour) == "36 h");
  CHECK(duration_text(1500) == "1500 ms");
}
