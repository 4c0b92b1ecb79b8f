#pragma once
// A little Kite Connect behind an http_call: an order book, and answers that a test spoils.
#include "runtime/brokers/zerodha/kite_json.hpp"
#include "runtime/http/http_message.hpp"
#include "zerodha/kite_samples.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace bulkhead::test {

/// Thread-safe. Orders stay OPEN until a cancel is taken.
class fake_kite {
 public:
  struct row {
    std::string id, tag, status = "OPEN", protection;
  };

  [[nodiscard]] http_call call() {
    return [this](const http_request& r) { return answer(r); };
  }

  /// Asked before each request; an answer of its own stands in for the request, which has then no effect.
  void spoil(std::function<std::optional<http_result>(const http_request&)> with) {
    const std::scoped_lock lock{guard_};
    spoil_ = std::move(with);
  }
  /// The next placement takes effect, and its answer is lost.
  void lose_next_placement() {
    const std::scoped_lock lock{guard_};
    lose_ = true;
  }
  [[nodiscard]] std::size_t count(http_method method) {
    const std::scoped_lock lock{guard_};
    return counts_[method];
  }
  [[nodiscard]] std::vector<row> rows() {
    const std::scoped_lock lock{guard_};
    return rows_;
  }
  /// False: it did not come true within half a minute.
  bool await(const std::function<bool()>& come_true) {
    for (int i = 0; i < 3'000; ++i) {
      if (come_true()) return true;
      std::unique_lock lock{guard_};
      changed_.wait_for(lock, std::chrono::milliseconds{10});
    }
    return false;
  }

  [[nodiscard]] static std::string json_of(const row& o, const std::string& more = {}) {
    return fmt::format(R"({{"order_id":"{}","status":"{}","tag":"{}","exchange":"NSE","tradingsymbol":"NIFTY",
      "transaction_type":"BUY","quantity":100,"filled_quantity":0,"price":100,
      "order_timestamp":"2022-01-03 09:20:00"{}}})",
                       o.id, o.status, o.tag, more);
  }

 private:
  static http_result ok(const std::string& data) {
    return test::answer(200, R"({"status":"success","data":)" + data + "}");
  }

  static std::string field(const std::string& form, const std::string& name) {
    const auto at = ("&" + form).find("&" + name + "=");
    if (at == std::string::npos) return "";
    const auto from = at + name.size() + 1;
    return form.substr(from, form.find('&', from) - from);
  }

  http_result answer(const http_request& r) {
    std::function<std::optional<http_result>(const http_request&)> spoil;
    {
      const std::scoped_lock lock{guard_};
      spoil = spoil_;
    }
    if (spoil) {
      if (auto instead = spoil(r)) {
        const std::scoped_lock lock{guard_};
        ++counts_[r.method];
        changed_.notify_all();
        return std::move(*instead);
      }
    }
    const std::scoped_lock lock{guard_};
    ++counts_[r.method];
    changed_.notify_all();
    if (r.method == http_method::post) {
      rows_.push_back(
          {fmt::format("K{}", rows_.size() + 1), field(r.body, "tag"), "OPEN", field(r.body, "market_protection")});
      if (std::exchange(lose_, false)) return {.delivery = http_delivery::maybe_sent, .error = "timed out"};
      return ok(fmt::format(R"({{"order_id":"{}"}})", rows_.back().id));
    }
    const std::string id = r.url.substr(r.url.rfind('/') + 1);
    if (r.method == http_method::remove) {
      for (row& o : rows_) {
        if (o.id == id) o.status = "CANCELLED";
      }
      return ok(fmt::format(R"({{"order_id":"{}"}})", id));
    }
    if (id == "positions") return ok(R"({"net":[],"day":[]})");
    if (id != "orders") return ok("[]");
    std::string all;
    for (const row& o : rows_) all += (all.empty() ? "" : ",") + json_of(o);
    return ok("[" + all + "]");
  }

  std::mutex guard_;
  std::condition_variable changed_;
  std::function<std::optional<http_result>(const http_request&)> spoil_;
  bool lose_ = false;
  std::map<http_method, std::size_t> counts_;
  std::vector<row> rows_;
};

}  // namespace bulkhead::test
