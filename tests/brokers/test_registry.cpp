#include "runtime/brokers/registry.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace bulkhead;

TEST_CASE("the registry names every kind of broker") { CHECK(kinds() == std::vector<std::string>{"paper", "zerodha"}); }

TEST_CASE("a kind that does not exist is not found") {
  CHECK(find_kind("") == nullptr);
  CHECK(find_kind("Paper") == nullptr);
  CHECK(find_kind("paper2") == nullptr);
}

TEST_CASE("paper places orders, by a client of its own for each broker") {
  const broker_kind* paper = find_kind("paper");
  REQUIRE(paper != nullptr);
  CHECK(paper->can_place);
  const instrument_table none;
  const trading_session session;
  const client_hooks hooks;
  const broker_id id{"paper"};
  const client_request request{id, {}, {}, session, none, hooks};
  const auto one = paper->make(request);
  const auto two = paper->make(request);
  REQUIRE(one != nullptr);
  REQUIRE(two != nullptr);
  CHECK(one != two);
  CHECK(one->clock() == venue_clock::feed);
}

TEST_CASE("zerodha has a clock of its own") {
  const broker_kind* zerodha = find_kind("zerodha");
  REQUIRE(zerodha != nullptr);
  CHECK(zerodha->can_place);
  CHECK(zerodha->clock == venue_clock::own);
}

TEST_CASE("every kind either makes a client or says why it cannot place") {
  for (const std::string& name : kinds()) {
    const broker_kind* kind = find_kind(name);
    REQUIRE(kind != nullptr);
    CHECK(kind->name == name);
    CHECK(kind->can_place == static_cast<bool>(kind->make));
    CHECK(kind->can_place == kind->why_not.empty());
  }
}
