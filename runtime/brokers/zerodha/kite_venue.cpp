#include "runtime/brokers/zerodha/kite_venue.hpp"

#include "runtime/domain/order_report.hpp"

#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

/// Beyond this many orders with unknown trades one read of all trades costs less.
constexpr std::size_t most_single_reads = 3;

/// Of rows that cannot be read: beyond this many they are told anew.
constexpr std::size_t most_skipped = 1'000;

void append(std::vector<broker_update>& to, std::vector<broker_update> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// Throws what the outcome of a change means; returns where it is ok.
void require_ok(const kite_reply& reply) {
  if (reply.outcome == kite_outcome::ok) return;
  if (reply.outcome == kite_outcome::unknown) throw kite_unanswered(reply.message);
  if (reply.outcome == kite_outcome::not_sent) throw venue_unreached(reply.message);
  throw venue_refused(reply.message);
}

/// A read has no effect: every failure is one.
const kite_value& require_data(const kite_reply& reply, const char* what) {
  if (reply.outcome != kite_outcome::ok) throw kite_unanswered(fmt::format("{}: {}", what, reply.message));
  return reply.data;
}

/// How many orders are of the newest day in the book.
std::pair<trade_date, std::int64_t> newest_day(std::span<const kite_order_row> rows) {
  std::pair<trade_date, std::int64_t> out{};
  for (const kite_order_row& row : rows) {
    const auto time = parse_kite_time(row.order_timestamp);
    if (!time) continue;
    const trade_date day = date_of(*time);
    if (day > out.first) out = {day, 0};
    if (day == out.first) ++out.second;
  }
  return out;
}

}  // namespace

kite_venue::kite_venue(kite_rest rest, kite_venue_settings settings, const instrument_table& instruments)
    : rest_(std::move(rest)), settings_(std::move(settings)), instruments_(instruments), tracker_(settings_.tracker) {}

std::vector<broker_update> kite_venue::submit(const order& o) {
  const client_order_id& id = o.request.client_order_id;
  const instrument& i = instruments_.at(o.request.instrument);
  std::string form;
  {
    const std::scoped_lock lock{guard_};
    tracker_.watch(o, i);
    if (!tracker_.sending(id)) throw venue_refused("not sent: this order has been sent or has ended before");
  }
  const auto not_placed = [&] {
    const std::scoped_lock lock{guard_};
    tracker_.not_placed(id);
  };
  const auto not_sent = [&] {
    const std::scoped_lock lock{guard_};
    tracker_.not_sent(id);
  };
  std::shared_ptr<void> pass;
  try {
    form = place_form(o.request, i, settings_.orders);
    pass = settings_.pass(o, venue_action::submit);
  } catch (const kite_unsendable& e) {
    not_placed();
    throw venue_refused(std::string{"not sent: "} + e.what());
  } catch (const venue_unreached&) {
    not_sent();
    throw;
  } catch (const venue_refused&) {
    not_placed();
    throw;
  }
  try {
    const kite_reply reply = rest_.place(form);
    require_ok(reply);
    const broker_order_id at_kite = read_order_id(reply.data);
    const std::scoped_lock lock{guard_};
    return told(tracker_.placed(id, at_kite));
  } catch (const venue_unreached&) {
    not_sent();
    throw;
  } catch (const venue_refused&) {
    not_placed();
    throw;
  } catch (...) {  // a "success" without an order id, too
    {
      const std::scoped_lock lock{guard_};
      tracker_.answer_lost(id, settings_.now().steady);
    }
    settings_.read_soon();
    throw;
  }
}

void kite_venue::give_up(const order& o) {
  const std::scoped_lock lock{guard_};
  tracker_.not_placed(o.request.client_order_id);
}

broker_order_id kite_venue::id_of(const order& o) {
  const std::scoped_lock lock{guard_};
  broker_order_id id = tracker_.at_kite(o.request.client_order_id);
  return id.empty() ? o.broker_order_id : id;
}

std::vector<broker_update> kite_venue::cancel(const order& o) {
  const client_order_id& id = o.request.client_order_id;
  {
    const std::scoped_lock lock{guard_};
    cancels_.want(o, settings_.now().steady);
  }
  const broker_order_id at_kite = id_of(o);
  if (at_kite.empty()) {
    settings_.read_soon();
    throw kite_unanswered("not sent yet: Kite's id of the order is not known; asked for when its order book has it");
  }
  {
    const std::scoped_lock lock{guard_};
    cancels_.tried(id, settings_.now().steady);
  }
  try {
    const auto pass = settings_.pass(o, venue_action::cancel);
    require_ok(rest_.cancel(at_kite));
  } catch (const std::runtime_error&) {
    settings_.read_soon();  // it may have ended; else the cancel is asked for again
    throw;
  }
  const std::scoped_lock lock{guard_};
  cancels_.taken(id, settings_.now().steady);
  return {};
}

std::vector<order> kite_venue::due_cancels() {
  kite_cancels::findings found;
  {
    const std::scoped_lock lock{guard_};
    if (cancels_.empty()) return {};
    const auto has_ended = [this](const client_order_id& id) { return tracker_.has_ended(id); };
    const auto is_known = [this](const client_order_id& id) { return !tracker_.at_kite(id).empty(); };
    const kite_read_time now = settings_.now();
    found = cancels_.due(now.steady, now.wall, has_ended, is_known);
  }
  for (const order& o : found.stubborn) {
    settings_.notice(fmt::format(
        "cancel {}: asked for {} times, and the order is still open: look at it in Kite; it "
        "is asked for every {} s from now on",
        o.request.client_order_id.str(), kite_cancels::many_tries, kite_cancels::rare_wait.count() / 1'000));
  }
  return std::move(found.due);
}

std::vector<broker_update> kite_venue::modify(const order& o) {
  std::vector<broker_update> out;
  broker_order_id at_kite = id_of(o);
  if (at_kite.empty()) {
    out = book({});
    at_kite = id_of(o);
  }
  try {
    if (at_kite.empty()) throw venue_refused("not sent: Kite's order book does not have the order");
    append(out, send_modify(o, at_kite));
  } catch (const venue_refused& e) {
    if (out.empty()) throw;
    broker_update no;  // not thrown: what the book said must not be lost
    no.what = broker_update::kind::modify_rejected;
    no.client_order_id = o.request.client_order_id;
    no.reason = e.what();
    out.push_back(std::move(no));
  } catch (const kite_unanswered& e) {
    if (out.empty()) throw;
    settings_.notice(fmt::format("modify {}: {}", o.request.client_order_id.str(), e.what()));
  }
  return out;
}

std::vector<broker_update> kite_venue::send_modify(const order& o, const broker_order_id& at_kite) {
  const client_order_id& id = o.request.client_order_id;
  std::string form;
  try {
    form = modify_form(o, settings_.orders);
  } catch (const kite_unsendable& e) {
    throw venue_refused(std::string{"not sent: "} + e.what());
  }
  const auto pass = settings_.pass(o, venue_action::modify);
  {
    const std::scoped_lock lock{guard_};
    tracker_.watch(o, instruments_.at(o.request.instrument));
    tracker_.modifying(id, *o.asked_terms);
  }
  const auto has_ended = [&] {
    const std::scoped_lock lock{guard_};
    tracker_.modify_ended(id, settings_.now().steady);
  };
  try {
    require_ok(rest_.modify(at_kite, form));
  } catch (const venue_refused&) {
    const std::scoped_lock lock{guard_};
    tracker_.not_modified(id);
    throw;
  } catch (...) {
    has_ended();
    settings_.read_soon();
    throw;
  }
  has_ended();
  return {};
}

void kite_venue::watch(std::span<const order* const> live) {
  const std::scoped_lock lock{guard_};
  for (const order* o : live) {
    watch_again(*o);
    if (o->status == order_status::pending_cancel || awaits_cancel(*o)) cancels_.want(*o, settings_.now().steady, true);
  }
}

void kite_venue::remember(std::span<const order* const> ended) {
  const std::scoped_lock lock{guard_};
  for (const order* o : ended) tracker_.witness(o->broker_order_id, o->request.expires_at);
}

void kite_venue::watch_again(const order& o) {
  tracker_.watch(o, instruments_.at(o.request.instrument));
  // Whoever sent it is gone, or did not hear the answer: whatever was asked of the order since, a cancel for one.
  if (o.broker_order_id.empty()) tracker_.found_again(o.request.client_order_id, settings_.now().steady);
  tracker_.modify_found_again(o.request.client_order_id, settings_.now().steady);
}

std::vector<broker_update> kite_venue::book(std::span<const order> live) {
  {
    const std::scoped_lock lock{guard_};
    for (const order& o : live) watch_again(o);
  }
  const kite_read_time began = settings_.now();
  const kite_reply reply = rest_.orders();
  const auto [rows, skipped, may_lack_ours] = read_order_list(require_data(reply, "the order book"));
  tell_skipped(skipped);
  std::vector<broker_update> out;
  {
    const std::scoped_lock lock{guard_};
    out = told(tracker_.on_book(rows, began, may_lack_ours));
    cancels_.on_book(began.steady);
  }
  const auto [day, orders] = newest_day(rows);
  settings_.on_book(day, orders);
  append(out, read_missing_trades());
  return out;
}

std::vector<broker_update> kite_venue::pushed(std::span<const kite_order_row> rows) {
  std::vector<broker_update> out;
  {
    const std::scoped_lock lock{guard_};
    for (const kite_order_row& row : rows) append(out, told(tracker_.on_pushed(row)));
  }
  append(out, read_missing_trades());
  return out;
}

std::vector<broker_update> kite_venue::read_missing_trades() {
  std::vector<broker_order_id> missing;
  {
    const std::scoped_lock lock{guard_};
    missing = tracker_.missing_trades();
  }
  std::vector<kite_reply> replies;
  if (missing.size() > most_single_reads) {
    replies.push_back(rest_.trades());
  } else {
    for (const broker_order_id& id : missing) replies.push_back(rest_.trades_of(id));
  }
  std::vector<broker_update> out;
  std::string trouble;
  for (const kite_reply& reply : replies) {
    // What the order rows said stands all the same: the next read asks for these trades again.
    try {
      const auto [trades, skipped] = read_trade_list(require_data(reply, "the trades"));
      tell_skipped(skipped);
      const std::scoped_lock lock{guard_};
      append(out, told(tracker_.on_trades(trades)));
    } catch (const std::runtime_error& e) {
      trouble = e.what();
    }
  }
  const std::scoped_lock lock{guard_};
  // Said once, not at each read. A round in which there was nothing to read says nothing of it.
  if (!replies.empty() && std::exchange(trades_trouble_, trouble) != trouble && !trouble.empty()) {
    settings_.notice(trouble);
  }
  return out;
}

void kite_venue::tell_skipped(const std::vector<std::string>& skipped) {
  for (const std::string& why : skipped) {
    {
      const std::scoped_lock lock{guard_};
      if (skipped_.size() >= most_skipped) skipped_.clear();
      if (!skipped_.insert(why).second) continue;
    }
    settings_.notice("a row of Kite's that cannot be used is left out: " + why);
  }
}

bool kite_venue::has_cancels() {
  const std::scoped_lock lock{guard_};
  return !cancels_.empty();
}

kite_venue_counts kite_venue::counts() {
  const std::scoped_lock lock{guard_};
  return {tracker_.live(), tracker_.lost(), tracker_.foreign(), tracker_.missing_trades().size()};
}

std::vector<broker_update> kite_venue::told(kite_findings findings) {
  for (const std::string& text : findings.notices) settings_.notice(text);
  if (!report_ || findings.updates.empty()) return std::move(findings.updates);
  report_(std::move(findings.updates));
  return {};
}

void kite_venue::report_to(broker_client::report_fn to) {
  const std::scoped_lock lock{guard_};
  report_.swap(to);
}

}  // namespace bulkhead
