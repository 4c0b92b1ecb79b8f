#include "simulation/world.hpp"

namespace bulkhead::simulation {

void world::watch_request(const std::string& broker, unsigned node, const order& o) {
  ++requests;
  const sim_disk& disk = *disks.at(broker);
  const std::string id = o.request.client_order_id.str();
  const auto broken = [&](promise p, const char* what) {
    found->broken(p,
                  fmt::format("{}: order {} of {} left for the broker {}", broker, id, o.request.strategy.str(), what));
  };
  if (!disk.intents.contains(id)) broken(promise::journal_before_effect, "before its intent was durable");
  if (!disk.approvals.contains(id)) broken(promise::risk_first, "without an approval of risk in the journal");
  if (!day->addressed.at(broker).contains(o.request.strategy.str())) {
    broken(promise::no_mixing, "of a strategy that does not name this broker");
  }
  if (disk.fenced.contains(node)) broken(promise::one_writer, "from a node that the journal had refused as stale");
  // A stale node cannot know what an operator told the newer one; it is stopped by the fence, above.
  if (node != newest_node) return;
  const kill_mode latch = std::max(disk.latch, held.at(broker));
  if (latch == kill_mode::halt || (latch == kill_mode::reduce_only && !o.request.reduces)) {
    broken(promise::risk_first, "while the kill switch was closed");
  }
}

}  // namespace bulkhead::simulation
