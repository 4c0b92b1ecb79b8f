#include "tools/kite_sim/core/simulator.hpp"

#include "kite_sim/kite_fixture.hpp"
#include "tools/kite_sim/core/kite_text.hpp"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::kite_sim;
using namespace bulkhead::kite_sim::test;
using nlohmann::json;

namespace {

/// A simulator with one app, at 09:15 with INFY at 100, and a client that has logged in.
class desk {
 public:
  explicit desk(simulator_settings settings = usual()) : listed(small_listing()), sim(listed, settings) {
    REQUIRE(sim.add_app({"testkey", "testsecret", "AB1234", "http://127.0.0.1:1/back", ""},
                        money{1'000'000 * money_scale}));
    move(at(9, 15), 100.0);
    log_in();
  }
  static simulator_settings usual() {
    simulator_settings s;
    s.rates = {0, 0, 0, 0, 0, 0};
    return s;
  }

  void move(timestamp when, double last) {
    const tick one{.instrument = infy, .last = rs(last)};
    sim.venue().on_frame({++seq, when, frame_kind::ticks, {&one, 1}}, wall);
  }
  void log_in() {
    const std::string to =
        sim.handle({"POST", "/connect/login", "", "api_key=testkey&redirect_params=a%3Db"}, wall).location;
    CHECK(to.starts_with("http://127.0.0.1:1/back?action=login"));
    CHECK(to.ends_with("&a=b"));
    const std::size_t begin = to.find("request_token=") + 14;
    const std::string request_token = to.substr(begin, to.find('&', begin) - begin);
    const std::string sum = sha256_hex("testkey" + request_token + "testsecret");
    const json session = data(sim.handle(
        {"POST", "/session/token", "", "api_key=testkey&request_token=" + request_token + "&checksum=" + sum}, wall));
    CHECK(session.at("login_time") == kite_time(wall));
    header = "token testkey:" + session.at("access_token").get<std::string>();
  }

  http_reply ask(const std::string& method, const std::string& target, const std::string& body = {}) {
    return sim.handle({method, target, header, body}, wall);
  }
  static json data(const http_reply& reply) {
    CAPTURE(reply.body);
    REQUIRE(reply.status == 200);
    const json whole = json::parse(reply.body);
    REQUIRE(whole.at("status") == "success");
    return whole.at("data");
  }
  json get(const std::string& target) { return data(ask("GET", target)); }
  static std::string refusal(const http_reply& reply) {
    const json whole = json::parse(reply.body);
    CHECK(whole.at("status") == "error");
    CHECK(whole.at("data").is_null());
    return std::to_string(reply.status) + " " + whole.at("error_type").get<std::string>();
  }
  http_reply place(const std::string& more) {
    return ask("POST", "/orders/regular",
               "exchange=NSE&tradingsymbol=INFY&transaction_type=BUY&product=MIS&order_type=LIMIT&" + more);
  }
  void fault(const char* text) { (void)sim.mishaps().add(read_fault(std::string_view{text})); }

  listing listed;
  simulator sim;
  feed_seq seq = 0;
  timestamp wall{1'000'000'000'000'000'000};
  std::string header;
};

}  // namespace

TEST_CASE("kite_sim: every route refuses a wrong token, no route answers for what is not there") {
  desk d;
  for (const char* path : {"/user/profile", "/user/margins", "/orders", "/trades", "/portfolio/positions",
                           "/portfolio/holdings", "/quote?i=NSE:INFY", "/instruments/historical/408065/minute"}) {
    CHECK(desk::refusal(d.sim.handle({"GET", path, "token testkey:no", ""}, d.wall)) == "403 TokenException");
    CHECK(desk::refusal(d.sim.handle({"GET", path, "", ""}, d.wall)) == "403 TokenException");
  }
  for (const char* path :
       {"/", "/nosuch", "/user/nosuch", "/gtt/triggers", "/portfolio/nosuch", "/session/refresh_token"}) {
    CHECK(desk::refusal(d.ask("GET", path)) == "404 GeneralException");
  }
  CHECK(desk::refusal(d.ask("POST", "/trades")) == "405 GeneralException");
  CHECK(desk::refusal(d.ask("PUT", "/orders/regular")) == "405 GeneralException");
  CHECK(d.sim.handle({"GET", "/instruments", "", ""}, d.wall).type == "text/csv");  // asks for no token, as Kite
}

TEST_CASE("kite_sim: an order's way through the routes") {
  desk d;
  const std::string id = desk::data(d.place("quantity=2&price=90.00&tag=x")).at("order_id");
  CHECK(d.get("/orders").at(0).at("tag") == "x");
  CHECK(desk::data(d.ask("PUT", "/orders/regular/" + id, "quantity=3&order_id=" + id)).at("order_id") == id);
  CHECK(desk::data(d.ask("DELETE", "/orders/regular/" + id)).at("order_id") == id);
  const json history = d.get("/orders/" + id);
  CHECK(history.size() == 10);
  CHECK(history.back().at("status") == "CANCELLED");
  CHECK(history.back().at("pending_quantity") == 3);
  CHECK_FALSE(history.back().contains("guid"));
  CHECK(d.get("/orders/" + id + "/trades").empty());
  CHECK(desk::refusal(d.ask("GET", "/orders/1")) == "400 GeneralException");
  const std::string done = desk::data(d.place("quantity=2&price=100.05")).at("order_id");
  const json trade = d.get("/trades").at(0);
  CHECK(trade.at("order_id") == done);
  CHECK(trade.at("order_timestamp") == "09:15:00");
  CHECK(trade.at("fill_timestamp") == "2022-01-03 09:15:00");
}

TEST_CASE("kite_sim: the login page asks for a click and shows foreign text harmlessly") {
  desk d;
  const http_reply page =
      d.sim.handle({"GET", "/connect/login?v=3&api_key=testkey&redirect_params=%22%3E%3Cx%3E", "", ""}, d.wall);
  CHECK(page.status == 200);
  CHECK(page.body.find("<x>") == std::string::npos);
  CHECK(page.body.find("Log in as AB1234") != std::string::npos);
  CHECK(desk::refusal(d.sim.handle({"GET", "/connect/login?v=3&api_key=none", "", ""}, d.wall)) ==
        "400 InputException");
}

TEST_CASE("kite_sim: limits refuse with 429, a page of instruments has a largest size") {
  simulator_settings settings;
  settings.rates.quote_per_second = 2;
  desk d{settings};
  CHECK(d.get("/quote/ltp?i=NSE:INFY&i=408065&i=NSE:NONE").size() == 2);
  CHECK(desk::refusal(d.ask("GET", "/quote")) == "400 InputException");
  CHECK(desk::refusal(d.ask("GET", "/quote?i=NSE:INFY")) == "429 NetworkException");
}

TEST_CASE("kite_sim: candles are refused for what Kite does not give") {
  desk d;
  d.move(at(9, 16), 101.0);
  const std::string path = "/instruments/historical/408065/";
  CHECK(d.get(path + "minute?from=2022-01-03+09:15:00&to=2022-01-03+09:30:00").at("candles").size() == 2);
  CHECK(desk::refusal(d.ask("GET", path + "2minute?from=2022-01-03&to=2022-01-04")) == "400 InputException");
  CHECK(desk::refusal(d.ask("GET", path + "minute?from=2022-01-03&to=2022-06-04")) == "400 InputException");
  CHECK(desk::refusal(d.ask("GET", path + "minute?from=yesterday&to=2022-06-04")) == "400 InputException");
  CHECK(desk::refusal(d.ask("GET", "/instruments/historical/1/minute?from=2022-01-03&to=2022-01-04")) ==
        "400 InputException");
}

TEST_CASE("kite_sim: a lost reply leaves the order in the book, a lost request leaves none") {
  desk d;
  d.fault("lost_reply:count=1,method=POST");
  CHECK(d.place("quantity=1&price=90.00").end == http_reply::ending::none);
  CHECK(d.get("/orders").size() == 1);
  d.fault("lost_request:count=1,method=POST");
  CHECK(d.place("quantity=1&price=90.00").end == http_reply::ending::none);
  CHECK(d.get("/orders").size() == 1);
  d.fault("cut_reply:count=1");
  CHECK(d.place("quantity=1&price=90.00").end == http_reply::ending::half);
  CHECK(d.get("/orders").size() == 2);
  (void)d.place("quantity=1&price=90.00&tag=plain");
  const json sent = d.get("/admin/book").at("placements");
  REQUIRE(sent.size() == 4);
  CHECK(sent.at(0) == json{{"tag", ""}, {"answer", "none"}});
  CHECK(sent.at(3) == json{{"tag", "plain"}, {"answer", "200"}});
}

TEST_CASE("kite_sim: a modification that a fault refuses is answered like any other") {
  desk d;
  const std::string id = desk::data(d.place("quantity=1&price=90.00")).at("order_id");
  d.fault("refuse_modify:count=1,message=No.");
  const std::string path = "/orders/regular/" + id;
  CHECK(desk::data(d.ask("PUT", path, "price=91.00")).at("order_id") == id);
  const json history = d.get("/orders/" + id);
  CHECK(history.at(history.size() - 2).at("status") == "NOT MODIFIED");
  CHECK(history.back().at("status") == "OPEN");
  CHECK(history.back().at("status_message") == "No.");
  CHECK(history.back().at("price") == 90.0);
  CHECK(desk::data(d.ask("PUT", path, "price=91.00")).at("order_id") == id);
  CHECK(d.get("/orders/" + id).back().at("price") == 91.0);
}

TEST_CASE("kite_sim: 5xx, HTML and 429 come before the request takes effect, or after it where that is asked for") {
  desk d;
  d.fault("http_5xx:count=1");
  CHECK(desk::refusal(d.place("quantity=1&price=90.00")) == "503 NetworkException");
  d.fault("http_429:count=1");
  CHECK(desk::refusal(d.place("quantity=1&price=90.00")) == "429 NetworkException");
  d.fault("html:count=1");
  CHECK(d.place("quantity=1&price=90.00").type == "text/html; charset=utf-8");
  CHECK(d.get("/orders").empty());
  (void)d.sim.mishaps().add(read_fault(json{{"kind", "http_5xx"}, {"value", 504}, {"after", true}, {"count", 1}}));
  CHECK(d.place("quantity=1&price=90.00").status == 504);
  CHECK(d.get("/orders").size() == 1);
  d.fault("http_400:count=1");
  CHECK(desk::refusal(d.place("quantity=1&price=90.00")) == "400 OrderException");
  CHECK(d.get("/orders").size() == 1);
  d.fault("http_400:count=1,after=true");
  CHECK(d.place("quantity=1&price=90.00").body.find("Order request timed out") != std::string::npos);
  CHECK(d.get("/orders").size() == 2);
  d.fault("latency:count=1,value=250");
  CHECK(d.ask("GET", "/orders").delay_ms == 250);
}

TEST_CASE("kite_sim: a book that lags shows what was known then, and an empty one nothing") {
  desk d;
  const std::string id = desk::data(d.place("quantity=2&price=90.00")).at("order_id");
  d.wall = d.wall + seconds(5);
  (void)d.ask("DELETE", "/orders/regular/" + id);
  (void)d.place("quantity=2&price=100.05");
  d.fault("book_lag:value=3000");
  const json orders = d.get("/orders");
  REQUIRE(orders.size() == 1);
  CHECK(orders.at(0).at("status") == "OPEN");
  CHECK(d.get("/orders/" + id).size() == 4);
  CHECK(d.get("/trades").empty());
  CHECK(d.get("/portfolio/positions").at("net").empty());
  d.wall = d.wall + seconds(4);
  CHECK(d.get("/orders").size() == 2);
  CHECK(d.get("/portfolio/positions").at("net").at(0).at("quantity") == 2);
  d.fault("book_empty");
  CHECK(d.get("/orders").empty());
  CHECK(d.get("/trades").empty());
}

TEST_CASE("kite_sim: a revoked token, and one whose day is over, are refused") {
  desk d;
  d.fault("token_revoked:count=1,path=/orders");
  CHECK(d.ask("GET", "/trades").status == 200);
  CHECK(desk::refusal(d.ask("GET", "/orders")) == "403 TokenException");
  d.log_in();
  CHECK(d.ask("GET", "/orders").status == 200);
  d.sim.venue().set_time(at(6, 0, 0, 1), d.wall);
  CHECK(desk::refusal(d.ask("GET", "/orders")) == "403 TokenException");
}

TEST_CASE("kite_sim: yesterday's orders are gone from the API and kept in the whole book") {
  desk d;
  (void)d.place("quantity=2&price=100.05");
  d.move(at(9, 15, 0, 1), 101.0);
  d.sim.logins().revoke({});
  const std::string page = d.sim.handle({"POST", "/connect/login", "", "api_key=testkey"}, d.wall).location;
  const std::string request_token = page.substr(page.find("request_token=") + 14);
  const json session = desk::data(d.sim.handle({"POST", "/session/token", "",
                                                "api_key=testkey&request_token=" + request_token + "&checksum=" +
                                                    sha256_hex("testkey" + request_token + "testsecret")},
                                               d.wall));
  d.header = "token testkey:" + session.at("access_token").get<std::string>();
  CHECK(d.get("/orders").empty());
  CHECK(d.get("/trades").empty());
  CHECK(d.get("/portfolio/positions").at("net").at(0).at("overnight_quantity") == 2);
  const json book = d.get("/admin/book");
  CHECK(book.at("orders").size() == 1);
  CHECK(book.at("accounts").at("AB1234").at("cash") == "999799.90");
  CHECK(book.at("requests").at("POST /orders") == 1);
}

TEST_CASE("kite_sim: admin routes answer on loopback alone; an order by hand belongs to no app") {
  desk d;
  CHECK(desk::refusal(d.sim.handle({"GET", "/admin/book", "", "", false}, d.wall)) == "403 PermissionException");
  const json made = desk::data(d.ask("POST", "/admin/orders/regular",
                                     "user_id=AB1234&exchange=NSE&tradingsymbol=INFY&transaction_type=BUY&product=MIS&"
                                     "order_type=LIMIT&quantity=1&price=90.00"));
  CHECK(d.get("/orders").at(0).at("order_id") == made.at("order_id"));
  CHECK(d.get("/orders").at(0).at("guid").is_null());
  const json added = desk::data(d.ask("POST", "/admin/faults", R"({"kind": "latency", "value": 5})"));
  CHECK(d.get("/admin/faults").at(0).at("kind") == "latency");
  CHECK(desk::refusal(d.ask("POST", "/admin/faults", "nonsense")) == "400 InputException");
  CHECK(desk::data(d.ask("DELETE", "/admin/faults/" + std::to_string(added.at("id").get<int>()))) == true);
  CHECK(d.get("/admin/faults").empty());
}
