// How long what crashed is away: docs/benchmarks.md.
#include "tools/app/cli.hpp"
#include "tools/bench/restart/child.hpp"
#include "tools/bench/restart/process.hpp"
#include "tools/bench/restart/role.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>
#include <stdlib.h>
#include <unistd.h>

namespace bulkhead::bench {
namespace {

struct options {
  std::string config = "config/bulkhead.yaml";
  std::filesystem::path dir = std::filesystem::temp_directory_path();
  std::size_t runs = 500;
  role_plan roles;
  bool json = false;
};

std::string load_average() {
  double load[3] = {};
  return ::getloadavg(load, 3) == 3 ? fmt::format("{:.1f}", load[0]) : "unknown";
}

/// Each part runs alone, one after the other. A new part is one function and one line here.
std::vector<restart_row> measure(const options& o) {
  std::vector<restart_row> rows;
  const auto add = [&](std::vector<restart_row> more) {
    rows.insert(rows.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  add(measure_child(o.runs));
  add(measure_roles(workload_settings(o.config, {.brokers = 1}), o.dir / fmt::format("bulkhead-restart-{}", ::getpid()),
                    o.roles));
  add(measure_process(o.config, o.dir / fmt::format("bulkhead-restart-process-{}", ::getpid()), o.roles.runs));
  return rows;
}

void print_text(const std::vector<restart_row>& rows, const std::string& load_before) {
  fmt::print("RESTART: from the crash until it answers again, milliseconds\n");
  fmt::print(
      "{} cores, load average {} before and {} after; the median of each quarter of the runs shows the noise\n\n",
      std::thread::hardware_concurrency(), load_before, load_average());
  fmt::print("{:<78} {:>5} {:>9} {:>9} {:>9}  {:<18} {}\n", "what", "runs", "p50", "p99", "max", "quarters", "aim");
  for (const restart_row& row : rows) {
    const auto [least, most] = row.spread();
    fmt::print("{:<78} {:>5} {:>9.3f} {:>9.3f} {:>9.3f}  {:<18} {}\n", row.what, row.ms.size(), row.quantile(0.5),
               row.quantile(0.99), row.quantile(1), fmt::format("{:.3f} to {:.3f}", least, most), row.aim);
  }
  fmt::print("\nour supervisor over bare CAF: p50 {:.2f} times, p99 {:.2f} times\n",
             rows[0].quantile(0.5) / rows[1].quantile(0.5), rows[0].quantile(0.99) / rows[1].quantile(0.99));
}

void print_json(const std::vector<restart_row>& rows, const std::string& load_before) {
  nlohmann::json out{{"cores", std::thread::hardware_concurrency()},
                     {"load_before", load_before},
                     {"load_after", load_average()},
                     {"rows", nlohmann::json::array()}};
  for (const restart_row& row : rows) {
    out["rows"].push_back({{"what", row.what}, {"aim", row.aim}, {"ms", row.ms}});
  }
  fmt::print("{}\n", out.dump(1));
}

}  // namespace
}  // namespace bulkhead::bench

int main(int argc, char** argv) {
  // The broker's process is this program again, as it is the product's in a node.
  if (argc > 1 && std::string_view{argv[1]} == "compartment") return bulkhead::app::main(argc, argv);
  bulkhead::bench::options o;
  bool quick = false;
  CLI::App app{"Times how long what crashed is away. See docs/benchmarks.md."};
  app.add_option("--config", o.config, "Settings file")->check(CLI::ExistingFile)->capture_default_str();
  app.add_option("--dir", o.dir, "Where the journals are written, and removed again")->check(CLI::ExistingDirectory);
  app.add_option("--runs", o.runs, "Crashes of a child without state")->check(CLI::Range(4, 100'000));
  app.add_option("--role-runs", o.roles.runs, "Crashes of a trader, and of a bridge")->check(CLI::Range(4, 1000));
  app.add_option("--tail", o.roles.tail, "Events since the snapshot")->check(CLI::Range(100, 100'000));
  app.add_flag("--quick", quick, "A few seconds in all, to see that it runs: its figures mean nothing");
  app.add_flag("--json", o.json, "Prints JSON");
  CLI11_PARSE(app, argc, argv);
  if (quick) {
    o.runs = 20;
    o.roles = {4, 200};
  }
  spdlog::set_level(spdlog::level::off);
  try {
    const std::string load_before = bulkhead::bench::load_average();
    const auto rows = bulkhead::bench::measure(o);
    o.json ? bulkhead::bench::print_json(rows, load_before) : bulkhead::bench::print_text(rows, load_before);
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench_restart: {}\n", e.what());
    return 1;
  }
}
