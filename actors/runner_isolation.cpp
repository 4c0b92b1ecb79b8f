// Brokers whose subtree gave up: nobody waits for them, and the signals for them are kept until they come back.
#include "actors/runner.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::actors {
namespace {

/// Above every ordinal that the host gives: the notice comes after those of the same frame.
constexpr std::uint32_t first_shed_ordinal = 1'000'000;

}  // namespace

void runner_state::isolate(const std::string& broker) {
  refused_through.erase(broker);
  if (config.brokers.erase(broker) != 0) {
    const auto it = brokers.find(broker);
    isolated[broker] = it == brokers.end() ? addressee{} : std::move(it->second);
    brokers.erase(broker);
    shed_oldest(isolated[broker], config.max_retained);
  }
  start_if_ready();
  keep_snapshot_if_safe();
}

void runner_state::readmitted(const readmit& message) { refused_through[message.consumer] = message.newest; }

void runner_state::take_back(const subscribe& message) {
  addressee& b = brokers[message.consumer];
  if (const auto it = isolated.find(message.consumer); it != isolated.end()) {
    b = std::move(it->second);
    isolated.erase(it);
  }
  config.brokers.insert(message.consumer);
  b.from = message.from;
  tell_shed(b, config.max_retained);
}

void runner_state::keep_for_isolated() {
  for (auto& [name, b] : isolated) {
    std::ranges::copy_if(output.signals_for(broker_id{name}), std::back_inserter(b.signals),
                         [&](const signal& s) { return s.feed > b.resume; });
    std::ranges::copy_if(output.notices_for(broker_id{name}), std::back_inserter(b.notices),
                         [&](const strategy_notice& n) { return n.feed >= b.resume; });
    shed_oldest(b, config.max_retained);
    raise_to(config.counters->most_retained, b.signals.size());
  }
}

void runner_state::shed_oldest(addressee& b, std::uint64_t most) {
  for (; b.signals.size() > most; b.signals.pop_front()) {
    ++b.shed[b.signals.front().strategy];
    b.shed_through = b.signals.front().feed;
  }
  for (; b.notices.size() > most; b.notices.pop_front()) {
    ++b.shed[b.notices.front().what.strategy];
    b.shed_through = std::max(b.shed_through, b.notices.front().feed);
  }
}

void runner_state::tell_shed(addressee& b, std::uint64_t most) {
  std::uint32_t ordinal = first_shed_ordinal;
  std::vector<strategy_notice> told;
  for (const auto& [strategy, count] : b.shed) {
    if (b.shed_through < b.from) break;  // it had journaled them before it was isolated
    strategy_changed what{
        strategy, "signals_shed",
        fmt::format("while the broker was isolated there was no room for {} signal(s) or notice(s), the newest of "
                    "frame {}; {} are kept at most",
                    count, b.shed_through, most)};
    // Behind the first frame that it takes: that one may have been journaled in part, the next one is whole.
    told.push_back({std::move(what), b.from, ordinal++});
  }
  const auto later = std::ranges::find_if(b.notices, [&](const strategy_notice& n) { return n.feed > b.from; });
  b.notices.insert(later, told.begin(), told.end());
  b.shed.clear();
}

}  // namespace bulkhead::actors
