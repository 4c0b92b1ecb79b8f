#include "runtime/brokers/zerodha/account_watch.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr int per_occasion = 2;

/// A read has no effect: every failure is one.
const kite_value& data_of(const kite_reply& reply, const char* what) {
  if (reply.outcome != kite_outcome::ok) throw kite_unanswered(fmt::format("{}: {}", what, reply.message));
  return reply.data;
}

}  // namespace

/// What the watch and its thread share. Its lock is held over what is told, so that close() ends that, and never over a
/// request.
class account_watch::reader : public std::enable_shared_from_this<account_watch::reader> {
 public:
  reader(kite_rest rest, std::shared_ptr<kite_venue> venue, account_watch_settings settings)
      : rest_(std::move(rest)), venue_(std::move(venue)), settings_(std::move(settings)) {}

  void begin() {
    if (has_begun_.exchange(true)) return;
    std::thread{[me = shared_from_this()] { me->run(); }}.detach();
  }

  void close() {
    {
      const std::scoped_lock lock{guard_};
      closed_ = true;
    }
    wake_.notify_all();
  }

  void reconcile_soon() {
    {
      const std::scoped_lock lock{guard_};
      is_soon_ = true;
    }
    wake_.notify_all();
  }

  [[nodiscard]] state now() const {
    const std::scoped_lock lock{guard_};
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - stated_at_);
    return {since, has_stated_, since >= settings_.silent_after, shown_trouble_};
  }

 private:
  using steady = std::chrono::steady_clock;

  /// nullopt: not settled.
  std::optional<account_statement> read();
  bool read_and_state();
  template <class Tell>
  void unless_closed(const Tell& tell) {
    const std::scoped_lock lock{guard_};
    if (!closed_) tell();
  }
  /// Says a trouble once, until there is another or none.
  void say(const std::string& trouble) {
    if (std::exchange(trouble_, trouble) == trouble) return;
    unless_closed([&] {
      shown_trouble_ = trouble;
      if (!trouble.empty()) settings_.notice(trouble);
    });
  }
  /// Cash is for people alone: an account without it is compared all the same.
  void read_cash(kite_account_reads& reads);
  void note_statement();
  /// Says, once in each silent_after, that nothing was compared for so long.
  void note_silence();
  [[nodiscard]] steady::time_point next_after(bool is_stated);
  void run();

  const kite_rest rest_;
  const std::shared_ptr<kite_venue> venue_;
  const account_watch_settings settings_;
  std::string occasion_ = "start";  ///< of the statements to come; its thread's own
  int wanted_ = per_occasion;       ///< statements of this occasion that are still to come; its thread's own
  std::string trouble_;             ///< its thread's own
  std::string cash_trouble_;        ///< its thread's own
  steady::time_point silence_said_ = steady::now();  ///< its thread's own
  std::chrono::milliseconds retry_{0};               ///< the newest pause after a failure; 0: none; its thread's own
  std::atomic<bool> has_begun_ = false;
  mutable std::mutex guard_;
  std::condition_variable wake_;
  steady::time_point stated_at_ = steady::now();  ///< the start, before the first statement
  bool has_stated_ = false;
  std::string shown_trouble_;
  bool is_soon_ = false;
  bool closed_ = false;
};

std::optional<account_statement> account_watch::reader::read() {
  kite_account_reads reads;
  reads.before = read_orders(data_of(rest_.orders(), "the account's orders"));
  reads.trades = read_trades(data_of(rest_.trades(), "the account's trades"));
  reads.positions = read_positions(data_of(rest_.positions(), "the account's positions"));
  reads.holdings = read_holdings(data_of(rest_.holdings(), "the account's holdings"));
  read_cash(reads);
  reads.after = read_orders(data_of(rest_.orders(), "the account's orders"));
  if (const auto why = unsettled(reads)) {
    say("the account is not settled: " + *why);
    return std::nullopt;
  }
  // What the rows say about our orders goes ahead of the statement, so that the two are not compared without it.
  auto updates = venue_->book({});
  unless_closed([&] {
    if (!updates.empty()) settings_.report(std::move(updates));
  });
  return statement_of(reads, occasion_, settings_.event_time());
}

void account_watch::reader::read_cash(kite_account_reads& reads) {
  std::string trouble;
  try {
    reads.margins = read_margins(data_of(rest_.margins(), "the account's margins"));
  } catch (const std::exception& e) {
    trouble = e.what();
  }
  if (std::exchange(cash_trouble_, trouble) == trouble || trouble.empty()) return;
  unless_closed([&] { settings_.notice(trouble + "; the account is compared without them"); });
}

void account_watch::reader::note_statement() {
  silence_said_ = steady::now();
  const std::scoped_lock lock{guard_};
  stated_at_ = silence_said_;
  has_stated_ = true;
}

void account_watch::reader::note_silence() {
  if (steady::now() < silence_said_ + settings_.silent_after) return;
  silence_said_ = steady::now();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now().since_statement).count();
  unless_closed([&] {
    settings_.notice(
        fmt::format("THE ACCOUNT WAS NOT COMPARED for {} s, so nobody knows whether the broker holds what the journal "
                    "says: {}",
                    seconds, trouble_));
  });
}

bool account_watch::reader::read_and_state() {
  try {
    if (auto statement = read()) {
      unless_closed([&] { settings_.state(std::move(*statement)); });
      say("");
      note_statement();
      return true;
    }
  } catch (const std::exception& e) {
    say(e.what());
  }
  note_silence();
  return false;
}

account_watch::reader::steady::time_point account_watch::reader::next_after(bool is_stated) {
  if (!is_stated) {
    // Seven requests each time: those who look for fills have the same budget.
    retry_ = retry_ == std::chrono::milliseconds{0} ? settings_.retry : std::min(settings_.every, 2 * retry_);
    return steady::now() + retry_;
  }
  retry_ = std::chrono::milliseconds{0};
  if (--wanted_ > 0) return steady::now() + settings_.spacing;
  wanted_ = per_occasion;
  occasion_ = "timer";
  return steady::now() + settings_.every;
}

void account_watch::reader::run() {
  auto due = steady::now();
  auto earliest = due;  // of a read that somebody asks for
  std::unique_lock lock{guard_};
  while (!closed_) {
    if (std::exchange(is_soon_, false)) {
      if (occasion_ != "start" || wanted_ < per_occasion) occasion_ = "reconnect";
      wanted_ = per_occasion;
      due = std::min(due, std::max(earliest, steady::now()));
    }
    if (steady::now() < due) {
      wake_.wait_until(lock, due, [this] { return closed_ || is_soon_; });
      continue;
    }
    lock.unlock();
    const bool is_stated = read_and_state();
    due = next_after(is_stated);
    if (is_stated) earliest = steady::now() + settings_.spacing;
    lock.lock();
  }
}

account_watch::account_watch(kite_rest rest, std::shared_ptr<kite_venue> venue, account_watch_settings settings)
    : reader_(std::make_shared<reader>(std::move(rest), std::move(venue), std::move(settings))) {}

account_watch::~account_watch() { reader_->close(); }

void account_watch::begin() { reader_->begin(); }

void account_watch::reconcile_soon() { reader_->reconcile_soon(); }

account_watch::state account_watch::now() const { return reader_->now(); }

std::function<std::string()> account_watch::text() const {
  return [of = std::weak_ptr{reader_}]() -> std::string {
    const auto r = of.lock();
    if (!r) return {};
    const state s = r->now();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(s.since_statement).count();
    const std::string when = s.has_stated ? fmt::format("read whole {} s ago", seconds)
                                          : fmt::format("not read whole yet, {} s after the start", seconds);
    return fmt::format("{}{}{}", s.is_silent ? "NOT COMPARED FOR TOO LONG: " : "", when,
                       s.trouble.empty() ? "" : "; " + s.trouble);
  };
}

std::function<void()> account_watch::reconciler() const {
  return [to = std::weak_ptr{reader_}] {
    if (const auto r = to.lock()) r->reconcile_soon();
  };
}

}  // namespace bulkhead
