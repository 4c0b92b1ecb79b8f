// Rows of Kite's answers, as sent, with nulls, and with what must not pass.
#include "runtime/brokers/zerodha/kite_instruments.hpp"
#include "runtime/brokers/zerodha/kite_rows.hpp"
#include "zerodha/kite_samples.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

/// The sample with one text replaced.
std::string with(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}
std::string with(std::string_view what, std::string_view by) { return with(std::string{cancelled_order}, what, by); }

std::string order_refusal(const std::string& json) {
  const kite_value v = kite_value::parse(json);
  return kite_refusal([&] { (void)read_order(v, "orders[0]"); });
}

constexpr std::string_view header =
    "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,"
    "segment,exchange\n";

std::string csv_refusal(const std::string& rows) {
  return kite_refusal([&] { (void)read_instruments(std::string{header} + rows); });
}

}  // namespace

TEST_CASE("an order row keeps ids as text and prices exact") {
  const kite_order_row row = read_order(kite_value::parse(cancelled_order), "orders[0]");
  CHECK(row.broker_order_id.str() == "2042130686722629633");
  CHECK(row.stage() == kite_stage::cancelled);
  CHECK(row.status_message.empty());
  CHECK(row.tag == "abcdefghij234567klmn");
  CHECK(row.tags == std::vector<std::string>{"abcdefghij234567klmn"});
  CHECK(row.side == side::sell);
  CHECK(row.qty == 100);
  CHECK(row.filled == 40);
  CHECK(row.limit_price.raw == 15737000);
  CHECK(row.trigger_price.raw == 0);
  CHECK(row.average_price.raw == 15737250);
  CHECK(row.order_timestamp == "2026-11-23 09:41:02");
  CHECK(row.order_type == "LIMIT");
}

TEST_CASE("an order row may have nulls, floats for integers, and less of what is for show") {
  const kite_order_row row = read_order(
      kite_value::parse(R"({"order_id":"151220000000000","status":"REJECTED","status_message":"no funds","tag":null,
      "transaction_type":"BUY","quantity":10.0,"filled_quantity":0.0,"price":null,"order_timestamp":null})"),
      "orders[0]");
  CHECK(row.stage() == kite_stage::rejected);
  CHECK(row.status_message == "no funds");
  CHECK(row.tag.empty());
  CHECK(row.qty == 10);
}

TEST_CASE("an order row without what Bulkhead lives on is refused") {
  CHECK(order_refusal(std::string{cancelled_order}).empty());
  CHECK(order_refusal(with(R"("order_id": "2042130686722629633")", R"("order_id": null)")).find("\"order_id\"") !=
        std::string::npos);
  CHECK(order_refusal(with(R"("status": "CANCELLED")", R"("status": "")")).find("\"status\"") != std::string::npos);
  CHECK(order_refusal(with(R"("filled_quantity": 40)", R"("filled_quantity": 101)")) ==
        "orders[0]: key \"filled_quantity\": found 101, allowed: a whole number, 0 to 100");
  CHECK(order_refusal(with(R"("filled_quantity": 40)", R"("filled_quantity": -1)")) != "");
  CHECK(order_refusal(with(R"("quantity": 100)", R"("quantity": 100.5)")) != "");
  CHECK(order_refusal(with("SELL", "HOLD")) ==
        "orders[0]: key \"transaction_type\": found \"HOLD\", allowed: BUY, SELL");
  CHECK(order_refusal("[]") == "orders[0]: found a list of 0, allowed: an object");
}

TEST_CASE("any status that nobody told us of is live") {
  for (const char* status :
       {"PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING", "MODIFY PENDING", "NOT MODIFIED",
        "CANCEL PENDING", "AMO REQ RECEIVED", "UPDATE", "complete", "SOMETHING NEW", "REJECTED BY MOON"}) {
    CAPTURE(status);
    CHECK(kite_stage_of(status) == kite_stage::moving);
    CHECK_FALSE(is_terminal(kite_stage_of(status)));
  }
  CHECK(kite_stage_of("OPEN") == kite_stage::open);
  CHECK(kite_stage_of("TRIGGER PENDING") == kite_stage::resting_for_trigger);
  for (const char* status : {"COMPLETE", "CANCELLED", "REJECTED"}) CHECK(is_terminal(kite_stage_of(status)));
}

TEST_CASE("one bad row refuses the whole order book, with its place") {
  const std::string book = "[" + std::string{cancelled_order} + "," + with("SELL", "HOLD") + "]";
  const kite_value v = kite_value::parse(book);
  CHECK(kite_refusal([&] { (void)read_orders(v); }).find("orders[1]: ") == 0);
  CHECK(read_orders(kite_value::parse("[]")).empty());
  const kite_value object = kite_value::parse("{}");
  CHECK(kite_refusal([&] { (void)read_orders(object); }) == "orders: found an object, allowed: a list");
}

TEST_CASE("read row by row, a bad row hides no other, and says whether it may be ours") {
  const auto list = [](const std::string& bad) {
    return read_order_list(kite_value::parse("[" + bad + "," + std::string{cancelled_order} + "]"));
  };
  const auto odd = [&](const std::string& tags) {
    return list(R"({"order_id":"9","transaction_type":"HOLD","status":"OPEN","quantity":null,)" + tags + "}");
  };
  const kite_order_list foreign = odd(R"("tag":null,"tags":["mktp"])");
  REQUIRE(foreign.rows.size() == 1);
  REQUIRE(foreign.skipped.size() == 1);
  CHECK(foreign.skipped[0] == "order \"9\": key \"transaction_type\": found \"HOLD\", allowed: BUY, SELL");
  CHECK_FALSE(foreign.may_lack_ours);
  CHECK_FALSE(odd(R"("tag":"byhand")").may_lack_ours);
  for (const char* tags : {R"("tag":"abcdefghijklmnopqrst")", R"("tag":"","tags":["mktp","abcdefghijklmnopqrst"])",
                           R"("tag":17)", R"("tag":null,"tags":{})", R"("tag":null,"tags":[7])"}) {
    CAPTURE(tags);
    CHECK(odd(tags).may_lack_ours);
  }
  CHECK(list("17").may_lack_ours);
  CHECK(list("17").rows.size() == 1);
  const kite_value object = kite_value::parse("{}");
  CHECK(kite_refusal([&] { (void)read_order_list(object); }) == "orders: found an object, allowed: a list");

  const kite_trade_list trades = read_trade_list(kite_value::parse(
      R"([{"trade_id":"1","order_id":"9","transaction_type":"BUY","quantity":0,"average_price":1},
          {"trade_id":"2","order_id":"9","transaction_type":"BUY","quantity":5,"average_price":1}])"));
  REQUIRE(trades.rows.size() == 1);
  CHECK(trades.rows[0].trade_id == "2");
  REQUIRE(trades.skipped.size() == 1);
  CHECK(trades.skipped[0].starts_with("trade \"1\" of order \"9\": key \"quantity\": found 0"));
}

TEST_CASE("a trade row is one fill") {
  constexpr std::string_view trade = R"([{"trade_id":"75894751","order_id":"151220000000000",
    "exchange_order_id":"1","exchange":"NSE","tradingsymbol":"INFY","instrument_token":408065,"product":"MIS",
    "transaction_type":"BUY","average_price":1573.7,"quantity":40,"fill_timestamp":"2026-11-23 09:41:01",
    "exchange_timestamp":"2026-11-23 09:41:01","order_timestamp":"09:41:01"}])";
  const auto rows = read_trades(kite_value::parse(trade));
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].trade_id == "75894751");
  CHECK(rows[0].broker_order_id.str() == "151220000000000");
  CHECK(rows[0].qty == 40);
  CHECK(rows[0].price.raw == 15737000);
  for (const auto& [what, by] :
       {std::pair{"1573.7", "0"}, std::pair{"\"quantity\":40", "\"quantity\":0"}, std::pair{"\"75894751\"", "null"}}) {
    const kite_value bad = kite_value::parse(with(std::string{trade}, what, by));
    CHECK(kite_refusal([&] { (void)read_trades(bad); }).find("trades[0]: ") == 0);
  }
}

TEST_CASE("positions are signed, and net and day are apart") {
  constexpr std::string_view row = R"({"tradingsymbol":"LEADMINI","exchange":"MCX","instrument_token":53496327,
    "product":"NRML","quantity":-1,"overnight_quantity":0,"multiplier":1000,"average_price":161.05,"close_price":0,
    "last_price":161.05,"value":161050,"pnl":-50.5,"m2m":0,"unrealised":0,"realised":0,"buy_quantity":0,
    "buy_value":0,"sell_quantity":1,"sell_value":161050})";
  const kite_positions p = read_positions(kite_value::parse(R"({"net":[)" + std::string{row} + R"(],"day":[]})"));
  REQUIRE(p.net.size() == 1);
  CHECK(p.day.empty());
  CHECK(p.net[0].qty == -1);
  CHECK(p.net[0].multiplier == 1000);
  CHECK(p.net[0].sell_value.raw == 1610500000);
  CHECK(p.net[0].pnl.raw == -505000);
  const kite_value half = kite_value::parse(R"({"net":[]})");
  CHECK(kite_refusal([&] { (void)read_positions(half); }) == "positions: key \"day\": found nothing, allowed: a list");
}

TEST_CASE("a holding is what the day began with: delivered, on its way, pledged, and what is sold since") {
  const auto units = [](const std::string& fields) {
    const auto rows = read_holdings(kite_value::parse(R"([{"exchange":"BSE","tradingsymbol":"SBIN","product":"CNC",)" +
                                                      fields + R"(,"average_price":429.5}])"));
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].exchange == "BSE");
    CHECK(rows[0].tradingsymbol == "SBIN");
    return rows[0].opening_qty;
  };
  CHECK(units(R"("quantity":11,"used_quantity":0,"t1_quantity":7,"collateral_quantity":0,"opening_quantity":18)") ==
        18);
  CHECK(units(R"("quantity":5,"used_quantity":6,"t1_quantity":7,"collateral_quantity":0,"opening_quantity":18)") == 18);
  CHECK(units(R"("quantity":0,"used_quantity":0,"t1_quantity":0,"collateral_quantity":9,"opening_quantity":0)") == 9);
  CHECK(units(R"("quantity":2,"used_quantity":3)") == 5);
  CHECK(read_holdings(kite_value::parse("[]")).empty());
  const kite_value bad = kite_value::parse(R"([{"exchange":"NSE","tradingsymbol":"SBIN","product":"CNC"}])");
  CHECK(kite_refusal([&] { (void)read_holdings(bad); }).starts_with("holdings[0]: key \"quantity\""));
  const kite_value none = kite_value::parse("{}");
  CHECK(kite_refusal([&] { (void)read_holdings(none); }).starts_with("holdings: found"));
}

TEST_CASE("margins may lack a segment, but not both") {
  const kite_margins m = read_margins(kite_value::parse(R"({"equity":{"enabled":true,"net":99725.05,
    "available":{"cash":245431.6,"opening_balance":245431.6,"live_balance":99725.05,"collateral":0,
    "intraday_payin":0,"adhoc_margin":0},"utilised":{"debits":145706.55}}})"));
  REQUIRE(m.equity);
  CHECK_FALSE(m.commodity);
  CHECK(m.equity->net.raw == 997250500);
  CHECK(m.equity->cash.raw == 2454316000);
  CHECK(m.equity->debits.raw == 1457065500);
  const kite_value none = kite_value::parse("{}");
  CHECK(kite_refusal([&] { (void)read_margins(none); }) != "");
}

TEST_CASE("a profile and an order id") {
  const kite_profile p = read_profile(kite_value::parse(
      R"({"user_id":"AB1234","user_name":"A B","broker":"ZERODHA","exchanges":["NSE","BSE"],"avatar_url":null})"));
  CHECK(p.user_id == "AB1234");
  CHECK(p.exchanges.size() == 2);
  CHECK(read_order_id(kite_value::parse(R"({"order_id":"151220000000000"})")).str() == "151220000000000");
  for (const char* bad : {"true", "{}", R"({"order_id":null})", R"({"order_id":"../x"})"}) {
    const kite_value v = kite_value::parse(bad);
    CHECK(kite_refusal([&] { (void)read_order_id(v); }) != "");
  }
}

TEST_CASE("Kite's times are IST without a zone") {
  CHECK(parse_kite_time("2026-11-23 09:15:00") == parse_iso_ist("2026-11-23T09:15:00+05:30"));
  for (const char* bad : {"", "2026-11-23", "2026-11-23T09:15:00", "2026-11-23 09:15:60", "2026-02-30 09:15:00"}) {
    CHECK_FALSE(parse_kite_time(bad));
  }
}

TEST_CASE("the list of instruments is read row by row") {
  const auto rows =
      read_instruments(std::string{header} +
                       "408065,1594,INFY,INFOSYS,0.0,,0.0,0.05,1,EQ,NSE,NSE\r\n"
                       "256265,1001,NIFTY 50,\"NIFTY, \"\"50\"\"\",0,,0,0,0,EQ,INDICES,NSE\n"
                       "12517890,48898,NIFTY26NOV17500CE,NIFTY,12.5,2026-11-26,17500.0,0.05,75,CE,NFO-OPT,NFO\n");
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].token == 408065);
  CHECK(rows[0].tradingsymbol == "INFY");
  CHECK(rows[0].tick_size.raw == 500);
  CHECK(rows[0].expiry == 0);
  CHECK(rows[1].name == "NIFTY, \"50\"");
  CHECK(rows[1].segment == "INDICES");
  CHECK(rows[2].expiry == 20261126);
  CHECK(rows[2].strike.raw == 175000000);
  CHECK(rows[2].lot_size == 75);
  CHECK(rows[2].exchange == "NFO");
}

TEST_CASE("a list of instruments that is cut off, or none, is refused whole with the line") {
  CHECK(csv_refusal("").empty());
  CHECK(csv_refusal("408065,1594,INFY,INFOSYS,0.0,,0.0,0.05,1,EQ,NSE,NSE") ==
        "instruments, line 2: ends in the middle of the line");
  CHECK(csv_refusal("408065,1594,INFY\n") == "instruments, line 2: 3 columns, allowed: 12");
  CHECK(csv_refusal("1,2,3,4,5,6,7,8,9,10,11,12,13\n") == "instruments, line 2: more than 12 columns");
  CHECK(csv_refusal("0,1594,INFY,I,0.0,,0.0,0.05,1,EQ,NSE,NSE\n") ==
        "instruments, line 2: instrument_token: found \"0\", allowed: a number in range");
  CHECK(csv_refusal("1,1594,,I,0.0,,0.0,0.05,1,EQ,NSE,NSE\n").find("tradingsymbol") != std::string::npos);
  CHECK(csv_refusal("1,1594,A,I,0.0,26-11-2026,0.0,0.05,1,EQ,NSE,NSE\n").find("expiry") != std::string::npos);
  CHECK(csv_refusal("1,1594,A,I,0.0,,0.0,0.00001,1,EQ,NSE,NSE\n").find("tick_size") != std::string::npos);
  CHECK(csv_refusal("1,1594,A,\"I,0.0,,0.0,0.05,1,EQ,NSE,NSE\n").find("quotation mark") != std::string::npos);
  CHECK(csv_refusal(std::string(5000, 'x') + "\n").find("5000 bytes in the line") != std::string::npos);
  CHECK(kite_refusal([] { (void)read_instruments(""); }) != "");
  CHECK(kite_refusal([] { (void)read_instruments("<html>\n<body>\n"); }) ==
        "instruments, line 1: 1 columns, allowed: 12");
}
