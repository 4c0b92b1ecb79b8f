#include "strategies/strategy_host.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

/// Empty: an order (or the cancellation of one) can be made of it.
std::string objection_to(const intent& said) {
  if (said.action == signal_action::cancel) return {};
  const auto above_zero = [](std::string_view what, price given) {
    return fmt::format("impossible intent: {}: given {}, allowed: above 0", what, to_string(given));
  };
  if (said.qty < 1 || said.qty > max_quantity) {
    return fmt::format("impossible intent: quantity: given {}, allowed: 1 to {}", said.qty, max_quantity);
  }
  for (const price given : {said.limit_price, said.trigger_price, said.stop_loss_offset, said.target_offset}) {
    if (given > price::max()) {
      return fmt::format("impossible intent: price: given {}, allowed: up to {}", to_string(given),
                         to_string(price::max()));
    }
  }
  if (has_limit(said.type) && said.limit_price.raw <= 0) return above_zero("limit price", said.limit_price);
  if (has_trigger(said.type) && said.trigger_price.raw <= 0) return above_zero("trigger price", said.trigger_price);
  if (said.stop_loss_offset.raw < 0 || said.target_offset.raw < 0) {
    return fmt::format("impossible intent: bracket: given stop {} and target {}, allowed: 0 or above",
                       to_string(said.stop_loss_offset), to_string(said.target_offset));
  }
  return {};
}

std::string objection_to(const std::vector<intent>& said) {
  for (const intent& one : said) {
    if (std::string objection = objection_to(one); !objection.empty()) return objection;
  }
  return {};
}

bool raises_risk(signal_action a) { return a == signal_action::entry || a == signal_action::modify; }

}  // namespace

strategy_host::strategy_host(std::vector<hosted_strategy> strategies, trading_session session,
                             const instrument_table& instruments, time_budget budget)
    : strategies_(slots_of(std::move(strategies))),
      session_(session),
      instruments_(&instruments),
      budget_(std::move(budget)),
      routes_(routes_of(strategies_)) {}

std::vector<strategy_host::slot> strategy_host::slots_of(std::vector<hosted_strategy> strategies) {
  std::ranges::sort(strategies, {}, &hosted_strategy::name);
  const auto twin = std::ranges::adjacent_find(strategies, {}, &hosted_strategy::name);
  if (twin != strategies.end()) throw std::invalid_argument("two strategies are named " + twin->name.str());
  std::vector<slot> slots;
  for (hosted_strategy& hosted : strategies) {
    slot& made = slots.emplace_back();
    made.to = std::make_shared<const std::vector<broker_id>>(hosted.brokers);
    made.quarantined = hosted.fault;
    made.hosted = std::move(hosted);
  }
  return slots;
}

tick_routes strategy_host::routes_of(const std::vector<slot>& slots) const {
  tick_routes routes{instruments_->size()};
  for (std::uint32_t i = 0; i < slots.size(); ++i) routes.add(i, slots[i].hosted.instruments);
  return routes;
}

void strategy_host::on_frame(const frame_view& frame, frame_output& out) {
  if (frame.seq <= last_frame_) return;
  if (last_frame_ == 0) announce_faults(out);
  last_frame_ = frame.seq;
  if (!session_.is_open(frame.ts)) return;
  for (std::uint32_t i = 0; i < frame.ticks.size(); ++i) {
    for (const std::uint32_t index : routes_.of(frame.ticks[i].instrument)) ask(strategies_[index], frame, i, out);
  }
}

void strategy_host::announce_faults(frame_output& out) {
  for (const slot& s : strategies_) {
    if (!s.hosted.fault.empty()) notify(s.to, {s.hosted.name, "quarantined", s.hosted.fault}, out);
  }
}

void strategy_host::ask(slot& asked, const frame_view& frame, std::uint32_t tick_index, frame_output& out) {
  if (!asked.quarantined.empty() || prescribed(asked, tick_index, out)) return;
  const tick& t = frame.ticks[tick_index];
  const bool measured = timed(frame.seq);
  said_.clear();
  const std::int64_t before = measured ? budget_.now_ns() : 0;
  try {
    asked.hosted.logic->on_tick(instruments_->at(t.instrument), t, frame.ts, said_);
  } catch (const std::exception& e) {
    return quarantine(asked, fmt::format("threw: {}", e.what()), out);
  } catch (...) {
    return quarantine(asked, "threw", out);
  }
  if (std::string objection = objection_to(said_); !objection.empty()) {
    return quarantine(asked, std::move(objection), out);
  }
  if (measured) measure(asked, budget_.now_ns() - before, tick_index, out);
  if (asked.quarantined.empty()) speak(asked, frame, t.instrument, out);
}

bool strategy_host::timed(feed_seq frame) const {
  return budget_.budget_ms > 0 && budget_.now_ns && frame >= measured_from_;
}

void strategy_host::measure(slot& asked, std::int64_t took_ns, std::uint32_t tick_index, frame_output& out) {
  asked.strikes = took_ns > budget_.budget_ms * 1'000'000 ? asked.strikes + 1 : 0;
  if (asked.strikes < budget_.strikes) return;
  std::string reason =
      fmt::format("took longer than its time budget of {} ms for {} ticks in a row", budget_.budget_ms, asked.strikes);
  out.measured.push_back({asked.hosted.name, last_frame_, tick_index, reason});
  quarantine(asked, std::move(reason), out);
}

bool strategy_host::prescribed(slot& asked, std::uint32_t tick_index, frame_output& out) {
  const auto it = std::ranges::find_if(prescribed_, [&](const measured_quarantine& p) {
    return p.feed == last_frame_ && p.tick == tick_index && p.strategy == asked.hosted.name;
  });
  if (it == prescribed_.end()) return false;
  quarantine(asked, std::move(it->reason), out);
  prescribed_.erase(it);
  return true;
}

void strategy_host::speak(const slot& asked, const frame_view& frame, instrument_id id, frame_output& out) {
  const std::string& key = instruments_->key(id);
  for (std::uint32_t ordinal = 0; ordinal < said_.size(); ++ordinal) {
    intent& said = said_[ordinal];
    // Only its side means something: nothing else of it may reach a journal, which takes orders' terms alone.
    if (said.action == signal_action::cancel) {
      said = {.action = said.action, .side = said.side, .qty = 1, .reason = std::move(said.reason)};
    }
    if (asked.paused && raises_risk(said.action)) continue;
    out.signals.push_back({.signal = {.id = derive_signal_id(asked.hosted.name, key, frame.seq, ordinal),
                                      .strategy = asked.hosted.name,
                                      .instrument = id,
                                      .action = said.action,
                                      .side = said.side,
                                      .qty = said.qty,
                                      .type = said.type,
                                      .validity = said.validity,
                                      .product = asked.hosted.product,
                                      .limit_price = said.limit_price,
                                      .trigger_price = said.trigger_price,
                                      .stop_loss_offset = said.stop_loss_offset,
                                      .target_offset = said.target_offset,
                                      .ts = frame.ts,
                                      .feed = frame.seq,
                                      .ordinal = ordinal,
                                      .reason = std::move(said.reason)},
                           .to = asked.to});
  }
}

}  // namespace bulkhead
