// Whatever stands in the files, the loader answers with settings or with findings; it neither throws nor crashes.
#include "tests/config/config_fixture.hpp"

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rapidcheck.h>

namespace bulkhead::config {
namespace {

using testing::folder;

const std::vector<std::string> files = {"config/bulkhead.yaml",   "config/charges.yaml",
                                        "config/instruments.csv", "config/freeze_quantities.csv",
                                        "strategies/cross.yaml",  ".env"};

/// Pieces that mean something to YAML, CSV or the loader, so that mutations reach deeper than random bytes.
const std::vector<std::string> pieces = {"\n",          " ",
                                         "  ",          ": ",
                                         "- ",          "[",
                                         "]",           "{",
                                         "}",           ",",
                                         "\"",          "'",
                                         "#",           "&a ",
                                         "*a",          "!!int ",
                                         "|\n",         ">\n",
                                         "---\n",       "...\n",
                                         "? ",          "~",
                                         "null",        "<<: ",
                                         "%YAML 1.1\n", "\t",
                                         "\r",          "\\x",
                                         "\\u12",       "99999999999999999999",
                                         "-1",          "1e999",
                                         "nan",         "trading:\n",
                                         "paper",       "\xC3\xA9",
                                         "\x80",        "true",
                                         "2022-02-30",  "0.00000001",
                                         "@",           "`",
                                         "=",           "FEED__SPEED=",
                                         "[[[[[[[[",    "{{{{{{{{",
                                         "- - - - "};

/// Settings or findings, never neither, never both; every finding reads whole.
void loads(const folder& f) {
  const load_result result = f.load();
  RC_ASSERT(result.value.has_value() == result.findings.empty());
  for (const finding& found : result.findings) {
    RC_ASSERT(!found.file.empty());
    RC_ASSERT(!found.allowed.empty());
    RC_ASSERT(found.given.size() < 100u);
    RC_ASSERT(found.text().find('\n') == std::string::npos);
  }
}

std::string mutated(std::string text) {
  const int times = *rc::gen::inRange(1, 6);
  for (int i = 0; i < times; ++i) {
    const auto at = static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(text.size()) + 1));
    const auto length = static_cast<std::size_t>(*rc::gen::inRange(0, 12));
    const std::string piece =
        *rc::gen::oneOf(rc::gen::elementOf(pieces), rc::gen::just(std::string{}),
                        rc::gen::map(rc::gen::arbitrary<char>(), [](char c) { return std::string(1, c); }),
                        rc::gen::just(text.substr(at, 40)));
    text.replace(at, length, piece);
  }
  return text;
}

}  // namespace

TEST_CASE("random bytes in any file end in settings or findings") {
  folder f;
  f.request.env_file = f.root() / ".env";
  CHECK(rc::check([&](const std::string& bytes) {
    const std::string file = *rc::gen::elementOf(files);
    const std::string good = f.read(file);
    f.write(file, bytes);
    loads(f);
    f.write(file, good);
  }));
}

TEST_CASE("mutations of the good files end in settings or findings") {
  folder f;
  f.request.env_file = f.root() / ".env";
  f.write(".env", "# comment\nFEED__SPEED=3\nTRADING__PAPER2__KIND=\"paper\"\nLOG__LEVEL='info' # x\n");
  CHECK(rc::check([&] {
    const std::string file = *rc::gen::elementOf(files);
    const std::string good = f.read(file);
    f.write(file, mutated(good));
    loads(f);
    f.write(file, good);
  }));
}

TEST_CASE("mutations of the shipped file end in settings or findings") {
  folder f;
  std::ifstream in{std::string{BULKHEAD_SOURCE_DIR} + "/config/bulkhead.yaml", std::ios::binary};
  const std::string good{std::istreambuf_iterator<char>{in}, {}};
  REQUIRE(good.size() > 1000);
  CHECK(rc::check([&] {
    f.write("config/bulkhead.yaml", mutated(good));
    loads(f);
  }));
}

TEST_CASE("random variables and command line keys end in settings or findings") {
  folder f;
  CHECK(rc::check([&](const std::string& name, const std::string& text) {
    const std::string prefix =
        *rc::gen::element<std::string>("", "FEED__", "TRADING__", "TRADING__PAPER__", "trading.");
    f.request.environment = {{prefix + name, text}, {"ACTIVE_BROKERS", text}};
    f.request.overrides = {{prefix + name, text}};
    loads(f);
  }));
}

TEST_CASE("nesting without end is refused, not followed") {
  folder f;
  for (const std::string& piece : {std::string{"["}, std::string{"{a: "}, std::string{"- "}, std::string{"? "}}) {
    std::string deep;
    for (int i = 0; i < 20'000; ++i) deep += piece;
    f.write("config/bulkhead.yaml", deep);
    INFO(piece);
    const load_result result = f.load();
    CHECK_FALSE(result.findings.empty());
  }
}

}  // namespace bulkhead::config
