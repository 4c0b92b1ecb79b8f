#pragma once
// Trading hours of the exchange and the days it trades on. Pre-open and after-close ticks exist in real feeds; they are
// not the session. Pure; all times are IST, which has no daylight saving.
#include "runtime/domain/time.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace bulkhead {

/// Continuous session [open, close) of one date, as times since midnight: 0 <= open < close <= 24 h.
struct trading_hours {
  duration open;
  duration close;
  friend bool operator==(const trading_hours&, const trading_hours&) = default;
};

/// The dates on which the exchange departs from "Monday to Friday at the usual hours". Read-only after it was filled;
/// sessions share it.
class trading_calendar {
 public:
  struct day {
    std::optional<trading_hours> hours;  ///< of a special session; nullopt: a holiday
    std::string name;                    ///< for people: "Republic Day"
  };

  /// False, and nothing changes: the date is listed already.
  bool add_holiday(trade_date date, std::string name);
  /// A date with hours of its own, on whatever weekday. False as above. Throws std::invalid_argument for hours that
  /// are not 0 <= open < close <= 24 h.
  bool add_special(trade_date date, trading_hours hours, std::string name);
  /// nullptr: an ordinary date.
  [[nodiscard]] const day* find(trade_date date) const;
  [[nodiscard]] const std::map<trade_date, day>& days() const noexcept { return days_; }

 private:
  std::map<trade_date, day> days_;
};

/// Where an instant lies in its day at the exchange.
enum class session_phase : std::uint8_t {
  closed,
  pre_open,  ///< orders are collected for the opening auction; no continuous trading
  open,      ///< the continuous session, the only phase in which the kernel trades
  closing,   ///< closing prices are worked out, post-close orders trade at them
};

/// The pre-open begins this long before the session (NSE 09:00 for 09:15; on special days too) and takes orders for the
/// first eight minutes of it (https://www.nseindia.com/market-data/market-timings).
inline constexpr duration pre_open_length = seconds(15 * 60);
inline constexpr duration pre_open_order_entry = seconds(8 * 60);
/// The exchange's day ends this long after the session (NSE 16:00 for 15:30).
inline constexpr duration closing_length = seconds(30 * 60);

/// The usual hours, and the dates that differ. NSE equities: 09:15 to 15:30. Pure and cheap to copy.
struct trading_session {
  duration open = seconds(9 * 3600 + 15 * 60);
  duration close = seconds(15 * 3600 + 30 * 60);
  std::shared_ptr<const trading_calendar> calendar = nullptr;  ///< nullptr: every Monday to Friday is a trading day

  /// Hours of the session of a date; nullopt: there is none.
  [[nodiscard]] std::optional<trading_hours> hours_of(trade_date date) const;
  [[nodiscard]] bool is_trading_day(trade_date date) const { return hours_of(date).has_value(); }
  [[nodiscard]] bool is_open(timestamp t) const;
  /// The opening of the session of the date that `t` falls on; on a date without one: the usual time.
  [[nodiscard]] timestamp open_of(timestamp t) const;
  /// The close of the date that `t` falls on; the expiry of a DAY order placed at `t`. On a date without a session: the
  /// usual time.
  [[nodiscard]] timestamp close_of(timestamp t) const;
  /// A time of day that is meant against the usual close, on this date: as long before its own close. On a date without
  /// a session: as it is.
  [[nodiscard]] duration moved_with_close(duration usual, trade_date date) const;
  [[nodiscard]] session_phase phase(timestamp t) const;
  /// The first opening of a session at or after `t`.
  [[nodiscard]] timestamp next_open(timestamp t) const;
};

}  // namespace bulkhead
