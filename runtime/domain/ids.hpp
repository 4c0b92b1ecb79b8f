#pragma once
// Strong string types for every name and id that crosses a boundary. Two kinds of id never convert into each other.
// Ids are derived, never drawn: the same input gives the same id on every run and every machine.
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace bulkhead {

template <class Tag>
class strong_string {
 public:
  strong_string() = default;
  explicit strong_string(std::string value) : value_(std::move(value)) {}
  explicit strong_string(std::string_view value) : value_(value) {}
  explicit strong_string(const char* value) : value_(value) {}

  [[nodiscard]] const std::string& str() const noexcept { return value_; }
  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }
  friend auto operator<=>(const strong_string&, const strong_string&) = default;

 private:
  std::string value_;
};

/// A broker of the configuration, e.g. `paper`, `paper2`, `zerodha`. An id, not a kind: a new broker edits no switch.
using broker_id = strong_string<struct broker_id_tag>;
/// `name` of a strategy's YAML file.
using strategy_id = strong_string<struct strategy_id_tag>;
/// Derived from (strategy, instrument, feed_seq, ordinal); the same at every broker.
using signal_id = strong_string<struct signal_id_tag>;
/// Derived from the signal id. 20 characters of [a-z2-7]: fits Zerodha's `tag`.
using client_order_id = strong_string<struct client_order_id_tag>;
/// What the broker calls the order.
using broker_order_id = strong_string<struct broker_order_id_tag>;
/// What the broker calls the trade; unique within a broker, the key by which a fill is applied once.
using fill_id = strong_string<struct fill_id_tag>;

/// Position of a frame in the feed. Live: (durable feed epoch, counter) packed as epoch * 2^40 + counter. Replay: the
/// frame's ordinal in the selected source, from 1. 0 means "before the first frame".
using feed_seq = std::uint64_t;

/// First 20 characters of the lower-case RFC 4648 base32 of BLAKE2b-128 over `text`: 100 bits.
[[nodiscard]] std::string derive_id(std::string_view text);

/// derive_id("signal|{strategy}|{instrument key}|{feed_seq}|{ordinal}")
[[nodiscard]] signal_id derive_signal_id(const strategy_id& strategy, std::string_view instrument_key, feed_seq feed,
                                         std::uint32_t ordinal);
/// derive_id("order|{signal id}|{leg}")
[[nodiscard]] client_order_id derive_client_order_id(const signal_id& signal, std::uint32_t leg);

}  // namespace bulkhead

template <class Tag>
struct std::hash<bulkhead::strong_string<Tag>> {
  std::size_t operator()(const bulkhead::strong_string<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
