#pragma once
// A folder of its own with a small, correct set of configuration files, to be spoilt one place at a time.
#include "config/loader.hpp"
#include "support/temp_dir.hpp"

/// Lists of messages, one a line, so that a failing check shows what it compared.
template <>
struct doctest::StringMaker<std::vector<std::string>> {
  static String convert(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += "\n  " + line;
    return out.c_str();
  }
};

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace bulkhead::config::testing {

inline const std::string options_yaml = R"(data_dir: ../var
active_brokers: [paper, zerodha]
trading:
  paper:
    kind: paper
    enabled: true
    capital: "1000000.00"
    risk:
      max_order_quantity: 500
      max_orders_per_second: 8
      exit_reserve_per_second: 2
  zerodha:
    enabled: false
feed:
  kind: replay
  path: ../data
  from: 2022-01-03
  to: 2022-01-04
  speed: 0
  max_in_flight: 1024
supervisor:
  intensity: 5
  backoff_min_ms: 10
  backoff_max_ms: 5000
session:
  open: "09:15"
  close: "15:30"
files:
  strategies: ../strategies
log:
  level: info
)";

inline const std::string charges_yaml = R"(schedules:
  - from: 2022-01-01
    equity_intraday:
      brokerage: {percent: "0.03", cap: "20.00"}
      stt: {buy_percent: "0", sell_percent: "0.025"}
      exchange_percent: "0.00345"
      sebi_percent: "0.0001"
      stamp: {buy_percent: "0.003", sell_percent: "0"}
    equity_delivery:
      brokerage: {flat: "0.00"}
      stt: {buy_percent: "0.1", sell_percent: "0.1"}
      exchange_percent: "0.00345"
      sebi_percent: "0.0001"
      stamp: {buy_percent: "0.015", sell_percent: "0"}
    futures:
      brokerage: {percent: "0.03", cap: "20.00"}
      stt: {buy_percent: "0", sell_percent: "0.01"}
      exchange_percent: "0.00345"
      sebi_percent: "0.0001"
      stamp: {buy_percent: "0.002", sell_percent: "0"}
    options:
      brokerage: {flat: "20.00"}
      stt: {buy_percent: "0", sell_percent: "0.05"}
      exchange_percent: "0.00345"
      sebi_percent: "0.0001"
      stamp: {buy_percent: "0.003", sell_percent: "0"}
    gst: {percent: "18", on: [brokerage, exchange, sebi]}
    dp: {amount: "13.50", gst: added, on: first_sale_of_day}
  - from: 2023-04-01
    equity_intraday:
      brokerage: {percent: "0.03", cap: "20.00"}
      stt: {buy_percent: "0", sell_percent: "0.025"}
      exchange_percent: "0.00325"
      sebi_percent: "0.0001"
      stamp: {buy_percent: "0.003", sell_percent: "0"}
    equity_delivery:
      brokerage: {flat: "0.00"}
      stt: {buy_percent: "0.1", sell_percent: "0.1"}
      exchange_percent: "0.00325"
      sebi_percent: "0.0001"
      stamp: {buy_percent: "0.015", sell_percent: "0"}
    futures:
      brokerage: {percent: "0.03", cap: "20.00"}
      stt: {buy_percent: "0", sell_percent: "0.01"}
      exchange_percent: "0.00325"
      sebi_percent: "0.0001"
      stamp: {buy_percent: "0.002", sell_percent: "0"}
    options:
      brokerage: {flat: "20.00"}
      stt: {buy_percent: "0", sell_percent: "0.05"}
      exchange_percent: "0.00325"
      sebi_percent: "0.0001"
      stamp: {buy_percent: "0.003", sell_percent: "0"}
    gst: {percent: "18", on: [brokerage, exchange, sebi]}
    dp: {amount: "13.50", gst: added, on: first_sale_of_day}
)";

inline const std::string instruments_csv =
    R"(instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,segment,exchange
256265,1001,NIFTY,"NIFTY, FIFTY",0,,0,0.05,50,EQ,INDICES,NSE
260105,1016,BANKNIFTY,NIFTY BANK,0,,0,0.05,25,EQ,INDICES,NSE
)";

inline const std::string freeze_csv = R"(# units
key,quantity
NIFTY,1800
NSE:NIFTY,900
)";

inline const std::string cross_yaml = R"(name: cross
strategy: ema_cross
enabled: true
brokers: [paper, zerodha]
instruments: [NSE:NIFTY]
parameters:
  fast: 5
  slow: 20
  z: "1.5"
)";

inline std::string fast_below_slow(const parameter_map& p) {
  if (std::stoll(p.at("fast")) < std::stoll(p.at("slow"))) return {};
  return "fast: given " + p.at("fast") + ", allowed: less than slow, which is " + p.at("slow");
}

/// The kinds of the files above and, for the shipped files, every parameter those name.
inline std::map<std::string, strategy_rules> small_kinds() {
  strategy_rules cross;
  cross.parameters = {{"fast", parameter_type::integer, 1, 1000, std::nullopt, "samples", ""},
                      {"slow", parameter_type::integer, 1, 1000, std::nullopt, "samples", ""},
                      {"z", parameter_type::decimal, 0, 10 * money_scale, "1.0", "", ""},
                      {"allow_short", parameter_type::flag, 0, 1, "0", "", ""}};
  cross.cross_check = fast_below_slow;
  return {{"ema_cross", cross}, {"low_frequency_demo", {}}};
}

class folder {
 public:
  folder() {
    std::filesystem::create_directories(root() / "data");
    write("config/bulkhead.yaml", options_yaml);
    write("config/charges.yaml", charges_yaml);
    write("config/instruments.csv", instruments_csv);
    write("config/freeze_quantities.csv", freeze_csv);
    write("config/holidays.csv", "date,kind,open,close,name\n2022-01-26,holiday,,,Republic Day\n");
    write("strategies/cross.yaml", cross_yaml);
    request.file = root() / "config/bulkhead.yaml";
    request.strategy_kinds = small_kinds();
  }

  [[nodiscard]] const std::filesystem::path& root() const { return dir_.path(); }

  void write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((root() / file).parent_path());
    std::ofstream{root() / file, std::ios::binary} << text;
  }
  void remove(const std::string& file) const { std::filesystem::remove_all(root() / file); }

  [[nodiscard]] std::string read(const std::string& file) const {
    std::ifstream in{root() / file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  /// Replaces the first `from`; throws if the file does not hold it, so that a test cannot pass by spoiling nothing.
  void replace(const std::string& file, const std::string& from, const std::string& to) const {
    std::string text = read(file);
    const std::size_t at = text.find(from);
    if (at == std::string::npos) throw std::runtime_error(file + " does not hold: " + from);
    write(file, text.replace(at, from.size(), to));
  }

  [[nodiscard]] load_result load() const { return config::load(request); }

  /// Text of every finding, with this folder's own path cut out.
  [[nodiscard]] std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const finding& f : load().findings) {
      std::string text = f.text();
      const std::string prefix = root().string() + "/";
      for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) text.erase(at, prefix.size());
      out.push_back(text);
    }
    return out;
  }

  load_request request;

 private:
  test::temp_dir dir_;
};

}  // namespace bulkhead::config::testing
