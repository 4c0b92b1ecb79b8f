#include "actors/system_config.hpp"

#include "actors/messages.hpp"

namespace bulkhead::actors {

system_config::system_config(std::size_t threads) {
  add_message_types<caf::id_block::bulkhead_messages>();
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", threads);
  // A flooded actor gives way to its neighbours after this many messages.
  set("scheduler.max-throughput", std::size_t{50});
}

test_system_config::test_system_config() {
  add_message_types<caf::id_block::bulkhead_messages>();
  set("scheduler.policy", caf::atom("testing"));
}

}  // namespace bulkhead::actors
