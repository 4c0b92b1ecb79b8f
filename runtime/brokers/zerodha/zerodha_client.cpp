#include "runtime/brokers/zerodha/zerodha_client.hpp"

#include "runtime/brokers/zerodha/account_watch.hpp"
#include "runtime/brokers/zerodha/kite_failpoints.hpp"
#include "runtime/brokers/zerodha/order_watch.hpp"
#include "runtime/fault/failpoint.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace bulkhead {
namespace {

using ms = std::chrono::milliseconds;

/// A call that ends in time is never taken for one that hangs.
constexpr ms beyond_total{1'000};
/// A slot of the busiest second is free again after a second.
constexpr ms pace_patience{1'500};
/// A burst waits so long in its lane for slots of the budget; then it has missed its moment.
constexpr ms entry_patience{2'000};

/// An exit waits so long for the account to be compared with the journal.
constexpr ms exit_patience{60'000};

/// What the parts of one client share. Outlives it while a call hangs.
struct client_core {
  client_core(std::shared_ptr<zerodha_account> of, client_hooks h) : account(std::move(of)), hooks(std::move(h)) {}

  /// Holds the request's place in the rate budget. Throws venue_refused, or venue_unreached for what may pass later.
  std::shared_ptr<void> pass(const order& o, venue_action what) {
    if (const auto w = watch.lock()) w->orders_changed();
    const bool is_entry = what != venue_action::cancel && !o.request.reduces;
    refuse_without_session();
    if (what != venue_action::cancel) refuse_uncompared(is_entry);
    account->orders().on_day(date_of(hooks.event_time()));
    std::shared_ptr<void> held;
    try {
      held = account->orders().take({is_entry, what == venue_action::submit}, pace_patience);
    } catch (const pace_refused& e) {
      throw venue_unreached(fmt::format("not sent: {}", e.what()));
    }
    // It may have waited: what counted before may have changed.
    if (ended) throw venue_refused("not sent: its trader has ended");
    if (const auto why = hooks.may_send(o, what)) throw venue_refused("not sent: " + *why);
    refuse_without_session();
    return held;
  }

  /// What was traded in Kite's own app while nobody looked: an exit of what is gone would open a position. But a book
  /// that cannot be read must not hold an exit for good.
  void refuse_uncompared(bool is_entry) const {
    if (hooks.is_compared() || (!is_entry && std::chrono::steady_clock::now() - began > exit_patience)) return;
    throw venue_unreached("not sent: Zerodha's book has not been compared with the journal since the start");
  }

  void refuse_without_session() const {
    if (const std::string why = account->session().why_none(); !why.empty()) throw venue_unreached("not sent: " + why);
    if (account->session().is_refused()) throw venue_unreached(fmt::format("not sent: {}", session_over));
  }

  const std::shared_ptr<zerodha_account> account;
  const client_hooks hooks;
  const std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  std::atomic<bool> ended{false};
  std::weak_ptr<order_watch> watch;  ///< set before anything is sent
};

kite_venue_settings venue_settings_of(const kite_settings& s, const std::shared_ptr<client_core>& core) {
  kite_venue_settings out;
  out.orders.market_protection_bps =
      s.market_protection_bps == 0 ? kite_order_settings::automatic : s.market_protection_bps;
  out.orders.algo_id = s.algo_id;
  out.tracker.absence_after = ms{s.absence_after_ms};
  out.tracker.between_absences = ms{s.between_absences_ms};
  out.now = [event_time = core->hooks.event_time] {
    return kite_read_time{std::chrono::duration_cast<ms>(std::chrono::steady_clock::now().time_since_epoch()),
                          event_time()};
  };
  out.notice = core->hooks.notice;
  out.pass = [core](const order& o, venue_action what) { return core->pass(o, what); };
  out.read_soon = [core] {
    if (const auto w = core->watch.lock()) w->read_soon();
  };
  out.on_book = [core](trade_date day, std::int64_t orders) { core->account->orders().on_book(day, orders); };
  return out;
}

blocking_client_settings client_settings_of(const zerodha_account& account, const client_hooks& hooks) {
  blocking_client_settings out;
  out.calls.threads = {2, 2};
  out.calls.deadline = ms{account.settings().total_timeout_ms} + pace_patience + beyond_total;
  out.calls.budget = account.threads();
  out.entry_patience = entry_patience;
  // An exit may wait for the way to Zerodha: not beyond its day.
  out.may_send = [hooks](const order& o, venue_action what) -> std::optional<std::string> {
    if (what == venue_action::submit && hooks.event_time() >= o.request.expires_at) return "its session is over";
    return hooks.may_send(o, what);
  };
  out.notice = hooks.notice;
  return out;
}

std::string seconds_ago(std::chrono::steady_clock::time_point then) {
  const auto passed = std::chrono::duration_cast<ms>(std::chrono::steady_clock::now() - then);
  return fmt::format("{}.{} s ago", passed.count() / 1000, passed.count() % 1000 / 100);
}

class zerodha_client final : public broker_client {
 public:
  zerodha_client(std::shared_ptr<zerodha_account> account, const client_request& r)
      : core_(std::make_shared<client_core>(std::move(account), r.hooks)),
        scope_(r.id.str() + ".kite"),
        venue_(std::make_shared<kite_venue>(core_->account->rest(scope_),
                                            venue_settings_of(core_->account->settings(), core_), r.instruments)),
        calls_(std::make_shared<blocking_client>(venue_, client_settings_of(*core_->account, r.hooks))) {}

  ~zerodha_client() override {
    core_->ended = true;
    venue_->report_to({});
  }
  zerodha_client(const zerodha_client&) = delete;
  zerodha_client& operator=(const zerodha_client&) = delete;

  [[nodiscard]] venue_clock clock() const override { return venue_clock::own; }
  void state_to(statement_fn to) override { state_ = std::move(to); }

  void report_to(report_fn to) override {
    to = with_failpoints(scope_, std::move(to));
    calls_->report_to(to);
    venue_->report_to(to);
    const kite_settings& s = core_->account->settings();
    order_watch_settings how;
    // What is placed by hand is to show up within reconcile_s.
    how.pace = {ms{s.poll_ms}, ms{s.reconcile_s * 1'000 / 2}};
    how.report = to;
    how.notice = core_->hooks.notice;
    how.cancel = [calls = std::weak_ptr{calls_}](const order& o) {
      if (const auto c = calls.lock()) c->cancel(o);
    };
    how.is_told = [account = core_->account] { return account->updates().are_coming(); };
    watch_ = std::make_shared<order_watch>(venue_, std::move(how));
    core_->watch = watch_;
    if (state_) watch_account(std::move(to));
    core_->account->updates().give_to(
        watch_, core_->hooks.notice, account_watch_ ? account_watch_->reconciler() : [] {});
    show();
  }

  /// The orders are watched before any request: whether the first read succeeds or not, a later one speaks of them.
  void restore(std::span<const order* const> known) override {
    fault::hit(scope_, "restore.before");
    std::vector<const order*> live;
    std::vector<const order*> ended;
    std::ranges::partition_copy(known, std::back_inserter(live), std::back_inserter(ended),
                                [](const order* o) { return !is_terminal(o->status); });
    venue_->remember(ended);
    venue_->watch(live);
    calls_->restore(live);
    fault::hit(scope_, "restore.after");
    if (watch_) watch_->read_soon();
    if (account_watch_) account_watch_->begin();
  }
  void submit(const order& o) override { calls_->submit(o); }
  void cancel(const order& o) override { calls_->cancel(o); }
  void modify(const order& o) override { calls_->modify(o); }
  std::vector<broker_update> on_frame(const frame_view& /*frame*/) override { return {}; }

 private:
  void show() {
    account_lines& lines = core_->hooks.keep->lines();
    core_->account->show_in(lines);
    lines.show("order book", [w = std::weak_ptr{watch_}]() -> std::string {
      const auto watch = w.lock();
      if (!watch) return {};
      const order_watch::state s = watch->now();
      const std::string read = s.read_at ? "read " + seconds_ago(*s.read_at) : "not read yet";
      return fmt::format("{}, {} updates pushed{}", read, s.pushed, s.trouble.empty() ? "" : "; " + s.trouble);
    });
    lines.show("orders at Zerodha", [v = std::weak_ptr{venue_}]() -> std::string {
      const auto venue = v.lock();
      if (!venue) return {};
      const kite_venue_counts n = venue->counts();
      return fmt::format("{} live, {} of them unknown, {} foreign (never touched)", n.live, n.lost, n.foreign);
    });
  }

  void watch_account(report_fn to) {
    const kite_settings& s = core_->account->settings();
    account_watch_settings out;
    out.every = std::chrono::seconds{s.reconcile_s};
    out.spacing = std::chrono::milliseconds{std::max(s.poll_ms, s.absence_after_ms)};
    // However rarely the order book is read: nothing leaves before the first statement.
    out.retry = std::min(ms{s.poll_ms}, ms{1'000});
    out.event_time = core_->hooks.event_time;
    out.report = std::move(to);
    out.state = state_;
    out.notice = core_->hooks.notice;
    account_watch_ = std::make_unique<account_watch>(core_->account->rest(), venue_, std::move(out));
    core_->hooks.keep->lines().show("account", account_watch_->text());
  }

  const std::shared_ptr<client_core> core_;
  const std::string scope_;  ///< of the failpoints
  const std::shared_ptr<kite_venue> venue_;
  const std::shared_ptr<blocking_client> calls_;
  std::shared_ptr<order_watch> watch_;  ///< ends before the client that it reports beside
  statement_fn state_;
  std::unique_ptr<account_watch> account_watch_;
};

}  // namespace

std::unique_ptr<broker_client> make_zerodha(const client_request& request) {
  return zerodha_client_of(
      request.hooks.keep->get<zerodha_account>([&] { return std::make_shared<zerodha_account>(request.kite); }),
      request);
}

std::unique_ptr<broker_client> zerodha_client_of(std::shared_ptr<zerodha_account> account,
                                                 const client_request& request) {
  return std::make_unique<zerodha_client>(std::move(account), request);
}

}  // namespace bulkhead
