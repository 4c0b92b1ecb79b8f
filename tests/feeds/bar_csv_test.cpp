#include "runtime/feeds/bar_csv.hpp"

#include "feeds/feed_fixture.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

/// What the parser says to one row; empty: taken.
std::string complaint(std::string_view row) {
  static const instrument_table table = two_indices();
  bar_csv_parser parser{table};
  bar out;
  return parser.parse(row, out);
}

}  // namespace

TEST_CASE("a row of nine good fields becomes a bar") {
  const instrument_table table = two_indices();
  bar_csv_parser parser{table};
  bar b;
  REQUIRE(parser.parse("BANKNIFTY,20220103,09:16,35585.20,35702.2,35573.0025,35680,12,7", b) == "");
  CHECK(b.instrument == banknifty);
  CHECK(b.end == at(monday, 9, 16));
  CHECK(b.open == price{355'852'000});
  CHECK(b.high == price{357'022'000});
  CHECK(b.low == price{355'730'025});
  CHECK(b.close == price{356'800'000});
  CHECK(b.volume == 12);
}

TEST_CASE("a row that has not nine fields is refused") {
  CHECK(complaint("NIFTY,20220103,09:16,1,1,1,1,0") ==
        "row has 8 fields, allowed: 9 (symbol,date,time,open,high,low,close,volume,oi)");
  CHECK(complaint("NIFTY,20220103,09:16,1,1,1,1,0,0,0") ==
        "row has 10 fields, allowed: 9 (symbol,date,time,open,high,low,close,volume,oi)");
  CHECK(complaint("") == "row has 0 fields, allowed: 9 (symbol,date,time,open,high,low,close,volume,oi)");
}

TEST_CASE("a symbol that is not in the instruments file is refused") {
  CHECK(complaint("NIFTI,20220103,09:16,1,1,1,1,0,0") ==
        "symbol \"NIFTI\", allowed: a tradingsymbol of the instruments file");
  CHECK(complaint("NSE:NIFTY,20220103,09:16,1,1,1,1,0,0") ==
        "symbol \"NSE:NIFTY\", allowed: a tradingsymbol of the instruments file");
}

TEST_CASE("a date or a time that does not exist is refused") {
  CHECK(complaint("NIFTY,20220230,09:16,1,1,1,1,0,0") ==
        "date \"20220230\" does not exist, allowed: yyyymmdd, 1970-01-02 to 2199-12-31");
  for (const char* date : {"", "2022013", "202201033", "20221301", "00010101", "99990101", "2022O103"}) {
    CAPTURE(date);
    CHECK(complaint(std::string{"NIFTY,"} + date + ",09:16,1,1,1,1,0,0").starts_with("date \""));
  }
  CHECK(complaint("NIFTY,20220103,24:00,1,1,1,1,0,0") ==
        "time \"24:00\" does not exist, allowed: hh:mm, 00:00 to 23:59");
  for (const char* time : {"", "9:16", "09:60", "09:16:00", "0916", "09-16", " 9:16", "-1:16"}) {
    CAPTURE(time);
    CHECK(complaint(std::string{"NIFTY,20220103,"} + time + ",1,1,1,1,0,0").starts_with("time \""));
  }
}

TEST_CASE("a price that is not a decimal above 0 with at most four decimals is refused") {
  CHECK(complaint("NIFTY,20220103,09:16,0,1,1,1,0,0") ==
        "open \"0\", allowed: a decimal > 0 with at most four decimals, up to 10000000.00");
  for (const char* text : {"", "-1", "1.00001", "1e3", "+1", " 1", "1.", ".5", "nan", "10000000.0001"}) {
    CAPTURE(text);
    const std::string p{text};
    CHECK(complaint("NIFTY,20220103,09:16," + p + ",1,1,1,0,0").starts_with("open \""));
    CHECK(complaint("NIFTY,20220103,09:16,1," + p + ",1,1,0,0").starts_with("high \""));
    CHECK(complaint("NIFTY,20220103,09:16,1,1," + p + ",1,0,0").starts_with("low \""));
    CHECK(complaint("NIFTY,20220103,09:16,1,1,1," + p + ",0,0").starts_with("close \""));
  }
}

TEST_CASE("a low above or a high below the open or close is refused") {
  CHECK(complaint("NIFTY,20220103,09:16,10,12,10.05,11,0,0") == "low 10.05 is above min(open, close) 10.00");
  CHECK(complaint("NIFTY,20220103,09:16,11,12,10.05,10,0,0") == "low 10.05 is above min(open, close) 10.00");
  CHECK(complaint("NIFTY,20220103,09:16,10,11.95,9,12,0,0") == "high 11.95 is below max(open, close) 12.00");
  CHECK(complaint("NIFTY,20220103,09:16,10,12,10,12,0,0") == "");
}

TEST_CASE("a volume or open interest that is not an integer at or above 0 is refused") {
  CHECK(complaint("NIFTY,20220103,09:16,1,1,1,1,-1,0") == "volume \"-1\", allowed: an integer >= 0");
  CHECK(complaint("NIFTY,20220103,09:16,1,1,1,1,0,1.0") == "oi \"1.0\", allowed: an integer >= 0");
  for (const char* text : {"", "-0", "+1", "x", "1 ", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK(complaint(std::string{"NIFTY,20220103,09:16,1,1,1,1,"} + text + ",0").starts_with("volume \""));
    CHECK(complaint(std::string{"NIFTY,20220103,09:16,1,1,1,1,0,"} + text).starts_with("oi \""));
  }
}

TEST_CASE("a row that is not after the last good row of its symbol is refused") {
  const instrument_table table = two_indices();
  bar_csv_parser parser{table};
  bar b;
  REQUIRE(parser.parse("NIFTY,20220103,09:17,1,1,1,1,0,0", b) == "");
  CHECK(parser.parse("NIFTY,20220103,09:17,1,1,1,1,0,0", b) ==
        "time 2022-01-03T09:17:00+05:30 is not after 2022-01-03T09:17:00+05:30, the last good row of NIFTY");
  CHECK(parser.parse("NIFTY,20220103,09:16,1,1,1,1,0,0", b).starts_with("time 2022-01-03T09:16:00+05:30 is not after"));
  // Another symbol has its own order, and a refused row moves nothing.
  CHECK(parser.parse("BANKNIFTY,20220103,09:16,1,1,1,1,0,0", b) == "");
  CHECK(parser.parse("NIFTY,20220104,09:16,1,1,2,1,0,0", b).starts_with("low 2 is above"));
  CHECK(parser.parse("NIFTY,20220103,09:18,1,1,1,1,0,0", b) == "");
}

TEST_CASE("foreign text in a message is shortened and cannot break a line") {
  CHECK(quoted_text("a\nb\x1b[31m\xff") == "\"a?b?[31m?\"");
  CHECK(quoted_text(std::string(61, 'x')) == "\"" + std::string(60, 'x') + "...\"");
  CHECK(quoted_text(std::string(60, 'x')) == "\"" + std::string(60, 'x') + "\"");
}
