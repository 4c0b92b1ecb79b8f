// The client of a Zerodha account as the trader has it: logins that come and go, the rate budget, cancels that last,
// updates that come unasked.
#include "runtime/brokers/zerodha/request_pacer.hpp"
#include "zerodha/client_rig.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;
using rig = client_rig;

TEST_CASE("without a key that can be read orders are refused for certain, and count again once it can") {
  rig r;
  std::filesystem::remove(r.settings.api_key_file);
  r.log_in();
  r.start();
  r.client->submit(bought("a"));
  CHECK(r.told("a", kind::rejected).starts_with("not sent: no api_key: "));
  CHECK(r.line("login").starts_with("no api_key: "));
  write_secret_file(r.settings.api_key_file, "testkey");
  r.client->submit(bought("b"));
  CHECK(r.told("b", kind::accepted).empty());
  CHECK(r.line("login").starts_with("valid until "));
}

TEST_CASE("a login counts from the moment in which it is there, without a restart") {
  rig r;
  r.start();
  r.client->submit(bought("a"));
  CHECK(r.told("a", kind::rejected) ==
        "not sent: nobody is logged in: no file " + r.settings.session_file.string() + "; run: bulkhead login zerodha");
  CHECK(r.kite.count(http_method::post) == 0);
  r.log_in();
  r.client->submit(bought("b"));
  CHECK(r.told("b", kind::accepted).empty());
}

TEST_CASE("when Kite says that the session is over nothing more is sent, until the next login") {
  rig r;
  r.log_in("old");
  r.start();
  r.kite.spoil([](const http_request& q) -> std::optional<http_result> {
    if (q.headers.at(1).ends_with(":old")) return answer(403, error_body("TokenException", "Token is invalid"));
    return std::nullopt;
  });
  REQUIRE(r.kite.await([&] { return r.account->session().is_refused(); }));  // a read of the book brings it
  r.client->submit(bought("b"));
  CHECK(r.told("b", kind::rejected).starts_with("not sent: Kite says that the session is over"));
  CHECK(r.kite.count(http_method::post) == 0);
  CHECK(r.line("login") == session_over);
  r.log_in("new");
  r.client->submit(bought("c"));
  CHECK(r.told("c", kind::accepted).empty());
}

TEST_CASE("a cancel that Kite refuses while the order is being processed is asked for until it is done") {
  rig r;
  r.log_in();
  r.start();
  const auto refusals = std::make_shared<std::atomic<int>>(0);
  r.kite.spoil([refusals](const http_request& q) -> std::optional<http_result> {
    if (q.method == http_method::remove && ++*refusals <= 2) return being_processed();
    return std::nullopt;
  });
  const order o = bought("a");
  r.client->submit(o);
  CHECK(r.told("a", kind::accepted).empty());
  r.client->cancel(o);
  CHECK(r.told("a", kind::cancelled) == "CANCELLED");
  CHECK(*refusals == 3);
}

TEST_CASE("a cancel of an order whose answer was lost waits for the book, and is not lost") {
  rig r;
  r.log_in();
  r.start();
  r.kite.spoil([](const http_request& q) -> std::optional<http_result> {
    if (q.method == http_method::get) return answer(503, "<html>");
    return std::nullopt;
  });
  r.kite.lose_next_placement();
  const order o = bought("a");
  r.client->submit(o);
  CHECK(r.told("a", kind::answer_lost) == "timed out");
  r.client->cancel(o);
  CHECK(r.noticed("cancel a: not sent yet"));
  r.kite.spoil(nullptr);
  CHECK(r.told("a", kind::cancelled) == "CANCELLED");
  CHECK(r.kite.count(http_method::post) == 1);
}

TEST_CASE("entries beyond their share are refused for certain, cancels still pass") {
  rig r;
  r.settings.orders_per_minute = 5;
  r.log_in();
  r.start();
  for (int i = 0; i < 8; ++i) r.client->submit(bought(fmt::format("a{}", i).c_str()));
  std::size_t accepted = 0;
  std::vector<std::string> refused;
  REQUIRE(r.kite.await([&] {
    const std::scoped_lock lock{r.guard};
    accepted = static_cast<std::size_t>(std::ranges::count(r.updates, kind::accepted, &broker_update::what));
    refused.clear();
    for (const broker_update& u : r.updates) {
      if (u.what == kind::rejected) refused.push_back(u.reason);
    }
    return accepted + refused.size() == 8;
  }));
  CHECK(accepted == 4);
  for (const std::string& why : refused) CHECK(why.starts_with("not sent: rate budget: the requests of a minute"));
  CHECK(r.kite.count(http_method::post) == 4);
  const auto first = r.kite.rows().at(0);
  r.client->cancel(bought(first.tag.c_str()));
  CHECK(r.told(first.tag.c_str(), kind::cancelled) == "CANCELLED");
  CHECK(r.line("order requests").find("5 of 5 in this minute, 4 of 5000 today") != std::string::npos);
}

TEST_CASE("before the account was compared with the journal entries are refused, and exits wait for that") {
  rig r;
  const auto is_compared = std::make_shared<std::atomic<bool>>(false);
  r.hooks.is_compared = [is_compared] { return is_compared->load(); };
  r.log_in();
  r.start();
  order exit = bought("exit");
  exit.request.reduces = true;
  r.client->submit(exit);
  r.client->submit(bought("entry"));
  CHECK(r.told("entry", kind::rejected) ==
        "not sent: Zerodha's book has not been compared with the journal since the start");
  CHECK(r.kite.count(http_method::post) == 0);
  is_compared->store(true);
  CHECK(r.told("exit", kind::accepted) != "never told");
  CHECK(r.kite.count(http_method::post) == 1);
}

TEST_CASE("of three hundred entries at once no second at the venue sees more than ten, and each is answered") {
  rig r;
  r.log_in();
  const auto arrivals = std::make_shared<std::vector<std::chrono::steady_clock::time_point>>();
  const auto one = std::make_shared<std::mutex>();
  r.kite.spoil([arrivals, one](const http_request& q) -> std::optional<http_result> {
    const std::scoped_lock lock{*one};
    if (q.method == http_method::post) arrivals->push_back(std::chrono::steady_clock::now());
    return std::nullopt;
  });
  r.start();
  for (int i = 0; i < 300; ++i) r.client->submit(bought(fmt::format("a{}", i).c_str()));
  std::size_t accepted = 0;
  REQUIRE(r.kite.await([&] {
    const std::scoped_lock lock{r.guard};
    accepted = static_cast<std::size_t>(std::ranges::count(r.updates, kind::accepted, &broker_update::what));
    return accepted + static_cast<std::size_t>(std::ranges::count(r.updates, kind::rejected, &broker_update::what)) ==
           300;
  }));
  CHECK(accepted >= 8);
  CHECK(accepted == r.kite.rows().size());
  const std::scoped_lock lock{r.guard, *one};
  for (const broker_update& u : r.updates) {
    if (u.what == kind::rejected) CHECK(u.reason.starts_with("not sent: "));
  }
  for (std::size_t last = 10; last < arrivals->size(); ++last) {
    CHECK((*arrivals)[last] - (*arrivals)[last - 10] > std::chrono::seconds{1});
  }
}

TEST_CASE("what the book has of today counts in the day's budget") {
  rig r;
  r.settings.orders_per_day = 5;
  r.log_in();
  for (int i = 0; i < 4; ++i) {
    (void)r.kite.call()({.method = http_method::post, .body = fmt::format("tag=byhand{}", i)});
  }
  r.start();
  REQUIRE(r.kite.await([&] { return r.line("order requests").ends_with("4 of 5 today"); }));
  CHECK(r.line("orders at Zerodha") == "0 live, 0 of them unknown, 4 foreign (never touched)");
  r.client->submit(bought("a"));
  CHECK(r.told("a", kind::rejected).starts_with("not sent: rate budget: the requests of a day are used up"));
  order exit = bought("b");
  exit.request.reduces = true;
  r.client->submit(exit);
  CHECK(r.told("b", kind::accepted).empty());
}

TEST_CASE("after a throttle entries wait for the venue") {
  rig r;
  r.log_in();
  r.start();
  struct post_times {
    std::mutex guard;
    std::vector<request_pacer::ms> all;
  };
  const auto posts = std::make_shared<post_times>();
  r.kite.spoil([posts](const http_request& q) -> std::optional<http_result> {
    if (q.method != http_method::post) return std::nullopt;
    const std::scoped_lock lock{posts->guard};
    posts->all.push_back(request_pacer::steady_now());
    return answer(429, error_body("NetworkException", "Too many requests"));
  });
  r.client->submit(bought("a"));
  CHECK(r.told("a", kind::answer_lost).starts_with("Too many requests"));
  r.client->submit(bought("b"));
  // It gives up before the venue is asked again; only where this machine stalled until then does it leave.
  REQUIRE(r.kite.await([&] {
    const std::scoped_lock lock{r.guard};
    return std::ranges::any_of(r.updates, [](const broker_update& u) { return u.client_order_id.str() == "b"; });
  }));
  const std::scoped_lock lock{posts->guard};
  if (posts->all.size() == 1) {
    CHECK(r.told("b", kind::rejected).starts_with("not sent: rate budget: throttled by the venue"));
  } else {
    CHECK(posts->all.at(1) - posts->all.at(0) >= rate_budget::least_back_off - request_pacer::ms{1});
  }
}

TEST_CASE("a budget is the account's: a client after a restart has no new one") {
  rig r;
  r.settings.orders_per_minute = 5;
  r.log_in();
  r.start();
  for (const char* id : {"a", "b", "c", "d"}) {
    r.client->submit(bought(id));
    CHECK(r.told(id, kind::accepted).empty());
  }
  r.start();
  r.client->submit(bought("e"));
  CHECK(r.told("e", kind::rejected).starts_with("not sent: rate budget"));
}

TEST_CASE("the owner's word on market protection travels, and 0 lets Kite decide") {
  for (const auto& [bps, text] : {std::pair{0, "-1"}, std::pair{150, "1.50"}}) {
    rig r;
    r.settings.market_protection_bps = bps;
    r.log_in();
    r.start();
    r.client->submit(submitted(market("a"), 1));
    CHECK(r.told("a", kind::accepted).empty());
    CHECK(r.kite.rows().at(0).protection == text);
  }
}

TEST_CASE("a postback is believed with its checksum alone, and acts once however often it comes") {
  rig r;
  r.settings.poll_ms = 600'000;  // nothing but the postback tells
  r.log_in();
  r.start();
  r.client->submit(bought("a"));
  CHECK(r.told("a", kind::accepted).empty());
  const std::string sum = sha256_hex({"K1", "2022-01-03 09:20:00", "testsecret"});
  const auto body = [](const std::string& checksum) {
    return fake_kite::json_of({"K1", "a", "CANCELLED"}, R"(,"checksum":")" + checksum + "\"");
  };
  order_updates& in = r.account->updates();
  CHECK(in.on_postback(body("")) == 403);
  CHECK(in.on_postback(body(std::string(64, '0'))) == 403);
  CHECK(in.on_postback("{") == 400);
  CHECK(in.on_postback(body(sum)) == 200);
  CHECK(in.on_postback(body(sum)) == 200);
  CHECK(r.told("a", kind::cancelled) == "CANCELLED");
  std::filesystem::remove(r.settings.api_secret_file);
  CHECK(in.on_postback(body(sum)) == 403);
  CHECK(r.noticed("postbacks cannot be verified"));
  const std::scoped_lock lock{r.guard};
  CHECK(std::ranges::count(r.updates, kind::cancelled, &broker_update::what) == 1);
}

TEST_CASE("a text of the socket acts like a row of the book, nonsense is told and has the book read") {
  rig r;
  r.settings.poll_ms = 600'000;
  r.log_in();
  r.start();
  r.client->submit(bought("a"));
  CHECK(r.told("a", kind::accepted).empty());
  order_updates& in = r.account->updates();
  const std::size_t reads = r.kite.count(http_method::get);
  in.on_text("{nonsense");
  CHECK(r.noticed("an order update that cannot be used"));
  CHECK(r.kite.await([&] { return r.kite.count(http_method::get) > reads; }));
  in.on_text(R"({"type":"message","data":"hello"})");
  CHECK(r.noticed("Kite says: hello"));
  in.on_text(R"({"type":"order","data":)" + fake_kite::json_of({"K1", "a", "CANCELLED"}) + "}");
  CHECK(r.told("a", kind::cancelled) == "CANCELLED");
}
