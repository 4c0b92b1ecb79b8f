#pragma once
// What outlives every node of a simulated run: disks, stores, venue, the operators' latches, the day and its chance.
#include "runtime/store/memory_store.hpp"
#include "simulation/sim_journal.hpp"
#include "simulation/sim_venue.hpp"
#include "simulation/workload.hpp"

#include <map>
#include <memory>
#include <string>

namespace bulkhead::simulation {

struct world {
  world(const workload& of, std::uint64_t seed, findings& f) : day(&of), draw(seed), found(&f) {
    for (const std::string& name : broker_names) {
      disks[name] = std::make_shared<sim_disk>(name);
      views[name] = std::make_shared<memory_views>();
      codecs[name] = std::make_shared<event_codec>(broker_id{name}, of.settings->instruments);
      held[name] = kill_mode::off;
    }
    disks[runner_log] = std::make_shared<sim_disk>(runner_log);
    venue = std::make_shared<sim_venue>(draw, f);
  }

  /// An order is past its broker's gate: may it be?
  void watch_request(const std::string& broker, unsigned node, const order& o);

  inline static const std::string runner_log = "_shared";

  const workload* day;
  chance draw;
  findings* found;
  std::map<std::string, std::shared_ptr<sim_disk>> disks;
  std::map<std::string, std::shared_ptr<memory_views>> views;
  std::map<std::string, std::shared_ptr<const event_codec>> codecs;
  std::map<std::string, kill_mode> held;  ///< the latches on disk that operators closed
  std::shared_ptr<sim_venue> venue;
  unsigned newest_node = 0;
  std::uint64_t requests = 0;  ///< that passed a gate
};

}  // namespace bulkhead::simulation
