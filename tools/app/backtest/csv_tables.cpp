#include "tools/app/backtest/csv_tables.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::app {
namespace {

std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

csv_row fill_row(const fill_fact& f, const broker_id& broker, const instrument_table& instruments) {
  const order_filled& fill = f.fill;
  const charge_breakdown& c = fill.charges;
  return {broker.str(),
          to_iso_ist(f.ts),
          fill.strategy.str(),
          instruments.key(fill.instrument),
          std::string{to_string(fill.product)},
          std::string{to_string(fill.side)},
          fmt::to_string(fill.qty),
          to_string(fill.price),
          to_string(fill.price * fill.qty),
          to_string(c.brokerage),
          to_string(c.stt),
          to_string(c.exchange),
          to_string(c.sebi),
          to_string(c.gst),
          to_string(c.stamp),
          to_string(c.dp),
          to_string(c.total()),
          std::string{to_string(f.origin)},
          fill.fill_id.str(),
          fill.client_order_id.str()};
}

}  // namespace

std::string csv_line(const csv_row& cells) {
  std::string line;
  for (const std::string& text : cells) line += (&text == &cells.front() ? "" : ",") + cell(text);
  return line + "\n";
}

const csv_row& trade_columns() {
  static const csv_row columns{"broker",   "strategy",   "instrument",  "product",   "side",
                               "quantity", "entry_time", "entry_price", "exit_time", "exit_price",
                               "gross",    "charges",    "net",         "held_s",    "exit"};
  return columns;
}

csv_row trade_row(const round_trip& t, const broker_id& broker, const instrument_table& instruments) {
  return {broker.str(),
          t.strategy.str(),
          instruments.key(t.instrument),
          std::string{to_string(t.product)},
          std::string{to_string(t.side)},
          fmt::to_string(t.qty),
          to_iso_ist(t.entered),
          to_string(t.entry),
          to_iso_ist(t.exited),
          to_string(t.exit),
          to_string(t.gross),
          to_string(t.charges),
          to_string(t.net()),
          fmt::to_string(t.held().ns / seconds(1).ns),
          std::string{t.exit_reason()}};
}

std::string trades_csv(const backtest_results& r) {
  std::string out = csv_line(trade_columns());
  for (const broker_results& b : r.brokers) {
    for (const round_trip& t : b.trades) out += csv_line(trade_row(t, b.settings->id, r.settings->instruments));
  }
  return out;
}

std::string fills_csv(const backtest_results& r) {
  std::string out = csv_line({"broker", "time",  "strategy",  "instrument", "product",  "side",           "quantity",
                              "price",  "value", "brokerage", "stt",        "exchange", "sebi",           "gst",
                              "stamp",  "dp",    "charges",   "origin",     "fill_id",  "client_order_id"});
  for (const broker_results& b : r.brokers) {
    for (const fill_fact& f : b.history.fills) out += csv_line(fill_row(f, b.settings->id, r.settings->instruments));
  }
  return out;
}

std::string equity_csv(const backtest_results& r) {
  std::string out = csv_line({"broker", "time", "equity", "drawdown"});
  for (const broker_results& b : r.brokers) {
    money peak;
    for (const net_mark& m : b.history.account) {
      peak = std::max(peak, m.net);
      out += csv_line(
          {b.settings->id.str(), to_iso_ist(m.ts), to_string(b.history.capital + m.net), to_string(peak - m.net)});
    }
  }
  return out;
}

}  // namespace bulkhead::app
