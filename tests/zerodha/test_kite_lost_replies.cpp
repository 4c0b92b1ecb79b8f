// Real HTTP against a venue that takes orders and loses its answers: every order is there once, and is found.
#include "http/raw_server.hpp"
#include "runtime/blocking/blocking_client.hpp"
#include "runtime/brokers/zerodha/kite_venue.hpp"
#include "runtime/http/http_client.hpp"
#include "support/order_fixtures.hpp"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace bulkhead;
using namespace bulkhead::test;
using kind = broker_update::kind;

namespace {

std::string field(const std::string& form, const std::string& key) {
  const auto at = form.find(key + "=");
  return at == std::string::npos ? "" : form.substr(at + key.size() + 1, form.find('&', at) - at - key.size() - 1);
}

/// Enough of Kite: takes every order, and ends the answer as the tag's first letter says.
class lossy_kite {
 public:
  lossy_kite() : server_([this](raw_connection& c) { serve(c); }) {}
  [[nodiscard]] std::string url() const { return server_.url(""); }
  [[nodiscard]] std::map<std::string, int> book() {
    const std::scoped_lock lock{guard_};
    return orders_;
  }

 private:
  void serve(raw_connection& c) {
    for (std::string r = c.request(); !r.empty(); r = c.request()) {
      if (r.starts_with("GET /orders ")) {
        c.answer(R"({"status":"success","data":[)" + rows() + "]}");
      } else if (!place(c, field(r.substr(r.find("\r\n\r\n")), "tag"))) {
        return;
      }
    }
  }
  /// False: the connection ends.
  bool place(raw_connection& c, const std::string& tag) {
    if (tag.starts_with("t")) {  // throttled: not taken
      c.answer(R"({"status":"error","error_type":"NetworkException","message":"Too many requests","data":null})",
               "HTTP/1.1 429 Too Many\r\n");
      return true;
    }
    {
      const std::scoped_lock lock{guard_};
      ++orders_[tag];
    }
    const std::string good = R"({"status":"success","data":{"order_id":"K)" + tag + "\"}}";
    if (tag.starts_with("a")) c.answer(good);
    if (tag.starts_with("h")) c.answer("<html>502</html>", "HTTP/1.1 502 Bad Gateway\r\n");
    if (tag.starts_with("c")) c.answer(good.substr(0, 20));
    if (tag.starts_with("p")) c.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + good);
    return tag.starts_with("a") || tag.starts_with("h") || tag.starts_with("c");  // "x", "p": cut
  }
  std::string rows() {
    const std::scoped_lock lock{guard_};
    std::string out;
    for (const auto& [tag, times] : orders_) {
      out += fmt::format(R"({}{{"order_id":"K{}","status":"OPEN","tag":"{}","exchange":"NSE","tradingsymbol":"NIFTY",
        "transaction_type":"BUY","quantity":100,"filled_quantity":0,"order_timestamp":"2022-01-03 09:20:00"}})",
                         out.empty() ? "" : ",", tag, tag);
    }
    return out;
  }

  std::mutex guard_;
  std::map<std::string, int> orders_;
  raw_server server_;
};

/// The reports about each order, in order. Thread-safe.
class reports {
 public:
  void add(const std::vector<broker_update>& updates) {
    const std::scoped_lock lock{guard_};
    for (const broker_update& u : updates) seen_[u.client_order_id.str()].push_back(u.what);
    changed_.notify_all();
  }
  [[nodiscard]] std::vector<kind> await(const std::string& id) {
    std::unique_lock lock{guard_};
    changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return !seen_[id].empty(); });
    return seen_[id];
  }

 private:
  std::mutex guard_;
  std::condition_variable changed_;
  std::map<std::string, std::vector<kind>> seen_;
};

}  // namespace

TEST_CASE("orders whose answers are lost in any way are at the venue once, and its book proves each") {
  lossy_kite kite;
  http_client http{{.connect_timeout = std::chrono::seconds{30}, .total_timeout = std::chrono::seconds{30}}};
  std::atomic<std::int64_t> steady_ms{0};
  const auto venue = std::make_shared<kite_venue>(
      kite_rest{[&](const http_request& r) { return http.perform(r); },
                {.base_url = kite.url(),
                 .credentials =
                     [] { return kite_credentials{.api_key = "k", .access_token = secret_text{std::string{"t"}}}; }}},
      kite_venue_settings{.orders = {.market_protection_bps = 200},
                          .now =
                              [&] {
                                return kite_read_time{std::chrono::milliseconds{steady_ms.load()}, at(10, 0)};
                              }},
      instruments());
  reports told;
  blocking_client_settings settings;
  settings.calls.deadline = std::chrono::minutes{10};
  blocking_client client{venue, settings};
  client.report_to([&](const std::vector<broker_update>& updates) { told.add(updates); });

  std::vector<order> live;
  for (int i = 0; i < 5; ++i) {
    for (const char* how : {"a", "h", "c", "p", "x", "t"}) {
      live.push_back(submitted(market((how + std::to_string(i)).c_str()), 1, live.size() + 1));
      client.submit(live.back());
      client.submit(live.back());
    }
  }
  for (order& o : live) {
    const std::string id = o.request.client_order_id.str();
    CAPTURE(id);
    const kind first = told.await(id).front();
    CHECK(first == (id.starts_with("a") ? kind::accepted : kind::answer_lost));
    if (first == kind::answer_lost) o.status = order_status::unknown;
  }
  const auto book = kite.book();
  CHECK(book.size() == 25);
  for (const auto& [tag, times] : book) CHECK_MESSAGE(times == 1, tag);

  std::map<std::string, kind> proved;
  for (const std::int64_t now : {0, 15'000, 20'000}) {
    steady_ms = now;
    for (const broker_update& u : venue->book(live)) proved[u.client_order_id.str()] = u.what;
  }
  CHECK(proved.size() == 25);
  for (const auto& [id, what] : proved) {
    CAPTURE(id);
    CHECK(what == (id.starts_with("t") ? kind::rejected : kind::accepted));
  }
  CHECK(kite.book() == book);
}
