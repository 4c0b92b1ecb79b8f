// What a neighbour's faults cost a healthy broker: docs/isolation.md.
#include "tools/app/cli.hpp"
#include "tools/bench/isolation/table.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace bulkhead::bench {
namespace {

struct options {
  std::string config = "config/bulkhead.yaml";
  std::filesystem::path dir = std::filesystem::temp_directory_path();
  std::size_t pairs = 20;
  double seconds = 3;
  std::vector<std::string> faults;
  bool json = false;
};

/// The two runs of a pair follow each other, in turn this or that first; the kinds of fault go round within a round of
/// pairs. What disturbs the machine for a while disturbs all of them.
std::vector<fault_row> measure(const options& o, const run_request& plan) {
  const auto shape = [&](fault_kind k) {
    run_request p = plan;
    p.load.own_process = in_own_process(k);
    return p;
  };
  const std::filesystem::path dir = plan.dir;
  std::filesystem::create_directories(dir);
  app::common_options options;
  options.config = write_configuration(dir, plan.shipped, plan.load);
  const reference_day day = make_reference(*load_configuration(options));
  std::vector<fault_row> rows;
  std::vector<fault_kind> kinds;
  for (const fault_name& k : all_faults) {
    if (!o.faults.empty() && std::ranges::find(o.faults, std::string{k.option}) == o.faults.end()) continue;
    kinds.push_back(k.kind);
    rows.push_back({std::string{k.text}, {}});
  }
  for (std::size_t i = 0; i < o.pairs; ++i) {
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      pair_figures pair;
      run_request calm = shape(kinds[k]);
      run_request faulty = calm;
      if (kinds[k] == fault_kind::flood) faulty.load.floods = flood_strategies;
      const auto run_calm = [&] { pair.calm = run_once(calm, day, fault_kind::none); };
      const auto run_faulty = [&] { pair.faulty = run_once(faulty, day, kinds[k]); };
      if (i % 2 == 0) run_calm();
      run_faulty();
      if (i % 2 != 0) run_calm();
      rows[k].pairs.push_back(std::move(pair));
      if (::isatty(STDERR_FILENO) == 1) fmt::print(stderr, "\rpair {} of {}: {}   ", i + 1, o.pairs, rows[k].name);
    }
  }
  if (::isatty(STDERR_FILENO) == 1) fmt::print(stderr, "\r{:60}\r", "");
  return rows;
}

int run(const options& o) {
  run_request plan;
  plan.dir = o.dir / fmt::format("bulkhead-isolation-{}", ::getpid());
  plan.shipped = o.config;
  plan.seconds = o.seconds;
  const auto rows = measure(o, plan);
  std::filesystem::remove_all(plan.dir);
  if (o.json) {
    fmt::print("{}\n", nlohmann::json{{"rows", json_of(rows)}}.dump(1));
  } else {
    print_table(rows, plan);
  }
  // What must hold whatever the machine does; the ratios are for people.
  const bool confined = std::ranges::all_of(
      rows, [](const fault_row& r) { return r.sum([](const auto& f) { return f.restarts + f.lost + f.late; }) == 0; });
  return confined ? 0 : 1;
}

}  // namespace
}  // namespace bulkhead::bench

int main(int argc, char** argv) {
  // The neighbour's process is this program again, as it is the product's in a node.
  if (argc > 1 && std::string_view{argv[1]} == "compartment") return bulkhead::app::main(argc, argv);
  bulkhead::bench::options o;
  CLI::App app{"What a neighbour's faults cost a healthy broker. Exit status 1: it lost, restarted or was late."};
  app.add_option("--config", o.config, "the shipped configuration; its tables of charges and holidays are used");
  app.add_option("--dir", o.dir, "where journals are written, on the disk that counts; removed afterwards");
  app.add_option("--pairs", o.pairs, "runs with and without each fault")->check(CLI::Range(1, 1000));
  app.add_option("--seconds", o.seconds, "of each run")->check(CLI::Range(0.5, 60.0));
  app.add_option("--fault", o.faults, "only these: control, throw, block, flood, segfault, stop");
  app.add_flag("--json", o.json, "print JSON");
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(spdlog::level::off);
  try {
    return bulkhead::bench::run(o);
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench_isolation: {}\n", e.what());
    return 2;
  }
}
