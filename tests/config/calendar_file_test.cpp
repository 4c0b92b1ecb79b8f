// holidays.csv: the shipped file, and every wrong place with the whole message a person gets.
#include "config/calendar_file.hpp"

#include "tests/config/config_fixture.hpp"

#include <doctest/doctest.h>

namespace bulkhead::config {
namespace {

using testing::folder;

const std::string good =
    "# a comment\ndate,kind,open,close,name\n2024-01-26,holiday,,,Republic Day\n\n"
    "2024-11-01,special,18:00,19:00,Muhurat trading\r\n";

struct outcome {
  std::shared_ptr<const trading_calendar> calendar;
  std::vector<std::string> findings;
};

outcome read(const std::string& text) {
  const folder f;
  f.write("holidays.csv", text);
  finding_list findings;
  outcome out;
  const auto file = f.root() / "holidays.csv";
  out.calendar = read_calendar(file, {"bulkhead.yaml", 1, "files.holidays"}, findings);
  for (const finding& one : findings.take()) {
    std::string line = one.text();
    if (line.starts_with(file.string())) line.erase(0, file.string().size() + 1);
    out.findings.push_back(line);
  }
  return out;
}

}  // namespace

TEST_CASE("a calendar file gives its holidays and special sessions") {
  const outcome out = read(good);
  CHECK(out.findings == std::vector<std::string>{});
  REQUIRE(out.calendar);
  CHECK(out.calendar->days().size() == 2);
  CHECK_FALSE(out.calendar->find(20240126)->hours);
  CHECK(out.calendar->find(20240126)->name == "Republic Day");
  CHECK(out.calendar->find(20241101)->hours == trading_hours{seconds(18 * 3600), seconds(19 * 3600)});
}

TEST_CASE("a header alone is a calendar of ordinary days") {
  const outcome out = read("date,kind,open,close,name\n");
  REQUIRE(out.calendar);
  CHECK(out.calendar->days().empty());
}

TEST_CASE("the shipped calendar knows the exchange's days") {
  finding_list findings;
  trading_session session;
  session.calendar = read_calendar(std::string{BULKHEAD_SOURCE_DIR} + "/config/holidays.csv", {}, findings);
  REQUIRE(findings.empty());
  REQUIRE(session.calendar);
  const auto noon = [](trade_date date) { return start_of_day(date) + seconds(12 * 3600); };
  CHECK(session.is_open(noon(20220103)));
  CHECK_FALSE(session.is_open(noon(20220126)));
  CHECK(session.is_open(noon(20250201)));        // Union Budget on a Saturday
  CHECK_FALSE(session.is_open(noon(20251021)));  // Muhurat trading is from 13:45
  CHECK(session.is_open(noon(20251021) + seconds(2 * 3600)));
  // Fifteen weekday holidays and the election day; Diwali is a Sunday.
  int holidays = 0;
  for (const auto& [date, day] : session.calendar->days()) {
    const int wday = weekday(date);
    if (!day.hours) CHECK_MESSAGE((wday != 0 && wday != 6), to_string(date));
    if (!day.hours && date / 10'000 == 2026) ++holidays;
  }
  CHECK(holidays == 16);
}

TEST_CASE("a wrong line of the calendar is refused with its place and what is allowed") {
  struct wrong {
    const char* row;
    std::vector<std::string> findings;
  };
  const std::string date = "date that exists, yyyy-mm-dd, 1990-01-01 to 2150-12-31";
  for (const wrong& w : std::initializer_list<wrong>{
           {"2024-02-30,holiday,,,x", {"6: date: given \"2024-02-30\", allowed: a " + date}},
           {"2024-01-26,holiday,,,x",
            {"6: date: given \"2024-01-26\", allowed: each date once; first given on line 3; remove one of the two"}},
           {"2024-01-27,hols,,,x", {"6: kind: given \"hols\", allowed: one of: holiday, special"}},
           {"2024-01-27,holiday,09:15,15:30,x",
            {"6: open: given \"09:15\", allowed: nothing: a holiday has no session",
             "6: close: given \"15:30\", allowed: nothing: a holiday has no session"}},
           {"2024-01-27,special,9:15,,x",
            {"6: open: given \"9:15\", allowed: time of day in IST, hh:mm",
             "6: close: given nothing, allowed: time of day in IST, hh:mm"}},
           {"2024-01-27,special,15:30,15:30,x",
            {"6: close: given \"15:30\", allowed: a time after the open, which is 15:30"}},
           {"2024-01-27,holiday,,,", {"6: name: given nothing, allowed: the name of the day, 1 to 80 characters"}},
           {"2024-01-27,holiday,,", {"6: given \"4 fields\", allowed: 5 fields: date,kind,open,close,name"}},
       }) {
    CAPTURE(w.row);
    const outcome out = read(good + w.row + "\n");
    CHECK(out.findings == w.findings);
    CHECK_FALSE(out.calendar);
  }
}

TEST_CASE("a calendar without its header, empty, or not there is refused") {
  CHECK(read("2024-01-26,holiday,,,x\n2024-01-27,holiday,,,x\n").findings ==
        std::vector<std::string>{"1: given \"2024-01-26,holiday,,,x\", allowed: the header line "
                                 "date,kind,open,close,name; write it above the first row"});
  CHECK(read("").findings ==
        std::vector<std::string>{"1: given nothing, allowed: a header line: date,kind,open,close,name; fill the file"});
  finding_list findings;
  CHECK_FALSE(read_calendar("/does/not/exist.csv", {"bulkhead.yaml", 9, "files.holidays"}, findings));
  CHECK(findings.size() == 1);
}

}  // namespace bulkhead::config
