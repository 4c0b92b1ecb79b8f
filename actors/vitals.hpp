#pragma once
// What can be seen of a running actor without asking it: how much waits for it, what it is at, for how long. Noted by
// whoever sends to it and by the actor itself with relaxed atomics; read by any thread, also while the actor hangs.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include <caf/all.hpp>

namespace bulkhead::actors {

/// An actor's vitals at one moment. Times are nanoseconds.
struct vital_signs {
  std::string path;  ///< "paper/trader", "feed", "node"
  std::uint64_t incarnation = 0;
  std::uint64_t waiting = 0;     ///< messages sent to it and not taken up
  std::int64_t oldest_ns = 0;    ///< age of the oldest of them; a clock of 4 ms
  bool oldest_at_least = false;  ///< it may be older: so many wait that its time of arrival is not kept
  std::string_view handling;     ///< message at work; empty: none
  std::int64_t handling_ns = 0;
  std::uint64_t handled = 0;
  std::int64_t longest_ns = 0;  ///< longest handler that returned
  std::string_view longest;     ///< its message
  bool revoked = false;         ///< its supervisor is done with it: it still runs because it hangs
};

/// One incarnation's. The sides: senders call arrived(); the actor's own thread begin() and end(); anybody the rest.
class vitals {
 public:
  using clock = std::chrono::steady_clock;

  vitals(std::string path, std::uint64_t incarnation, std::function<void()> revoke = {});

  void arrived() noexcept;
  void begin(const std::type_info& message) noexcept;
  void end() noexcept;
  /// The actor is no more.
  void leave() noexcept;

  [[nodiscard]] vital_signs read() const;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t incarnation() const noexcept { return incarnation_; }
  [[nodiscard]] bool left() const noexcept { return left_.load(std::memory_order_acquire); }
  [[nodiscard]] bool revoked() const noexcept { return revoked_.load(std::memory_order_acquire); }
  /// Where it can be sent to; null once it has left.
  [[nodiscard]] caf::actor handle() const;
  void set_address(caf::actor_addr address);
  void mark_revoked() noexcept { revoked_.store(true, std::memory_order_release); }
  /// Asks its supervisor to end it and to start another; false: nobody is there to ask.
  bool revoke();

 private:
  // Times of arrival: the newest `near` messages each, and before them every `stride`th.
  static constexpr std::uint64_t near = 256;
  static constexpr std::uint64_t stride = 256;
  static constexpr std::uint64_t far = 256;

  /// Age of the oldest waiting message, and whether it may be older.
  [[nodiscard]] std::pair<std::int64_t, bool> oldest(std::uint64_t taken, std::uint64_t arrived) const;

  const std::string path_;
  const std::uint64_t incarnation_;
  mutable std::mutex guard_;
  std::function<void()> revoke_;
  caf::actor_addr address_;  ///< keeps nobody alive
  std::atomic<bool> left_{false};
  std::atomic<bool> revoked_{false};
  // Written by senders.
  alignas(64) std::atomic<std::uint64_t> arrived_{0};
  std::array<std::atomic<std::int64_t>, near> newest_{};
  std::array<std::atomic<std::int64_t>, far> sampled_{};
  // Written by the actor.
  alignas(64) std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::int64_t> began_{0};
  std::atomic<const std::type_info*> message_{nullptr};  ///< at work; nullptr: none
  std::atomic<std::int64_t> longest_{0};
  std::atomic<const std::type_info*> longest_message_{nullptr};
};

/// Every watched actor of this process; one that was killed and hangs stays listed while it runs. Thread-safe.
class vitals_board {
 public:
  std::shared_ptr<vitals> enter(std::string path, std::uint64_t incarnation, std::function<void()> revoke = {});
  /// Of all that run, by path and incarnation.
  [[nodiscard]] std::vector<vital_signs> read() const;
  [[nodiscard]] std::vector<std::shared_ptr<vitals>> all() const;

 private:
  mutable std::mutex guard_;
  mutable std::vector<std::shared_ptr<vitals>> entries_;
};

/// Throws in the handler at work if its actor has been revoked meanwhile: what it would still send or write is for the
/// next incarnation to say. Outside a watched handler it does nothing.
void stop_if_revoked();

/// Name of a message's type without its namespace; "?" for one that is not of this node.
[[nodiscard]] std::string_view message_name(const std::type_info& message) noexcept;

}  // namespace bulkhead::actors
