#include "config/render.hpp"
#include "tools/app/backtest/html_text.hpp"
#include "tools/app/backtest/page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

std::string slippage_text(const paper_settings& p) {
  switch (p.slippage) {
    case slippage_mode::none:
      return "Market orders fill at the last price: no spread, no slippage. A real fill is usually worse.";
    case slippage_mode::bps:
      return fmt::format("Market orders fill {} basis points worse than last.", p.slippage_bps);
    case slippage_mode::ticks:
      return fmt::format("Market orders fill {} ticks worse than the last price.", p.slippage_ticks);
    case slippage_mode::depth:
      return "Market orders fill at the other side's best price, where the feed has one.";
  }
  return {};
}

std::string latency_text(const paper_settings& p) {
  if (p.latency_max_ms == 0) {
    return "No latency: an order meets the first tick of its instrument after the one that caused it.";
  }
  return fmt::format(
      "An order takes {} to {} ms to the exchange, drawn by seed {}, and meets the first tick of its instrument after.",
      p.latency_min_ms, p.latency_max_ms, p.seed);
}

std::string broker_notes(const config::broker_settings& b) {
  std::string out = fmt::format("<h3>{} <small>kind {}</small></h3><ul>", html_escape(b.id.str()), html_escape(b.kind));
  if (!b.enabled) {
    return out + "<li>Placing is off: signals were checked by the risk rules, and no order was sent.</li></ul>";
  }
  const paper_settings& p = b.paper;
  out += fmt::format("<li>{}</li><li>{}</li>", slippage_text(p), latency_text(p));
  out += fmt::format("<li>{} % of orders fill in parts, {} % are refused by the exchange.</li>", p.partial_fill_percent,
                     p.reject_percent);
  out += "<li>An order finds its whole quantity at its price: no queue, no market impact.</li>";
  if (const auto& at = b.risk.square_off) {
    const std::int64_t minutes = at->ns / seconds(60).ns;
    out += fmt::format("<li>Intraday (MIS) positions are squared off at {:02}:{:02} IST.</li>", minutes / 60,
                       minutes % 60);
  }
  return out + "</ul>";
}

std::string strategy_rows(const config::settings& s) {
  std::string out;
  for (const config::strategy_settings& one : s.strategies) {
    std::vector<std::string> parameters;
    for (const auto& [name, value] : one.parameters) parameters.push_back(fmt::format("{} {}", name, value));
    out += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td class=\"wrap\">{}</td></tr>",
                       html_escape(one.name.str()), html_escape(one.strategy), to_string(one.product),
                       html_escape(fmt::format("{}", fmt::join(one.instruments, ", "))),
                       html_escape(fmt::format("{}", fmt::join(parameters, ", "))));
  }
  return out;
}

std::string_view formulas() {
  return "<ul><li><b>Trade</b>: from flat to flat per strategy, instrument and product, at average cost. A fill "
         "through "
         "zero ends one trade and begins the next.</li><li><b>Return</b>: net (charges taken off) on the broker's "
         "capital, also for one strategy.</li><li><b>Sharpe</b>: mean daily return / sample deviation × √252, zero "
         "risk-free rate. <b>Sortino</b>: with the downside deviation √(Σ min(r, 0)² / n). Every trading day counts, "
         "days without trades too; n/a under two days.</li><li><b>Drawdown</b>: below the highest equity at any mark; "
         "percent of that peak.</li><li><b>Exposure</b>: share of session time with at least one position.</li>"
         "<li><b>Hit rate, average win and loss, profit factor, losing streak</b>: closed trades, net of charges. What "
         "is still open is marked at the last price and in the amounts only.</li><li><b>Annual growth</b>: only for "
         "more than a year.</li></ul>";
}

}  // namespace

std::string assumptions_html(const backtest_results& r) {
  std::string out =
      "<section id=\"assumptions\" aria-labelledby=\"assumptions-title\"><h2 id=\"assumptions-title\">What it "
      "assumes</h2>";
  if (r.settings->feed.kind == "replay") {
    out +=
        "<p>Each 1-minute bar became four ticks: open, then low and high (high first in a falling minute), then "
        "close. What happened between them is not known.</p>";
  }
  for (const broker_results& b : r.brokers) out += broker_notes(*b.settings);
  out += fmt::format(
      "<h3>How figures are made</h3>{}<h3>Strategies</h3><div class=\"scroll\" role=\"region\" tabindex=\"0\" "
      "aria-label=\"Strategies and their parameters\"><table><thead><tr><th scope=\"col\">Name</th><th "
      "scope=\"col\">Kind</th><th scope=\"col\">Product</th><th scope=\"col\">Instruments</th><th "
      "scope=\"col\">Parameters</th></tr></thead><tbody>{}</tbody></table></div>",
      formulas(), strategy_rows(*r.settings));
  return out + fmt::format(
                   "<details><summary>The whole configuration</summary><pre tabindex=\"0\">{}</pre></details>"
                   "</section>",
                   html_escape(config::to_json(*r.settings).dump(1)));
}

}  // namespace bulkhead::app
