#pragma once
// The benchmark's table and its JSON.
#include "tools/bench/pipeline/run_result.hpp"

#include <array>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace bulkhead::bench {

enum program : std::size_t { node_full, node_normal, node_memory, bare, plain };
inline constexpr std::array<const char*, 5> program_names{"node, sync full", "node, sync normal",
                                                          "node, journal in memory", "bare CAF", "plain loop"};

struct program_figures {
  std::vector<double> throughput;  ///< frames/s, one a repetition
  std::vector<latencies> paced;
  std::vector<latencies> loaded;
};

struct header {
  unsigned cores = 0;
  std::size_t repetitions = 0;
  std::uint64_t frames = 0;
  double sync_us = 0;
  double signal_share = 0;  ///< of frames, in which the runner has a signal
  double busy_share = 0;    ///< of frames, in which a broker has a step
  double events_per_frame = 0;
};

struct report {
  bench::header header;
  std::array<program_figures, program_names.size()> programs;
  double paced_rate = 0;   ///< frames/s
  double loaded_rate = 0;  ///< frames/s
};

inline double median_of(const std::vector<double>& values) { return percentile(values, 50); }

/// Median of 50 syncs of 4 kB appended to a file: what each group commit of `sync full` waits for at least.
inline double measure_sync(const std::filesystem::path& dir) {
  const std::string file = (dir / fmt::format("bulkhead-bench-sync-{}", ::getpid())).string();
  const int fd = ::open(file.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) throw std::runtime_error("cannot write " + file);
  ::unlink(file.c_str());
  const std::string block(4096, 'x');
  std::vector<double> times;
  for (int i = 0; i < 50; ++i) {
    const time_point start = bench_clock::now();
    if (::write(fd, block.data(), block.size()) < 0 || ::fdatasync(fd) < 0) break;
    times.push_back(std::chrono::duration<double, std::micro>(bench_clock::now() - start).count());
  }
  ::close(fd);
  return median_of(times);
}

/// One row of latencies: where they begin and end, and which of a run's lists holds them.
struct latency_row {
  const char* key;
  const char* label;
  std::vector<double> latencies::*list;
};
inline constexpr std::array<latency_row, 4> latency_rows{
    latency_row{"order", "order: frame due -> intent sequenced", &latencies::order},
    latency_row{"fill", "fill: frame due -> fill sequenced", &latencies::fill},
    latency_row{"order_durable", "order: frame due -> intent durable", &latencies::order_durable},
    latency_row{"fill_durable", "fill: frame due -> fill durable", &latencies::fill_durable},
};

/// Median, least and greatest over the repetitions, of one percentile, in microseconds.
struct spread {
  double median = 0;
  double least = 0;
  double most = 0;
  std::size_t samples = 0;
};

inline spread spread_of(const std::vector<latencies>& runs, std::vector<double> latencies::*list, double p) {
  spread out;
  std::vector<double> figures;
  for (const latencies& run : runs) {
    figures.push_back(percentile(run.*list, p) * 1e6);
    out.samples += (run.*list).size();
  }
  if (figures.empty()) return out;
  out.median = median_of(figures);
  out.least = std::ranges::min(figures);
  out.most = std::ranges::max(figures);
  return out;
}

inline std::string throughput_table(const report& r) {
  std::string out = fmt::format("{:<26}{:>12}{:>24}{:>12}{:>14}\n", "FULL SPEED", "frames/s", "least .. most",
                                "ticks/s", "bare CAF is");
  const double yardstick = median_of(r.programs[bare].throughput);
  for (std::size_t p = 0; p < program_names.size(); ++p) {
    const auto& list = r.programs[p].throughput;
    const double median = median_of(list);
    out += fmt::format("{:<26}{:>12.0f}{:>24}{:>12.0f}{:>11.2f} x\n", program_names[p], median,
                       fmt::format("{:.0f} .. {:.0f}", std::ranges::min(list), std::ranges::max(list)),
                       median * bench_market{}.ticks_per_frame, yardstick / median);
  }
  return out;
}

inline std::string latency_table(const report& r, std::vector<latencies> program_figures::*mode,
                                 const std::string& title) {
  std::string out = fmt::format("\n{}\n", title);
  for (const latency_row& row : latency_rows) {
    out += fmt::format("{}\n", row.label);
    const double base50 = spread_of(r.programs[bare].*mode, row.list, 50).median;
    const double base99 = spread_of(r.programs[bare].*mode, row.list, 99).median;
    for (const std::size_t p : {node_full, node_normal, node_memory, bare}) {
      const spread p50 = spread_of(r.programs[p].*mode, row.list, 50);
      const spread p99 = spread_of(r.programs[p].*mode, row.list, 99);
      if (p50.samples == 0) {
        out += fmt::format("  {:<26}none in this run: too short\n", program_names[p]);
        continue;
      }
      out += fmt::format("  {:<26}p50 {:>8.0f} us {:>18} {:>6.2f} x   p99 {:>8.0f} us {:>18} {:>6.2f} x   n {}\n",
                         program_names[p], p50.median, fmt::format("({:.0f} .. {:.0f})", p50.least, p50.most),
                         base50 > 0 ? p50.median / base50 : 0, p99.median,
                         fmt::format("({:.0f} .. {:.0f})", p99.least, p99.most), base99 > 0 ? p99.median / base99 : 0,
                         p50.samples);
    }
  }
  return out;
}

inline std::string build_type() {
#ifdef NDEBUG
  return "optimised, no assertions";
#else
  return "with assertions: not a release build";
#endif
}

inline std::string to_text(const report& r) {
  const header& h = r.header;
  std::string out = fmt::format(
      "{} cores; gcc {}, {}; one sync of 4 kB takes {:.0f} us here\n"
      "workload: 10 strategies, 2 paper brokers that trade, {} ticks a frame, no store; {:.2f} % of frames carry a "
      "signal, "
      "{:.2f} % make a broker work, {:.3f} events a frame and broker\n"
      "bare CAF: the same actors, messages and acknowledgements; no domain, JSON, disk or supervision\n"
      "plain loop: the kernel alone, one thread, no journal\n"
      "median of {} interleaved repetitions, {} frames each at full speed\n\n",
      h.cores, __VERSION__, build_type(), h.sync_us, bench_market{}.ticks_per_frame, h.signal_share * 100,
      h.busy_share * 100, h.events_per_frame, h.repetitions, h.frames);
  out += throughput_table(r);
  out += latency_table(r, &program_figures::paced, fmt::format("PACED, {:.0f} frames/s (open loop)", r.paced_rate));
  out += latency_table(r, &program_figures::loaded,
                       fmt::format("HALF LOAD, {:.0f} frames/s (open loop; half of node, sync full)", r.loaded_rate));
  return out;
}

inline nlohmann::json to_json(const report& r) {
  const header& h = r.header;
  nlohmann::json out{{"cores", h.cores},
                     {"compiler", __VERSION__},
                     {"build", build_type()},
                     {"repetitions", h.repetitions},
                     {"frames", h.frames},
                     {"ticks_per_frame", bench_market{}.ticks_per_frame},
                     {"sync_us", h.sync_us},
                     {"signal_share", h.signal_share},
                     {"busy_share", h.busy_share},
                     {"events_per_frame", h.events_per_frame},
                     {"paced_frames_per_s", r.paced_rate},
                     {"half_load_frames_per_s", r.loaded_rate}};
  const auto modes = {std::pair{"paced", &program_figures::paced}, std::pair{"half_load", &program_figures::loaded}};
  for (std::size_t p = 0; p < program_names.size(); ++p) {
    nlohmann::json& one = out["programs"][program_names[p]];
    one["frames_per_s"] = r.programs[p].throughput;
    if (p == plain) continue;
    for (const auto& [name, mode] : modes) {
      for (const latency_row& row : latency_rows) {
        for (const auto& [label, q] : {std::pair{"p50_us", 50.0}, std::pair{"p99_us", 99.0}}) {
          const spread s = spread_of(r.programs[p].*mode, row.list, q);
          one[name][row.key][label] = {{"median", s.median}, {"least", s.least}, {"most", s.most}};
          one[name][row.key]["samples"] = s.samples;
        }
      }
    }
  }
  return out;
}

}  // namespace bulkhead::bench
