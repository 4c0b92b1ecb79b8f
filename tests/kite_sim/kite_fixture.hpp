#pragma once
// A small exchange on a Monday morning: four instruments, one account, ticks by hand.
#include "tools/kite_sim/core/simulator.hpp"

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace bulkhead::kite_sim::test {

inline constexpr instrument_id infy{0};
inline constexpr instrument_id tcs{1};
inline constexpr instrument_id nifty{2};
inline constexpr instrument_id usdinr{3};

/// INFY 408065 (freeze 1000), TCS 2953217, the index NIFTY 256265, the currency future USDINR 412675 (segment 3).
inline listing small_listing() {
  instrument_table table;
  std::vector<listing_columns> columns;
  const auto add = [&](const char* exchange, const char* symbol, std::uint32_t token, std::int64_t step, quantity lot,
                       quantity freeze) {
    instrument row;
    row.exchange = exchange;
    row.tradingsymbol = symbol;
    row.key = row.exchange + ":" + symbol;
    row.token = token;
    row.tick_size = price{step};
    row.lot_size = lot;
    row.segment = exchange;
    row.freeze_quantity = freeze;
    (void)table.add(row);
    columns.push_back({token / 256, symbol, price{}, "", price{}, "EQ"});
  };
  add("NSE", "INFY", 408065, 500, 1, 1000);
  add("NSE", "TCS", 2953217, 500, 1, 0);
  add("NSE", "NIFTY", 256265, 500, 50, 0);
  add("CDS", "USDINR", 412675, 25, 1, 0);
  columns[infy.index].name = "INFOSYS, LTD";
  return {std::move(table), std::move(columns)};
}

inline constexpr trade_date monday = 20'220'103;

/// Hours, minutes and seconds in IST on the Monday, or so many days later.
inline timestamp at(int hours, int minutes, int secs = 0, int days = 0) {
  return start_of_day(monday) + seconds(days * 86'400 + hours * 3600 + minutes * 60 + secs);
}

inline constexpr price rs(double rupees) { return price{static_cast<std::int64_t>(rupees * money_scale + 0.5)}; }

inline form fields_of(std::vector<std::pair<std::string, std::string>> fields) {
  form out;
  for (auto& [name, value] : fields) out.add(std::move(name), std::move(value));
  return out;
}

/// The exchange with one user, opened at 09:15 with INFY and TCS at 100.00: bids 99.95 down, asks 100.05 up, 10, 20,
/// 30, 40, 50 units.
class floor_of {
 public:
  static exchange_settings usual() {
    exchange_settings s;
    s.market.level_quantity = 10;
    return s;
  }
  explicit floor_of(const exchange_settings& settings = usual()) : listed(small_listing()), venue(listed, settings) {
    venue.add_account("AB1234", money{1'000'000 * money_scale});
    move(at(9, 15), {{infy, 100.0}, {tcs, 100.0}});
  }

  void move(timestamp when, std::vector<std::pair<instrument_id, double>> prices, frame_kind kind = frame_kind::ticks) {
    std::vector<tick> ticks;
    for (const auto& [id, last] : prices) ticks.push_back({.instrument = id, .last = rs(last)});
    venue.on_frame({++seq, when, kind, ticks}, wall = wall + seconds(1));
  }

  /// Fields beyond INFY, MIS, LIMIT are given; a later one of the same name does not count, so give it first.
  std::string place(std::vector<std::pair<std::string, std::string>> more, const order_mishap& mishap = {}) {
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"exchange", "NSE"},
                                                                                      {"tradingsymbol", "INFY"},
                                                                                      {"product", "MIS"},
                                                                                      {"transaction_type", "BUY"},
                                                                                      {"order_type", "LIMIT"}}) {
      more.emplace_back(name, value);
    }
    const form fields = fields_of(std::move(more));
    const std::string variety = fields.find("variety").value_or("regular");
    const order_request wanted = read_placement(variety, fields, listed, venue.settings().rules);
    return venue.place({"AB1234", "testkey"}, wanted, mishap, wall = wall + seconds(1));
  }
  std::string buy(int units, const char* limit) {
    return place({{"quantity", std::to_string(units)}, {"price", limit}});
  }
  std::string sell(int units, const char* limit) {
    return place({{"transaction_type", "SELL"}, {"quantity", std::to_string(units)}, {"price", limit}});
  }

  const sim_order& order(const std::string& id) const { return *venue.find("AB1234", id); }
  std::string stage(const std::string& id) const { return std::string{text_of(order(id).now().stage)}; }
  std::vector<std::string> stages(const std::string& id) const {
    std::vector<std::string> out;
    for (const order_state& state : order(id).states) out.emplace_back(text_of(state.stage));
    return out;
  }
  const account& mine() const { return venue.account_of("AB1234"); }

  listing listed;
  exchange venue;
  feed_seq seq = 0;
  timestamp wall{1'000'000'000'000'000'000};
};

}  // namespace bulkhead::kite_sim::test
