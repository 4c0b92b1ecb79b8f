// What operators ask of a broker: taken in its turn, answered once it is durable.
#include "actors/bridge.hpp"

namespace bulkhead::actors {

void bridge_host::take_command(const operate& message) {
  const auto refuse = [&](std::string why) {
    caf::anon_send(message.who, operated{config_.broker, message.ticket, std::move(why), nullptr, {}});
  };
  if (session_ == 0) return refuse("its journal is not open (yet): try again in a moment");
  if (is_draining_) return refuse("the run has ended");
  constexpr std::size_t most_waiting = 1000;
  if (asked_.size() >= most_waiting) return refuse("1000 commands wait already: try again later");
  const std::uint64_t ticket = next_ticket_++;
  asked_[ticket] = {message.ticket, message.who, nullptr, 0};
  sequencer_->offer_command(ticket, message.command);
  after_handler();
}

void bridge_host::commanded(std::uint64_t ticket, const event_list& events) {
  const auto it = asked_.find(ticket);
  if (it == asked_.end()) return;
  it->second.events = events;
  it->second.last_seq = sequencer_->last_seq();
}

void bridge_host::answer_commands() {
  for (auto it = asked_.begin(); it != asked_.end();) {
    const asked_command& asked = it->second;
    const bool over = sequencer_->drained() && !asked.events;
    if (!over && (!asked.events || asked.last_seq > sequencer_->durable_seq())) {
      ++it;
      continue;
    }
    caf::anon_send(asked.who, operated{config_.broker, asked.asked_as, over ? "the run has ended" : "", asked.events,
                                       sequencer_->at_gate()});
    it = asked_.erase(it);
  }
}

}  // namespace bulkhead::actors
