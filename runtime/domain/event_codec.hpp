#pragma once
// Events to and from the JSON envelope of the journal and the topics. One canonical text per event: keys sorted, no
// spaces, money and prices as exact decimal strings, times ISO 8601 with +05:30, instruments by key.
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "runtime/domain/events.hpp"

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
  /// "type","version"}; id = "{broker}:{seq}", version = 1, source = "bulkhead".
  [[nodiscard]] std::string encode(const event& e) const;
  /// Throws codec_error on malformed text, another broker, an unknown type or version, a missing or ill-typed field,
  /// an unknown instrument. Unknown fields are ignored.
  [[nodiscard]] event decode(std::string_view text) const;

  /// "data" of a body alone, and the dotted type name ("order.filled").
  [[nodiscard]] nlohmann::json data(const event_body& body) const;
  [[nodiscard]] static std::string_view type_name(const event_body& body);
  /// The projection topic's suffix that carries this type ("orders.filled"), or empty: journal only.
  [[nodiscard]] static std::string_view topic_suffix(const event_body& body);

 private:
  broker_id broker_;
  const instrument_table* instruments_;
};

}  // namespace bulkhead
