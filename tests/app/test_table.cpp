#include "tools/app/table.hpp"

#include <sstream>

#include <doctest/doctest.h>

using namespace bulkhead;
using app::align;
using app::table;

TEST_CASE("table: columns are as wide as their widest cell, numbers stand right") {
  table t{{{"name"}, {"Rs", align::right}}};
  t.add({"a", "10.00"});
  t.add({"long name", "9.00"});
  CHECK(t.text() == "name          Rs\na          10.00\nlong name   9.00\n");
}

TEST_CASE("table: names are cut to keep 100 columns, amounts never") {
  table t{{{"reason", align::left, true}, {"Rs", align::right}}};
  t.add({std::string(300, 'x'), "1000000000000.00"});
  std::istringstream lines{t.text()};
  std::string line;
  while (std::getline(lines, line)) CHECK(app::display_width(line) <= app::screen_width);
  CHECK(t.text().ends_with("1000000000000.00\n"));
  CHECK(t.text().find("…") != std::string::npos);
}

TEST_CASE("table: a text from outside stays on its line, whatever is in it") {
  CHECK(app::fit("a\nb\x1b[31mc") == "a b [31mc");
  CHECK(app::fit("abcdef", 4) == "abc…");
  CHECK(app::fit("äöü", 3) == "äöü");
}

TEST_CASE("table: long facts go on in the next line, nothing is lost") {
  app::fact_list facts;
  facts.add("why", std::string(60, 'a') + " " + std::string(60, 'b')).add("none", "");
  CHECK(facts.text() == "why  " + std::string(60, 'a') + "\n     " + std::string(60, 'b') + "\n");
}

TEST_CASE("table: an average price is exact to 1/10000 rupee, for short positions too") {
  CHECK(app::average(money{1'000'000}, 3) == "33.3333");
  CHECK(app::average(money{-1'000'000}, -3) == "33.3333");
  CHECK(app::average(money{0}, 0) == "-");
}

TEST_CASE("table: times are IST, with milliseconds where there are some") {
  const timestamp t = *parse_iso_ist("2022-01-03T09:15:00.250+05:30");
  CHECK(app::ist(t) == "2022-01-03 09:15:00.250");
  CHECK(app::ist_clock(t - duration{250'000'000}) == "09:15:00");
  CHECK(app::ist({}) == "-");
}
