#pragma once
// A broker's inbox, put together from the settings.
#include "config/settings.hpp"
#include "runtime/ports/inbox.hpp"
#include "runtime/ports/journal.hpp"

#include <memory>
#include <string>

namespace bulkhead::app {

/// nullptr: this broker takes no signals from outside. It does where kafka.topics says so.
[[nodiscard]] std::shared_ptr<inbox> make_inbox(const config::settings& s, const config::broker_settings& b);

/// To the log, and as a fact about running to the journal.
void note_inbox(journal& log, const broker_id& broker, const std::string& text);

}  // namespace bulkhead::app
