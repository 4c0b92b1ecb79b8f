#include "runtime/domain/external_signal.hpp"
#include "support/event_fixtures.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

using namespace bulkhead;
using nlohmann::json;

namespace {

const broker_id paper{"paper"};
const record_place place{"paper.signals.raw", 1, 42};

const instrument_table& table() {
  static const instrument_table t = test::instruments();
  return t;
}

json good() {
  return {{"id", "desk-1"},
          {"broker", "paper"},
          {"type", "signal"},
          {"version", 1},
          {"ts", "2022-01-03T09:20:00+05:30"},
          {"data",
           {{"strategy", "desk"},
            {"action", "ENTRY"},
            {"instrument", table().key({0})},
            {"side", "BUY"},
            {"quantity", 75},
            {"product", "MIS"}}}};
}

external_signal read(const json& j) { return read_external_signal(j.dump(), place, paper, table()); }

/// "reason: text" of the refusal; empty: it was taken.
std::string refused_as(const std::string& bytes) {
  try {
    (void)read_external_signal(bytes, place, paper, table());
    return {};
  } catch (const signal_refused& e) {
    return e.reason() + ": " + e.what();
  }
}
std::string refusal(const json& j) { return refused_as(j.dump()); }

json with(const std::string& pointer, const json& value) {
  json j = good();
  j[json::json_pointer{pointer}] = value;
  return j;
}

}  // namespace

TEST_CASE("external signal: the shortest good record") {
  const external_signal s = read(good());
  CHECK(s.what.strategy.str() == "external.desk");
  CHECK(s.what.qty == 75);
  CHECK(s.what.type == order_type::market);
  CHECK(s.what.validity == validity::day);
  CHECK(to_iso_ist(s.what.ts) == "2022-01-03T09:20:00+05:30");
  CHECK(s.from.id == "desk-1");
  CHECK(s.from.topic == "paper.signals.raw");
  CHECK(s.from.partition == 1);
  CHECK(s.from.offset == 42);
}

TEST_CASE("external signal: every field, and fields that nobody knows") {
  json j = good();
  j["correlation_id"] = "x";
  j["new_field"] = {1, 2, 3};
  j["data"].update(json{{"order_type", "SL"},
                        {"limit_price", "101.05"},
                        {"trigger_price", "100.95"},
                        {"validity", "IOC"},
                        {"stop_loss_offset", "2.50"},
                        {"target_offset", "5.00"},
                        {"reason", "breakout"},
                        {"colour", "red"}});
  const signal s = read(j).what;
  CHECK(to_string(s.limit_price) == "101.05");
  CHECK(to_string(s.trigger_price) == "100.95");
  CHECK(to_string(s.stop_loss_offset) == "2.50");
  CHECK(to_string(s.target_offset) == "5.00");
  CHECK(s.validity == validity::ioc);
  CHECK(s.reason == "breakout");
}

TEST_CASE("external signal: the id follows from the place of the record and the sender's id") {
  const std::string text = good().dump();
  const auto id = [&](record_place at) { return read_external_signal(text, at, paper, table()).what.id; };
  CHECK(id(place) == id(place));
  CHECK(id(place) != id({place.topic, place.partition, place.offset + 1}));
  CHECK(id(place) != id({place.topic, place.partition + 1, place.offset}));
  CHECK(id(place) != id({"paper2.signals.raw", place.partition, place.offset}));
  CHECK(read(good()).what.id != read(with("/id", "desk-2")).what.id);
}

TEST_CASE("promise 8: a record that is no signal is refused whole, with its reason") {
  CHECK(refused_as("").starts_with("undecodable: not JSON"));
  CHECK(refused_as("\xff\xfe{").starts_with("undecodable: not JSON"));
  CHECK(refused_as("[1]").starts_with("undecodable: whole text"));
  CHECK(refused_as(R"({"type":"signal","type":"signal"})").find("given twice") != std::string::npos);
  CHECK(refused_as(std::string(most_signal_bytes + 1, ' ')).starts_with("too_large: 65537 bytes"));
  CHECK(refusal(with("/broker", "zerodha")).starts_with("wrong_broker: key \"broker\": found \"zerodha\""));
  CHECK(refusal(with("/type", "signal.received")).starts_with("unknown_type: "));
  CHECK(refusal(with("/version", 2)).starts_with("unknown_version: "));
  CHECK(refusal(with("/data", 1)).starts_with("undecodable: "));
  for (const char* key : {"id", "broker", "type", "version", "ts", "data"}) {
    json j = good();
    j.erase(key);
    CHECK_MESSAGE(refusal(j).find(key) != std::string::npos, key);
  }
  for (const char* key : {"strategy", "action", "instrument", "side", "quantity", "product"}) {
    json j = good();
    j["data"].erase(key);
    CHECK_MESSAGE(refusal(j).find(std::string{"data."} + key) != std::string::npos, key);
  }
}

TEST_CASE("promise 8: a field that says something else than it may is refused") {
  const auto bad = [](const std::string& pointer, const json& value) { return !refusal(with(pointer, value)).empty(); };
  CHECK(bad("/id", ""));
  CHECK(bad("/id", "two words"));
  CHECK(bad("/id", std::string(129, 'x')));
  CHECK(bad("/ts", "yesterday"));
  CHECK(bad("/data/strategy", "Desk"));
  CHECK(bad("/data/strategy", "a.b"));
  CHECK(bad("/data/strategy", std::string(65, 'a')));
  CHECK(bad("/data/action", "HOLD"));
  CHECK(bad("/data/side", "buy"));
  CHECK(bad("/data/instrument", "NSE:NOBODY"));
  CHECK(bad("/data/quantity", 0));
  CHECK(bad("/data/quantity", -1));
  CHECK(bad("/data/quantity", 1.5));
  CHECK(bad("/data/quantity", 18446744073709551615ULL));
  CHECK(bad("/data/product", "X"));
  CHECK(bad("/data/limit_price", "100.00"));  // of a MARKET order
  CHECK(bad("/data/order_type", "LIMIT"));    // without its price
  CHECK(bad("/data/target_offset", "-1"));
  CHECK(bad("/data/reason", std::string(257, 'r')));
  json exit = with("/data/action", "EXIT");
  exit["data"]["target_offset"] = "1.00";
  CHECK(!refusal(exit).empty());
}

TEST_CASE("a good record with random damage is taken or refused, and nothing else") {
  std::size_t refused = 0;
  CHECK(rc::check([&refused] {
    std::string text = good().dump();
    const auto hits = *rc::gen::inRange(1, 6);
    for (int i = 0; i < hits; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
      switch (*rc::gen::inRange(0, 3)) {
        case 0:
          text[at] = *rc::gen::arbitrary<char>();
          break;
        case 1:
          text.erase(at, *rc::gen::inRange<std::size_t>(1, 20));
          break;
        default:
          text.insert(at, *rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
      }
      if (text.empty()) break;
    }
    refused += refused_as(text).empty() ? 0 : 1;
  }));
  CHECK(refused > 0);
}

TEST_CASE("any bytes at all are refused") {
  CHECK(
      rc::check([] { RC_ASSERT(!refused_as(*rc::gen::container<std::string>(rc::gen::arbitrary<char>())).empty()); }));
}
