#pragma once
// Pairs of runs, with and without a fault at the neighbour, as ratios with their spread.
#include "tools/bench/isolation/one_run.hpp"
#include "tools/bench/pipeline/run_result.hpp"

#include <nlohmann/json.hpp>

namespace bulkhead::bench {

struct pair_figures {
  healthy_figures calm;
  healthy_figures faulty;
};

struct spread {
  double median = 0;
  double low = 0;   ///< 10 % of the pairs are below
  double high = 0;  ///< 10 % are above
};

inline spread spread_of(const std::vector<double>& values) {
  return {percentile(values, 50), percentile(values, 10), percentile(values, 90)};
}

struct fault_row {
  std::string name;
  std::vector<pair_figures> pairs;

  /// Faulty over calm, one value for each pair.
  template <class Figure>
  [[nodiscard]] spread ratio(const Figure& figure) const {
    std::vector<double> values;
    for (const pair_figures& p : pairs) {
      const double base = figure(p.calm);
      if (base > 0) values.push_back(figure(p.faulty) / base);
    }
    return spread_of(values);
  }
  [[nodiscard]] std::vector<double> pooled(bool faulty) const {
    std::vector<double> all;
    for (const pair_figures& p : pairs) {
      const auto& from = faulty ? p.faulty.latencies : p.calm.latencies;
      all.insert(all.end(), from.begin(), from.end());
    }
    return all;
  }
  template <class Count>
  [[nodiscard]] std::uint64_t sum(const Count& count) const {
    std::uint64_t total = 0;
    for (const pair_figures& p : pairs) total += count(p.faulty);
    return total;
  }
};

inline double p50(const healthy_figures& f) { return percentile(f.latencies, 50); }
inline double p99(const healthy_figures& f) { return percentile(f.latencies, 99); }

inline std::string text_of(const spread& s) {
  return fmt::format("{:.3f} ({:.3f} to {:.3f})", s.median, s.low, s.high);
}

inline void print_table(const std::vector<fault_row>& rows, const run_request& plan) {
  fmt::print("HEALTHY BROKER: paced open loop at {} times real time, {} instruments, {} s a run\n", plan.load.speed,
             plan.load.instruments, plan.seconds);
  fmt::print("Ratios are faulty over calm, a value for each interleaved pair: median (10 % to 90 % of the pairs).\n\n");
  fmt::print("{:<34} {:>5} {:>24} {:>24} {:>24}\n", "neighbour", "pairs", "throughput", "p50", "p99");
  for (const fault_row& r : rows) {
    fmt::print("{:<34} {:>5} {:>24} {:>24} {:>24}\n", r.name, r.pairs.size(),
               text_of(r.ratio([](const auto& f) { return f.orders_per_s; })), text_of(r.ratio(p50)),
               text_of(r.ratio(p99)));
  }
  fmt::print("\n{:<34} {:>21} {:>21} {:>8} {:>6} {:>6} {:>10}\n", "neighbour", "calm p50/p99 us", "faulty p50/p99 us",
             "restarts", "lost", "late", "its own");
  for (const fault_row& r : rows) {
    const auto figures = [&](bool faulty) {
      const auto all = r.pooled(faulty);
      return fmt::format("{:.0f} / {:.0f}", percentile(all, 50) * 1e6, percentile(all, 99) * 1e6);
    };
    fmt::print("{:<34} {:>21} {:>21} {:>8} {:>6} {:>6} {:>10}\n", r.name, figures(false), figures(true),
               r.sum([](const auto& f) { return f.restarts; }), r.sum([](const auto& f) { return f.lost; }),
               r.sum([](const auto& f) { return f.late; }), r.sum([](const auto& f) { return f.neighbour_restarts; }));
  }
  fmt::print(
      "\nrestarts, lost events and late orders: of the healthy broker, in the faulty runs. its own: failures of "
      "the neighbour.\n");
}

inline nlohmann::json json_of(const std::vector<fault_row>& rows) {
  nlohmann::json out = nlohmann::json::array();
  const auto json_spread = [](const spread& s) { return nlohmann::json::array({s.median, s.low, s.high}); };
  for (const fault_row& r : rows) {
    out.push_back({{"fault", r.name},
                   {"pairs", r.pairs.size()},
                   {"throughput_ratio", json_spread(r.ratio([](const auto& f) { return f.orders_per_s; }))},
                   {"p50_ratio", json_spread(r.ratio(p50))},
                   {"p99_ratio", json_spread(r.ratio(p99))},
                   {"restarts", r.sum([](const auto& f) { return f.restarts; })},
                   {"lost", r.sum([](const auto& f) { return f.lost; })},
                   {"late", r.sum([](const auto& f) { return f.late; })},
                   {"orders", r.sum([](const auto& f) { return static_cast<std::uint64_t>(f.latencies.size()); })},
                   {"neighbour_failures", r.sum([](const auto& f) { return f.neighbour_restarts; })}});
  }
  return out;
}

}  // namespace bulkhead::bench
