#pragma once
// A signal that somebody else put into a broker's inbox: from the bytes of its record to what the sequencer takes, or
// the reason why not. Pure and strict: whatever the bytes are, there is an answer. docs/signals.md is its contract.
#include "runtime/domain/events.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bulkhead {

struct external_signal {
  signal what;  ///< without its frame and ordinal, which the sequencer gives
  signal_origin from;
};

/// The envelope's type of a signal from outside, and the version that is read.
inline constexpr std::string_view external_signal_type = "signal";
inline constexpr std::int64_t external_signal_version = 1;
inline constexpr std::size_t most_signal_bytes = 64UL * 1024;
/// Strategy of a signal from outside: this and the name that it gives. No strategy's file can have such a name, so
/// nobody outside touches what a strategy of this node holds.
inline constexpr std::string_view external_prefix = "external.";

/// Why a record is no signal. `reason` is one of undecodable, too_large, wrong_broker, unknown_type, unknown_version.
class signal_refused : public std::runtime_error {
 public:
  signal_refused(std::string_view reason, const std::string& what) : std::runtime_error(what), reason_(reason) {}
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

 private:
  std::string reason_;
};

/// The place of a record; its topic names the broker.
struct record_place {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

/// Throws signal_refused and nothing else (but for lack of memory).
[[nodiscard]] external_signal read_external_signal(std::string_view bytes, const record_place& from,
                                                   const broker_id& broker, const instrument_table& instruments);

}  // namespace bulkhead
