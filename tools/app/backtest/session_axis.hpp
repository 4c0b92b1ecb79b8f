#pragma once
// The time that a backtest's figures and charts count: the sessions of its days one after another, nights and
// weekends left out.
#include "runtime/domain/session.hpp"

#include <vector>

namespace bulkhead::app {

class session_axis {
 public:
  struct day {
    trade_date date = 0;
    timestamp open;
    duration length;
    duration start;  ///< session time of all days before it
  };

  session_axis() = default;
  /// `dates` ascend and come once each; dates without a session are left out.
  session_axis(const trading_session& session, const std::vector<trade_date>& dates);

  /// Session time since the first opening; between two sessions it stands still.
  [[nodiscard]] duration position(timestamp t) const;
  [[nodiscard]] duration total() const;
  [[nodiscard]] const std::vector<day>& days() const noexcept { return days_; }

 private:
  std::vector<day> days_;
};

}  // namespace bulkhead::app
