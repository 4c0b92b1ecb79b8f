#include "tools/app/node_notes.hpp"

#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {

std::string ops_text(const actors::supervision_event& e) {
  const nlohmann::json text{{"path", e.path},     {"incarnation", e.number}, {"what", e.what},
                            {"reason", e.reason}, {"at", to_iso_ist(e.at)},  {"delay_ms", e.delay_ms}};
  return text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void note(const node_parts& parts, actors::supervision_event e) {
  if (e.at.ns == 0) e.at = actors::wall_time();
  for (const auto& b : parts.brokers) {
    const bool concerned = e.path.starts_with(b->settings.id.str() + "/");
    if (concerned && b->log) b->log->append_ops(ops_text(e));  // else its own process keeps the journal
  }
  parts.on_supervision(e);
}

void note_late_views(const node_parts& parts) {
  for (const auto& b : parts.brokers) {
    if (!b->views || b->views->complete()) continue;
    fmt::print(stderr, "note: the views of {} are {}; the next `bulkhead run --resume` goes on with them\n",
               b->settings.id.str(), b->views->text());
  }
}

actors::watchdog_settings watchdog_settings_of(const config::settings& s) {
  actors::watchdog_settings out;
  out.handler_budget = std::chrono::milliseconds{s.watchdog.handler_budget_ms};
  out.revoke_after = std::chrono::milliseconds{s.supervisor.step_deadline_ms};
  return out;
}

}  // namespace bulkhead::app
