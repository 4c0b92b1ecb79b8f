#include "kite_sim/kite_fixture.hpp"
#include "tools/kite_sim/core/market_json.hpp"
#include "tools/kite_sim/core/tick_packets.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::kite_sim;
using namespace bulkhead::kite_sim::test;

namespace {

std::int64_t number_at(const std::string& bytes, std::size_t offset, std::size_t size = 4) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8U | static_cast<unsigned char>(bytes.at(offset + i));
  return size == 4 ? static_cast<std::int32_t>(value) : static_cast<std::int64_t>(value);
}

/// The quote of a real packet in Zerodha's published samples.
market_row real_row() {
  market_row row;
  row.last = rs(1573.15);
  row.last_quantity = 1;
  row.volume = 1'175'986;
  row.traded_value = rs(1570.33) * row.volume;
  row.bids[0] = {rs(1573.10), 256'511};
  row.asks[0] = {rs(1573.15), 360'503};
  row.open = rs(1569.15);
  row.high = rs(1575);
  row.low = rs(1561.05);
  row.previous_close = rs(1567.80);
  row.last_trade = row.exchange_time = timestamp{1'625'461'887'000'000'000};
  return row;
}

}  // namespace

TEST_CASE("kite_sim: a quote packet holds every field of a real one at its place") {
  const std::string packet = tick_packet(408065, real_row(), tick_mode::quote);
  REQUIRE(packet.size() == 44);
  const std::vector<std::int64_t> expected = {408065, 157315, 1,      157033, 1175986, 256511,
                                              360503, 156915, 157500, 156105, 156780};
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(number_at(packet, 4 * i) == expected[i]);
}

TEST_CASE("kite_sim: a full packet adds times in UTC, open interest and ten levels of depth") {
  market_row row = real_row();
  row.bids = {{{rs(1573.10), 5}, {rs(1573.05), 0}, {rs(1573.00), 140}}};
  const std::string packet = tick_packet(408065, row, tick_mode::full);
  REQUIRE(packet.size() == 184);
  CHECK(number_at(packet, 44) == 1'625'461'887);
  CHECK(number_at(packet, 48) == 0);
  CHECK(number_at(packet, 60) == 1'625'461'887);
  CHECK(number_at(packet, 64) == 5);
  CHECK(number_at(packet, 68) == 157310);
  CHECK(number_at(packet, 72, 2) == 1);
  CHECK(number_at(packet, 76) == 140);  // an eaten level is not shown
  CHECK(number_at(packet, 80) == 157300);
  CHECK(number_at(packet, 88) == 0);
  CHECK(number_at(packet, 124) == 360503);
}

TEST_CASE("kite_sim: an index has packets of its own, in the order high, low, open, close") {
  market_row row;
  row.last = rs(9126.85);
  row.high = rs(9167.60);
  row.low = rs(9116.30);
  row.open = rs(9166.95);
  row.previous_close = rs(9127.21);
  row.exchange_time = timestamp{1'625'461'887'000'000'000};
  const std::string quote = tick_packet(256265, row, tick_mode::quote);
  REQUIRE(quote.size() == 28);
  const std::vector<std::int64_t> expected = {256265, 912685, 916760, 911630, 916695, 912721, -36};
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(number_at(quote, 4 * i) == expected[i]);
  const std::string full = tick_packet(256265, row, tick_mode::full);
  REQUIRE(full.size() == 32);
  CHECK(number_at(full, 28) == 1'625'461'887);
  CHECK(tick_packet(256265, row, tick_mode::ltp).size() == 8);
}

TEST_CASE("kite_sim: prices are scaled by the token's segment") {
  market_row row;
  row.last = rs(74.2525);
  CHECK(number_at(tick_packet(412675, row, tick_mode::ltp), 4) == 742'525'000);  // CDS
  CHECK(number_at(tick_packet(256 + 6, row, tick_mode::ltp), 4) == 742'525);     // BCD
  CHECK(number_at(tick_packet(256 + 12, row, tick_mode::ltp), 4) == 742'525);    // NCO
  CHECK(number_at(tick_packet(256 + 7, row, tick_mode::ltp), 4) == 7425);        // MCX
}

TEST_CASE("kite_sim: a frame counts its packets and says the length of each") {
  const std::string frame = tick_frame({"12345678", "abc"});
  CHECK(frame == std::string("\0\2\0\10"
                             "12345678"
                             "\0\3"
                             "abc",
                             17));
}

TEST_CASE("kite_sim: the day's range, volume and circuit limits follow the ticks") {
  floor_of market;
  market.move(at(9, 15, 30), {{infy, 103.0}});
  market.move(at(9, 16, 10), {{infy, 99.0}});
  const market_row& row = market.venue.market().row(infy);
  CHECK(row.open == rs(100));
  CHECK(row.high == rs(103));
  CHECK(row.low == rs(99));
  CHECK(row.lower_circuit == rs(80));
  CHECK(row.upper_circuit == rs(120));
  market.move(at(9, 15, 0, 1), {{infy, 99.5}});
  CHECK(row.previous_close == rs(99));
  CHECK(row.open == rs(99.5));
  CHECK(row.lower_circuit == rs(79.2));
}

TEST_CASE("kite_sim: candles begin with the session and know only whole days of their own") {
  std::vector<candle> minutes;
  for (int i = 0; i < 12; ++i) {
    minutes.push_back({at(9, 15 + i), rs(100 + i), rs(101 + i), rs(99 + i), rs(100.5 + i), 10});
  }
  const duration open = seconds(9 * 3600 + 15 * 60);
  const auto five = aggregate(minutes, *find_interval("5minute"), open, at(9, 0), at(10, 0));
  REQUIRE(five.size() == 3);
  CHECK(five[0].start == at(9, 15));
  CHECK(five[0].open == rs(100));
  CHECK(five[0].high == rs(105));
  CHECK(five[0].low == rs(99));
  CHECK(five[0].close == rs(104.5));
  CHECK(five[0].volume == 50);
  CHECK(aggregate(minutes, *find_interval("minute"), open, at(9, 16), at(9, 18)).size() == 3);
  CHECK(aggregate(minutes, *find_interval("day"), open, at(0, 0), at(10, 0)).size() == 1);
  CHECK_FALSE(find_interval("2minute").has_value());
  const auto rows = candle_rows(five, true);
  CHECK(rows.at(0).at(0) == "2022-01-03T09:15:00+0530");
  CHECK(rows.at(0).size() == 7);
}

TEST_CASE("kite_sim: a quote shows five levels, absent ones as zeros") {
  floor_of market;
  const auto row = quote_row(market.venue.market(), infy);
  CHECK(row.at("last_price") == 100.0);
  CHECK(row.at("depth").at("buy").size() == 5);
  CHECK(row.at("depth").at("sell").at(0) == nlohmann::json{{"price", 100.05}, {"quantity", 10}, {"orders", 1}});
  CHECK(row.at("buy_quantity") == 150);
  const auto none = quote_row(market.venue.market(), usdinr);
  CHECK(none.at("depth").at("buy").at(4) == nlohmann::json{{"price", 0}, {"quantity", 0}, {"orders", 0}});
  CHECK(none.at("last_trade_time").is_null());
}
