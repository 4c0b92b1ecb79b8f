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
    broker_report report{broker->settings().id, instruments};
    for (const event_list& events : broker->events()) {
      for (const event& e : *events) report.add(e);
    }
    report.mark(loop.quotes());
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace

int run_backtest(const common_options& options) {
  const auto settings = load_or_explain(options);
  if (!settings) return exit_usage;
  feed_result feed = make_feed(*settings);
  if (!feed.source) {
    fmt::print(stderr, "bulkhead: {}\n", feed.error);
    return exit_usage;
  }
  report_feed_problems(*feed.source);
  plain_loop loop{*settings, *feed.source};
  progress bar{"backtest"};
  loop.run([&](std::uint64_t frames) { bar.update(frames, feed.source->size()); });
  bar.finish();
  const auto reports = reports_of(loop, settings->instruments);
  if (!options.json) {
    fmt::print("{}", to_tables(reports));
    return exit_done;
  }
  nlohmann::json out{{"frames", feed.source->size()}, {"malformed_rows", feed.source->problems().size()}};
  for (const broker_report& r : reports) out["brokers"][r.broker.str()] = r.to_json();
  fmt::print("{}\n", out.dump(1));
  return exit_done;
}

}  // namespace bulkhead::app
