#include "actors/stand_in.hpp"

#include "actors/supervisor.hpp"

#include <memory>
#include <string>

namespace bulkhead::actors {
namespace {

class stand_in_desk {
 public:
  stand_in_desk(caf::event_based_actor* self, stand_in_config config) : self_(self), config_(std::move(config)) {}

  void subscribed(const subscribe& m) {
    who_ = m.who;
    subscription_ = config_.next_subscription();
    config_.send(link::subscribed{config_.as, subscription_, m.from, m.seen});
  }

  void credited(const credit& m) const {
    // The bridge tells both the same; the node hands it to both.
    if (config_.as == link::source::feed) config_.send(link::progress{m.processed, m.resume});
  }

  void hear(const link::frame_part& m) const {
    if (m.subscription == subscription_ && who_) caf::anon_send(who_, frames{m.batch, m.end, m.notices});
  }
  void hear(const link::signal_part& m) const {
    if (m.subscription != subscription_ || !who_) return;
    caf::anon_send(who_, frame_signals{m.through, m.signals, m.notices, m.refuse_entries_through});
  }
  void hear(const link::peer_up& m) const {
    if (m.from != config_.as || !who_) return;
    // As if this one had been started anew: the subscriber asks again, from where it now stands.
    const std::string path = config_.as == link::source::feed ? "feed" : "runner";
    caf::anon_send(who_, role_up{path, config_.number, caf::actor_cast<caf::actor>(self_)});
  }
  template <class Other>
  void hear(const Other&) const {}  // not for a stand-in

 private:
  caf::event_based_actor* self_;
  stand_in_config config_;
  caf::actor who_;
  std::uint64_t subscription_ = 0;
};

}  // namespace

caf::behavior stand_in(caf::event_based_actor* self, stand_in_config config) {
  end_with_exception_text(self);
  auto desk = std::make_shared<stand_in_desk>(self, std::move(config));
  return {
      [desk](const node_said& m) { std::visit([&](const auto& one) { desk->hear(one); }, m.what); },
      [desk](const subscribe& m) { desk->subscribed(m); },
      [desk](const credit& m) { desk->credited(m); },
      [](const role_up&) {},
      [](const unsubscribe&) {},
      [](const stop_feed&) {},
  };
}

}  // namespace bulkhead::actors
