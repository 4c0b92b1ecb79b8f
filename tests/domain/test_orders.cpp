#include "runtime/domain/orders.hpp"

#include <sstream>

#include <doctest/doctest.h>

using namespace bulkhead;

namespace {

constexpr order_status statuses[] = {
    order_status::submitted,      order_status::open,    order_status::partially_filled,
    order_status::pending_cancel, order_status::unknown, order_status::filled,
    order_status::cancelled,      order_status::expired, order_status::rejected};
constexpr order_trigger triggers[] = {
    order_trigger::accept, order_trigger::partial_fill, order_trigger::final_fill, order_trigger::cancel_requested,
    order_trigger::cancel, order_trigger::expire,       order_trigger::reject,     order_trigger::lose_answer};

// The specification, once more and by name: "-" is illegal.
const char* const expected = R"(
from             accept           partial_fill     final_fill cancel_requested cancel    expire  reject   lose_answer
submitted        open             partially_filled filled     pending_cancel   cancelled expired rejected unknown
open             -                partially_filled filled     pending_cancel   cancelled expired rejected -
partially_filled partially_filled partially_filled filled     pending_cancel   cancelled expired -        -
pending_cancel   pending_cancel   pending_cancel   filled     -                cancelled expired rejected unknown
unknown          open             partially_filled filled     -                cancelled expired rejected -
filled           -                -                -          -                -         -       -        -
cancelled        -                -                -          -                -         -       -        -
expired          -                -                -          -                -         -       -        -
rejected         -                -                -          -                -         -       -        -
)";

}  // namespace

TEST_CASE("every status answers every trigger as the table says") {
  std::istringstream in{expected};
  std::string word;
  in >> word;
  for (const order_trigger t : triggers) {
    in >> word;
    REQUIRE(word == to_string(t));
  }
  for (const order_status from : statuses) {
    in >> word;
    REQUIRE(word == to_string(from));
    for (const order_trigger t : triggers) {
      in >> word;
      const auto to = next_status(from, t);
      CAPTURE(to_string(from));
      CAPTURE(to_string(t));
      CHECK((to ? std::string{to_string(*to)} : "-") == word);
    }
  }
}

TEST_CASE("an ended order stays ended") {
  int terminal = 0;
  for (const order_status from : statuses) {
    if (!is_terminal(from)) continue;
    ++terminal;
    for (const order_trigger t : triggers) CHECK_FALSE(next_status(from, t));
  }
  CHECK(terminal == 4);
}

TEST_CASE("every order that works can end by a fill, a cancel and its expiry") {
  for (const order_status from : statuses) {
    if (is_terminal(from)) continue;
    CHECK(next_status(from, order_trigger::final_fill) == order_status::filled);
    CHECK(next_status(from, order_trigger::cancel) == order_status::cancelled);
    CHECK(next_status(from, order_trigger::expire) == order_status::expired);
  }
}

TEST_CASE("a stop has a trigger and an SL a limit besides") {
  CHECK(has_limit(order_type::limit));
  CHECK(has_limit(order_type::stop_limit));
  CHECK_FALSE(has_limit(order_type::market));
  CHECK_FALSE(has_limit(order_type::stop_market));
  CHECK(has_trigger(order_type::stop_limit));
  CHECK(has_trigger(order_type::stop_market));
  CHECK_FALSE(has_trigger(order_type::market));
  CHECK_FALSE(has_trigger(order_type::limit));
}

TEST_CASE("words on the wire are the market's") {
  CHECK(to_string(side::buy) == "BUY");
  CHECK(to_string(side::sell) == "SELL");
  CHECK(to_string(order_type::market) == "MARKET");
  CHECK(to_string(order_type::limit) == "LIMIT");
  CHECK(to_string(order_type::stop_limit) == "SL");
  CHECK(to_string(order_type::stop_market) == "SL-M");
  CHECK(to_string(validity::day) == "DAY");
  CHECK(to_string(validity::ioc) == "IOC");
  CHECK(to_string(product::mis) == "MIS");
  CHECK(to_string(product::cnc) == "CNC");
  CHECK(to_string(product::nrml) == "NRML");
  CHECK(to_string(signal_action::entry) == "ENTRY");
  CHECK(to_string(signal_action::exit) == "EXIT");
  CHECK(to_string(signal_action::cancel) == "CANCEL");
  CHECK(to_string(signal_action::modify) == "MODIFY");
  CHECK(to_string(order_origin::signal) == "signal");
  CHECK(to_string(order_origin::bracket) == "bracket");
  CHECK(to_string(order_origin::square_off) == "square_off");
  CHECK(to_string(order_origin::safety) == "safety");
}
