#pragma once
// How many requests may leave for a venue that counts them: sliding windows of a second and a minute, and the day's
// placements, with a part of each kept for cancels and exits. Pure: time is given. One owner at a time.
#include "runtime/domain/time.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

namespace bulkhead {

/// 0: no limit.
struct rate_budget_settings {
  std::int64_t per_second = 10;
  std::int64_t per_minute = 400;
  std::int64_t per_day = 5'000;            ///< placements alone
  std::int64_t exit_reserve_percent = 20;  ///< of each, rounded up; entries keep at least one
};

struct rate_request {
  bool is_entry = true;  ///< false: a cancel, or an order that reduces a position: may use the reserve
  bool places = true;    ///< counts in the day
};

struct rate_verdict {
  bool passes = false;
  std::string_view limit;  ///< what stands in the way: "a second", "a minute", "a day", "throttled by the venue"
  /// Not before this moment; nullopt: not before a request that is under way has ended, or never today.
  std::optional<std::chrono::milliseconds> again_at;
};

/// A request counts from its beginning until the window's length after its end: wherever in between it reached the
/// venue, no window of the venue's, sliding or fixed, ever holds more than the limit. Times are of a steady clock, in
/// milliseconds since any fixed moment, and never go back.
class rate_budget {
 public:
  using ms = std::chrono::milliseconds;

  explicit rate_budget(rate_budget_settings settings) : settings_(settings) {}

  /// Passes: it is counted, and end() must follow.
  [[nodiscard]] rate_verdict begin(rate_request r, ms now);
  /// A request is over, however it ended.
  void end(ms now);
  /// The venue said that there were too many: nothing leaves for a second, no entry for longer, twice as long each
  /// time.
  void throttled(ms now);

  /// A new day begins its count anew; an earlier one changes nothing.
  void on_day(trade_date day);
  /// The venue has so many orders of that day, whoever placed them.
  void on_book(trade_date day, std::int64_t orders);

  [[nodiscard]] std::int64_t used_in_second(ms now) const { return used(now, second); }
  [[nodiscard]] std::int64_t used_in_minute(ms now) const { return used(now, minute); }
  [[nodiscard]] std::int64_t placed_today() const noexcept { return placed_; }
  [[nodiscard]] const rate_budget_settings& settings() const noexcept { return settings_; }

  /// What entries may use of a limit. 0 stays 0.
  [[nodiscard]] std::int64_t entry_share(std::int64_t limit) const;

  static constexpr ms second{1'000};
  static constexpr ms minute{60'000};
  static constexpr ms least_back_off{2'000};
  static constexpr ms most_back_off{60'000};

 private:
  [[nodiscard]] std::int64_t used(ms now, ms span) const;
  [[nodiscard]] std::optional<rate_verdict> refusal(std::int64_t limit, ms span, bool is_entry, ms now) const;

  rate_budget_settings settings_;
  std::int64_t under_way_ = 0;
  std::deque<ms> ended_;  ///< of the last minute, the oldest first
  trade_date day_{};
  std::int64_t placed_ = 0;
  ms nothing_until_ = ms::min();
  ms no_entry_until_ = ms::min();
  ms back_off_{0};
};

}  // namespace bulkhead
