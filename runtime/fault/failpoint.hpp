#pragma once
// Named places where a test or a drill can make this process fail: throw there, or die as by kill -9. Disarmed (the
// default) a failpoint costs one relaxed atomic load. Thread-safe.
#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bulkhead::fault {

/// What an armed failpoint throws.
class injected_failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class action : std::uint8_t {
  crash,  ///< throws injected_failure
  kill,   ///< SIGKILL to this process: no destructor, no flush
  hang,   ///< does not return for 3 s, as a handler that blocks
};

/// Fails on hit number `at_hit` (from 1) of that name, once.
void arm(std::string name, action what, std::uint64_t at_hit);
void disarm_all();

/// Arms from text, for the environment variable BULKHEAD_FAILPOINTS: "name=crash@3,name=kill@1,name=hang@2". Returns an
/// empty string, or what is wrong with the text.
[[nodiscard]] std::string arm_from(std::string_view text);

/// Hits of a name since it was armed.
[[nodiscard]] std::uint64_t hits(std::string_view name);

namespace detail {
extern std::atomic<bool> armed;
void hit_slow(std::string_view scope, std::string_view name);
}  // namespace detail

/// Some failpoint is armed: a name that costs time to build is worth building.
[[nodiscard]] inline bool is_armed() noexcept { return detail::armed.load(std::memory_order_relaxed); }

/// Marks a place. The full name is "{scope}.{name}", e.g. "paper.trader" and "market.before".
inline void hit(std::string_view scope, std::string_view name) {
  if (detail::armed.load(std::memory_order_relaxed)) [[unlikely]] {
    detail::hit_slow(scope, name);
  }
}

}  // namespace bulkhead::fault
