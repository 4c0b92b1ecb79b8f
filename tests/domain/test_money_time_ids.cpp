// Money, time, ids, sessions and markets: the small values under everything.
#include "runtime/domain/ids.hpp"
#include "runtime/domain/market.hpp"
#include "runtime/domain/money.hpp"
#include "runtime/domain/session.hpp"
#include "runtime/domain/time.hpp"

#include <limits>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

timestamp ist(trade_date date, int h, int m, int s = 0) { return start_of_day(date) + seconds(h * 3600 + m * 60 + s); }

}  // namespace

TEST_CASE("amounts are written exactly, with two to four decimals") {
  CHECK(to_string(price{174'505'500}) == "17450.55");
  CHECK(to_string(money{-200'000}) == "-20.00");
  CHECK(to_string(price{25}) == "0.0025");
  CHECK(to_string(money{-10}) == "-0.001");
  CHECK(to_string(money{0}) == "0.00");
  CHECK(to_string(money{most}) == "922337203685477.5807");
  CHECK(to_string(money{least}) == "-922337203685477.5808");
}

TEST_CASE("decimal text is read exactly or not at all") {
  CHECK(parse_fixed("17450.55") == 174'505'500);
  CHECK(parse_fixed("-20") == -200'000);
  CHECK(parse_fixed("0.0025") == 25);
  CHECK(parse_fixed("007") == 70'000);
  CHECK(parse_fixed("-0") == 0);
  for (const char* bad : {"", "-", ".", ".5", "5.", "1.23456", "1,000", "1e3", "+1", " 1", "1 ", "--1", "1.2.3", "0x1",
                          "922337203685477.5808", "-922337203685477.5809", "99999999999999999999"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_fixed(bad));
  }
}

TEST_CASE("every amount reads back from its text") {
  CHECK(parse_fixed(to_string(money{most})) == most);
  CHECK(parse_fixed(to_string(money{least})) == least);
  CHECK(rc::check([] {
    const auto raw = *rc::gen::arbitrary<std::int64_t>();
    RC_ASSERT(parse_money(to_string(money{raw})) == money{raw});
  }));
}

TEST_CASE("a price is above 0 and at most ten million") {
  CHECK(parse_price("0.0001") == price{1});
  CHECK(parse_price("10000000") == price::max());
  CHECK_FALSE(parse_price("0"));
  CHECK_FALSE(parse_price("-1"));
  CHECK_FALSE(parse_price("10000000.0001"));
}

TEST_CASE("sums and products out of range throw and leave no wrong amount") {
  CHECK_THROWS_AS((void)(money{most} + money{1}), std::overflow_error);
  CHECK_THROWS_AS((void)(money{least} - money{1}), std::overflow_error);
  CHECK_THROWS_AS((void)(price{most} * 2), std::overflow_error);
  CHECK(price::max() * max_quantity == money{100'000'000'000'000'000});
  CHECK(money{5} - money{7} == money{-2});
  CHECK(-money{5} == money{-5});
}

TEST_CASE("rounding goes half away from zero") {
  CHECK(mul_div_round(5, 1, 2) == 3);
  CHECK(mul_div_round(-5, 1, 2) == -3);
  CHECK(mul_div_round(4, 1, 3) == 1);
  CHECK(mul_div_round(5, 1, 3) == 2);
  CHECK(mul_div_round(-4, 1, 3) == -1);
  CHECK(mul_div_round(most, most, most) == most);
  CHECK(round_to_paisa({149}) == money{100});
  CHECK(round_to_paisa({150}) == money{200});
  CHECK(round_to_paisa({-150}) == money{-200});
  CHECK(round_to_paisa({-149}) == money{-100});
}

TEST_CASE("ids are those of base32(BLAKE2b-128), computed elsewhere") {
  // python3: base64.b32encode(hashlib.blake2b(text, digest_size=16).digest()).decode().lower()[:20]
  CHECK(derive_id("") == "zltgsqoz566uatsnrb2y");
  CHECK(derive_id("a") == "e7bv43utoodx6kpfmjde");
  CHECK(derive_id("signal|ema_cross|NSE:NIFTY|42|0") == "5jmjahjdq2qh7hmyotgk");
  CHECK(derive_id("order|abcdefghij234567klmn|0") == "aayrxznykvrzhu6toswq");
  CHECK(derive_id(std::string(1000, 'x')) == "zgzl2t7uq6deykp3ih5l");
}

TEST_CASE("ids of signals and orders derive from what they are about") {
  const auto s = derive_signal_id(strategy_id{"ema_cross"}, "NSE:NIFTY", 42, 0);
  CHECK(s.str() == derive_id("signal|ema_cross|NSE:NIFTY|42|0"));
  CHECK(s != derive_signal_id(strategy_id{"ema_cross"}, "NSE:NIFTY", 42, 1));
  CHECK(derive_client_order_id(s, 0).str() == derive_id("order|" + s.str() + "|0"));
  CHECK(derive_client_order_id(s, 0).str().size() == 20);
}

TEST_CASE("the day of a time is India's") {
  CHECK(start_of_day(19700101).ns == -19'800'000'000'000);
  CHECK(ist(20220103, 9, 15).ns == 1'641'181'500'000'000'000);  // date -d '2022-01-03 09:15 +0530' +%s
  CHECK(date_of(ist(20220103, 0, 0)) == 20220103);
  CHECK(date_of(ist(20220103, 0, 0) - duration{1}) == 20220102);
  CHECK(date_of(ist(20220103, 5, 29)) == 20220103);  // the day before in UTC
  CHECK(date_of({-1}) == 19700101);
  CHECK(date_of(start_of_day(19691231)) == 19691231);
  CHECK(time_of_day(ist(20220103, 15, 30)) == seconds(55'800));
  CHECK(time_of_day(start_of_day(19691231) - duration{1}) == duration{86'399'999'999'999});
  CHECK(date_of(start_of_day(20240229)) == 20240229);
}

TEST_CASE("weekdays count from Sunday") {
  CHECK(weekday(20220102) == 0);
  CHECK(weekday(20220103) == 1);
  CHECK(weekday(20220108) == 6);
}

TEST_CASE("times are written in IST with a fraction only where there is one") {
  CHECK(to_iso_ist(ist(20220103, 9, 15)) == "2022-01-03T09:15:00+05:30");
  CHECK(to_iso_ist(ist(20220103, 9, 15) + duration{5'000'000}) == "2022-01-03T09:15:00.005+05:30");
  CHECK(to_iso_ist(ist(20220103, 9, 15) + duration{5'000}) == "2022-01-03T09:15:00.000005+05:30");
  CHECK(to_iso_ist(ist(20220103, 9, 15) + duration{120'000'001}) == "2022-01-03T09:15:00.120000001+05:30");
}

TEST_CASE("only the canonical text of a time is read") {
  CHECK(parse_iso_ist("2022-01-03T09:15:00+05:30") == ist(20220103, 9, 15));
  for (const char* bad :
       {"", "2022-01-03", "2022-01-03T09:15:00Z", "2022-01-03T09:15:00+00:00", "2022-01-03 09:15:00+05:30",
        "2022-02-30T09:15:00+05:30", "2022-01-03T24:00:00+05:30", "2022-01-03T09:60:00+05:30",
        "2022-01-03T09:15:60+05:30", "2022-01-03T09:15:00.1+05:30", "2022-01-03T09:15:00.000+05:30",
        "2022-01-03T09:15:00.120000+05:30", "2022-01-03T09:15:00.1234567891+05:30", "2022-01-03T09:15:00.12x+05:30",
        "2022-01-03T0a:15:00+05:30", "1677-12-31T09:15:00+05:30", "2262-01-01T00:00:00+05:30",
        "9999-12-31T00:00:00+05:30"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_iso_ist(bad));
  }
}

TEST_CASE("every time of the years 1678 to 2261 reads back from its text") {
  const timestamp first = start_of_day(16780101);
  const timestamp last = start_of_day(22611231) + seconds(86'399);
  CHECK(parse_iso_ist(to_iso_ist(first)) == first);
  CHECK(parse_iso_ist(to_iso_ist(last)) == last);
  CHECK(rc::check([&] {
    const timestamp t{*rc::gen::inRange(first.ns, last.ns)};
    RC_ASSERT(parse_iso_ist(to_iso_ist(t)) == t);
    RC_ASSERT(start_of_day(date_of(t)) + time_of_day(t) == t);
    RC_ASSERT(parse_date(to_string(date_of(t))) == date_of(t));
  }));
}

TEST_CASE("a date exists or is refused") {
  CHECK(parse_date("2022-01-03") == 20220103);
  CHECK(parse_date("20220103") == 20220103);
  CHECK(parse_date("20240229") == 20240229);
  CHECK(to_string(trade_date{20220103}) == "2022-01-03");
  for (const char* bad : {"", "2022-1-3", "20230229", "2022-13-01", "2022-00-10", "2022/01/03", "202201031",
                          "2022-01-0a", "16771231", "22620101"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_date(bad));
  }
}

TEST_CASE("the session is open from its first moment to before its last, on weekdays only") {
  const trading_session session;
  CHECK_FALSE(session.is_open(ist(20220103, 9, 14, 59)));  // the pre-open is not the session
  CHECK(session.is_open(ist(20220103, 9, 15)));
  CHECK(session.is_open(ist(20220103, 15, 30) - duration{1}));
  CHECK_FALSE(session.is_open(ist(20220103, 15, 30)));
  CHECK(session.is_open(ist(20220107, 12, 0)));
  CHECK_FALSE(session.is_open(ist(20220108, 12, 0)));
  CHECK_FALSE(session.is_open(ist(20220109, 12, 0)));
  CHECK(session.close_of(ist(20220103, 0, 0)) == ist(20220103, 15, 30));
  CHECK(session.close_of(ist(20220103, 23, 59)) == ist(20220103, 15, 30));
}

TEST_CASE("instruments are found by key and by symbol, and listed once") {
  instrument_table table;
  const auto nse = table.add({.key = "NSE:A", .exchange = "NSE", .tradingsymbol = "A"});
  const auto bse = table.add({.key = "BSE:A", .exchange = "BSE", .tradingsymbol = "A"});
  CHECK(nse.index == 0);
  CHECK(bse.index == 1);
  CHECK(table.find("BSE:A") == bse);
  CHECK(table.find_symbol("A") == nse);
  CHECK_FALSE(table.find("NSE:B"));
  CHECK_FALSE(table.find_symbol("B"));
  CHECK(table.key(bse) == "BSE:A");
  CHECK(table.at(bse).id == bse);
  CHECK_THROWS_WITH(table.add({.key = "NSE:A"}), "instrument listed twice: NSE:A");
  CHECK(table.size() == 2);
  CHECK_THROWS_AS((void)table.at({7}), std::out_of_range);
}

TEST_CASE("a batch gives back the frames put into it, boundaries kept") {
  frame_batch batch;
  const tick ticks[] = {{.instrument = {0}, .last = {1}}, {.instrument = {1}, .last = {2}}};
  batch.add(7, ist(20220103, 9, 15), frame_kind::ticks, ticks);
  batch.add(8, ist(20220103, 15, 30), frame_kind::session_close, {});
  batch.add(9, ist(20220104, 9, 15), frame_kind::ticks, {ticks + 1, 1});
  REQUIRE(batch.size() == 3);
  CHECK(batch.first_seq() == 7);
  CHECK(batch.last_seq() == 9);
  CHECK(std::ranges::equal(batch[0].ticks, ticks));
  CHECK(batch[1].kind == frame_kind::session_close);
  CHECK(batch[1].ticks.empty());
  CHECK(batch[2].ts == ist(20220104, 9, 15));
  REQUIRE(batch[2].ticks.size() == 1);
  CHECK(batch[2].ticks[0] == ticks[1]);
  batch.clear();
  CHECK(batch.empty());
}
