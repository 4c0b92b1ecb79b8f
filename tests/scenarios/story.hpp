#pragma once
// A scenario as a file tells it: who trades, what happens step by step, and what must come of it.
// tests/scenarios/README.md describes the words.
#include "runtime/domain/sequencer.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::test {

/// A command as the story says it: "kill halt: smoke", "cancel #1", ...
struct told_command {
  std::string broker;
  operator_command command;
  std::size_t order_number = 0;  ///< cancel #n
};

struct expectation {
  std::string at;                  ///< "line 12", for messages
  std::vector<std::string> lines;  ///< in order; "..." at the end: whatever follows on that line
};

struct story_step {
  int line = 0;
  std::optional<timestamp> at;
  std::optional<frame_kind> frame;                  ///< nullopt: no frame in this step
  std::map<std::string, std::vector<price>> ticks;  ///< symbol -> last, or last, bid, ask
  std::vector<std::string> signals;
  std::vector<std::string> commands;
  std::vector<std::string> strategies;  ///< "pause momentum", "resume momentum", "reload"
  std::string restart;                  ///< "trader", "risk_manager", "portfolio", "node"
  std::optional<bool> journal_stalls;
  std::optional<expectation> expect;
  std::map<std::string, std::string> check;  ///< "position momentum NIFTY MIS" -> "50", "cash" -> ...
};

struct story {
  std::string file;
  std::string title;
  std::vector<std::string> brokers{"paper"};
  std::map<std::string, std::string> settings;                 ///< overrides, dotted
  std::vector<std::string> leaves_out;                         ///< event types that `expect` does not list
  std::vector<std::map<std::string, std::string>> strategies;  ///< real ones, of the registry
  std::vector<story_step> steps;
};

/// Throws std::runtime_error with file and line for anything it does not understand.
[[nodiscard]] story read_story(const std::filesystem::path& file);

}  // namespace bulkhead::test
