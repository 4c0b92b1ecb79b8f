#pragma once
// What prepare_data_dir() asks of a folder, asked of the topics of a node's journals: whether this start fits what they
// hold, and which feed they followed.
#include "config/settings.hpp"
#include "tools/app/data_dir.hpp"

#include <string>

namespace bulkhead::app {

/// Waits for servers that are away, and says so on stderr. Empty text, or what is wrong and what to do.
[[nodiscard]] std::string prepare_topics(const config::settings& s, start_mode mode,
                                         const std::string& feed_fingerprint);

}  // namespace bulkhead::app
