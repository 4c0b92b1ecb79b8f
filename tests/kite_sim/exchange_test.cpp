#include "tools/kite_sim/core/exchange.hpp"

#include "kite_sim/kite_fixture.hpp"
#include "tools/kite_sim/core/kite_error.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::kite_sim;
using namespace bulkhead::kite_sim::test;

namespace {

using texts = std::vector<std::string>;
const texts placed = {"PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING", "OPEN"};

texts followed_by(texts first, const texts& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

/// The error_type of what `call` throws.
template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const kite_error& e) {
    return std::to_string(e.status()) + " " + e.type();
  }
  return "";
}

}  // namespace

TEST_CASE("kite_sim: a limit order that meets the market goes through Kite's stages to COMPLETE") {
  floor_of market;
  const std::string id = market.buy(15, "100.10");
  CHECK(market.stages(id) == followed_by(placed, {"OPEN", "COMPLETE"}));
  CHECK(id.size() == 19);
  const sim_order& order = market.order(id);
  CHECK(order.now().filled_value == rs(100.05) * 10 + rs(100.10) * 5);
  const auto updates = market.venue.take_updates();
  texts told;
  for (const order_update& one : updates) told.push_back(one.fields.at("status").get<std::string>());
  CHECK(told == texts{"OPEN", "UPDATE", "COMPLETE"});
  CHECK(updates.back().fields.at("filled_quantity") == 15);
}

TEST_CASE("kite_sim: what is taken from a level is gone until the next tick") {
  floor_of market;
  (void)market.buy(10, "100.05");
  const std::string second = market.buy(10, "100.05");
  CHECK(market.stage(second) == "OPEN");
  CHECK(market.order(second).now().filled == 0);
  market.move(at(9, 15, 1), {{infy, 100.0}});
  CHECK(market.stage(second) == "COMPLETE");
}

TEST_CASE("kite_sim: a market order becomes a limit order at the band's edge and its rest stays open") {
  floor_of market;
  const std::string id = market.place({{"order_type", "MARKET"}, {"market_protection", "0.1"}, {"quantity", "40"}});
  const order_state& now = market.order(id).now();
  CHECK(now.terms.kind == order_kind::limit);
  CHECK(now.terms.limit == rs(100.10));
  CHECK(now.filled == 30);
  CHECK(now.stage == order_stage::open);
  CHECK(market.order(id).tags == texts{"mktp", "mktp:0.10"});
  CHECK(refusal([&] { (void)market.place({{"order_type", "MARKET"}, {"quantity", "1"}}); }) == "400 InputException");
}

TEST_CASE("kite_sim: a modification goes through its stages, and gives up its place at the price") {
  floor_of market;
  const std::string first = market.buy(5, "99.00");
  const std::string second = market.buy(5, "99.00");
  market.venue.modify("AB1234", first, fields_of({{"quantity", "10"}}), market.wall);
  CHECK(market.stages(first) ==
        followed_by(placed, {"MODIFY VALIDATION PENDING", "MODIFY PENDING", "MODIFIED", "OPEN"}));
  market.move(at(9, 15, 1), {{infy, 98.95}});  // ten units at 99.00
  CHECK(market.stage(second) == "COMPLETE");
  CHECK(market.order(first).now().filled == 5);
  CHECK(refusal([&] {
          market.venue.modify("AB1234", second, fields_of({{"quantity", "9"}}), market.wall);
        }) == "400 InputException");
  CHECK(refusal([&] {
          market.venue.modify("AB1234", first, fields_of({{"quantity", "5"}}), market.wall);
        }) == "400 InputException");
}

TEST_CASE("kite_sim: a change that the exchange refuses leaves the order as it was, at its place") {
  floor_of market;
  const std::string first = market.buy(5, "99.00");
  const std::string second = market.buy(10, "99.00");
  const auto change = [&](const char* name, const char* value, const std::string& refusal = {}) {
    market.venue.modify("AB1234", first, fields_of({{name, value}}), market.wall, refusal);
  };
  const texts refused = {"MODIFY VALIDATION PENDING", "MODIFY PENDING", "NOT MODIFIED", "OPEN"};
  change("price", "79.00");
  CHECK(market.stages(first) == followed_by(placed, refused));
  CHECK(market.order(first).now().terms.limit == rs(99));
  CHECK(market.order(first).now().message.find("outside of the circuit limits") != std::string::npos);
  change("quantity", "1000000");
  CHECK(market.order(first).now().terms.units == 5);
  CHECK(market.order(first).now().message.find("Insufficient funds") != std::string::npos);
  change("price", "99.05", "On demand.");
  CHECK(market.order(first).now().message == "On demand.");
  CHECK(market.venue.take_updates().back().fields.at("status_message") == "On demand.");
  market.move(at(9, 15, 1), {{infy, 98.95}});  // ten units at 99.00
  CHECK(market.stage(first) == "COMPLETE");
  CHECK(market.order(second).now().filled == 5);
}

TEST_CASE("kite_sim: at most 25 modifications of an order") {
  floor_of market;
  const std::string id = market.buy(5, "90.00");
  for (int i = 0; i < 25; ++i) {
    market.venue.modify("AB1234", id, fields_of({{"quantity", std::to_string(6 + i)}}), market.wall);
  }
  CHECK(refusal([&] {
          market.venue.modify("AB1234", id, fields_of({{"quantity", "5"}}), market.wall);
        }) == "400 OrderException");
}

TEST_CASE("kite_sim: a cancelled order keeps its fills, and cannot be cancelled again") {
  floor_of market;
  const std::string id = market.buy(15, "100.05");
  market.venue.cancel("AB1234", id, market.wall);
  CHECK(market.stages(id) == followed_by(placed, {"OPEN", "CANCEL PENDING", "CANCELLED"}));
  CHECK(market.order(id).now().filled == 10);
  CHECK(market.order(id).now().cancelled == 5);
  CHECK(refusal([&] { market.venue.cancel("AB1234", id, market.wall); }) == "400 InputException");
  CHECK(refusal([&] { market.venue.cancel("AB1234", "1", market.wall); }) == "400 GeneralException");
  CHECK(refusal([&] { market.venue.cancel("XY9999", id, market.wall); }) == "400 GeneralException");
}

TEST_CASE("kite_sim: a stop waits for its trigger, then is a limit order") {
  floor_of market;
  const std::string stop =
      market.place({{"order_type", "SL"}, {"trigger_price", "101.00"}, {"price", "101.50"}, {"quantity", "5"}});
  const std::string market_stop = market.place({{"order_type", "SL-M"},
                                                {"trigger_price", "99.00"},
                                                {"transaction_type", "SELL"},
                                                {"market_protection", "-1"},
                                                {"quantity", "5"}});
  CHECK(market.stage(stop) == "TRIGGER PENDING");
  market.move(at(9, 15, 1), {{infy, 100.95}});
  CHECK(market.stage(stop) == "TRIGGER PENDING");
  market.move(at(9, 15, 2), {{infy, 101.00}});
  CHECK(market.stages(stop) ==
        texts{"PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING", "TRIGGER PENDING", "OPEN", "COMPLETE"});
  CHECK(market.order(stop).now().filled_value == rs(101.05) * 5);
  CHECK(market.stage(market_stop) == "TRIGGER PENDING");
  market.move(at(9, 15, 3), {{infy, 98.00}});
  CHECK(market.stage(market_stop) == "COMPLETE");
  CHECK(market.order(market_stop).now().filled_value == rs(97.95) * 5);
  CHECK(refusal([&] {
          (void)market.place({{"order_type", "SL"}, {"trigger_price", "97.00"}, {"price", "98.00"}, {"quantity", "1"}});
        }) == "400 InputException");
}

TEST_CASE("kite_sim: IOC ends with what it got, TTL after its minutes, DAY with the session") {
  floor_of market;
  const std::string now_or_never = market.place({{"validity", "IOC"}, {"price", "100.05"}, {"quantity", "15"}});
  CHECK(market.stage(now_or_never) == "CANCELLED");
  CHECK(market.order(now_or_never).now().filled == 10);
  const std::string two_minutes =
      market.place({{"validity", "TTL"}, {"validity_ttl", "2"}, {"price", "90.00"}, {"quantity", "1"}});
  const std::string day = market.buy(1, "90.00");
  market.venue.set_time(at(9, 16, 59), market.wall);
  CHECK(market.stage(two_minutes) == "OPEN");
  market.venue.set_time(at(9, 17, 1), market.wall);
  CHECK(market.stage(two_minutes) == "CANCELLED");
  CHECK(market.stage(day) == "OPEN");
  market.move(at(15, 30), {}, frame_kind::session_close);
  CHECK(market.stage(day) == "CANCELLED");
  CHECK(refusal([&] { (void)market.buy(1, "90.00"); }) == "400 OrderException");
}

TEST_CASE("kite_sim: an after market order waits for the next opening, in that day's book") {
  floor_of market;
  CHECK(refusal([&] {
          (void)market.place({{"variety", "amo"}, {"price", "100.00"}, {"quantity", "1"}});
        }) == "400 OrderException");
  market.move(at(15, 30), {}, frame_kind::session_close);
  const std::string id = market.place({{"variety", "amo"}, {"price", "100.10"}, {"quantity", "1"}});
  CHECK(market.stage(id) == "AMO REQ RECEIVED");
  market.move(at(9, 15, 0, 1), {{infy, 100.0}});
  CHECK(market.stage(id) == "COMPLETE");
  CHECK(market.order(id).day == 20'220'104);
}

TEST_CASE("kite_sim: prices beyond the day's limits are rejected, and nobody quotes there") {
  floor_of market;
  const std::string id = market.buy(1, "120.05");
  CHECK(market.stage(id) == "REJECTED");
  CHECK(market.order(id).now().message.find("80.00 to 120.00") != std::string::npos);
  CHECK(market.order(id).exchange_id.empty());
  market.move(at(9, 15, 1), {{infy, 120.0}});  // at the upper limit: no sellers
  CHECK(total_units(market.venue.market().row(infy).asks) == 0);
  CHECK(market.stage(market.buy(1, "120.00")) == "OPEN");
}

TEST_CASE("kite_sim: more than the funds is refused by an error or by the row alone, and frees nothing") {
  floor_of by_error;
  CHECK(refusal([&] {
          (void)by_error.place({{"product", "CNC"}, {"price", "100.05"}, {"quantity", "1000"}});
        }).empty());
  floor_of poor;
  const auto big = [](floor_of& market) {
    return market.place({{"tradingsymbol", "TCS"}, {"product", "CNC"}, {"price", "110.00"}, {"quantity", "900000"}});
  };
  CHECK(refusal([&] { (void)big(poor); }) == "400 MarginException");
  REQUIRE(poor.venue.orders().size() == 1);
  CHECK(poor.venue.orders().front().now().stage == order_stage::rejected);
  auto settings = floor_of::usual();
  settings.refuse_funds_by_error = false;
  floor_of row_alone{settings};
  CHECK(row_alone.stage(big(row_alone)) == "REJECTED");
  CHECK(row_alone.venue.funds_of_user("AB1234").net() == money{1'000'000 * money_scale});
}

TEST_CASE("kite_sim: CNC sells only what is there") {
  floor_of market;
  const auto sell = [&](const char* units) {
    return market.place({{"transaction_type", "SELL"}, {"product", "CNC"}, {"price", "99.95"}, {"quantity", units}});
  };
  CHECK(refusal([&] { (void)sell("1"); }) == "400 HoldingException");
  market.venue.add_holding("AB1234", infy, 4, rs(80));
  CHECK(market.stage(sell("4")) == "COMPLETE");
  CHECK(refusal([&] { (void)sell("1"); }) == "400 HoldingException");
}

TEST_CASE("kite_sim: mishaps: rejected, held in transit, filled in part") {
  floor_of market;
  const std::string no = market.place({{"price", "100.05"}, {"quantity", "1"}}, {.reject = "No."});
  CHECK(market.stage(no) == "REJECTED");
  CHECK(market.order(no).now().message == "No.");
  const std::string late =
      market.place({{"price", "100.05"}, {"quantity", "1"}}, {.reject = "Too late.", .reject_seconds = 5});
  CHECK(market.stage(late) == "OPEN PENDING");
  market.venue.set_time(at(9, 15, 4), market.wall);
  CHECK(market.stage(late) == "OPEN PENDING");
  market.venue.set_time(at(9, 15, 5), market.wall);
  CHECK(market.stage(late) == "REJECTED");
  CHECK(market.order(late).exchange_id.empty());
  CHECK(market.order(late).now().message == "Too late.");
  const std::string held = market.place({{"price", "100.05"}, {"quantity", "1"}}, {.hold_seconds = 5});
  CHECK(market.stage(held) == "OPEN PENDING");
  CHECK(refusal([&] { market.venue.cancel("AB1234", held, market.wall); }) == "400 InputException");
  market.venue.set_time(at(9, 15, 10), market.wall);
  CHECK(market.stage(held) == "COMPLETE");
  const std::string half = market.place({{"price", "100.05"}, {"quantity", "8"}}, {.fill_percent = 50});
  CHECK(market.stage(half) == "OPEN");
  CHECK(market.order(half).now().filled == 4);
  market.move(at(9, 15, 11), {{infy, 100.0}});
  CHECK(market.stage(half) == "COMPLETE");
}

TEST_CASE("kite_sim: above the freeze quantity an order goes in pieces only on demand") {
  floor_of market;
  const auto request = [&](const char* slice) {
    return read_placement("regular",
                          fields_of({{"exchange", "NSE"},
                                     {"tradingsymbol", "INFY"},
                                     {"transaction_type", "BUY"},
                                     {"order_type", "LIMIT"},
                                     {"product", "MIS"},
                                     {"quantity", "2500"},
                                     {"price", "90.00"},
                                     {"autoslice", slice}}),
                          market.listed, market.venue.settings().rules);
  };
  CHECK(refusal([&] { (void)request("false"); }) == "400 InputException");
  const auto slices = market.venue.place_sliced({"AB1234", "testkey"}, request("true"), {}, market.wall);
  REQUIRE(slices.size() == 3);
  CHECK(market.order(slices[0].order_id).now().terms.units == 1000);
  CHECK(market.order(slices[2].order_id).now().terms.units == 500);
  CHECK(market.order(slices[2].order_id).tags == texts{"autoslice", "autoslice:" + slices[0].order_id});
}

TEST_CASE("kite_sim: fields are checked one by one") {
  floor_of market;
  const auto refused = [&](std::vector<std::pair<std::string, std::string>> more) {
    more.emplace_back("quantity", "1");
    more.emplace_back("price", "100.00");
    return refusal([&] { (void)market.place(more); });
  };
  const std::string bad = "400 InputException";
  CHECK(refused({}).empty());
  CHECK(refused({{"quantity", "abc"}}) == bad);
  CHECK(refused({{"quantity", "0"}}) == bad);
  CHECK(refused({{"quantity", "1.0"}}) == bad);
  CHECK(refused({{"price", "100.02"}}) == bad);
  CHECK(refused({{"price", ""}}) == bad);
  CHECK(refused({{"tradingsymbol", "NOSUCH"}}) == bad);
  CHECK(refused({{"tradingsymbol", "NIFTY"}}) == bad);
  CHECK(refused({{"product", "BO"}}) == bad);
  CHECK(refused({{"validity", "GTC"}}) == bad);
  CHECK(refused({{"variety", "bo"}}) == bad);
  const std::string barred = "400 OrderException";
  CHECK(refused({{"variety", "co"}}) == bad);
  CHECK(refused({{"variety", "co"}, {"trigger_price", "99.00"}}) == barred);
  CHECK(refused({{"variety", "auction"}}) == bad);
  CHECK(refused({{"variety", "auction"}, {"auction_number", "22"}}) == barred);
  CHECK(refused({{"variety", "iceberg"}, {"iceberg_legs", "2"}}) == bad);
  CHECK(refused({{"variety", "iceberg"}, {"iceberg_legs", "11"}, {"iceberg_quantity", "1"}}) == bad);
  CHECK(refused({{"variety", "iceberg"}, {"iceberg_legs", "2"}, {"iceberg_quantity", "2"}}) == bad);
  CHECK(refused({{"variety", "iceberg"}, {"iceberg_legs", "2"}, {"iceberg_quantity", "1"}}) == barred);
  CHECK(refused({{"transaction_type", "HOLD"}}) == bad);
  CHECK(refused({{"disclosed_quantity", "2"}}) == bad);
  CHECK(refused({{"tag", std::string(20, 'x')}}).empty());
  CHECK(refused({{"tag", std::string(21, 'x')}}) == bad);
}
