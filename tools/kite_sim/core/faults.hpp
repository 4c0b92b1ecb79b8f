#pragma once
// Faults on demand: rules that strike by probability or by count. Pure; the draws come from a seed, so the same
// requests in the same order meet the same faults. One owner.
#include "runtime/domain/time.hpp"
#include "runtime/feeds/mix64.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::kite_sim {

enum class fault_kind : std::uint8_t {
  latency,           ///< the answer comes `value` milliseconds late
  http_429,          ///< refused before it is read
  http_5xx,          ///< status `value` (default 503); with `after` the request took effect all the same
  html,              ///< an HTML page with status `value` (default 502); `after` as above
  lost_reply,        ///< it takes effect, then the connection closes without an answer
  lost_request,      ///< the connection closes before it is read
  cut_reply,         ///< it takes effect; half of the answer, then the connection closes
  reject,            ///< the order becomes REJECTED, after `value` seconds of market time in OPEN PENDING
  refuse_modify,     ///< a modification is taken and then refused: NOT MODIFIED
  hold,              ///< the order stays OPEN PENDING for `value` seconds of market time
  partial_fill,      ///< at most `value` percent of the order are filled as it arrives
  duplicate_update,  ///< an order update is sent twice
  reorder_update,    ///< an order update is sent after the one that follows it
  drop_update,       ///< an order update is not sent
  socket_cut,        ///< the WebSocket's connection is cut before a frame of ticks or an order update
  socket_mute,       ///< for `value` seconds of wall time nothing is sent, heartbeats neither
  garbage_frame,     ///< a binary frame of random bytes before the real one
  truncated_frame,   ///< a binary frame without its last bytes, in place of the real one; texts, too
  token_revoked,     ///< the session ends before the request is read
  book_lag,          ///< the book answers as it was `value` milliseconds ago
  book_empty,        ///< orders and trades answer empty, as after the day's end
  http_400,          ///< "Order request timed out. ...", an OrderException; with `after` it took effect all the same
};

[[nodiscard]] std::string_view text_of(fault_kind kind);

struct fault_rule {
  std::uint64_t id = 0;
  fault_kind kind = fault_kind::latency;
  double probability = 1.0;
  std::optional<std::uint64_t> count;  ///< strikes left; nullopt: no end
  std::int64_t value = 0;
  bool after = false;   ///< http_5xx, html: the request took effect
  std::string method;   ///< only this one; empty: any
  std::string path;     ///< only paths that begin so; empty: any
  std::string message;  ///< of a reject
  std::uint64_t struck = 0;
};

class faults {
 public:
  explicit faults(std::uint64_t seed) : draw_(seed) {}

  /// The rule's id.
  std::uint64_t add(fault_rule rule);
  /// False: no such rule.
  bool remove(std::uint64_t id);
  void clear() { rules_.clear(); }
  [[nodiscard]] const std::vector<fault_rule>& rules() const noexcept { return rules_; }

  /// Whether one of the rules of that kind strikes now; the first that does.
  [[nodiscard]] std::optional<fault_rule> strike(fault_kind kind, std::string_view method = {},
                                                 std::string_view path = {});
  /// Bytes for a garbage frame.
  [[nodiscard]] std::string random_bytes(std::size_t count);

 private:
  splitmix64 draw_;
  std::uint64_t last_id_ = 0;
  std::vector<fault_rule> rules_;
};

/// "lost_reply:probability=0.3,method=POST" or a JSON object with the same names and "kind". Throws
/// std::invalid_argument: what was given, what is allowed.
[[nodiscard]] fault_rule read_fault(std::string_view text);
[[nodiscard]] fault_rule read_fault(const nlohmann::json& fields);
[[nodiscard]] nlohmann::json fault_row(const fault_rule& rule);

}  // namespace bulkhead::kite_sim
