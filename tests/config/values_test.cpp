#include "config/values.hpp"

#include "config/finding.hpp"
#include "config/schema.hpp"
#include "config/text_file.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rapidcheck.h>

namespace bulkhead::config {

TEST_CASE("percents are exact to one part per thousand million") {
  CHECK(parse_percent("0.00345")->ppb == 34'500);
  CHECK(parse_percent("18")->ppb == 180'000'000);
  CHECK(parse_percent("100")->ppb == 1'000'000'000);
  CHECK(parse_percent("0.0000001")->ppb == 1);
  CHECK(parse_percent("100.0000000")->ppb == 1'000'000'000);
  for (const char* bad : {"", ".", "1.", ".5", "-1", "+1", "1e1", "0.00000001", "100.0000001", "1000", "1,5", "18%",
                          " 1", "0x1", "1.2.3", "9999999999999999999999"}) {
    INFO(bad);
    CHECK_FALSE(parse_percent(bad));
  }
}

TEST_CASE("every percent from 0 to 100 reads back as written") {
  CHECK(rc::check([] {
    const auto ppb = *rc::gen::inRange<std::int64_t>(0, 1'000'000'001);
    const auto back = parse_percent(percent_text(rate{ppb}));
    RC_ASSERT(back.has_value());
    RC_ASSERT(back->ppb == ppb);
  }));
}

TEST_CASE("every 64-bit integer reads back, nothing else does") {
  CHECK(rc::check([](std::int64_t value) { RC_ASSERT(parse_integer(std::to_string(value)) == value); }));
  CHECK(parse_integer("-9223372036854775808") == INT64_MIN);
  for (const char* bad :
       {"", "-", "+1", "01", "-01", "1.0", "1e3", "0x1", "1 ", "9223372036854775808", "1_000", "--1"}) {
    INFO(bad);
    CHECK_FALSE(parse_integer(bad));
  }
}

TEST_CASE("clock times are hh:mm") {
  CHECK(parse_clock("09:15") == seconds(33'300));
  CHECK(clock_text(seconds(33'300)) == "09:15");
  CHECK(parse_clock("23:59") == seconds(86'340));
  for (const char* bad : {"", "9:15", "24:00", "09:60", "09:15:00", "-1:00", "ab:cd", "09-15"}) {
    INFO(bad);
    CHECK_FALSE(parse_clock(bad));
  }
}

TEST_CASE("broker ids") {
  for (const char* good : {"paper", "paper2", "a", "a_b", "a_"}) CHECK(is_broker_id(good));
  for (const char* bad : {"", "2a", "_a", "A", "a__b", "a-b", "a.b", "a b"}) CHECK_FALSE(is_broker_id(bad));
  CHECK(is_broker_id(std::string(32, 'a')));
  CHECK_FALSE(is_broker_id(std::string(33, 'a')));
}

TEST_CASE("a finding reads as place, key, given, allowed and hint") {
  CHECK(finding{"a.yaml", 12, "b.c", "-5", "1 to 2", "do that"}.text() ==
        "a.yaml:12: b.c: given \"-5\", allowed: 1 to 2; do that");
  CHECK(finding{"environment", 0, "B__C", "", "1 to 2", ""}.text() ==
        "environment: B__C: given nothing, allowed: 1 to 2");
}

TEST_CASE("what is shown of an input is one short printable line") {
  CHECK(rc::check([](const std::string& bytes) {
    const std::string text = shown(bytes);
    RC_ASSERT(text.size() <= 90);
    RC_ASSERT(std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }));
  }));
  CHECK(shown("a\nb\x01") == "a\\nb\\x01");
}

TEST_CASE("the nearest name is offered, a far one is not") {
  const std::vector<std::string> names = {"max_order_quantity", "max_order_value", "capital"};
  CHECK(did_you_mean("max_order_qantity", names) == "did you mean max_order_quantity?");
  CHECK(did_you_mean("captial", names) == "did you mean capital?");
  CHECK(did_you_mean("slippage", names).empty());
  CHECK(did_you_mean(std::string(100'000, 'x'), names).empty());
}

TEST_CASE("UTF-8 is checked after RFC 3629") {
  for (const char* good : {"", "plain", "\xC3\xA9", "\xE2\x82\xB9", "\xF0\x9F\x98\x80", "\xEF\xBF\xBF", "a\tb\r\n"}) {
    finding_list findings;
    CHECK(check_text(good, "f", findings));
  }
  for (const char* bad : {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                          "\xF4\x90\x80\x80", "\xFF", "\x1B[31m", "\x7F", "\xE2\x82"}) {
    finding_list findings;
    CHECK_FALSE(check_text(bad, "f", findings));
    CHECK(findings.size() == 1);
  }
}

TEST_CASE("every row of the schema is found by its path and says what it allows") {
  for (const option& row : schema()) {
    const std::string path = path_for(row, "some_broker");
    INFO(path);
    CHECK(find_option(path) == &row);
    CHECK_FALSE(allowed_text(row).empty());
    CHECK_FALSE(row.doc.empty());
  }
  CHECK(find_option("trading.Bad.kind") == nullptr);
  CHECK(find_option("trading.*.kind") == nullptr);
  CHECK(find_option("trading.kind") == nullptr);
  CHECK(find_option("feed") == nullptr);
  CHECK(find_option("") == nullptr);
}

}  // namespace bulkhead::config
