#include "tools/kite_sim/ticker_hub.hpp"

#include "tools/kite_sim/core/kite_text.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace bulkhead::kite_sim {
namespace {

using nlohmann::json;

form query_of(std::string_view target) {
  const std::size_t question = std::min(target.find('?'), target.size());
  return form::parse(target.substr(std::min(question + 1, target.size())));
}

}  // namespace

std::optional<http_reply> ticker_hub::refuse(const std::string& target) const {
  const form query = query_of(target);
  const std::string api_key = query.get("api_key");
  if (sim_->socket_access(api_key, query.get("access_token")) == nullptr) {
    return failure(403, "TokenException", "Incorrect `api_key` or `access_token`.");
  }
  const auto same_app = [&](const auto& one) { return one->who().api_key == api_key; };
  if (std::ranges::count_if(sockets_, same_app) >= static_cast<std::ptrdiff_t>(most_of_an_app)) {
    return failure(429, "NetworkException", "Too many requests");
  }
  return std::nullopt;
}

void ticker_hub::open(sim_stream stream, ticker_socket::upgrade request) {
  const form query = query_of(std::string_view{request.target().data(), request.target().size()});
  const access who = *sim_->socket_access(query.get("api_key"), query.get("access_token"));
  const auto place = sockets_.emplace(sockets_.end());
  *place = std::make_shared<ticker_socket>(std::move(stream), *sim_, who, [this, place] { sockets_.erase(place); });
  (*place)->accept(std::move(request));
}

void ticker_hub::market_moved() {
  const market_state& market = sim_->venue().market();
  seen_.resize(market.size());
  std::vector<instrument_id> changed;
  for (std::uint32_t i = 0; i < market.size(); ++i) {
    const market_row& row = market.row({i});
    if (row.changes == seen_[i]) continue;
    seen_[i] = row.changes;
    if (row.last.raw > 0) changed.push_back({i});
  }
  if (changed.empty()) return;
  // A copy: a connection that is cut leaves the list.
  const auto all = sockets_;
  for (const auto& one : all) one->changed(changed);
}

void ticker_hub::send(const order_update& update) {
  faults& mishaps = sim_->mishaps();
  if (mishaps.strike(fault_kind::drop_update)) return;
  if (!held_ && mishaps.strike(fault_kind::reorder_update)) {
    held_ = update;
    return;
  }
  deliver(update);
  if (mishaps.strike(fault_kind::duplicate_update)) deliver(update);
  send_held();
}

void ticker_hub::beat() {
  constexpr int longest_hold = 10;
  if (held_ && ++held_beats_ >= longest_hold) send_held();
}

void ticker_hub::send_held() {
  held_beats_ = 0;
  if (const auto held = std::exchange(held_, std::nullopt)) deliver(*held);
}

void ticker_hub::deliver(const order_update& update) {
  const std::string text =
      json{{"type", "order"}, {"data", update.fields}}.dump(-1, ' ', false, json::error_handler_t::replace);
  const auto all = sockets_;
  for (const auto& one : all) {
    if (one->who().user_id == update.user_id) one->send_text(text);
  }
}

bool ticker_hub::idle() const {
  return std::ranges::all_of(sockets_, [](const auto& one) { return one->idle(); });
}

std::size_t ticker_hub::cut_all() {
  const auto all = sockets_;
  for (const auto& one : all) one->cut();
  return all.size();
}

}  // namespace bulkhead::kite_sim
