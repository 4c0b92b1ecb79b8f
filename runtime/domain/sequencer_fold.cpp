// The sequencer's own state as a fold over events: what it stamps, what it tracks, and its part of a cut.
#include "runtime/domain/sequencer.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead {
namespace {

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

std::size_t index(role r) { return static_cast<std::size_t>(r); }

/// The order that an event is about; nullptr for events that are about none.
const client_order_id* order_of(const event_body& body) {
  return std::visit(overloaded{
                        [](const order_submitted& e) { return &e.request.client_order_id; },
                        [](const signal_validated& e) { return &e.order->client_order_id; },
                        [](const auto& e) -> const client_order_id* {
                          if constexpr (requires { e.client_order_id; }) return &e.client_order_id;
                          return nullptr;
                        },
                    },
                    body);
}

/// Of a broker with its own clock; also while its placing is off, once it has held something.
bool keeps_account(const sequencer_settings& settings, const reconciler& book) {
  return !settings.feed_clocked_venue || book.ledger().changes() > 0;
}

}  // namespace

std::string sequencer::correlation_of(const event_body& body) const {
  if (const auto* received = std::get_if<signal_received>(&body)) return received->signal.id.str();
  if (const auto* rejected = std::get_if<signal_rejected>(&body)) return rejected->signal_id.str();
  if (const auto* validated = std::get_if<signal_validated>(&body)) return validated->order->signal_id.str();
  if (const auto* submitted = std::get_if<order_submitted>(&body)) return submitted->request.signal_id.str();
  const client_order_id* id = order_of(body);
  if (id == nullptr) return {};
  if (const auto it = orders_.find(*id); it != orders_.end()) return it->second.signal_id.str();
  for (const auto& approved : approved_) {
    if (approved->client_order_id == *id) return approved->signal_id.str();
  }
  return {};
}

void sequencer::stamp(event& e) {
  e.seq = next_seq_;
  e.correlation = correlation_of(e.body);
  e.trace_feed = e.feed;
  const auto it = chains_.find(e.correlation);
  if (e.correlation.empty() || it == chains_.end()) return;
  e.causation_seq = it->second.last_seq;
  e.trace_feed = it->second.root_feed;
}

void sequencer::drop_ended_chains(feed_seq now) {
  std::erase_if(ended_chains_, [&](const auto& ended) {
    if (ended.second >= now) return false;
    if (!orders_of_.contains(ended.first)) chains_.erase(ended.first);
    return true;
  });
}

void sequencer::track_risk_due(const event& e) {
  const bool rejected = std::holds_alternative<order_rejected>(e.body);
  if (rejected || std::holds_alternative<kill_released>(e.body)) risk_due_ = true;
  if (rejected || std::holds_alternative<portfolio_snapshot>(e.body)) guard_due_feed_ = e.feed;
  const client_order_id* id = order_of(e.body);
  if (id == nullptr) return;
  // Past square_off whatever happens to an order may leave something to square off.
  if (squares_off(e.ts)) risk_due_ = true;
  const auto it = orders_.find(*id);
  const bool filled = std::holds_alternative<order_filled>(e.body);
  if (filled && it != orders_.end() && it->second.is_bracketed) risk_due_ = true;
  // Beside a venue of its own the others of the group have to be called back: now, or once they can be.
  if (settings_.feed_clocked_venue || it == orders_.end()) return;
  const tracked_order& o = it->second;
  if (o.is_grouped || o.is_market) risk_due_ = true;
}

void sequencer::track(const event& e) {
  next_seq_ = e.seq + 1;
  if (keeps_account(settings_, reconciler_)) reconciler_.apply(e);
  track_risk_due(e);
  if (!e.correlation.empty()) chains_[e.correlation] = {e.seq, e.trace_feed};
  std::visit(
      overloaded{
          [&](const signal_received& s) {
            // What a cancel or a modification leads to belongs to the order's own chain.
            const bool leads_on = s.signal.action == signal_action::entry || s.signal.action == signal_action::exit;
            if (!leads_on) ended_chains_[e.correlation] = e.feed;
            if (s.origin) inbox_.fold(*s.origin, e.ts, is_timely(s.signal, e.ts));
          },
          [&](const signal_rejected&) { ended_chains_[e.correlation] = e.feed; },
          [&](const signal_validated& v) { approved_.push_back(v.order); },
          [&](const order_submitted& s) {
            track_order_start(s.request, e.seq);
            std::erase_if(approved_, [&](const auto& a) { return a->client_order_id == s.request.client_order_id; });
          },
          [&](const order_withheld& w) {
            std::erase_if(approved_, [&](const auto& a) { return a->client_order_id == w.client_order_id; });
            ended_chains_[e.correlation] = e.feed;
          },
          [&](const order_cancelled& o) { track_order_end(o.client_order_id, e.feed); },
          [&](const order_expired& o) { track_order_end(o.client_order_id, e.feed); },
          [&](const order_rejected& o) { track_order_end(o.client_order_id, e.feed); },
          [&](const order_modify_requested& m) { unmodified_[m.client_order_id] = {e.seq}; },
          [&](const order_modified& m) { unmodified_.erase(m.client_order_id); },
          [&](const order_modify_rejected& m) { unmodified_.erase(m.client_order_id); },
          [&](const order_filled& f) {
            has_unmarked_fill_ = true;
            if (f.remaining_qty == 0) track_order_end(f.client_order_id, e.feed);
          },
          [&](const portfolio_snapshot& p) {
            last_mark_feed_ = e.feed;
            has_unmarked_fill_ = false;
            last_mark_bucket_ = e.ts.ns / (settings_.mark_interval_s * 1'000'000'000);
            has_open_position_ = std::ranges::any_of(p.positions, [](const auto& v) { return v.qty != 0; });
          },
          [&](const kill_latched& k) {
            if (!k.strategy.empty()) return;
            change_kill(kill_mode_of(k.mode), e.seq);
            if (kill_ < owed_mode_) return;
            owed_latch_.clear();
            owed_mode_ = kill_mode::off;
          },
          [&](const kill_released& k) {
            if (k.strategy.empty()) change_kill(kill_mode::off, e.seq);
          },
          [&](const inbox_positioned& at) { inbox_.fold(at); },
          [&](const account_difference& d) {
            const bool stops = d.action == action_stopped;
            const kill_mode mode = stops ? kill_mode::halt : kill_mode::reduce_only;
            if ((d.action != "halted" && !stops) || mode <= owed_mode_) return;
            owed_mode_ = mode;
            owed_latch_ = fmt::format("{} {}: ours {}; theirs {}", d.subject, d.key, d.ours, d.theirs);
          },
          [](const auto&) {},
      },
      e.body);
  track_settling(e.body);
  // Any report from the broker shows that the order passed the gate.
  if (std::holds_alternative<order_accepted>(e.body) || std::holds_alternative<order_filled>(e.body) ||
      std::holds_alternative<order_unknown>(e.body)) {
    const client_order_id& id = *order_of(e.body);
    unplaced_.erase(id);
    if (const auto it = orders_.find(id); it != orders_.end()) {
      it->second.awaiting_accept = false;
      it->second.is_unknown = std::holds_alternative<order_unknown>(e.body);
    }
  }
}

void sequencer::track_settling(const event_body& body) {
  const bool is_accepted = std::holds_alternative<order_accepted>(body);
  const bool is_open_ended =
      std::holds_alternative<order_unknown>(body) || std::holds_alternative<order_cancel_requested>(body);
  if (!is_accepted && !is_open_ended) return;
  const auto it = orders_.find(*order_of(body));
  if (it != orders_.end()) it->second.settles_soon = is_open_ended || it->second.is_market;
}

bool sequencer::is_settled() const {
  if (settings_.feed_clocked_venue) return true;
  return done_feed_ == last_offered_ && stage_ == stage::between && updates_.empty() &&
         std::ranges::none_of(
             orders_, [this](const auto& o) { return o.second.settles_soon || o.second.expires_at <= last_ts_; });
}

void sequencer::change_kill(kill_mode mode, std::uint64_t seq) {
  kill_ = mode;
  kill_changed_seq_ = seq;
}

std::vector<client_order_id> sequencer::at_gate() const {
  std::vector<client_order_id> ids;
  for (const auto& [id, o] : orders_) {
    if (o.awaiting_accept || o.is_unknown) ids.push_back(id);
  }
  return ids;
}

sequencer::open_orders sequencer::open() const {
  const auto in_doubt = [](const auto& entry) { return entry.second.awaiting_accept || entry.second.is_unknown; };
  return {orders_.size(), static_cast<std::size_t>(std::ranges::count_if(orders_, in_doubt))};
}

void sequencer::track_order_start(const order_request& r, std::uint64_t seq) {
  const bool bracketed = r.stop_loss_offset.raw != 0 || r.target_offset.raw != 0;
  add_tracked(r.client_order_id, {.signal_id = r.signal_id,
                                  .instrument = r.instrument,
                                  .expires_at = r.expires_at,
                                  .is_bracketed = bracketed,
                                  .is_market = r.type == order_type::market,
                                  .is_grouped = !r.group.empty()});
  unplaced_[r.client_order_id] = {seq};
}

void sequencer::add_tracked(const client_order_id& id, tracked_order o) {
  ++working_in_[o.instrument.index];
  ++expiries_[o.expires_at];
  ++orders_of_[o.signal_id.str()];
  traded_.insert(o.instrument);
  orders_.emplace(id, std::move(o));
}

void sequencer::track_order_end(const client_order_id& id, feed_seq feed) {
  const auto it = orders_.find(id);
  if (it == orders_.end()) return;
  const tracked_order& o = it->second;
  ended_chains_[o.signal_id.str()] = feed;
  if (const auto of = orders_of_.find(o.signal_id.str()); --of->second == 0) orders_of_.erase(of);
  if (const auto at = expiries_.find(o.expires_at); --at->second == 0) expiries_.erase(at);
  --working_in_[o.instrument.index];
  orders_.erase(it);
  unplaced_.erase(id);
  unmodified_.erase(id);
}

void sequencer::take_snapshot_part(role from, std::string part) {
  new_parts_[index(from)] = std::move(part);
  if (--parts_missing_ != 0) return;
  parts_ = std::exchange(new_parts_, {});
  tail_.clear();
  events_since_cut_ = 0;
  frames_since_cut_ = 0;
  // One JSON text a line, its own first, then the roles': nested, each would be escaped and parsed twice.
  std::string body = own_snapshot().dump();
  for (const std::string& role_part : parts_) body += '\n' + role_part;
  host_->cut(last_seq(), done_feed_, body);
  if (draining_ && (batches_.empty() || (batches_.size() == 1 && cursor_ == batches_.front()->size()))) {
    drained_ = true;
  }
}

nlohmann::json sequencer::own_snapshot() const {
  using nlohmann::json;
  json quotes = json::array();
  for (const quote& q : quotes_) {
    if (q.ts.ns != 0) quotes.push_back({instruments_->key(q.instrument), q.last.raw, q.ts.ns});
  }
  json orders = json::array();
  for (const auto& [id, o] : orders_) {
    const auto unplaced = unplaced_.find(id);
    const auto unmodified = unmodified_.find(id);
    orders.push_back({{"id", id.str()},
                      {"signal", o.signal_id.str()},
                      {"instrument", instruments_->key(o.instrument)},
                      {"expires_at", o.expires_at.ns},
                      {"awaiting_accept", o.awaiting_accept},
                      {"is_bracketed", o.is_bracketed},
                      {"modification_seq", unmodified == unmodified_.end() ? 0 : unmodified->second.seq},
                      {"intent_seq", unplaced == unplaced_.end() ? 0 : unplaced->second.seq}});
    // Beside a venue that moves with the feed these two mean nothing, and the cut is what it always was.
    if (!settings_.feed_clocked_venue) {
      orders.back()["is_market"] = o.is_market;
      orders.back()["is_grouped"] = o.is_grouped;
      orders.back()["settles_soon"] = o.settles_soon;
    }
    if (o.is_unknown) orders.back()["is_unknown"] = true;  // else the cut is what it always was
  }
  json chains = json::object();
  for (const auto& [correlation, c] : chains_) chains[correlation] = {c.last_seq, c.root_feed};
  json traded = json::array();
  for (const instrument_id id : traded_) traded.push_back(instruments_->key(id));
  json out{{"next_seq", next_seq_},
           {"done_feed", done_feed_},
           {"last_ts", last_ts_.ns},
           {"quotes", std::move(quotes)},
           {"orders", std::move(orders)},
           {"chains", std::move(chains)},
           {"ended_chains", ended_chains_},
           {"traded", std::move(traded)},
           {"monitor", monitor_.snapshot()},
           {"risk_due", risk_due_},
           {"has_open_position", has_open_position_},
           {"last_mark_bucket", last_mark_bucket_},
           {"last_mark_feed", last_mark_feed_},
           {"kill", static_cast<int>(kill_)}};
  // A broker without an inbox writes the cut that it always wrote.
  if (inbox_.is_used()) out["inbox"] = inbox_.snapshot();
  if (keeps_account(settings_, reconciler_)) out["account"] = reconciler_.snapshot();
  // Fills of a frame are marked in it; those that come between two frames with the next one.
  if (has_unmarked_fill_) out["has_unmarked_fill"] = true;
  return out;
}

void sequencer::restore_own(const nlohmann::json& state) {
  next_seq_ = state.at("next_seq");
  done_feed_ = state.at("done_feed");
  last_ts_ = {state.at("last_ts").get<std::int64_t>()};
  for (const auto& q : state.at("quotes")) {
    const auto id = instruments_->find(q.at(0).get<std::string>());
    if (!id) continue;  // no longer in the instruments file: nothing can be traded or held in it
    quotes_[id->index] = {*id, {q.at(1).get<std::int64_t>()}, {q.at(2).get<std::int64_t>()}};
  }
  for (const auto& o : state.at("orders")) {
    const auto key = o.at("instrument").get<std::string>();
    const auto instrument = instruments_->find(key);
    if (!instrument) throw std::runtime_error(fmt::format("working order in unknown instrument {}", key));
    const client_order_id id{o.at("id").get<std::string>()};
    add_tracked(id, {signal_id{o.at("signal").get<std::string>()},
                     *instrument,
                     {o.at("expires_at").get<std::int64_t>()},
                     o.at("awaiting_accept").get<bool>(),
                     o.at("is_bracketed").get<bool>(),
                     o.value("is_market", false),
                     o.value("is_grouped", false),
                     o.value("settles_soon", true),
                     o.value("is_unknown", false)});
    if (const auto seq = o.at("intent_seq").get<std::uint64_t>(); seq != 0) unplaced_[id] = {seq};
    if (const auto seq = o.at("modification_seq").get<std::uint64_t>(); seq != 0) unmodified_[id] = {seq};
  }
  for (const auto& key : state.at("traded")) {
    if (const auto id = instruments_->find(key.get<std::string>())) traded_.insert(*id);
  }
  ended_chains_ = state.at("ended_chains").get<std::map<std::string, feed_seq>>();
  risk_due_ = state.at("risk_due");
  monitor_.restore(state.at("monitor").get<std::string>());
  for (const auto& [correlation, c] : state.at("chains").items()) chains_[correlation] = {c.at(0), c.at(1)};
  has_open_position_ = state.at("has_open_position");
  has_unmarked_fill_ = state.value("has_unmarked_fill", false);
  last_mark_bucket_ = state.at("last_mark_bucket");
  last_mark_feed_ = state.at("last_mark_feed");
  if (const auto inbox = state.find("inbox"); inbox != state.end()) inbox_.restore(*inbox);
  if (const auto account = state.find("account"); account != state.end()) reconciler_.restore(*account);
  kill_ = static_cast<kill_mode>(state.at("kill").get<int>());
}

}  // namespace bulkhead
