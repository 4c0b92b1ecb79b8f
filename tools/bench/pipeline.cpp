// The node, a bare CAF program with the same messages, and the kernel in a plain loop, side by side:
// docs/benchmarks.md.
#include "tools/app/plain_loop.hpp"
#include "tools/bench/pipeline/bare_caf.hpp"
#include "tools/bench/pipeline/node_run.hpp"
#include "tools/bench/pipeline/report.hpp"
#include "tools/bench/pipeline/scale_table.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace bulkhead::bench {
namespace {

struct options {
  std::string config = "config/bulkhead.yaml";
  std::filesystem::path dir = std::filesystem::temp_directory_path();
  std::uint64_t frames = 200'000;
  double seconds = 10;
  std::size_t repetitions = 3;
  bool quick = false;
  bool scale = false;
  bool json = false;
};

class bench_run {
 public:
  bench_run(const options& o, config::settings s)
      : options_(o),
        settings_(std::move(s)),
        dir_(o.dir / fmt::format("bulkhead-bench-{}", ::getpid())),
        script_(record_script(settings_, scripted())) {}

  report run() {
    report out;
    out.header = make_header();
    for (std::size_t i = 0; i < options_.repetitions; ++i) full_speed(out);
    // The same load for all: half of what the node that keeps its journal on disk can do.
    const double half = median_of(out.programs[node_full].throughput) / 2;
    const run_plan paced = plan_for(1000.0);
    const run_plan loaded = plan_for(half);
    out.paced_rate = rate_of(paced);
    out.loaded_rate = rate_of(loaded);
    for (std::size_t i = 0; i < options_.repetitions; ++i) {
      each_actor_program([&](std::size_t p, const auto& start) { out.programs[p].paced.push_back(start(paced).seen); },
                         "paced", i);
      each_actor_program(
          [&](std::size_t p, const auto& start) { out.programs[p].loaded.push_back(start(loaded).seen); }, "half load",
          i);
    }
    return out;
  }

 private:
  /// No run is longer than the script.
  [[nodiscard]] std::uint64_t scripted() const { return std::max(options_.frames, most_paced()); }
  [[nodiscard]] std::uint64_t most_paced() const { return options_.quick ? 10'000 : 300'000; }

  void full_speed(report& out) {
    const run_plan plan{options_.frames, 0};
    const auto rate = [&](double seconds) { return static_cast<double>(plan.frames) / seconds; };
    const std::size_t i = out.programs[plain].throughput.size();
    each_actor_program(
        [&](std::size_t p, const auto& start) { out.programs[p].throughput.push_back(rate(start(plan).seconds)); },
        "full speed", i);
    note("full speed", i, plain);
    bench_source source{plan.frames};
    const time_point start = bench_clock::now();
    app::plain_loop loop{settings_, source};
    loop.run([](std::uint64_t) {});
    out.programs[plain].throughput.push_back(rate(std::chrono::duration<double>(bench_clock::now() - start).count()));
  }

  /// One run of each, in turn: what disturbs the machine for a while disturbs all of them.
  template <class Take>
  void each_actor_program(const Take& take, const char* what, std::size_t repetition) {
    for (const std::size_t p : {node_full, bare, node_normal, node_memory}) {
      note(what, repetition, p);
      take(p, [&](const run_plan& plan) {
        if (p == bare) return run_bare(script_, plan);
        return run_node(settings_, p == node_full ? "full" : p == node_normal ? "normal" : "memory", dir_, plan);
      });
    }
  }

  void note(const char* what, std::size_t repetition, std::size_t program) const {
    fmt::print(stderr, "bench_pipeline: {} {}/{}: {}\n", what, repetition + 1, options_.repetitions,
               program_names[program]);
  }

  [[nodiscard]] run_plan plan_for(double frames_per_s) const {
    run_plan plan;
    plan.speed = std::max<std::int64_t>(1, std::llround(frames_per_s * frame_gap_ns / 1e9));
    const double frames = options_.seconds * rate_of(plan);
    plan.frames = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(frames), 200, scripted());
    return plan;
  }
  [[nodiscard]] static double rate_of(const run_plan& plan) { return 1e9 / static_cast<double>(plan.gap().count()); }

  [[nodiscard]] header make_header() const {
    header h;
    h.cores = std::thread::hardware_concurrency();
    h.repetitions = options_.repetitions;
    h.frames = options_.frames;
    h.sync_us = measure_sync(options_.dir);
    const auto per_frame = [&](std::uint64_t n) { return static_cast<double>(n) / static_cast<double>(scripted()); };
    h.signal_share = per_frame(script_.signal_frames);
    h.busy_share = per_frame(script_.busy_frames);
    h.events_per_frame = per_frame(script_.events) / static_cast<double>(script_.brokers.size());
    return h;
  }

  options options_;
  config::settings settings_;
  std::filesystem::path dir_;
  script script_;
};

int run(const options& o) {
  if (o.scale) {
    const scale_plan plan{o.config, o.dir / fmt::format("bulkhead-bench-{}", ::getpid()), o.quick ? 200U : 30'000U,
                          o.quick ? 1 : o.repetitions};
    const scale_table table = measure_scale(plan);
    fmt::print("{}", o.json ? to_json(table).dump(1) + "\n" : to_text(table));
    return 0;
  }
  bench_run bench{o, workload_settings(o.config)};
  const report out = bench.run();
  fmt::print("{}", o.json ? to_json(out).dump(1) + "\n" : to_text(out));
  return 0;
}

}  // namespace
}  // namespace bulkhead::bench

int main(int argc, char** argv) {
  bulkhead::bench::options o;
  CLI::App app{"Compares the node with a bare CAF program and the plain loop. See docs/benchmarks.md."};
  app.add_option("--config", o.config, "Settings file")->check(CLI::ExistingFile)->capture_default_str();
  app.add_option("--dir", o.dir, "Where the journals are written, and removed again")->check(CLI::ExistingDirectory);
  app.add_option("--frames", o.frames, "Frames of a run at full speed")
      ->check(CLI::Range(std::uint64_t{1000}, bulkhead::bench::max_frames))
      ->capture_default_str();
  app.add_option("--seconds", o.seconds, "Length of a paced run")->check(CLI::Range(0.1, 600.0))->capture_default_str();
  app.add_option("--repetitions", o.repetitions, "Of each run")->check(CLI::Range(1, 100))->capture_default_str();
  app.add_flag("--quick", o.quick, "A few seconds in all, to see that it runs: its figures mean nothing");
  app.add_flag("--scale", o.scale, "Prints instead how the cost of a tick grows with strategies and brokers");
  app.add_flag("--json", o.json, "Prints JSON");
  CLI11_PARSE(app, argc, argv);
  if (o.quick) {
    o.frames = 10'000;
    o.seconds = 0.3;
    o.repetitions = 1;
  }
  spdlog::set_level(spdlog::level::off);
  try {
    return bulkhead::bench::run(o);
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench_pipeline: {}\n", e.what());
    return 1;
  }
}
