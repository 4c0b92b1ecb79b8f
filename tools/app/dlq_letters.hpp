#pragma once
// Dead letters as the dlq commands find them at the servers.
#include "config/settings.hpp"
#include "runtime/kafka/connection.hpp"
#include "runtime/topics/dead_letters.hpp"
#include "tools/app/dlq_command.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bulkhead::app {

/// For one answer of the servers.
inline constexpr std::chrono::milliseconds dlq_patience{10'000};

/// Checks that there are servers to ask; throws command_error.
void need_servers(const config::settings& s);
/// The login that may read this topic: its broker's, or the one of what belongs to no broker.
[[nodiscard]] kafka::connection dlq_connection(const config::settings& s, const std::string& topic);
/// The topics of dead letters that the options name, sorted. Throws command_error and kafka::error.
[[nodiscard]] std::vector<std::string> dlq_topics(const config::settings& s, const dlq_options& options);
/// Every letter of the topic in order; `fn` is given each. A record that is none is left out.
void each_letter(const config::settings& s, const std::string& dlq_topic,
                 const std::function<void(topics::found_letter&&)>& fn);
/// Letters that the options name, one for each original: it may have been written twice. Without bodies: only their
/// sizes are kept.
struct listed_letter {
  topics::found_letter found;
  std::size_t bytes = 0;
};
[[nodiscard]] std::vector<listed_letter> letters_of(const config::settings& s, const dlq_options& options,
                                                    bool with_bodies);

}  // namespace bulkhead::app
