#include "tools/app/order_find.hpp"

#include "tools/app/commands.hpp"
#include "tools/app/event_line.hpp"
#include "tools/app/table.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

namespace bulkhead::app {
namespace {

constexpr std::size_t shown_candidates = 10;

struct candidate {
  broker_id broker;
  const order_life* life;
};

bool is_placed(const candidate& c) { return !c.life->withheld; }

std::string list_of(const std::vector<candidate>& candidates, const config::settings& s) {
  std::string out;
  for (std::size_t i = 0; i < candidates.size() && i < shown_candidates; ++i) {
    const auto& [broker, life] = candidates[i];
    const std::string line = fmt::format("  {} {} {} {}", life->request.client_order_id.str(), broker.str(),
                                         ist(life->submitted_at), order_words(life->request, s.instruments));
    out += "\n" + fit(line);
  }
  if (candidates.size() > shown_candidates) out += fmt::format("\n  and {} more", candidates.size() - shown_candidates);
  return out;
}

}  // namespace

found_order find_order(const config::settings& s, const std::string& broker, const std::string& prefix) {
  std::vector<std::pair<broker_id, broker_history>> histories;
  for (const config::broker_settings* b : brokers_named(s, broker))
    histories.emplace_back(b->id, read_history(s, b->id));
  std::vector<candidate> candidates;
  std::size_t orders = 0;
  for (const auto& [id, history] : histories) {
    orders += history.orders.size();
    for (const order_life* o : history.matching(prefix)) candidates.push_back({id, o});
  }
  if (candidates.empty() || prefix.empty()) {
    throw command_error(exit_failed,
                        fmt::format("order: given \"{}\": none of the {} orders in {} has an id that begins "
                                    "so; `bulkhead orders ls --limit 0` lists them",
                                    prefix, orders, s.data_dir.string()));
  }
  // The same signal makes the same id at every broker: the one that was placed is meant before those withheld.
  if (std::ranges::count_if(candidates, is_placed) == 1) std::erase_if(candidates, std::not_fn(is_placed));
  if (candidates.size() > 1) {
    throw command_error(exit_failed,
                        fmt::format("order: given \"{}\": {} orders begin so; give more of the id, or --broker "
                                    "where the same signal went to several:{}",
                                    prefix, candidates.size(), list_of(candidates, s)));
  }
  const candidate only = candidates.front();
  order_life life = *only.life;
  for (auto& [id, history] : histories) {
    if (id == only.broker) return {id, std::move(life), std::move(history)};
  }
  throw std::logic_error("an order was found at no broker");
}

}  // namespace bulkhead::app
