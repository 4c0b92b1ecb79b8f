#include "actors/watchdog.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace bulkhead::actors {
namespace {

constexpr std::int64_t ms = 1'000'000;

/// Roles are their bridge's to revoke, and supervisors and the node nobody's.
bool is_watchdogs(std::string_view path) {
  constexpr std::array<std::string_view, 3> shared{"feed", "runner", "ticks"};
  constexpr std::array<std::string_view, 3> of_broker{"/bridge", "/projector", "/publisher"};
  return std::ranges::find(shared, path) != shared.end() ||
         std::ranges::any_of(of_broker, [path](std::string_view end) { return path.ends_with(end); });
}

/// With these an actor reads a journal or history to take up its state: long work, and no hang. For projector and
/// publisher a page of records is their daily work.
bool takes_up_state(const vital_signs& v) {
  constexpr std::array<std::string_view, 5> messages{"journal_opened", "role_up", "subscribe", "unsubscribe",
                                                     "strategy_command"};
  return std::ranges::find(messages, v.handling) != messages.end() ||
         (v.path == "runner" && v.handling == "records_read");
}
constexpr std::int64_t patience_with_recovery = 12;

std::string waiting_text(const vital_signs& v) {
  if (v.waiting == 0) return "nothing waits behind it";
  return fmt::format("{} message(s) wait, the oldest for {}{} ms", v.waiting, v.oldest_at_least ? "at least " : "",
                     v.oldest_ns / ms);
}

}  // namespace

std::int64_t watchdog_rules::patience_ns(const vital_signs& v) const {
  return settings_.revoke_after.count() * ms * (takes_up_state(v) ? patience_with_recovery : 1);
}

void watchdog_rules::look_at_handler(const vital_signs& v, known_actor& known, findings& out) const {
  const bool same = !v.handling.empty() && known.next_age_ns != 0 && v.handled == known.handled;
  if (known.next_age_ns != 0 && !same) {
    // The longest handler is the one just over, unless an earlier one took longer.
    const std::int64_t took = std::max(known.last_age_ns, v.longest == known.message ? v.longest_ns : 0);
    out.reports.push_back(
        {v.path, v.incarnation, "returned",
         fmt::format("its handler of {} returned after {} ms; {}", known.message, took / ms, waiting_text(v))});
    known.next_age_ns = 0;
    known.revoked = false;
  }
  const std::int64_t budget = settings_.handler_budget.count() * ms;
  if (v.handling.empty() || v.handling_ns < std::max(budget, known.next_age_ns)) return;
  known.handled = v.handled;
  known.message = v.handling;
  known.last_age_ns = v.handling_ns;
  known.next_age_ns = std::max(budget, known.next_age_ns);
  while (known.next_age_ns <= v.handling_ns) known.next_age_ns *= 2;
  out.reports.push_back(
      {v.path, v.incarnation, "hangs",
       fmt::format("its handler of {} has not returned for {} ms (budget {} ms){}; {}", v.handling, v.handling_ns / ms,
                   settings_.handler_budget.count(), v.revoked ? ", revoked, still running" : "", waiting_text(v))});
}

void watchdog_rules::look_at_queue(const vital_signs& v, known_actor& known, findings& out) const {
  if (v.waiting > std::max(settings_.queue_bound, known.next_waiting)) {
    known.next_waiting = v.waiting * 2;
    out.reports.push_back({v.path, v.incarnation, "queue_long",
                           fmt::format("more than {} messages: {}", settings_.queue_bound, waiting_text(v))});
  } else if (known.next_waiting != 0 && v.waiting <= settings_.queue_bound / 2) {
    known.next_waiting = 0;
    out.reports.push_back({v.path, v.incarnation, "queue_short", waiting_text(v)});
  }
}

watchdog_rules::findings watchdog_rules::look(const std::vector<vital_signs>& now) {
  findings out;
  std::set<std::pair<std::string, std::uint64_t>> here;
  for (const vital_signs& v : now) {
    const std::pair key{v.path, v.incarnation};
    here.insert(key);
    known_actor& known = known_[key];
    look_at_handler(v, known, out);
    look_at_queue(v, known, out);
    const bool too_long = settings_.revoke_after.count() > 0 && !v.handling.empty() && v.handling_ns >= patience_ns(v);
    if (too_long && !v.revoked && is_watchdogs(v.path) && !std::exchange(known.revoked, true)) {
      out.to_revoke.push_back(key);
    }
  }
  for (const auto& [key, known] : known_) {
    if (here.contains(key) || known.next_age_ns == 0) continue;
    out.reports.push_back({key.first, key.second, "returned",
                           fmt::format("its handler of {} returned after {} ms or more, and the actor ended",
                                       known.message, known.last_age_ns / ms)});
  }
  std::erase_if(known_, [&](const auto& entry) { return !here.contains(entry.first); });
  return out;
}

watchdog::watchdog(std::shared_ptr<vitals_board> board, watchdog_settings settings, report_fn report,
                   std::chrono::milliseconds period)
    : board_(std::move(board)), rules_(settings), report_(std::move(report)), period_(period), thread_([this] {
        run();
      }) {}

watchdog::~watchdog() {
  {
    const std::scoped_lock lock{guard_};
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void watchdog::run() {
  std::unique_lock lock{guard_};
  while (!wake_.wait_for(lock, period_, [this] { return stopping_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

void watchdog::look() {
  const auto found = rules_.look(board_->read());
  for (const watchdog_report& report : found.reports) report_(report);
  if (found.to_revoke.empty()) return;
  for (const auto& entry : board_->all()) {
    const std::pair key{entry->path(), entry->incarnation()};
    if (std::ranges::find(found.to_revoke, key) != found.to_revoke.end()) entry->revoke();
  }
}

}  // namespace bulkhead::actors
