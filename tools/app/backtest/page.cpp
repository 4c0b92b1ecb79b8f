#include "tools/app/backtest/page.hpp"

#include "tools/app/backtest/html_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;

std::string period_text(const json& period) {
  if (period.at("from").is_null()) return "no trading day";
  const auto from = period.at("from").get<std::string>();
  const auto to = period.at("to").get<std::string>();
  const auto days = period.at("trading_days").get<std::int64_t>();
  return fmt::format("{}, {} trading day{}", from == to ? from : from + " to " + to, days, days == 1 ? "" : "s");
}

std::string data_text(const backtest_results& r) {
  const config::feed_settings& feed = r.settings->feed;
  const std::string rows = indian(static_cast<std::int64_t>(r.frames));
  if (feed.kind == "synthetic") return fmt::format("synthetic prices, seed {}, {} frames", feed.seed, rows);
  const std::string_view what = feed.kind == "ticks" ? "recorded ticks" : "1-minute bars";
  std::string text = fmt::format("{} from {}, {} frames", what, feed.path.string(), rows);
  if (r.malformed_rows > 0) text += fmt::format(", {} malformed rows left out", r.malformed_rows);
  return text;
}

std::string broker_links(const backtest_results& r) {
  std::string out = "<nav aria-label=\"Brokers\"><ul class=\"links\">";
  for (std::size_t i = 0; i < r.brokers.size(); ++i) {
    out += fmt::format("<li><a href=\"#broker-{}\">{}</a></li>", i, html_escape(r.brokers[i].settings->id.str()));
  }
  return out + "<li><a href=\"#assumptions\">What it assumes</a></li></ul></nav>";
}

}  // namespace

std::string page_html(const backtest_results& r, const json& summary) {
  const std::string period = period_text(summary.at("period"));
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">"
      "<title>Backtest, {0}</title>\n<style>{1}</style></head>\n<body><header><div class=\"page\">"
      "<p class=\"brand\">Bulkhead</p><h1>Backtest</h1><p class=\"lead\">{0}</p><p class=\"sub\">{2}</p>{3}</div>"
      "</header>\n<main class=\"page\">"
      "<p class=\"note\"><strong>Paper fills on past prices.</strong> Nobody traded against these orders; the market "
      "did not feel them. <a href=\"#assumptions\">What this run assumes</a> decides how far to believe it.</p>\n",
      html_escape(period), page_style(), html_escape(data_text(r)), broker_links(r));
  for (std::size_t i = 0; i < r.brokers.size(); ++i) out += broker_html(r, i, summary);
  out += assumptions_html(r);
  out += fmt::format(
      "</main>\n<script type=\"application/json\" id=\"data\">{}</script>\n<script>{}</script>\n</body></html>\n",
      json_for_script(chart_data(r)), page_script());
  return out;
}

}  // namespace bulkhead::app
