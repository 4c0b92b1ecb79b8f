#pragma once
// Reading the journals of a data folder for commands: which brokers, which files, every event decoded.
#include "config/settings.hpp"
#include "runtime/ports/journal.hpp"
#include "tools/app/broker_history.hpp"

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::app {

/// What a command cannot do as asked; main() prints it and ends with the code.
class command_error : public std::runtime_error {
 public:
  command_error(int code, const std::string& text) : std::runtime_error(text), code_(code) {}
  [[nodiscard]] int code() const noexcept { return code_; }

 private:
  int code_;
};

/// The active broker of that name; throws command_error (usage) that lists the known ones.
[[nodiscard]] const config::broker_settings& broker_named(const config::settings& s, const std::string& name);
/// That one, or every active one for an empty name.
[[nodiscard]] std::vector<const config::broker_settings*> brokers_named(const config::settings& s,
                                                                        const std::string& name);

/// Whether the broker has a journal in the data folder, or in Kafka. Throws command_error where that cannot be told.
[[nodiscard]] bool has_journal(const config::settings& s, const broker_id& b);
/// Real orders leave for it: then its own book says what is held, and "flat" is its word alone.
[[nodiscard]] bool asks_its_book(const config::broker_settings& b);
/// "paper has no journal in var: start a run with `bulkhead run --data-dir var`"
[[nodiscard]] std::string no_journal_text(const config::settings& s, const broker_id& b);

/// Every verified event from `from` on, decoded, until `fn` returns false. Throws command_error on damage, or where an
/// event is none: with file, record and reason.
void read_events(const config::settings& s, const broker_id& b, std::uint64_t from,
                 const std::function<bool(const event&, const journal_record&)>& fn);

/// The fold of the whole journal; of nothing where there is none. Throws like read_events.
[[nodiscard]] broker_history read_history(const config::settings& s, const broker_id& b);

}  // namespace bulkhead::app
