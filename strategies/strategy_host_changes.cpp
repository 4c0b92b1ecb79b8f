// What happens to hosted strategies besides ticks: quarantine, pause, reload, snapshot.
#include "strategies/strategy_host.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead {
namespace {

addressees union_of(const addressees& a, const addressees& b) {
  if (*a == *b) return a;
  std::vector<broker_id> both = *a;
  std::ranges::copy_if(*b, std::back_inserter(both),
                       [&](const broker_id& id) { return std::ranges::find(*a, id) == a->end(); });
  return std::make_shared<const std::vector<broker_id>>(std::move(both));
}

}  // namespace

void strategy_host::notify(const addressees& to, strategy_changed what, frame_output& out) {
  if (noticed_feed_ != last_frame_) noticed_ordinal_ = 0;
  noticed_feed_ = last_frame_;
  out.notices.push_back({{std::move(what), last_frame_, noticed_ordinal_++}, to});
}

void strategy_host::quarantine(slot& failed, std::string reason, frame_output& out) {
  failed.quarantined = std::move(reason);
  failed.strikes = 0;
  notify(failed.to, {failed.hosted.name, "quarantined", failed.quarantined}, out);
}

const strategy_host::slot* strategy_host::find(const strategy_id& name) const {
  const auto it = std::ranges::find(
      strategies_, name, [](const slot& s) -> const auto& { return s.hosted.name; });
  return it == strategies_.end() ? nullptr : &*it;
}

std::string strategy_host::refuse_paused(const strategy_id& name, bool paused) const {
  const slot* found = find(name);
  if (found == nullptr) return fmt::format("no strategy is named {}; see the list of strategies", name.str());
  if (!found->quarantined.empty()) {
    return fmt::format("{} is quarantined ({}); a reload takes it back", name.str(), found->quarantined);
  }
  if (found->paused == paused) return fmt::format("{} is {} already", name.str(), paused ? "paused" : "running");
  return {};
}

void strategy_host::set_paused(const strategy_id& name, bool paused, frame_output& out) {
  if (!refuse_paused(name, paused).empty()) return;
  const auto it = std::ranges::find(
      strategies_, name, [](const slot& s) -> const auto& { return s.hosted.name; });
  it->paused = paused;
  notify(it->to, {name, paused ? "paused" : "resumed", "operator"}, out);
}

void strategy_host::reload(std::vector<hosted_strategy> strategies, frame_output& out) {
  std::vector<slot> next = slots_of(std::move(strategies));
  tick_routes routes = routes_of(next);
  const auto by_name = [](const slot& s) -> const auto& { return s.hosted.name; };
  for (slot& fresh : next) {
    const auto before = std::ranges::find(strategies_, fresh.hosted.name, by_name);
    take_over(fresh, before == strategies_.end() ? nullptr : &*before, out);
  }
  for (const slot& gone : strategies_) {
    if (std::ranges::find(next, gone.hosted.name, by_name) != next.end()) continue;
    notify(gone.to, {gone.hosted.name, "removed", "not in the new set"}, out);
  }
  strategies_ = std::move(next);
  routes_ = std::move(routes);
}

void strategy_host::take_over(slot& fresh, slot* before, frame_output& out) {
  const auto say = [&](const addressees& to, const char* change, std::string reason) {
    notify(to, {fresh.hosted.name, change, std::move(reason)}, out);
  };
  if (before == nullptr) {
    say(fresh.to, "added", "new in the set");
  } else {
    fresh.paused = before->paused;
    const addressees all = union_of(before->to, fresh.to);
    if (!before->quarantined.empty()) {
      say(all, "reloaded", fmt::format("starts anew after its quarantine ({})", before->quarantined));
    } else if (before->hosted.fingerprint != fresh.hosted.fingerprint) {
      say(all, "reloaded", "starts anew: its kind, instruments or parameters changed");
    } else {
      if (*before->to != *fresh.to || before->hosted.product != fresh.hosted.product) {
        say(all, "reloaded", "keeps its state: only its brokers or its product changed");
      }
      fresh.hosted.logic = std::move(before->hosted.logic);
      fresh.strikes = before->strikes;
      fresh.quarantined.clear();
      return;
    }
  }
  if (!fresh.quarantined.empty()) say(fresh.to, "quarantined", fresh.quarantined);
}

std::vector<strategy_status> strategy_host::status() const {
  std::vector<strategy_status> all;
  for (const slot& s : strategies_) all.push_back({s.hosted.name, s.paused, s.quarantined});
  return all;
}

// What a quarantined strategy remembers is not to be trusted, and nobody asks for it again.
nlohmann::json strategy_host::snapshot() const {
  nlohmann::json all = nlohmann::json::object();
  for (const slot& s : strategies_) {
    all[s.hosted.name.str()] = {{"fingerprint", s.hosted.fingerprint},
                                {"paused", s.paused},
                                {"quarantined", s.quarantined},
                                {"state", s.quarantined.empty() ? s.hosted.logic->snapshot() : nlohmann::json{}}};
  }
  return {{"last_frame", last_frame_},
          {"noticed", {{"feed", noticed_feed_}, {"next", noticed_ordinal_}}},
          {"strategies", std::move(all)}};
}

void strategy_host::restore(const nlohmann::json& state) {
  std::string at = "last_frame";
  try {
    last_frame_ = state.at("last_frame").get<feed_seq>();
    at = "noticed";
    noticed_feed_ = state.at("noticed").at("feed").get<feed_seq>();
    noticed_ordinal_ = state.at("noticed").at("next").get<std::uint32_t>();
    at = "strategies";
    const auto& all = state.at("strategies");
    for (slot& s : strategies_) {
      at = s.hosted.name.str();
      const auto it = all.find(at);
      if (it == all.end()) continue;
      s.paused = it->at("paused").get<bool>();
      if (it->at("fingerprint").get<std::string>() != s.hosted.fingerprint) continue;
      s.quarantined = it->at("quarantined").get<std::string>();
      if (s.quarantined.empty()) s.hosted.logic->restore(it->at("state"));
    }
  } catch (const std::exception& e) {
    throw std::invalid_argument(fmt::format("snapshot of the strategies: {}: {}", at, e.what()));
  }
}

}  // namespace bulkhead
