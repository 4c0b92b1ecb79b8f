// Signals from outside: how they join a frame, and which of them nobody may act on.
#include "runtime/domain/risk/signal_age.hpp"
#include "runtime/domain/sequencer.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

/// More wait for the next frame: one flooding sender must not make a step that never ends.
constexpr std::size_t most_in_a_frame = 100;

risk::verdict too_far(const signal& s, timestamp now, std::int64_t max_ms) {
  if (auto old = risk::signal_age(s, now, max_ms)) return old;
  const duration ahead = s.ts - now;
  if (ahead <= risk::milliseconds(max_ms)) return std::nullopt;
  return risk::refusal{"signal_age", std::to_string(max_ms), fmt::format("-{}", risk::milliseconds_text(ahead)), "ms"};
}

}  // namespace

void sequencer::take_external() {
  std::uint32_t ordinal = 0;
  for (external_signal& taken : inbox_.take_signals(most_in_a_frame)) {
    taken.what.feed = frame_.seq;
    taken.what.ordinal = ordinal++;
    frame_signals_.push_back(std::move(taken.what));
    frame_origins_.push_back(std::move(taken.from));
  }
}

bool sequencer::is_timely(const signal& s, timestamp at) const {
  return !too_far(s, at, settings_.external_max_age_ms);
}

void sequencer::reject_external(std::vector<signal>& signals) {
  const std::size_t own = signals.size() - frame_origins_.size();
  std::vector<signal> kept{signals.begin(), signals.begin() + static_cast<std::ptrdiff_t>(own)};
  std::set<std::string> ids;
  std::size_t room = inbox_.room(frame_.ts);
  for (std::size_t i = 0; i < frame_origins_.size(); ++i) {
    signal& s = signals[own + i];
    const std::string& id = frame_origins_[i].id;
    const bool repeated = inbox_.knows(id) || !ids.insert(id).second;
    if (repeated) {
      abandoned_.push_back({s.id, s.strategy, s.instrument, std::string{duplicate_id_rule}, "1", "2", "signals"});
    } else if (auto far = too_far(s, frame_.ts, settings_.external_max_age_ms)) {
      abandoned_.push_back({s.id, s.strategy, s.instrument, far->rule, far->limit, far->observed, far->unit});
    } else if (room == 0) {
      abandoned_.push_back({s.id, s.strategy, s.instrument, std::string{inbox_rate_rule},
                            std::to_string(settings_.external_most_ids),
                            std::to_string(settings_.external_most_ids + 1), "signals"});
    } else {
      --room;
      kept.push_back(std::move(s));
    }
  }
  signals = std::move(kept);
}

void sequencer::take_received(std::vector<event_body>& bodies) {
  const std::size_t own = frame_signals_.size() - frame_origins_.size();
  for (std::size_t i = 0; i < frame_signals_.size(); ++i) {
    signal_received received{std::move(frame_signals_[i]), std::nullopt};
    if (i >= own) received.origin = std::move(frame_origins_[i - own]);
    bodies.emplace_back(std::move(received));
  }
  frame_signals_.clear();
  frame_origins_.clear();
}

}  // namespace bulkhead
