#pragma once
// What a run did at each broker: a fold over its events, as tables for people and as JSON for programs.
#include "runtime/domain/order_manager.hpp"
#include "runtime/domain/portfolio.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::app {

struct reported_order {
  order_request request;
  timestamp submitted_at;
  order_status status = order_status::submitted;
  quantity filled = 0;
  money filled_value;
  bool triggered = false;
};

/// A kill switch that closed during the run.
struct reported_latch {
  kill_latched what;
  timestamp ts;
};

struct strategy_totals {
  bulkhead::performance performance;
  std::uint64_t orders = 0;
  std::uint64_t fills = 0;
  money realised;
  money unrealised;
  money charges;
};

class broker_report {
 public:
  broker_report(broker_id broker, const instrument_table& instruments, margin_rates margin);

  void add(const event& e);
  /// Marks open positions at these quotes, at the newest quote's time; without, the last journaled snapshot's marks
  /// count.
  void mark(std::span<const quote> quotes);

  [[nodiscard]] nlohmann::json to_json() const;
  [[nodiscard]] std::map<std::string, strategy_totals> by_strategy() const;

  broker_id broker;
  std::uint64_t signals = 0;
  std::uint64_t validated = 0;
  std::uint64_t withheld = 0;
  std::vector<signal_rejected> rejections;
  std::vector<reported_order> orders;
  std::vector<std::pair<order_filled, timestamp>> fills;
  std::vector<reported_latch> latches;
  portfolio_snapshot portfolio;
  timestamp marked_at;
  std::uint64_t last_seq = 0;

 private:
  void set_status(const client_order_id& id, order_status status);
  [[nodiscard]] nlohmann::json order_json(const reported_order& o) const;
  [[nodiscard]] nlohmann::json fill_json(const order_filled& f, timestamp ts) const;
  [[nodiscard]] nlohmann::json rejection_json(const signal_rejected& r) const;
  [[nodiscard]] nlohmann::json portfolio_json() const;

  const instrument_table* instruments_;
  bulkhead::portfolio fold_;
  std::map<client_order_id, std::size_t> order_index_;
};

/// One line per broker: signals, orders, fills, charges, P&L; then one per strategy. At most 100 columns; amounts in
/// rupees.
[[nodiscard]] std::string to_tables(const std::vector<broker_report>& reports);

}  // namespace bulkhead::app
