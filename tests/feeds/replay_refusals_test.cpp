// What a replay does with bad files and rows.
#include "feeds/feed_fixture.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

const std::string header{bar_csv_header};
const std::string good = "NIFTY,20220103,09:16,1,1,1,1,0,0";

}  // namespace

TEST_CASE("a malformed row is reported with file and line, left out, and the run goes on") {
  csv_folder folder;
  folder.rows("b.csv", {"BANKNIFTY,20220103,09:16,1,1,1,1,0,0", "BANKNIFTY,20220103,09:17,1,1,1,0,0,0"});
  folder.rows("a.csv", {"NIFTY,20220103,09:16,1,1,1,1,0,0", "nonsense", "NIFTY,20220103,09:15,1,1,1,1,0,0",
                        "NIFTY,20220103,09:17,1,1,1,1,0,0"});
  const auto feed = replay(folder.path());
  REQUIRE(feed.source);
  const auto& problems = feed.source->problems();
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].file == (folder.path() / "a.csv").string());
  CHECK(problems[0].line == 3);
  CHECK(problems[0].what == "row has 1 fields, allowed: 9 (symbol,date,time,open,high,low,close,volume,oi)");
  CHECK(problems[1].line == 4);
  CHECK(problems[1].what.starts_with("time 2022-01-03T09:15:00+05:30 is not after 2022-01-03T09:16:00+05:30"));
  CHECK(problems[2].file == (folder.path() / "b.csv").string());
  CHECK(problems[2].line == 3);
  CHECK(feed.source->size() == 2 * 4 + 1);
}

TEST_CASE("rows must follow each other across files too, in order of file name") {
  csv_folder folder;
  folder.rows("2.csv", {"NIFTY,20220103,09:16,1,1,1,1,0,0", "NIFTY,20220105,09:16,1,1,1,1,0,0"});
  folder.rows("1.csv", {"NIFTY,20220104,09:16,1,1,1,1,0,0"});
  const auto feed = replay(folder.path());
  REQUIRE(feed.source);
  REQUIRE(feed.source->problems().size() == 1);
  CHECK(feed.source->problems()[0].file == (folder.path() / "2.csv").string());
  CHECK(feed.source->problems()[0].line == 2);
}

TEST_CASE("a row is judged the same whatever the range of dates") {
  csv_folder folder;
  const auto path = folder.rows("a.csv", {"NIFTY,20220105,09:16,1,1,1,1,0,0", "NIFTY,20220104,09:16,1,1,1,1,0,0",
                                          "NIFTY,20220106,09:16,1,1,1,1,0,0", "NIFTY,20220107,09:16,1,1,1,0,0,0"});
  const auto feed = replay(path, monday + 1, monday + 3);
  REQUIRE(feed.source);
  REQUIRE(feed.source->problems().size() == 2);
  CHECK(feed.source->problems()[0].line == 3);
  CHECK(feed.source->problems()[1].line == 5);
}

TEST_CASE("lines may end in CRLF and the last one in nothing") {
  csv_folder folder;
  const auto path = folder.write("a.csv", header + "\r\n" + good + "\r\nNIFTY,20220103,09:17,1,1,1,1,0,0");
  const auto feed = replay(path);
  REQUIRE(feed.source);
  CHECK(feed.source->problems().empty());
  CHECK(feed.source->size() == 9);
}

TEST_CASE("an empty line is no row, but counts as a line") {
  csv_folder folder;
  const auto feed =
      replay(folder.write("a.csv", header + "\n" + good + "\n\n\r\n,\nNIFTY,20220103,09:17,1,1,1,1,0,0\n\n"));
  REQUIRE(feed.source);
  REQUIRE(feed.source->problems().size() == 1);
  CHECK(feed.source->problems()[0].line == 5);
  CHECK(feed.source->size() == 9);
}

TEST_CASE("a file with another header is left out whole") {
  csv_folder folder;
  folder.write("a.csv", "symbol,date,time,close,high,low,open,volume,oi\n" + good + "\n");
  folder.write("b.csv", good + "\n" + good + "\n");
  folder.write("c.csv", "");
  folder.rows("d.csv", {});
  folder.rows("e.csv", {"NIFTY,20220103,09:17,1,1,1,1,0,0"});
  const auto feed = replay(folder.path());
  REQUIRE(feed.source);
  CHECK(feed.source->size() == 5);
  const auto& problems = feed.source->problems();
  REQUIRE(problems.size() == 3);
  for (const auto& p : problems) CHECK(p.line == 1);
  CHECK(problems[0].what ==
        "header \"symbol,date,time,close,high,low,open,volume,oi\", allowed: "
        "symbol,date,time,open,high,low,close,volume,oi; the file is left out whole");
  CHECK(problems[1].what.starts_with("header \"NIFTY,20220103,09:16"));
  CHECK(problems[2].what.starts_with("header \"\", allowed: symbol,"));
}

TEST_CASE("without one good row in range there is no source but an error that says why") {
  csv_folder folder;
  CHECK(replay(folder.path() / "none").error ==
        (folder.path() / "none").string() +
            ": there is no such file or folder; allowed: a folder with *.csv files or one CSV file");
  folder.write("notes.txt", "hello");
  CHECK(replay(folder.path()).error.find("the folder has no *.csv file") != std::string::npos);
  CHECK(replay("/dev/null").error == "/dev/null: neither a folder nor a regular file");

  const auto empty = replay(folder.write("empty.csv", ""));
  CHECK_FALSE(empty.source);
  CHECK(empty.error.find("empty.csv:1: header \"\"") != std::string::npos);

  const auto header_only = replay(folder.rows("header.csv", {}));
  CHECK_FALSE(header_only.source);
  CHECK(header_only.error.find("no usable row from the start to the end: 1 files, 0 good rows in all, 0 problems") !=
        std::string::npos);

  const auto all_bad = replay(folder.rows("bad.csv", {"x", "y"}));
  CHECK_FALSE(all_bad.source);
  CHECK(all_bad.error.find("2 problems; the first: ") != std::string::npos);
  CHECK(all_bad.error.find("bad.csv:2: row has 1 fields") != std::string::npos);

  const auto other_dates = replay(folder.rows("good.csv", {good}), monday + 1, monday + 2);
  CHECK_FALSE(other_dates.source);
  CHECK(other_dates.error.find("no usable row from 2022-01-04 to 2022-01-05: 1 files, 1 good rows in all") !=
        std::string::npos);
}

TEST_CASE("files of a folder that are not *.csv are not read") {
  csv_folder folder;
  folder.rows("a.csv", {good});
  folder.write("a.csv.bak", "rubbish");
  std::filesystem::create_directory(folder.path() / "folder.csv");
  const auto feed = replay(folder.path());
  REQUIRE(feed.source);
  CHECK(feed.source->problems().empty());
}
