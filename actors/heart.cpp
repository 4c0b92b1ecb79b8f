#include "actors/heart.hpp"

namespace bulkhead::actors {

caf::behavior heart(caf::event_based_actor* self, std::shared_ptr<std::atomic<std::uint64_t>> beats,
                    std::chrono::milliseconds pace) {
  self->send(self, beat_heart{});
  return {
      [self, beats = std::move(beats), pace](const beat_heart&) {
        beats->fetch_add(1);
        self->delayed_send(self, pace, beat_heart{});
      },
  };
}

}  // namespace bulkhead::actors
