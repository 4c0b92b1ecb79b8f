// The thread that reads the account: what it reads, in which order it speaks, and what it keeps to itself.
#include "runtime/brokers/zerodha/account_watch.hpp"
#include "support/order_fixtures.hpp"
#include "zerodha/kite_samples.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

/// Kite with one order; what the watch says of it is written down.
class account : public std::enable_shared_from_this<account> {
 public:
  kite_rest rest() {
    return {[me = shared_from_this()](const http_request& r) { return me->answer_to(r.url); }, {.credentials = [] {
              return kite_credentials{.api_key = "key", .access_token = secret_text{std::string{"token"}}};
            }}};
  }
  std::shared_ptr<kite_venue> venue() {
    kite_venue_settings s;
    s.now = [] { return kite_read_time{std::chrono::milliseconds{0}, at(10, 0)}; };
    return std::make_shared<kite_venue>(rest(), std::move(s), instruments());
  }
  account_watch_settings settings() {
    account_watch_settings s;
    s.every = std::chrono::hours{1};
    s.spacing = s.retry = std::chrono::milliseconds{1};
    s.event_time = [] { return at(10, 1); };
    s.report = [me = shared_from_this()](const std::vector<broker_update>&) { me->say("report"); };
    s.state = [me = shared_from_this()](const account_statement& st) { me->say("state " + st.occasion); };
    s.notice = [me = shared_from_this()](const std::string& text) { me->say("notice " + text); };
    return s;
  }
  void say(const std::string& text) {
    const std::scoped_lock lock{guard_};
    said_.push_back(text);
    heard_.notify_all();
  }
  /// Waits until so much was said; half a minute is a hang.
  std::vector<std::string> said(std::size_t count) {
    std::unique_lock lock{guard_};
    heard_.wait_for(lock, std::chrono::seconds{30}, [&] { return said_.size() >= count; });
    return said_;
  }

  std::atomic<bool> moves = false;       ///< the book is another one at every read
  std::atomic<bool> has_margins = true;  ///< else that one request fails

 private:
  http_result answer_to(const std::string& url) {
    std::string data = "[]";
    if (url.ends_with("/orders")) {
      const int filled = moves ? reads_++ % 100 : 0;
      data = R"([{"order_id":"K1","status":"OPEN","tag":"abcdefghij234567klmn","exchange":"NSE","tradingsymbol":"NIFTY",
        "transaction_type":"BUY","product":"MIS","quantity":100,"filled_quantity":)" +
             std::to_string(filled) + R"(,"price":0}])";
    }
    if (url.ends_with("/positions")) data = R"({"net":[],"day":[]})";
    if (url.ends_with("/margins") && !has_margins) {
      return answer(502, R"({"status":"error","message":"no OMS","error_type":"DataException","data":null})");
    }
    if (url.ends_with("/margins")) data = R"({"equity":{"enabled":true,"net":5,"available":{"cash":5},"utilised":{}}})";
    return answer(200, R"({"status":"success","data":)" + data + "}");
  }

  std::mutex guard_;
  std::condition_variable heard_;
  std::vector<std::string> said_;
  std::atomic<int> reads_ = 0;
};

}  // namespace

TEST_CASE("an account is read twice at the start, and twice when somebody asks") {
  const auto a = std::make_shared<account>();
  account_watch watch{a->rest(), a->venue(), a->settings()};
  watch.begin();
  CHECK(a->said(2) == std::vector<std::string>{"state start", "state start"});
  watch.reconcile_soon();
  CHECK(a->said(4).back() == "state reconnect");
}

TEST_CASE("an account that moves while it is read is not stated, and that is said once") {
  const auto a = std::make_shared<account>();
  a->moves = true;
  account_watch watch{a->rest(), a->venue(), a->settings()};
  watch.begin();
  CHECK(a->said(1).at(0) == "notice the account is not settled: the order book changed while the account was read");
  a->moves = false;
  const auto said = a->said(3);
  CHECK(std::ranges::count(said, "state start") == 2);
  CHECK(std::ranges::count_if(said, [](const auto& s) { return s.starts_with("notice"); }) == 1);
}

TEST_CASE("an account whose margins cannot be read is stated all the same, and that is said once") {
  const auto a = std::make_shared<account>();
  a->has_margins = false;
  account_watch watch{a->rest(), a->venue(), a->settings()};
  watch.begin();
  const auto said = a->said(3);
  CHECK(std::ranges::count(said, "state start") == 2);
  CHECK(std::ranges::count_if(said, [](const auto& s) {
          return s.starts_with("notice the account's margins: ") &&
                 s.ends_with("; the account is compared without them");
        }) == 1);
}

TEST_CASE("an account that is not compared for too long is said again and again, and shown until it is") {
  const auto a = std::make_shared<account>();
  a->moves = true;
  account_watch_settings s = a->settings();
  s.silent_after = std::chrono::milliseconds{5};
  s.every = std::chrono::milliseconds{20};  // the longest pause between two tries
  account_watch watch{a->rest(), a->venue(), std::move(s)};
  watch.begin();
  const auto said = a->said(3);
  CHECK(std::ranges::count_if(said, [](const auto& text) {
          return text.starts_with("notice THE ACCOUNT WAS NOT COMPARED for ") &&
                 text.ends_with("the order book changed while the account was read");
        }) >= 2);
  CHECK(watch.now().is_silent);
  CHECK_FALSE(watch.now().has_stated);
  CHECK(watch.text()().starts_with("NOT COMPARED FOR TOO LONG: not read whole yet, "));
  a->moves = false;
  const auto is_stated = [&] { return std::ranges::count(a->said(0), "state start") > 0; };
  for (std::size_t more = said.size(); !is_stated(); ++more) a->said(more + 1);
  while (!watch.now().has_stated) std::this_thread::yield();
  CHECK(watch.now().trouble.empty());
}
