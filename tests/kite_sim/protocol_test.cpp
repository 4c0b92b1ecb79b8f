#include "kite_sim/kite_fixture.hpp"
#include "tools/kite_sim/core/faults.hpp"
#include "tools/kite_sim/core/kite_error.hpp"
#include "tools/kite_sim/core/order_json.hpp"
#include "tools/kite_sim/core/rate_limits.hpp"
#include "tools/kite_sim/core/sessions.hpp"
#include "tools/kite_sim/core/subscriptions.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace bulkhead;
using namespace bulkhead::kite_sim;
using namespace bulkhead::kite_sim::test;

namespace {

const timestamp wall{1'000'000'000'000'000'000};

sessions one_app() {
  sessions all{1};
  REQUIRE(all.add({"testkey", "testsecret", "AB1234", "http://127.0.0.1:1/", ""}));
  return all;
}

std::string checksum_of(const std::string& request_token) {
  return sha256_hex("testkey" + request_token + "testsecret");
}

template <class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const kite_error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("kite_sim: checksums of the login and of a postback are those of the protocol") {
  CHECK(sha256_hex("testkeyreqtoktestsecret") == "4f44e112fdfbb483462e732a1f89a13c3249c06df6591aec0169263e7e557e28");
  CHECK(postback_checksum({{"order_id", "220303000308932"}, {"order_timestamp", "2022-03-03 09:24:25"}},
                          "testsecret") == "a1edcbdbcb51292cddfded250595d4e191b95da92d9b9914e591383ae4fe6852");
}

TEST_CASE("kite_sim: times are whole seconds in IST") {
  CHECK(kite_time(at(9, 15, 7)) == "2022-01-03 09:15:07");
  CHECK(kite_clock(at(9, 15, 7)) == "09:15:07");
  CHECK(candle_time(at(9, 15)) == "2022-01-03T09:15:00+0530");
  CHECK(unix_seconds(timestamp{1'625'461'887'999'000'000}) == 1'625'461'887);
  CHECK(parse_kite_time("2022-01-03 09:15:07") == at(9, 15, 7));
  CHECK(parse_kite_time("2022-01-03") == at(0, 0));
  for (const char* bad :
       {"", "2022-01-03 09:15", "2022-13-03 09:15:00", "2022-01-03 25:00:00", "20220103091500abcde"}) {
    CHECK_FALSE(parse_kite_time(bad).has_value());
  }
}

TEST_CASE("kite_sim: fields come decoded, a name may come again") {
  const form fields = form::parse("i=NSE%3ANIFTY+50&i=NSE:M%26M&empty=&bare&&x=a=b&broken=%4");
  CHECK(fields.all("i") == std::vector<std::string>{"NSE:NIFTY 50", "NSE:M&M"});
  CHECK(fields.find("empty") == std::string{});
  CHECK(fields.find("bare") == std::string{});
  CHECK(fields.get("x") == "a=b");
  CHECK(fields.get("broken") == "%4");
  CHECK_FALSE(fields.find("none").has_value());
  CHECK(url_decode(url_encode("a b&c=/ü"), false) == "a b&c=/ü");
}

TEST_CASE("kite_sim: a request token is used once, within five minutes, by its own app, with the right checksum") {
  sessions all = one_app();
  const std::string token = all.log_in("testkey", wall);
  const auto exchange_with = [&](const std::string& key, const std::string& used, const std::string& sum,
                                 timestamp when) {
    return message_of([&] { (void)all.exchange_token(key, used, sum, at(9, 20), when); });
  };
  CHECK(exchange_with("testkey", token, "wrong", wall) == "Invalid `checksum`.");
  CHECK(exchange_with("nokey", token, checksum_of(token), wall) == "Invalid `api_key`.");
  CHECK(exchange_with("testkey", token, checksum_of(token), wall + seconds(300)) == "Token is invalid or has expired.");
  CHECK(exchange_with("testkey", token, checksum_of(token), wall + seconds(299)).empty());
  CHECK(exchange_with("testkey", token, checksum_of(token), wall + seconds(299)) == "Token is invalid or has expired.");
}

TEST_CASE("kite_sim: a session ends at 06:00 of the next day, by a logout, by a new login, by a revocation") {
  sessions all = one_app();
  const auto fresh = [&] {
    const std::string token = all.log_in("testkey", wall);
    return all.exchange_token("testkey", token, checksum_of(token), at(9, 20), wall);
  };
  const auto first = fresh();
  CHECK(all.find("testkey", first.token, at(9, 20)) != nullptr);
  CHECK(all.find("testkey", "other", at(9, 20)) == nullptr);
  CHECK(all.find("testkey", first.token, at(5, 59, 59, 1)) != nullptr);
  CHECK(all.find("testkey", first.token, at(6, 0, 0, 1)) == nullptr);
  CHECK(next_token_end(at(5, 0)) == at(6, 0));
  const auto second = fresh();
  CHECK(second.token != first.token);
  CHECK(all.find("testkey", first.token, at(9, 20)) == nullptr);
  CHECK_FALSE(all.log_out("testkey", first.token));
  CHECK(all.log_out("testkey", second.token));
  CHECK(all.find("testkey", second.token, at(9, 20)) == nullptr);
  const auto third = fresh();
  all.revoke("XY0000");
  CHECK(all.find("testkey", third.token, at(9, 20)) != nullptr);
  all.revoke("AB1234");
  CHECK(all.find("testkey", third.token, at(9, 20)) == nullptr);
}

TEST_CASE("kite_sim: rate limits count in windows, each bucket for itself") {
  rate_limits limits{{.quote_per_second = 1, .orders_per_second = 2, .orders_per_minute = 3, .orders_per_day = 4}};
  const auto ask = [&](rate_bucket bucket, std::int64_t second, bool placement = true) {
    return limits.allow("k", "u", bucket, placement, wall + seconds(second), monday);
  };
  CHECK(ask(rate_bucket::quote, 0));
  CHECK_FALSE(ask(rate_bucket::quote, 0));
  CHECK(ask(rate_bucket::quote, 1));
  CHECK(limits.allow("other", "u", rate_bucket::quote, false, wall, monday));
  CHECK(ask(rate_bucket::order, 0));
  CHECK(ask(rate_bucket::order, 0));
  CHECK_FALSE(ask(rate_bucket::order, 0));
  CHECK(ask(rate_bucket::order, 1));
  CHECK_FALSE(ask(rate_bucket::order, 2));
  CHECK(ask(rate_bucket::order, 60));
  CHECK_FALSE(ask(rate_bucket::order, 120));
  CHECK(ask(rate_bucket::order, 120, false));
  for (int i = 0; i < 10; ++i) CHECK(ask(rate_bucket::other, 5));
  CHECK_FALSE(ask(rate_bucket::other, 5));
}

TEST_CASE("kite_sim: faults strike by count or by probability, where method and path fit, the same for a seed") {
  faults all{7};
  (void)all.add(read_fault(std::string_view{"lost_reply:count=2,method=POST,path=/orders"}));
  CHECK_FALSE(all.strike(fault_kind::lost_reply, "GET", "/orders"));
  CHECK_FALSE(all.strike(fault_kind::lost_reply, "POST", "/session/token"));
  CHECK(all.strike(fault_kind::lost_reply, "POST", "/orders/regular"));
  CHECK(all.strike(fault_kind::lost_reply, "POST", "/orders/regular"));
  CHECK_FALSE(all.strike(fault_kind::lost_reply, "POST", "/orders/regular"));
  CHECK(all.rules().front().struck == 2);
  const auto draws = [](std::uint64_t seed) {
    faults some{seed};
    (void)some.add(read_fault(std::string_view{"drop_update:probability=0.3"}));
    std::string out;
    for (int i = 0; i < 1000; ++i) out += some.strike(fault_kind::drop_update) ? '1' : '0';
    return out;
  };
  CHECK(draws(7) == draws(7));
  CHECK(draws(7) != draws(8));
  const std::string some = draws(7);
  const auto struck = std::ranges::count(some, '1');
  CHECK(struck > 240);
  CHECK(struck < 360);
}

TEST_CASE("kite_sim: a fault that makes no sense is refused") {
  CHECK(read_fault(std::string_view{"http_5xx"}).value == 503);
  CHECK(read_fault(nlohmann::json{{"kind", "html"}, {"after", true}}).after);
  for (const char* bad : {"", "nosuch", "latency:value", "latency:value=x", "latency:probability=2",
                          "http_5xx:value=99", "latency:size=3", "partial_fill:value=101"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS((void)read_fault(std::string_view{bad}), std::invalid_argument);
  }
  CHECK_THROWS_AS((void)read_fault(nlohmann::json{{"kind", 3}}), std::invalid_argument);
}

TEST_CASE("kite_sim: a subscription is in quote mode, up to 3000 of them, numbers only") {
  subscriptions mine;
  CHECK(mine.apply(R"({"a":"subscribe","v":[408065,"2953217",256265]})").fresh ==
        std::vector<std::uint32_t>{408065, 256265});
  CHECK(mine.modes().at(408065) == tick_mode::quote);
  CHECK(mine.apply(R"({"a":"mode","v":["full",[408065,999]]})").fresh == std::vector<std::uint32_t>{408065});
  CHECK(mine.modes().at(408065) == tick_mode::full);
  CHECK_FALSE(mine.modes().contains(999));
  CHECK(mine.apply(R"({"a":"subscribe","v":[408065]})").fresh.empty());
  CHECK(mine.modes().at(408065) == tick_mode::full);
  (void)mine.apply(R"({"a":"unsubscribe","v":[408065]})");
  CHECK_FALSE(mine.modes().contains(408065));
  for (const char* bad : {"", "[]", "{}", R"({"a":"subscribe","v":3})", R"({"a":"mode","v":["fast",[1]]})"}) {
    CHECK_FALSE(mine.apply(bad).error.empty());
  }
  std::string many = R"({"a":"subscribe","v":[0)";
  for (int i = 1; i < 3100; ++i) many += fmt::format(",{}", i);
  const auto outcome = mine.apply(many + "]}");
  CHECK(outcome.error == "Can't subscribe to more than 3000 instruments.");
  CHECK(mine.modes().size() == 3000);
}

TEST_CASE("kite_sim: the instrument list comes back as Kite's CSV") {
  const listing listed = small_listing();
  CHECK(
      listed.csv("CDS") ==
      "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,"
      "segment,exchange\n412675,1612,USDINR,USDINR,0.00,,0.00,0.0025,1,EQ,CDS,CDS\n");
  CHECK(listed.csv("").find("\"INFOSYS, LTD\"") != std::string::npos);
  CHECK(listed.by_key_or_token("408065") == infy);
  CHECK(listed.by_key_or_token("NSE:INFY") == infy);
  CHECK_FALSE(listed.by_key_or_token("NSE:NONE").has_value());
}
