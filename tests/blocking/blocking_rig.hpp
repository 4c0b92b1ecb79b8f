#pragma once
// A venue whose calls hang, or do not leave, on demand, behind the blocking client. Nothing waits for a time: only for
// what must come.
#include "runtime/blocking/blocking_client.hpp"
#include "support/order_fixtures.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace bulkhead::test {

using kind = broker_update::kind;
using std::chrono::milliseconds;

/// What happened, in order. Thread-safe; await() ends a hang after half a minute.
class record {
 public:
  void add(std::string line) {
    const std::scoped_lock lock{guard_};
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }
  [[nodiscard]] bool await(const std::string& line, std::size_t times = 1) {
    std::unique_lock lock{guard_};
    return changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return count_of(line) >= times; });
  }
  [[nodiscard]] std::size_t count(const std::string& line) {
    const std::scoped_lock lock{guard_};
    return count_of(line);
  }
  [[nodiscard]] std::vector<std::string> lines() {
    const std::scoped_lock lock{guard_};
    return lines_;
  }

 private:
  [[nodiscard]] std::size_t count_of(const std::string& line) const {
    return static_cast<std::size_t>(std::ranges::count(lines_, line));
  }
  std::mutex guard_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

/// Accepts everything; a call about an id in `hanging` waits until it is freed. While it is away no placement leaves.
class test_venue final : public blocking_venue {
 public:
  std::vector<broker_update> submit(const order& o) override {
    enter("submit", o);
    if (is_away) throw venue_unreached("no connection");
    return {{.what = kind::accepted,
             .client_order_id = o.request.client_order_id,
             .broker_order_id = broker_order_id{"V" + o.request.client_order_id.str()}}};
  }
  std::vector<broker_update> cancel(const order& o) override {
    enter("cancel", o);
    return {{.what = kind::cancelled, .client_order_id = o.request.client_order_id, .reason = "cancel requested"}};
  }
  std::vector<broker_update> modify(const order& o) override {
    enter("modify", o);
    return {{.what = kind::modified, .client_order_id = o.request.client_order_id, .terms = *o.asked_terms}};
  }
  std::vector<broker_update> book(std::span<const order> live) override {
    std::vector<broker_update> found;
    for (const order& o : live) {
      enter("book", o);
      found.push_back({.what = kind::accepted,
                       .client_order_id = o.request.client_order_id,
                       .broker_order_id = broker_order_id{"V" + o.request.client_order_id.str()}});
    }
    return found;
  }

  void hang(const std::string& id) {
    const std::scoped_lock lock{guard_};
    hanging_.insert(id);
  }
  void free(const std::string& id) {
    const std::scoped_lock lock{guard_};
    hanging_.erase(id);
    freed_.notify_all();
  }
  void free_all() {
    const std::scoped_lock lock{guard_};
    hanging_.clear();
    freed_.notify_all();
  }
  void give_up(const order& o) override { seen.add("give up " + o.request.client_order_id.str()); }
  std::atomic<bool> is_away{false};
  record seen;

 private:
  void enter(const std::string& what, const order& o) {
    const std::string id = o.request.client_order_id.str();
    seen.add(what + " " + id);
    if (id.starts_with("no")) throw venue_refused("no funds");
    if (id.starts_with("lost")) throw std::runtime_error("HTTP 504");
    std::unique_lock lock{guard_};
    freed_.wait(lock, [&] { return !hanging_.contains(id); });
  }
  std::mutex guard_;
  std::condition_variable freed_;
  std::set<std::string> hanging_;
};

inline std::string line_of(const broker_update& u) {
  const char* names[] = {"accepted",  "triggered", "filled",   "modified",   "modify_rejected",
                         "cancelled", "expired",   "rejected", "answer_lost"};
  return std::string{names[static_cast<int>(u.what)]} + " " + u.client_order_id.str() +
         (u.reason.empty() ? "" : ": " + u.reason);
}

struct blocking_rig {
  explicit blocking_rig(milliseconds deadline = std::chrono::minutes{10}, std::size_t queue = 256,
                        std::size_t threads = 8) {
    settings.calls.deadline = deadline;
    settings.calls.queue = queue;
    settings.calls.budget = std::make_shared<thread_budget>(threads);
    settings.first_retry = milliseconds{1};
    settings.longest_retry = milliseconds{20};
    settings.notice = [told = told](const std::string& text) { told->add("notice " + text); };
  }
  ~blocking_rig() { venue->free_all(); }
  blocking_rig(const blocking_rig&) = delete;
  blocking_rig& operator=(const blocking_rig&) = delete;

  blocking_client& client() {
    if (!client_) {
      client_ = std::make_unique<blocking_client>(venue, settings);
      client_->report_to([told = told](const std::vector<broker_update>& updates) {
        for (const broker_update& u : updates) {
          told->add(line_of(u));
          if (u.never_sent) told->add("never sent " + u.client_order_id.str());
        }
      });
    }
    return *client_;
  }
  void destroy() { client_.reset(); }

  std::shared_ptr<test_venue> venue = std::make_shared<test_venue>();
  std::shared_ptr<record> told = std::make_shared<record>();
  blocking_client_settings settings;

 private:
  std::unique_ptr<blocking_client> client_;
};

inline order entry(const char* id) { return submitted(market(id), 1); }
inline order exit_of(const char* id) {
  order o = submitted(market(id, side::sell), 1);
  o.request.reduces = true;
  return o;
}

}  // namespace bulkhead::test
