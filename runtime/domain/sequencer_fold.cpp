// The sequencer's own state as a fold over events: what it stamps, what it tracks, and its part of a cut.
#include "runtime/domain/sequencer.hpp"

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

void sequencer::track(const event& e) {
  next_seq_ = e.seq + 1;
  if (!e.correlation.empty()) chains_[e.correlation] = {e.seq, e.trace_feed};
  std::visit(
      overloaded{
          [&](const signal_rejected&) { drop_chain(e.correlation); },
          [&](const signal_validated& v) { approved_.push_back(v.order); },
          [&](const order_submitted& s) {
            const order_request& r = s.request;
            orders_[r.client_order_id] = {r.signal_id, r.instrument, r.expires_at};
            unplaced_[r.client_order_id] = {e.seq};
            std::erase_if(approved_, [&](const auto& a) { return a->client_order_id == r.client_order_id; });
          },
          [&](const order_withheld& w) {
            std::erase_if(approved_, [&](const auto& a) { return a->client_order_id == w.client_order_id; });
            drop_chain(e.correlation);
          },
          [&](const order_cancelled& o) { track_order_end(o.client_order_id); },
          [&](const order_expired& o) { track_order_end(o.client_order_id); },
          [&](const order_rejected& o) { track_order_end(o.client_order_id); },
          [&](const order_filled& f) {
            last_fill_feed_ = e.feed;
            if (f.remaining_qty == 0) track_order_end(f.client_order_id);
          },
          [&](const portfolio_snapshot& p) {
            last_mark_feed_ = e.feed;
            last_mark_bucket_ = e.ts.ns / (settings_.mark_interval_s * 1'000'000'000);
            has_open_position_ = std::ranges::any_of(p.positions, [](const auto& v) { return v.qty != 0; });
          },
          [&](const kill_latched& k) { kill_ = k.mode == "reduce-only" ? kill_mode::reduce_only : kill_mode::halt; },
          [&](const kill_released&) { kill_ = kill_mode::off; },
          [](const auto&) {},
      },
      e.body);
  // Any report from the broker shows that the order passed the gate.
  if (std::holds_alternative<order_accepted>(e.body) || std::holds_alternative<order_filled>(e.body) ||
      std::holds_alternative<order_unknown>(e.body)) {
    const client_order_id& id = *order_of(e.body);
    unplaced_.erase(id);
    if (const auto it = orders_.find(id); it != orders_.end()) it->second.awaiting_accept = false;
  }
}

void sequencer::track_order_end(const client_order_id& id) {
  const auto it = orders_.find(id);
  if (it == orders_.end()) return;
  drop_chain(it->second.signal_id.str());
  orders_.erase(it);
  unplaced_.erase(id);
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
  for (const quote& q : all_quotes()) quotes.push_back({instruments_->key(q.instrument), q.last.raw, q.ts.ns});
  json orders = json::array();
  for (const auto& [id, o] : orders_) {
    const auto unplaced = unplaced_.find(id);
    orders.push_back({{"id", id.str()},
                      {"signal", o.signal_id.str()},
                      {"instrument", instruments_->key(o.instrument)},
                      {"expires_at", o.expires_at.ns},
                      {"awaiting_accept", o.awaiting_accept},
                      {"intent_seq", unplaced == unplaced_.end() ? 0 : unplaced->second.seq}});
  }
  json chains = json::object();
  for (const auto& [correlation, c] : chains_) chains[correlation] = {c.last_seq, c.root_feed};
  return {{"next_seq", next_seq_},
          {"done_feed", done_feed_},
          {"last_ts", last_ts_.ns},
          {"quotes", std::move(quotes)},
          {"orders", std::move(orders)},
          {"chains", std::move(chains)},
          {"has_open_position", has_open_position_},
          {"last_mark_bucket", last_mark_bucket_},
          {"last_fill_feed", last_fill_feed_},
          {"last_mark_feed", last_mark_feed_},
          {"kill", static_cast<int>(kill_)}};
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
    orders_[id] = {signal_id{o.at("signal").get<std::string>()},
                   *instrument,
                   {o.at("expires_at").get<std::int64_t>()},
                   o.at("awaiting_accept").get<bool>()};
    if (const auto seq = o.at("intent_seq").get<std::uint64_t>(); seq != 0) unplaced_[id] = {seq};
  }
  for (const auto& [correlation, c] : state.at("chains").items()) chains_[correlation] = {c.at(0), c.at(1)};
  has_open_position_ = state.at("has_open_position");
  last_mark_bucket_ = state.at("last_mark_bucket");
  last_fill_feed_ = state.at("last_fill_feed");
  last_mark_feed_ = state.at("last_mark_feed");
  kill_ = static_cast<kill_mode>(state.at("kill").get<int>());
}

}  // namespace bulkhead
