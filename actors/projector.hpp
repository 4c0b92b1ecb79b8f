#pragma once
// Writes the views of one broker from its journal: reads it page by page behind what is durable, so a slow or lost
// store never holds up the bridge, and a restart goes on where the store ends.
#include "actors/interfaces.hpp"
#include "runtime/domain/event_codec.hpp"
#include "runtime/ports/state_store.hpp"

#include <memory>
#include <string>

namespace bulkhead::actors {

struct projector_config {
  broker_id broker;
  std::shared_ptr<const instrument_table> instruments;
  std::shared_ptr<bulkhead::journal> journal;
  std::shared_ptr<state_store> store;
  node_actor node;
  std::size_t page = 500;                 ///< events read at a time
  std::chrono::milliseconds pace{20};     ///< between pages when it is not behind
  std::chrono::milliseconds retry{1000};  ///< after an error of the store
  /// While there is nothing to write: so often is the store asked whether it still has what it had. 0: never, where
  /// nobody but this node can take views away.
  std::chrono::milliseconds recheck{0};
};

struct projector_state {
  explicit projector_state(projector_actor::pointer self) : self(self) {}
  void begin(projector_config c);
  /// Asks the store how far it is; also after each of its errors, since only it knows what it kept.
  void ask_position();
  /// project_up_to{0}, from itself: is the store, in a quiet time, still where it was?
  void recheck();
  void known(const projected_known& message);
  void step();
  void project(const records_read& message);
  void done(const projection_done& message);
  void again(std::chrono::milliseconds delay);

  static inline const char* name = "projector";
  projector_actor::pointer self;
  projector_config config;
  std::unique_ptr<event_codec> codec;
  bool ready = false;  ///< the store told its position
  bool busy = false;   ///< a page is on its way, or a pause
  std::uint64_t next = 1;
  std::uint64_t durable = 0;
};

projector_actor::behavior_type projector(projector_actor::stateful_pointer<projector_state> self,
                                         projector_config config);

}  // namespace bulkhead::actors
