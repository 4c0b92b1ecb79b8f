#include "runtime/brokers/zerodha/order_watch.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace bulkhead {
namespace {

using steady = std::chrono::steady_clock;
using ms = std::chrono::milliseconds;

}  // namespace

/// Outlives its owner while a read hangs.
class order_watch::watcher : public std::enable_shared_from_this<watcher> {
 public:
  watcher(std::shared_ptr<kite_venue> venue, order_watch_settings settings)
      : venue_(std::move(venue)), settings_(std::move(settings)), report_(std::exchange(settings_.report, nullptr)) {}

  void begin() {
    std::thread{[me = shared_from_this()] { me->run(); }}.detach();
  }

  /// Lets go of whoever is reported to, also while a read hangs.
  void close() {
    broker_client::report_fn report;  // ends after the lock
    {
      const std::scoped_lock lock{guard_};
      closed_ = true;
      report.swap(report_);
    }
    wake_.notify_all();
  }

  void pushed(kite_order_row row) {
    {
      const std::scoped_lock lock{guard_};
      ++state_.pushed;
      if (rows_.size() >= max_rows) {
        state_.overflowed += rows_.size();
        rows_.clear();
        soon_ = true;
      }
      rows_.push_back(std::move(row));
    }
    wake_.notify_all();
  }

  void read_soon() {
    {
      const std::scoped_lock lock{guard_};
      soon_ = true;
    }
    wake_.notify_all();
  }

  void orders_changed() {
    {
      const std::scoped_lock lock{guard_};
      changed_ = true;
    }
    wake_.notify_all();
  }

  [[nodiscard]] state now() const {
    const std::scoped_lock lock{guard_};
    return state_;
  }

 private:
  void run() {
    steady::time_point read_began;
    steady::time_point next = steady::now();
    std::unique_lock lock{guard_};
    while (!closed_) {
      // Asked for or not, reads keep a distance: an order that is asked about in vain would have it read without end.
      const auto least = std::min(settings_.pace.poll, ms{1'000}) / 4;
      const auto due = soon_ ? std::min(next, read_began + least) : next;
      const auto until = std::min(due, cancels_at_);
      if (rows_.empty() && !changed_ && steady::now() < until) {
        wake_.wait_until(lock, until);
        continue;
      }
      changed_ = false;
      const bool must_read = steady::now() >= due;
      auto rows = std::exchange(rows_, {});
      if (must_read) soon_ = false;
      lock.unlock();
      if (!rows.empty()) attempt(said_of_pushed_, [&] { return venue_->pushed(rows); });
      if (must_read) {
        read_began = steady::now();
        read();
      }
      ask_for_cancels();
      const read_facts facts = facts_now();
      lock.lock();
      // Orders that have just come up are no reason to read at once what was read long ago.
      const auto wait = wait_until_read(settings_.pace, facts);
      next = must_read ? read_began + wait : std::min(next, steady::now() + wait);
    }
  }

  void read() {
    std::string trouble = attempt(said_of_read_, [&] { return venue_->book({}); });
    failures_ = trouble.empty() ? 0 : failures_ + 1;
    const std::scoped_lock lock{guard_};
    if (trouble.empty()) state_.read_at = steady::now();
    state_.trouble = std::move(trouble);
  }

  /// What went wrong; empty: nothing. The same trouble is said once.
  template <class Call>
  std::string attempt(std::string& said, const Call& call) {
    try {
      auto updates = call();
      if (!updates.empty()) report(std::move(updates));
      said.clear();
      return {};
    } catch (const std::exception& e) {
      if (std::exchange(said, e.what()) != e.what() && is_open()) settings_.notice(said);
      return said.empty() ? "no reason given" : said;
    }
  }

  void report(std::vector<broker_update> updates) {
    broker_client::report_fn to;
    {
      const std::scoped_lock lock{guard_};
      to = report_;
    }
    if (to) to(std::move(updates));
  }

  void ask_for_cancels() {
    if (!is_open()) return;
    for (const order& o : venue_->due_cancels()) settings_.cancel(o);
    const auto again = venue_->has_cancels() ? steady::now() + kite_cancels::first_wait : steady::time_point::max();
    const std::scoped_lock lock{guard_};
    cancels_at_ = again;
  }

  [[nodiscard]] read_facts facts_now() {
    const kite_venue_counts counts = venue_->counts();
    return {counts.live > 0, counts.lost > 0 || counts.without_trades > 0, settings_.is_told(), failures_};
  }

  [[nodiscard]] bool is_open() const {
    const std::scoped_lock lock{guard_};
    return !closed_;
  }

  const std::shared_ptr<kite_venue> venue_;
  order_watch_settings settings_;
  mutable std::mutex guard_;
  std::condition_variable wake_;
  broker_client::report_fn report_;  ///< null: closed
  std::vector<kite_order_row> rows_;
  steady::time_point cancels_at_ = steady::time_point::max();
  bool soon_ = false;
  bool changed_ = false;
  bool closed_ = false;
  state state_;
  std::string said_of_read_, said_of_pushed_;  ///< its thread's alone
  int failures_ = 0;                           ///< likewise
};

order_watch::order_watch(std::shared_ptr<kite_venue> venue, order_watch_settings settings)
    : watcher_(std::make_shared<watcher>(std::move(venue), std::move(settings))) {
  watcher_->begin();
}

order_watch::~order_watch() { watcher_->close(); }

void order_watch::pushed(kite_order_row row) { watcher_->pushed(std::move(row)); }
void order_watch::read_soon() { watcher_->read_soon(); }
void order_watch::orders_changed() { watcher_->orders_changed(); }
order_watch::state order_watch::now() const { return watcher_->now(); }

}  // namespace bulkhead
