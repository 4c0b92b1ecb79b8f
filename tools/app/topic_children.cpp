#include "tools/app/topic_children.hpp"

#include "actors/inbox.hpp"
#include "actors/publisher.hpp"
#include "actors/ticks_publisher.hpp"
#include "runtime/feeds/market_ticks_codec.hpp"
#include "tools/app/inbox_child.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace bulkhead::app {

using actors::incarnation;
using actors::supervisor_actor;

actors::watch_post post_of(const std::shared_ptr<actors::vitals_board>& board, const std::string& broker,
                           const std::string& child, incarnation number, const supervisor_actor& parent) {
  return {board, broker.empty() ? child : fmt::format("{}/{}", broker, child), number, parent, child};
}

actors::child_spec publisher_child(const node_parts& parts, const std::shared_ptr<broker_context>& b,
                                   const actors::node_actor& node) {
  return {
      "publisher", [s = parts.settings, b, node, board = parts.vitals](caf::actor_system& system, incarnation number,
                                                                       const supervisor_actor& parent) {
        actors::publisher_config config;
        config.broker = b->settings.id;
        config.instruments = {s, &s->instruments};
        config.journal = b->reader;
        config.topics = b->topics;
        config.node = node;
        config.notice = [id = b->settings.id.str()](const std::string& text) { spdlog::warn("{}: {}", id, text); };
        const auto post = post_of(board, b->settings.id.str(), "publisher", number, parent);
        return caf::actor_cast<caf::actor>(actors::spawn_watched(system, post, actors::publisher, std::move(config)));
      }};
}

actors::child_spec ticks_child(const node_parts& parts, const actors::node_actor& node) {
  return {"ticks", [s = parts.settings, topic = parts.ticks, node, board = parts.vitals](
                       caf::actor_system& system, incarnation number, const supervisor_actor& parent) {
            actors::ticks_publisher_config config;
            config.topic = topic;
            config.encode = [s, codec = market_ticks_codec{s->instruments}](const frame_view& f) {
              return codec.encode(f);
            };
            config.key = "shared";
            config.node = node;
            config.notice = [](const std::string& text) { spdlog::warn("{}", text); };
            const auto post = post_of(board, "", "ticks", number, parent);
            return caf::actor_cast<caf::actor>(
                actors::spawn_watched(system, post, actors::ticks_publisher, std::move(config)));
          }};
}

actors::child_spec inbox_child(const node_parts& parts, const std::shared_ptr<broker_context>& b) {
  return {"inbox", [s = parts.settings, b, attempts = b->inbox_attempts, board = parts.vitals](
                       caf::actor_system& system, incarnation number, const supervisor_actor& parent) {
            actors::inbox_config config;
            config.broker = b->settings.id;
            config.instruments = {s, &s->instruments};
            config.source = b->inbox;
            config.attempts = attempts;
            config.log = [log = b->log, broker = b->settings.id](const std::string& text) {
              note_inbox(*log, broker, text);
            };
            const auto post = post_of(board, b->settings.id.str(), "inbox", number, parent);
            return caf::actor_cast<caf::actor>(actors::spawn_watched(system, post, actors::inbox, std::move(config)));
          }};
}

}  // namespace bulkhead::app
