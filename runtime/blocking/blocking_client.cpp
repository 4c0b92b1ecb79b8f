#include "runtime/blocking/blocking_client.hpp"

#include "runtime/domain/order_report.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

using kind = broker_update::kind;
using steady = std::chrono::steady_clock;

constexpr std::size_t entries = 0;  ///< lanes
constexpr std::size_t urgent = 1;

/// Among the urgent: a stop-out does not wait for two hundred cancels. But an exit stays behind the cancels of exits of
/// its instrument: a broker that still has those takes it for a new position.
constexpr int of_exits_cancel = 1;
constexpr int of_exit = 2;

std::size_t lane_of(const order& o) { return o.request.reduces ? urgent : entries; }
std::uint64_t about(const order& o) { return o.request.reduces ? std::uint64_t{o.request.instrument.index} + 1 : 0; }

broker_update update_of(const order& o, kind what, std::string reason) {
  return bulkhead::update_of(o.request.client_order_id, what, std::move(reason));
}

std::string not_sent(const std::string& why) { return why.starts_with("not sent") ? why : "not sent: " + why; }

}  // namespace

/// What the client and its threads share. Its lock is never held over a call, a report or a push.
class blocking_client::desk : public std::enable_shared_from_this<blocking_client::desk> {
 public:
  desk(std::shared_ptr<blocking_venue> venue, blocking_client_settings s)
      : venue_(std::move(venue)), settings_(std::move(s)), calls_(std::make_shared<blocking_calls>(settings_.calls)) {}

  void report_to(report_fn to) {
    const std::scoped_lock lock{guard_};
    report_ = std::move(to);
  }

  void close() {
    std::shared_ptr<blocking_calls> calls;  // ends after the lock
    report_fn report;
    const std::scoped_lock lock{guard_};
    closed_ = true;
    calls = std::move(calls_);
    report = std::exchange(report_, nullptr);
  }

  void restore(std::vector<order> live) {
    {
      const std::scoped_lock lock{guard_};
      for (const order& o : live) orders_[o.request.client_order_id].where = place::at_venue;
    }
    const auto me = shared_from_this();
    push(entries, {.run =
                       [me, live = std::move(live)] {
                         if (me->is_open()) me->attempt("the book", [&] { me->report(me->venue_->book(live)); });
                       },
                   .late = [me] { me->notice("the book: no answer in time"); },
                   .refused = [me](const std::string& why) { me->notice("the book: " + why); },
                   .urgency = 0,
                   .about = 0});
  }

  void submit(const order& o) {
    {
      std::unique_lock lock{guard_};
      known& k = orders_[o.request.client_order_id];
      if (k.where != place::unseen) return;  // twice is once
      k.where = k.cancel ? place::ended : place::waiting;
      if (k.cancel) {
        lock.unlock();
        report({update_of(o, kind::cancelled, "not sent: cancelled before it was placed")});
        return;
      }
    }
    const auto me = shared_from_this();
    push(lane_of(o), submit_job(o, {.since = steady::now(), .retry = settings_.first_retry}));
  }

  void cancel(const order& o) {
    {
      std::unique_lock lock{guard_};
      known& k = orders_[o.request.client_order_id];
      if (k.where == place::waiting) {
        k.where = place::ended;
        lock.unlock();
        venue_->give_up(o);
        report({update_of(o, kind::cancelled, "not sent: cancelled while it waited")});
        return;
      }
      if (k.where == place::sending) {
        k.cancel = o;
        return;
      }
      if (k.where == place::ended) return;
      // An earlier incarnation may have sent it, or nobody yet: the venue is asked, and a submit that comes is too
      // late.
      if (k.where == place::unseen) k.cancel = o;
      if (std::exchange(k.is_cancel_queued, true)) return;
    }
    const auto me = shared_from_this();
    push(urgent,
         {.run = [me, o] { me->run_cancel(o); },
          .late = [me, o] { me->notice_cancel(o, "no answer in time"); },
          .refused =
              [me, o](const std::string& why) {
                me->cancel_begins(o);
                me->notice_cancel(o, why);
              },
          .urgency = o.request.reduces ? of_exits_cancel : 0,
          .about = about(o)},
         true);
  }

  void modify(const order& o) {
    {
      const std::scoped_lock lock{guard_};
      known& k = orders_[o.request.client_order_id];
      if (k.where == place::waiting || k.where == place::sending) {
        k.modify = o;
        return;
      }
      if (k.where == place::ended) return;
    }
    const auto me = shared_from_this();
    push(lane_of(o),
         {.run = [me, o] { me->run_modify(o); },
          .late = [me, o] { me->notice_modify(o, "no answer in time"); },
          .refused = [me,
                      o](const std::string& why) { me->report({update_of(o, kind::modify_rejected, not_sent(why))}); },
          .urgency = o.request.reduces ? of_exit : 0,
          .about = about(o)});
  }

  [[nodiscard]] bool is_down() const {
    const std::scoped_lock lock{guard_};
    return calls_ && (calls_->is_down(entries) || calls_->is_down(urgent));
  }

 private:
  /// One wait for the order's turn. An exit may have several, one after the other.
  struct submit_turn {
    std::uint64_t number = 0;  ///< of the order's turns
    steady::time_point since;
    std::chrono::milliseconds retry;  ///< how long it waits if it cannot leave
  };
  blocking_calls::job submit_job(const order& o, submit_turn turn) {
    const auto me = shared_from_this();
    return {.run = [me, o, turn] { me->run_submit(o, turn); },
            .late = [me, o, turn] { me->overdue(o, turn); },
            .refused = [me, o](const std::string& why) { me->refuse_submit(o, why); },
            .urgency = o.request.reduces ? of_exit : 0,
            .about = about(o)};
  }

  enum class place : std::uint8_t { unseen, waiting, sending, at_venue, ended };
  struct known {
    place where = place::unseen;
    std::optional<order> modify;  ///< to follow the submit
    std::optional<order> cancel;
    bool is_cancel_queued = false;
    std::uint64_t turn = 0;  ///< number of the newest: only that one may send
  };

  void push(std::size_t lane, blocking_calls::job j, bool must_wait = false) {
    // A refusal comes inline and takes the lock: it is not held here.
    if (const auto to = calls()) to->push(lane, std::move(j), must_wait);
  }

  /// nullptr: closed.
  [[nodiscard]] std::shared_ptr<blocking_calls> calls() const {
    const std::scoped_lock lock{guard_};
    return calls_;
  }

  [[nodiscard]] bool is_open() const {
    const std::scoped_lock lock{guard_};
    return !closed_;
  }

  void notice(const std::string& text) const {
    if (is_open()) settings_.notice(text);
  }

  void report(std::vector<broker_update> updates) {
    if (updates.empty()) return;
    report_fn to;
    {
      const std::scoped_lock lock{guard_};
      to = report_;
    }
    if (to) to(std::move(updates));
  }

  /// Moves the order on to the venue unless it was cancelled, its turn was given up, or the client has ended, while it
  /// waited.
  bool begin_submit(const order& o, const submit_turn& turn) {
    const std::scoped_lock lock{guard_};
    known& k = orders_[o.request.client_order_id];
    if (closed_ || k.where != place::waiting || k.turn != turn.number) return false;
    k.where = place::sending;
    return true;
  }

  void run_submit(const order& o, const submit_turn& turn) {
    if (!begin_submit(o, turn)) return;
    const auto patience = settings_.entry_patience.count() > 0 ? settings_.entry_patience : settings_.calls.deadline;
    if (!o.request.reduces && steady::now() - turn.since > patience) {
      return refuse_submit(o, fmt::format("it waited longer than {} ms for its turn", patience.count()));
    }
    if (const auto why = settings_.may_send(o, venue_action::submit)) return refuse_submit(o, *why);
    try {
      report(venue_->submit(o));
      at_venue(o);
    } catch (const venue_unreached& e) {
      if (!try_later(o, turn)) end_unsent(o, e.what());
    } catch (const venue_refused& e) {
      end_with(o, update_of(o, kind::rejected, e.what()));
    } catch (const std::exception& e) {
      report({update_of(o, kind::answer_lost, e.what())});
      at_venue(o);
    }
  }

  /// An exit waits again, as if it had not been tried. False: a cancel waits for it, or its deadline has passed.
  bool try_later(const order& o, submit_turn turn) {
    {
      const std::scoped_lock lock{guard_};
      known& k = orders_[o.request.client_order_id];
      if (closed_ || !o.request.reduces || k.where != place::sending || k.cancel) return false;
      k.where = place::waiting;
      turn.number = ++k.turn;
    }
    push_again(o, turn);
    return true;
  }

  void push_again(const order& o, submit_turn next) {
    const auto delay = next.retry;
    next.retry = std::min(next.retry * 2, settings_.longest_retry);
    if (const auto to = calls()) to->push_later(lane_of(o), submit_job(o, next), delay);
  }

  void end_unsent(const order& o, const std::string& why) {
    bool is_cancelled = false;
    {
      const std::scoped_lock lock{guard_};
      is_cancelled = orders_[o.request.client_order_id].cancel.has_value();
    }
    if (!is_cancelled) return refuse_submit(o, why);
    venue_->give_up(o);
    end_with(o, update_of(o, kind::cancelled, not_sent(why)));
  }

  void refuse_submit(const order& o, const std::string& why) {
    venue_->give_up(o);
    broker_update end = update_of(o, kind::rejected, not_sent(why));
    end.never_sent = true;
    end_with(o, std::move(end));
  }

  void end_with(const order& o, broker_update end) {
    {
      const std::scoped_lock lock{guard_};
      known& k = orders_[o.request.client_order_id];
      if (std::exchange(k.where, place::ended) == place::ended) return;
      k.modify.reset();
      k.cancel.reset();
    }
    report({std::move(end)});
  }

  /// Its thread is given up: the answer is lost, or the thread was held up before it sent anything. Nothing sends it
  /// then: nobody would watch that call. The end of the call may come at the same moment: who is first has the word, so
  /// that an exit which is to be tried again is not taken for one whose answer is lost.
  void overdue(const order& o, submit_turn turn) {
    bool is_unsent = false;
    {
      const std::scoped_lock lock{guard_};
      known& k = orders_[o.request.client_order_id];
      is_unsent = k.where == place::waiting;
      if (closed_ || k.turn != turn.number || (!is_unsent && k.where != place::sending)) return;
      if (is_unsent) turn.number = ++k.turn;
      if (!is_unsent) k.where = place::at_venue;
    }
    if (!is_unsent) return lose_answer(o);
    if (o.request.reduces) return push_again(o, turn);
    refuse_submit(o, fmt::format("its thread did not begin within {} ms", settings_.calls.deadline.count()));
  }

  void lose_answer(const order& o) {
    report({update_of(o, kind::answer_lost, fmt::format("no answer within {} ms", settings_.calls.deadline.count()))});
    at_venue(o, true);
  }

  /// Its submit was answered, or will not be: what waited for that goes on. A cancel overtakes a modification.
  /// `is_late`: the answer may still come. The cancel goes out, and once more after the answer: the venue may not have
  /// known the order when it came first.
  void at_venue(const order& o, bool is_late = false) {
    std::optional<order> next_modify;
    std::optional<order> next_cancel;
    {
      const std::scoped_lock lock{guard_};
      known& k = orders_[o.request.client_order_id];
      if (closed_ || k.where == place::ended) return;
      k.where = place::at_venue;
      next_modify = std::exchange(k.modify, std::nullopt);
      next_cancel = is_late ? k.cancel : std::exchange(k.cancel, std::nullopt);
    }
    if (next_modify && next_cancel) {
      report({update_of(*next_modify, kind::modify_rejected, "not sent: a cancel overtook it")});
    } else if (next_modify) {
      modify(*next_modify);
    }
    if (next_cancel) cancel(*next_cancel);
  }

  bool cancel_begins(const order& o) {
    const std::scoped_lock lock{guard_};
    orders_[o.request.client_order_id].is_cancel_queued = false;
    return !closed_;
  }

  void run_cancel(const order& o) {
    if (!cancel_begins(o)) return;
    if (const auto why = settings_.may_send(o, venue_action::cancel)) return notice_cancel(o, not_sent(*why));
    attempt("cancel " + o.request.client_order_id.str(), [&] { report(venue_->cancel(o)); });
  }

  void run_modify(const order& o) {
    if (!is_open()) return;
    if (const auto why = settings_.may_send(o, venue_action::modify)) {
      report({update_of(o, kind::modify_rejected, not_sent(*why))});
      return;
    }
    try {
      report(venue_->modify(o));
    } catch (const venue_refused& e) {
      report({update_of(o, kind::modify_rejected, e.what())});
    } catch (const std::exception& e) {
      notice_modify(o, e.what());
    }
  }

  template <class Call>
  void attempt(const std::string& what, const Call& call) {
    try {
      call();
    } catch (const std::exception& e) {
      notice(what + ": " + e.what());
    }
  }

  void notice_cancel(const order& o, const std::string& why) {
    notice(fmt::format("cancel {}: {}", o.request.client_order_id.str(), why));
  }
  void notice_modify(const order& o, const std::string& why) {
    notice(fmt::format("modify {}: {}; whether it took effect is unknown", o.request.client_order_id.str(), why));
  }

  const std::shared_ptr<blocking_venue> venue_;
  const blocking_client_settings settings_;
  mutable std::mutex guard_;
  report_fn report_;
  std::map<client_order_id, known> orders_;  ///< of this incarnation: as many as risk lets through in its life
  std::shared_ptr<blocking_calls> calls_;    ///< null: closed
  bool closed_ = false;
};

blocking_client::blocking_client(std::shared_ptr<blocking_venue> venue, blocking_client_settings settings)
    : desk_(std::make_shared<desk>(std::move(venue), std::move(settings))) {}

blocking_client::~blocking_client() { desk_->close(); }

void blocking_client::report_to(report_fn to) { desk_->report_to(std::move(to)); }

void blocking_client::restore(std::span<const order* const> live) {
  std::vector<order> copies;
  for (const order* o : live) {
    if (!is_terminal(o->status)) copies.push_back(*o);
  }
  if (!copies.empty()) desk_->restore(std::move(copies));
}

void blocking_client::submit(const order& o) { desk_->submit(o); }
void blocking_client::cancel(const order& o) { desk_->cancel(o); }
void blocking_client::modify(const order& o) { desk_->modify(o); }
bool blocking_client::is_down() const { return desk_->is_down(); }

}  // namespace bulkhead
