#pragma once
// How the cost of a tick grows: 1, 10, 100 strategies at 1, 2, 4, 8 brokers, 200 instruments; the plain loop and the
// node with its journal in memory, on the same frames.
#include "tools/app/plain_loop.hpp"
#include "tools/bench/pipeline/node_run.hpp"
#include "tools/bench/pipeline/report.hpp"

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace bulkhead::bench {

struct scale_plan {
  std::string config;
  std::filesystem::path dir;  ///< of the runs' journals; removed again
  std::uint64_t frames = 0;
  std::size_t repetitions = 0;
};

/// One size of the workload. Nanoseconds a tick, medians.
struct scale_row {
  workload_shape shape;
  std::uint64_t events = 0;  ///< of all brokers
  double plain_ns = 0;
  double node_ns = 0;
};

struct scale_table {
  std::uint64_t ticks = 0;  ///< of each run
  std::size_t repetitions = 0;
  std::vector<scale_row> rows;
};

inline constexpr bench_market scale_market{200, 20};

inline scale_row measure_row(const scale_plan& plan, const workload_shape& shape) {
  const config::settings settings = workload_settings(plan.config, shape);
  const double ns_per_tick = 1e9 / static_cast<double>(plan.frames * scale_market.ticks_per_frame);
  scale_row row{.shape = shape};
  std::vector<double> plain;
  std::vector<double> node;
  for (std::size_t i = 0; i < plan.repetitions; ++i) {
    bench_source source{plan.frames, scale_market};
    app::plain_loop loop{settings, source};
    const time_point start = bench_clock::now();
    loop.run([](std::uint64_t) {});
    plain.push_back(std::chrono::duration<double>(bench_clock::now() - start).count() * ns_per_tick);
    row.events = 0;
    for (const auto& broker : loop.brokers()) row.events += broker->event_count();
    node.push_back(run_node(settings, "memory", plan.dir, {plan.frames, 0, scale_market}).seconds * ns_per_tick);
  }
  row.plain_ns = percentile(plain, 50);
  row.node_ns = percentile(node, 50);
  return row;
}

inline scale_table measure_scale(const scale_plan& plan) {
  scale_table table{plan.frames * scale_market.ticks_per_frame, plan.repetitions, {}};
  for (const std::uint32_t strategies : {1U, 10U, 100U}) {
    for (const std::uint32_t brokers : {1U, 2U, 4U, 8U}) {
      fmt::print(stderr, "bench_pipeline: {} strategies, {} brokers\n", strategies, brokers);
      table.rows.push_back(measure_row(plan, {strategies, brokers, scale_market}));
    }
  }
  return table;
}

inline std::string to_text(const scale_table& t) {
  const scale_row& base = t.rows.front();
  std::string out = fmt::format(
      "COST OF A TICK, {} instruments, {} ticks a run, median of {}; x: times the first row\n"
      "  strategies  brokers  events/1000 ticks  plain loop ns       x      node ns       x  node/plain\n",
      scale_market.instruments, t.ticks, t.repetitions);
  for (const scale_row& r : t.rows) {
    out += fmt::format("  {:>10}  {:>7}  {:>17.1f}  {:>13.0f}  {:>6.1f}  {:>11.0f}  {:>6.1f}  {:>10.1f}\n",
                       r.shape.strategies, r.shape.brokers,
                       1000 * static_cast<double>(r.events) / static_cast<double>(t.ticks), r.plain_ns,
                       r.plain_ns / base.plain_ns, r.node_ns, r.node_ns / base.node_ns, r.node_ns / r.plain_ns);
  }
  return out;
}

inline nlohmann::json to_json(const scale_table& t) {
  nlohmann::json rows = nlohmann::json::array();
  for (const scale_row& r : t.rows) {
    rows.push_back({{"strategies", r.shape.strategies},
                    {"brokers", r.shape.brokers},
                    {"events", r.events},
                    {"plain_ns_per_tick", r.plain_ns},
                    {"node_ns_per_tick", r.node_ns}});
  }
  return {{"build", build_type()},
          {"instruments", scale_market.instruments},
          {"ticks", t.ticks},
          {"repetitions", t.repetitions},
          {"rows", std::move(rows)}};
}

}  // namespace bulkhead::bench
