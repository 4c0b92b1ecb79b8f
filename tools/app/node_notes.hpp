#pragma once
// What happens to the actors of a node besides starts and ends (a handler that hangs, a drill), told in the same
// places: the operations log of the broker that it concerns, and the stream of supervision events.
#include "actors/watchdog.hpp"
#include "tools/app/node_builder.hpp"

namespace bulkhead::app {

/// Any thread; never blocks. A path without a broker ("feed") goes to the stream alone; an event
/// without a time gets the present one.
void note(const node_parts& parts, actors::supervision_event e);

[[nodiscard]] actors::watchdog_settings watchdog_settings_of(const config::settings& s);

/// On standard error, for each broker of this process whose views are not complete at the end of a run.
void note_late_views(const node_parts& parts);

/// How an operations log keeps it.
[[nodiscard]] std::string ops_text(const actors::supervision_event& e);

}  // namespace bulkhead::app
