#include "tools/app/backtest/html_text.hpp"
#include "tools/app/backtest/page.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;

struct shown_figure {
  std::string_view path;  ///< in the figures of summary.json
  std::string_view label;
  unit u;
  bool coloured = false;
};

constexpr std::array<shown_figure, 8> headline{{{"/net", "Net P&amp;L", unit::rupees, true},
                                                {"/return_percent", "Return", unit::percent, true},
                                                {"/max_drawdown/percent", "Max drawdown", unit::percent},
                                                {"/sharpe", "Sharpe", unit::ratio},
                                                {"/sortino", "Sortino", unit::ratio},
                                                {"/profit_factor", "Profit factor", unit::ratio},
                                                {"/hit_rate_percent", "Hit rate", unit::percent},
                                                {"/trades", "Trades", unit::count}}};

constexpr std::array<shown_figure, 16> detail{{{"/gross", "Gross P&amp;L", unit::rupees, true},
                                               {"/charges/total", "Charges", unit::rupees},
                                               {"/annual_growth_percent", "Annual growth", unit::percent, true},
                                               {"/turnover", "Turnover", unit::rupees},
                                               {"/turnover_times", "Turnover / capital", unit::ratio},
                                               {"/fills", "Fills", unit::count},
                                               {"/wins", "Winning trades", unit::count},
                                               {"/losses", "Losing trades", unit::count},
                                               {"/open_trades", "Open at the end", unit::count},
                                               {"/average_win", "Average win", unit::rupees, true},
                                               {"/average_loss", "Average loss", unit::rupees, true},
                                               {"/longest_losing_streak", "Longest losing streak", unit::count},
                                               {"/exposure_percent", "Exposure", unit::percent},
                                               {"/max_drawdown/amount", "Max drawdown", unit::rupees},
                                               {"/max_drawdown/from", "Drawdown from", unit::time},
                                               {"/max_drawdown/to", "Drawdown to", unit::time}}};

constexpr std::array<shown_figure, 7> charge_parts{{{"/charges/brokerage", "Brokerage", unit::rupees},
                                                    {"/charges/stt", "STT", unit::rupees},
                                                    {"/charges/exchange", "Exchange", unit::rupees},
                                                    {"/charges/sebi", "SEBI", unit::rupees},
                                                    {"/charges/gst", "GST", unit::rupees},
                                                    {"/charges/stamp", "Stamp duty", unit::rupees},
                                                    {"/charges/dp", "DP charge", unit::rupees}}};

constexpr std::array<shown_figure, 15> per_strategy{{{"/net", "Net", unit::rupees, true},
                                                     {"/return_percent", "Return", unit::percent, true},
                                                     {"/gross", "Gross", unit::rupees, true},
                                                     {"/charges/total", "Charges", unit::rupees},
                                                     {"/sharpe", "Sharpe", unit::ratio},
                                                     {"/sortino", "Sortino", unit::ratio},
                                                     {"/max_drawdown/amount", "Max drawdown", unit::rupees},
                                                     {"/trades", "Trades", unit::count},
                                                     {"/hit_rate_percent", "Hit rate", unit::percent},
                                                     {"/average_win", "Avg win", unit::rupees, true},
                                                     {"/average_loss", "Avg loss", unit::rupees, true},
                                                     {"/profit_factor", "Profit factor", unit::ratio},
                                                     {"/turnover", "Turnover", unit::rupees},
                                                     {"/exposure_percent", "Exposure", unit::percent},
                                                     {"/longest_losing_streak", "Losing streak", unit::count}}};

/// The value with the place in summary.json that it comes from.
std::string figure(std::string_view tag, const std::string& pointer, const json& value, const shown_figure& f) {
  return fmt::format("<{0} class=\"num {1}\" data-figure=\"{2}\">{3}</{0}>", tag, f.coloured ? colour_of(value) : "",
                     html_escape(pointer), shown(value, f.u));
}

std::string list(std::string_view css, std::span<const shown_figure> rows, const json& figures,
                 const std::string& pointer) {
  std::string out = fmt::format("<dl class=\"{}\">", css);
  for (const shown_figure& f : rows) {
    const std::string path{f.path};
    out += fmt::format("<div><dt>{}</dt>{}</div>", f.label,
                       figure("dd", pointer + path, figures.at(json::json_pointer{path}), f));
  }
  return out + "</dl>";
}

std::string scroll_table(std::string_view label, std::string_view css, const std::string& content) {
  return fmt::format(
      "<div class=\"scroll {}\" role=\"region\" tabindex=\"0\" aria-label=\"{}\"><table>{}</table></div>", css, label,
      content);
}

std::string heading(std::string_view text, bool number) {
  return fmt::format("<th scope=\"col\" aria-sort=\"none\" class=\"{}\"><button type=\"button\">{}</button></th>",
                     number ? "num" : "", text);
}

std::string strategies_table(const json& broker, const std::string& pointer) {
  std::string head = heading("Strategy", false);
  for (const shown_figure& f : per_strategy) head += heading(f.label, true);
  std::string rows;
  for (const auto& [name, figures] : broker.at("by_strategy").items()) {
    rows += fmt::format("<tr><th scope=\"row\">{}</th>", html_escape(name));
    for (const shown_figure& f : per_strategy) {
      const std::string path{f.path};
      rows += figure("td", fmt::format("{}/by_strategy/{}{}", pointer, name, path),
                     figures.at(json::json_pointer{path}), f);
    }
    rows += "</tr>";
  }
  return scroll_table("Figures by strategy", "sortable",
                      "<thead><tr>" + head + "</tr></thead><tbody>" + rows + "</tbody>");
}

std::string percent_cell(const json& value) {
  return fmt::format("<td class=\"num {}\">{}</td>", colour_of(value), shown(value, unit::percent));
}

std::string months_table(const broker_results& b) {
  constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto percent = [&](money net) {
    const auto r = percent_of(net, b.history.capital);
    return percent_cell(r ? json(to_string(*r)) : json(nullptr));
  };
  std::map<std::int32_t, std::map<std::int32_t, money>> years;
  for (const month_result& m : b.months) years[m.year][m.month] += m.net;
  std::string head = "<th scope=\"col\">Year</th>";
  for (const std::string_view name : names) head += fmt::format("<th scope=\"col\" class=\"num\">{}</th>", name);
  std::string rows;
  for (const auto& [year, months] : years) {
    money sum;
    rows += fmt::format("<tr><th scope=\"row\">{}</th>", year);
    for (std::int32_t month = 1; month <= 12; ++month) {
      const auto it = months.find(month);
      rows += it == months.end() ? "<td class=\"num none\">·</td>" : percent(it->second);
      if (it != months.end()) sum += it->second;
    }
    rows += percent(sum) + "</tr>";
  }
  return scroll_table(
      "Return by month and year", "",
      "<thead><tr>" + head + "<th scope=\"col\" class=\"num\">All</th></tr></thead><tbody>" + rows + "</tbody>");
}

/// A cell that shows one thing and sorts by another.
std::string sorted_cell(std::string_view css, std::int64_t key, const std::string& text) {
  return fmt::format("<td class=\"num {}\" data-sort=\"{}\">{}</td>", css, key, text);
}

std::string held_text(duration held) {
  const std::int64_t s = held.ns / seconds(1).ns;
  if (s >= 86'400) return fmt::format("{} d {:02} h", s / 86'400, s / 3600 % 24);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string trade_row_html(const round_trip& t, const instrument_table& instruments) {
  const std::string_view colour = t.net().raw > 0 ? "gain" : t.net().raw < 0 ? "loss" : "";
  const auto price_cell = [](price p) { return sorted_cell("", p.raw, indian(money{p.raw})); };
  const auto time_cell = [](timestamp ts) { return sorted_cell("", ts.ns, shown(to_iso_ist(ts), unit::time)); };
  return fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td>", html_escape(t.strategy.str()),
                     html_escape(instruments.key(t.instrument)), t.side == side::buy ? "long" : "short") +
         sorted_cell("", t.qty, indian(t.qty)) + time_cell(t.entered) + price_cell(t.entry) + time_cell(t.exited) +
         price_cell(t.exit) + sorted_cell(colour, t.net().raw, indian(t.net())) +
         fmt::format("<td>{}</td>", t.exit_reason()) + sorted_cell("", t.held().ns, held_text(t.held())) +
         sorted_cell("", t.gross.raw, indian(t.gross)) + sorted_cell("", t.charges.raw, indian(t.charges)) +
         fmt::format("<td>{}</td></tr>", to_string(t.product));
}

std::string trades_table(const broker_results& b, const instrument_table& instruments) {
  if (b.trades.empty()) return "<p class=\"empty\">No trades.</p>";
  constexpr std::array<std::pair<std::string_view, bool>, 14> columns{{{"Strategy", false},
                                                                       {"Instrument", false},
                                                                       {"Side", false},
                                                                       {"Quantity", true},
                                                                       {"Entry", true},
                                                                       {"Price ₹", true},
                                                                       {"Exit", true},
                                                                       {"Price ₹", true},
                                                                       {"Net ₹", true},
                                                                       {"Exit by", false},
                                                                       {"Held", true},
                                                                       {"Gross ₹", true},
                                                                       {"Charges ₹", true},
                                                                       {"Product", false}}};
  std::string head;
  for (const auto& [name, number] : columns) head += heading(name, number);
  std::string rows;
  const std::size_t count = std::min(b.trades.size(), max_table_trades);
  for (std::size_t i = 0; i < count; ++i) rows += trade_row_html(b.trades[i], instruments);
  const auto number = [](std::size_t n) { return indian(static_cast<std::int64_t>(n)); };
  const std::string caption = count == b.trades.size()
                                  ? fmt::format("All {} trades; trades.csv holds the same.", number(count))
                                  : fmt::format("The first {} of {} trades; trades.csv holds them all.", number(count),
                                                number(b.trades.size()));
  return fmt::format("<p class=\"sub\">{}</p>", caption) +
         scroll_table("Trades", "sortable tall", "<thead><tr>" + head + "</tr></thead><tbody>" + rows + "</tbody>");
}

std::string chart_place(std::size_t broker, std::string_view kind, const std::string& title, std::string_view label) {
  return fmt::format(
      "<figure class=\"chart\" data-broker=\"{}\" data-kind=\"{}\" data-name=\"{}\"><figcaption><b>{}</b> "
      "<span class=\"readout\"></span></figcaption><div class=\"plot\" tabindex=\"0\" role=\"img\" "
      "aria-label=\"{}. Arrow keys move the cursor, plus and minus zoom.\"></div></figure>",
      broker, kind, html_escape(title), html_escape(title), html_escape(label));
}

/// A run that a limit stopped half way looks like a quiet one: say so first.
std::string latches_list(const trading_history& h) {
  if (h.latches.empty()) return {};
  std::string rows;
  for (const latch_change& l : h.latches) {
    rows += fmt::format("<li>{}: {} {}{}</li>", shown(to_iso_ist(l.ts), unit::time),
                        l.strategy.empty() ? "the whole broker" : "strategy " + html_escape(l.strategy.str()),
                        l.mode == "released" ? l.mode : fmt::format("{} by {}", l.mode, html_escape(l.cause)),
                        l.reason.empty() ? "" : ": " + html_escape(l.reason));
  }
  return "<div class=\"note\"><strong>The kill switch acted in this run.</strong> From reduce-only on, no position is "
         "opened.<ul>" +
         rows + "</ul></div>";
}

std::string charts(const backtest_results& r, std::size_t at) {
  const broker_results& b = r.brokers[at];
  std::string out = fmt::format(
      "<div><div class=\"tools\" data-broker=\"{}\"><div class=\"buttons\" role=\"group\" aria-label=\"Period shown in "
      "the charts\"><button type=\"button\" data-do=\"all\">All</button><button type=\"button\" data-do=\"in\" "
      "aria-label=\"Zoom in\">+</button><button type=\"button\" data-do=\"out\" aria-label=\"Zoom out\">−</button>"
      "<button type=\"button\" data-do=\"back\" aria-label=\"Earlier\">◀</button><button type=\"button\" "
      "data-do=\"forth\" aria-label=\"Later\">▶</button></div><label>Trades of <select><option value=\"\">every "
      "strategy</option>",
      at);
  for (const auto& [name, f] : b.by_strategy) out += fmt::format("<option>{}</option>", html_escape(name.str()));
  out += "</select></label><span class=\"range\" aria-live=\"polite\"></span></div>";
  out += "<noscript><p class=\"empty\">The charts need JavaScript; figures and tables do not.</p></noscript>";
  out += chart_place(at, "equity", "Equity ₹", "Equity over time");
  out += chart_place(at, "drawdown", "Drawdown ₹", "Drawdown over time");
  for (const auto& [id, series] : r.prices) {
    const bool traded = std::ranges::any_of(b.trades, [&](const round_trip& t) { return t.instrument == id; });
    const std::string& key = r.settings->instruments.key(id);
    if (traded) out += chart_place(at, "price", key, "Price of " + key + " with entries and exits");
  }
  if (b.trades.size() > max_chart_trades) {
    out += fmt::format("<p class=\"sub\">The charts mark the first {} of {} trades.</p>", max_chart_trades,
                       b.trades.size());
  }
  return out + "</div>";
}

}  // namespace

std::string broker_html(const backtest_results& r, std::size_t at, const json& summary) {
  const broker_results& b = r.brokers[at];
  const std::string name = b.settings->id.str();
  const std::string pointer = "/brokers/" + name;
  const json& broker = summary.at("brokers").at(name);
  const json& account = broker.at("account");
  const auto number = [](std::uint64_t n) { return indian(static_cast<std::int64_t>(n)); };
  std::string out = fmt::format(
      "<section aria-labelledby=\"broker-{0}\"><h2 id=\"broker-{0}\">{1} <small>kind {2}</small></h2>"
      "<p class=\"sub\">Capital <span data-figure=\"{3}/capital\">{4}</span>, equity at the end "
      "<span data-figure=\"{3}/equity\">{5}</span>. {6} signals, {7} refused by the risk rules, {8} orders{9}.</p>",
      at, html_escape(name), html_escape(b.settings->kind), html_escape(pointer),
      shown(broker.at("capital"), unit::rupees), shown(broker.at("equity"), unit::rupees), number(b.history.signals),
      number(b.history.rejected), number(b.history.orders),
      b.settings->enabled ? "" : fmt::format(", {} withheld (placing is off)", number(b.history.withheld)));
  out += latches_list(b.history);
  out += list("tiles", headline, account, pointer + "/account");
  out += "<div class=\"two\"><div class=\"card\"><h3>In detail</h3>" +
         list("facts", detail, account, pointer + "/account") + "</div><div class=\"card\"><h3>Charges</h3>" +
         list("facts one", charge_parts, account, pointer + "/account") + "</div></div>";
  out += "<h3>Charts</h3>" + charts(r, at);
  out += "<h3>Return by month</h3><p class=\"sub\">Net on capital, not compounded.</p>" + months_table(b);
  out += "<h3>Strategies</h3>" + strategies_table(broker, pointer);
  return out + "<h3>Trades</h3>" + trades_table(b, r.settings->instruments) + "</section>\n";
}

}  // namespace bulkhead::app
