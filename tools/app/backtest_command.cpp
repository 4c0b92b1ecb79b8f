#include "runtime/brokers/registry.hpp"
#include "tools/app/backtest/report_files.hpp"
#include "tools/app/commands.hpp"
#include "tools/app/feed_check.hpp"
#include "tools/app/plain_loop.hpp"
#include "tools/app/progress.hpp"
#include "tools/app/report.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

std::vector<broker_report> reports_of(const plain_loop& loop, const instrument_table& instruments) {
  std::vector<broker_report> reports;
  for (const auto& broker : loop.brokers()) {
    broker_report report{broker->settings().id, instruments, broker->settings().risk.margin};
    for (const event_list& events : broker->events()) {
      for (const event& e : *events) report.add(e);
    }
    report.mark(loop.quotes());
    reports.push_back(std::move(report));
  }
  return reports;
}

/// Beside what is printed: the folder of --report.
void write_folder(const plain_loop& loop, const config::settings& settings, feed_source& source,
                  const std::vector<broker_report>& reports, const std::filesystem::path& folder) {
  std::vector<trading_history> histories;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    trading_history history{reports[i].broker, settings.brokers[i].capital};
    for (const event_list& events : loop.brokers()[i]->events()) {
      for (const event& e : *events) history.add(e);
    }
    if (reports[i].marked_at.ns != 0) history.close(reports[i].portfolio, reports[i].marked_at);
    histories.push_back(std::move(history));
  }
  write_report(results_of(settings, source, std::move(histories)), folder);
  fmt::print(stderr, "report: {}\n", (folder / "report.html").string());
}

/// A backtest sends nothing to anybody: what would be placed at a broker with a market of its own is filled against the
/// feed, as paper fills it. Where placing is off it stays so.
config::settings live_orders_on_paper(config::settings s) {
  for (config::broker_settings& b : s.brokers) {
    const broker_kind* kind = find_kind(b.kind);
    if (!b.enabled || kind == nullptr || kind->clock == venue_clock::feed) continue;
    b.kind = "paper";
    fmt::print(stderr,
               "note: a backtest places nothing at {}: its orders are filled against the feed, as kind paper does by "
               "default\n",
               b.id.str());
  }
  return s;
}

}  // namespace

int run_backtest(const backtest_options& options) {
  const auto loaded = load_or_explain(options.common);
  if (!loaded) return exit_usage;
  const auto settings = std::make_shared<const config::settings>(live_orders_on_paper(*loaded));
  feed_result feed = make_feed(*settings);
  if (!feed.source) {
    fmt::print(stderr, "bulkhead: {}\n", feed.error);
    return exit_usage;
  }
  if (!options.report.empty()) {
    if (const std::string in_the_way = prepare_report_folder(options.report); !in_the_way.empty()) {
      fmt::print(stderr, "bulkhead: {}\n", in_the_way);
      return exit_usage;
    }
  }
  report_feed_problems(*feed.source);
  plain_loop loop{*settings, *feed.source};
  progress bar{"backtest"};
  loop.run([&](std::uint64_t frames) { bar.update(frames, feed.source->size()); });
  bar.finish();
  const auto reports = reports_of(loop, settings->instruments);
  if (!options.report.empty()) write_folder(loop, *settings, *feed.source, reports, options.report);
  if (!options.common.json) {
    fmt::print("{}", to_tables(reports));
    return exit_done;
  }
  nlohmann::json out{{"frames", feed.source->size()}, {"malformed_rows", feed.source->problems().size()}};
  for (const broker_report& r : reports) out["brokers"][r.broker.str()] = r.to_json();
  fmt::print("{}\n", out.dump(1));
  return exit_done;
}

}  // namespace bulkhead::app
