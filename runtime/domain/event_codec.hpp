#pragma once
// Events to and from the JSON envelope of the journal and the topics. One canonical text per event: keys sorted, no
// spaces, money and prices as exact decimal strings, times ISO 8601 with +05:30, instruments by key.
#include "runtime/domain/events.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead {

/// Thrown by decode: says what was found, where in the text or under which key, and what is allowed.
class codec_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class event_codec {
 public:
  event_codec(broker_id broker, const instrument_table& instruments);

  /// {"broker","causation_id","correlation_id","data","feed_seq","id","key","seq","source","step","trace_id","ts",
  /// "type","version"}; id = "{broker}:{seq}", version = 1, source = "bulkhead". causation_id is the id of the event
  /// that led here, or empty; trace_id = "f{trace_feed}"; key = the key of the instrument that the event names, or else
  /// the broker. Bytes of a text from outside that are not UTF-8 become U+FFFD: a broker's message never stops the log.
  [[nodiscard]] std::string encode(const event& e) const;
  /// Throws codec_error on malformed text, another broker, an unknown type or version, a missing or ill-typed field,
  /// an unknown instrument, a key given twice. Unknown fields are ignored.
  [[nodiscard]] event decode(std::string_view text) const;

  /// "data" of a body alone, and the dotted type name ("order.filled").
  [[nodiscard]] nlohmann::json data(const event_body& body) const;
  [[nodiscard]] static std::string_view type_name(const event_body& body);
  /// The projection topic's suffix that carries this type ("orders.filled"), or empty: journal only.
  [[nodiscard]] static std::string_view topic_suffix(const event_body& body);
  /// "key" of its envelope.
  [[nodiscard]] const std::string& key_of(const event_body& body) const;

 private:
  [[nodiscard]] event_body body_of(std::string_view type, const nlohmann::json& whole) const;
  [[nodiscard]] std::string id_of(std::uint64_t seq) const;

  broker_id broker_;
  const instrument_table* instruments_;
};

}  // namespace bulkhead
