// Kite's JSON is kept as written, and bounded.
#include "runtime/brokers/zerodha/kite_decimal.hpp"
#include "runtime/brokers/zerodha/kite_json.hpp"
#include "zerodha/kite_samples.hpp"

#include <limits>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rapidcheck.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

std::string refusal_of(const std::string& json) {
  return kite_refusal([&] { (void)kite_value::parse(json); });
}

template <class Read>
std::string field_refusal(const char* json, const Read& read) {
  const kite_value v = kite_value::parse(json);
  return kite_refusal([&] { (void)read(kite_fields{v, "row"}); });
}

}  // namespace

TEST_CASE("a decimal becomes an integer without a double on the way") {
  CHECK(scaled_decimal("1573.7", 4) == 15737000);
  CHECK(scaled_decimal("0.0025", 4) == 25);
  CHECK(scaled_decimal("-20", 4) == -200000);
  CHECK(scaled_decimal("0", 4) == 0);
  CHECK(scaled_decimal("0.0", 4) == 0);
  CHECK(scaled_decimal("7360198.0", 0, true) == 7360198);
  CHECK(scaled_decimal("7e6", 0, true) == 7000000);
  CHECK(scaled_decimal("1.5E-3", 4) == 15);
  CHECK(scaled_decimal("12.5e+1", 0, true) == 125);
  // A double would give 99999999999.9999 another last digit.
  CHECK(scaled_decimal("99999999999999.9999", 4) == 999999999999999999);
  CHECK(scaled_decimal("2042130686722629633", 0, true) == std::nullopt);  // 19 digits: an id, no number to count with
}

TEST_CASE("a finer decimal is rounded half away from zero, or refused where it must be exact") {
  CHECK(scaled_decimal("0.00005", 4) == 1);
  CHECK(scaled_decimal("0.000049999", 4) == 0);
  CHECK(scaled_decimal("0.000005", 4) == 0);
  CHECK(scaled_decimal("-1570.37335", 4) == -15703734);
  CHECK(scaled_decimal("0.5", 0, true) == std::nullopt);
  CHECK(scaled_decimal("1e-30", 4, true) == std::nullopt);
  CHECK(scaled_decimal("1.00000", 4, true) == 10000);
}

TEST_CASE("what is no decimal is refused") {
  for (const char* text : {"", "-", ".", "1.", ".5", "1..2", "1e", "1e+", "e5", "+1", " 1", "1 ", "0x10", "1,000",
                           "nan", "1e9999999999", "1e401", "--1", "1-"}) {
    CAPTURE(text);
    CHECK_FALSE(scaled_decimal(text, 4));
  }
  CHECK_FALSE(scaled_decimal("1000000000000000", 4));
  CHECK_FALSE(scaled_decimal(std::string(500, '1'), 4));
}

TEST_CASE("every amount of money reads back as it was") {
  CHECK(rc::check([](std::int64_t raw) {
    raw %= 1'000'000'000'000'000'000;
    RC_ASSERT(scaled_decimal(to_string(money{raw}), 4, true) == raw);
  }));
}

TEST_CASE("numbers and ids keep their digits") {
  const kite_value v = kite_value::parse(
      R"({"id":2042130686722629633,"big":20421306867226296330,"text":"2042130686722629633","p":1573.70})");
  const kite_fields in{v, "row"};
  CHECK(in.id("id") == "2042130686722629633");
  CHECK(in.id("big") == "20421306867226296330");
  CHECK(in.id("text") == "2042130686722629633");
  CHECK(v.find("p")->written() == "1573.70");
  CHECK(in.price_or_zero("p").raw == 15737000);
}

TEST_CASE("null counts as missing") {
  const kite_value v = kite_value::parse(R"({"a":null})");
  const kite_fields in{v, "row"};
  CHECK_FALSE(in.has("a"));
  CHECK(in.text("a").empty());
  CHECK(in.amount("a").raw == 0);
  CHECK(in.integer_or("a", 7, 0, 9) == 7);
  CHECK_FALSE(in.flag("a"));
  CHECK(in.texts("a").empty());
}

TEST_CASE("a field of the wrong kind is refused with its place, what was found and what is allowed") {
  CHECK(field_refusal(R"({"q":"ten"})", [](const kite_fields& f) { return f.integer("q", 0, 9); }) ==
        "row: key \"q\": found \"ten\", allowed: a whole number, 0 to 9");
  CHECK(field_refusal(R"({"q":10})", [](const kite_fields& f) { return f.integer("q", 0, 9); }) ==
        "row: key \"q\": found 10, allowed: a whole number, 0 to 9");
  CHECK(field_refusal(R"({"q":1.5})", [](const kite_fields& f) { return f.integer("q", 0, 9); }) != "");
  CHECK(field_refusal(R"({})", [](const kite_fields& f) { return f.integer("q", 0, 9); }) ==
        "row: key \"q\": found nothing, allowed: a whole number, 0 to 9");
  CHECK(field_refusal(R"({"p":-1})", [](const kite_fields& f) { return f.price_or_zero("p"); }) ==
        "row: key \"p\": found -1, allowed: a price, 0 to 10000000.00");
  CHECK(field_refusal(R"({"p":1e30})", [](const kite_fields& f) { return f.price_or_zero("p"); }) != "");
  CHECK(field_refusal(R"({"s":5})", [](const kite_fields& f) { return f.text("s"); }) != "");
  CHECK(field_refusal(R"({"s":[1]})", [](const kite_fields& f) { return f.texts("s"); }) != "");
  CHECK(field_refusal(R"({"b":1})", [](const kite_fields& f) { return f.flag("b"); }) != "");
  for (const char* id :
       {R"({"i":""})", R"({"i":"a/b"})", R"({"i":"a b"})", R"({"i":{}})", R"({"i":null})", R"({"i":"1?x=2"})"}) {
    CHECK(field_refusal(id, [](const kite_fields& f) { return f.id("i"); }).find("allowed: an id of 1 to 64") !=
          std::string::npos);
  }
}

TEST_CASE("what is not JSON, or beyond the bounds, is refused with one kind of error") {
  for (const char* text : {"", " ", "{", R"({"a":1)", R"({"a":1}x)", "nul", "<html>503</html>", "[1,]", "{'a':1}",
                           "\"\xff\"", "1e999", "[NaN]"}) {
    CAPTURE(text);
    CHECK(refusal_of(text).find("not JSON from byte") == 0);
  }
  CHECK(refusal_of(R"({"a":1,"b":2,"a":3})") == "key \"a\": given twice in one object, allowed: once");
  CHECK(refusal_of(std::string(max_kite_json_depth, '[') + std::string(max_kite_json_depth, ']')).empty());
  CHECK(refusal_of(std::string(max_kite_json_depth + 1, '[')).find("nested deeper") != std::string::npos);
  CHECK(refusal_of(std::string(max_kite_json_bytes + 1, ' ')).find("bytes, allowed") != std::string::npos);
  std::string many = "[";
  for (std::size_t i = 0; i < max_kite_json_values; ++i) many += "0,";
  CHECK(refusal_of(many + "0]").find("more than the allowed") != std::string::npos);
}
