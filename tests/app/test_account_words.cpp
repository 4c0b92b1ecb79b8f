// What is said of an account from its broker's book: never flat while an order of ours may still fill.
#include "support/order_fixtures.hpp"
#include "tools/app/account_words.hpp"

#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

struct listener {
  app::account_words words;

  void hear(event_body body) { words.add({.ts = at(10, 0), .body = std::move(body)}); }
  [[nodiscard]] bool says_flat() const {
    return words.json().at("flat").get<bool>() &&
           words.summary().find("flat by the broker's book") != std::string::npos;
  }
};

const client_order_id ours{"abcdefghij234567klmn"};

account_difference difference(const char* action) {
  return {.subject = "position", .key = "NSE:NIFTY MIS", .ours = "50 held", .theirs = "0 held", .action = action};
}

}  // namespace

TEST_CASE("an account is not called flat while an order of ours has not ended, however old the statement is") {
  listener l;
  l.hear(account_reconciled{.occasion = "start"});
  CHECK(l.says_flat());
  l.hear(order_submitted{market(ours.str().c_str())});
  l.hear(account_reconciled{.occasion = "timer"});  // read before the order, judged after it
  CHECK_FALSE(l.says_flat());
  CHECK(l.words.json().at("flat") == false);
  l.hear(order_unknown{ours, "no answer"});
  l.hear(account_reconciled{.occasion = "timer"});
  CHECK(l.words.json().at("flat") == false);
  CHECK(l.words.summary().ends_with("1 order(s) of ours have not ended"));
  SUBCASE("it never arrived") { l.hear(order_rejected{ours, "absent"}); }
  SUBCASE("it was cancelled") { l.hear(order_cancelled{ours, 0, "by hand"}); }
  SUBCASE("its session ended") { l.hear(order_expired{ours, 0}); }
  l.hear(account_reconciled{.occasion = "timer"});
  CHECK(l.says_flat());
}

TEST_CASE("an order ends for the account with the last of its fills") {
  listener l;
  l.hear(order_submitted{market(ours.str().c_str())});
  l.hear(order_filled{.client_order_id = ours, .qty = 60, .remaining_qty = 40});
  l.hear(account_reconciled{.occasion = "timer"});
  CHECK_FALSE(l.says_flat());
  l.hear(order_filled{.client_order_id = ours, .qty = 40, .remaining_qty = 0});
  l.hear(account_reconciled{.occasion = "timer"});
  CHECK(l.says_flat());
}

TEST_CASE("a line of which the broker holds less is a difference, and what to do is said") {
  listener l;
  l.hear(account_reconciled{.occasion = "start"});
  l.hear(difference("stopped"));
  CHECK_FALSE(l.says_flat());
  CHECK(l.words.differences().size() == 1);
  CHECK(l.words.summary().find("trade it back there by hand") != std::string::npos);
  l.hear(difference("settled"));
  CHECK(l.words.differences().empty());
  l.hear(difference("halted"));
  CHECK(l.words.summary().find("new risk waits for brokers release") != std::string::npos);
}
