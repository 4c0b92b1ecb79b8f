// What Zerodha costs: ticks decoded a second, the time from a tick to the order's request, and the processor time of a
// live feed, each beside a plain loop: docs/benchmarks.md.
#include "tools/bench/kite/feed_cpu.hpp"
#include "tools/bench/kite/request_latency.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace bulkhead::bench {
namespace {

using steady = std::chrono::steady_clock;
using bytes = packet_bytes;

struct options {
  std::string config = "config/bulkhead.yaml";
  std::filesystem::path dir = std::filesystem::temp_directory_path();
  std::uint32_t instruments = 3000;
  std::uint32_t in_a_frame = 100;
  double seconds = 1;          ///< of each figure of the decoder
  std::uint64_t paced_s = 30;  ///< of each paced run
  bool quick = false;
};

/// Frames with one packet of `length` for each instrument; every word of a packet is a price that can be.
std::vector<bytes> make_frames(const options& o, std::size_t length) {
  std::vector<bytes> frames;
  for (std::uint32_t first = 0; first < o.instruments; first += o.in_a_frame) {
    const std::uint32_t count = std::min(o.in_a_frame, o.instruments - first);
    bytes f;
    put(f, count, 2);
    for (std::uint32_t i = 0; i < count; ++i) {
      put(f, length, 2);
      put(f, (first + i) * 256 + 1, 4);
      for (std::size_t word = 1; word < length / 4; ++word) put(f, 150'000 + (first + i) * 7 + word, 4);
    }
    frames.push_back(std::move(f));
  }
  return frames;
}

/// Ticks a second over as many rounds as fit the time. `sum` keeps the compiler from leaving out the work.
template <class Work>
double rate(const options& o, const std::vector<bytes>& frames, std::uint64_t& sum, const Work& work) {
  const auto begin = steady::now();
  std::uint64_t ticks = 0;
  double elapsed = 0;
  do {
    for (const bytes& f : frames) sum += work(f);
    ticks += o.instruments;
    elapsed = std::chrono::duration<double>(steady::now() - begin).count();
  } while (elapsed < o.seconds);
  return static_cast<double>(ticks) / elapsed;
}

std::uint64_t plain(const bytes& f) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i + 4 <= f.size(); i += 4) {
    sum += std::uint32_t{f[i]} << 24U | std::uint32_t{f[i + 1]} << 16U | std::uint32_t{f[i + 2]} << 8U | f[i + 3];
  }
  return sum;
}

/// Adds to `sum`, which keeps the compiler from leaving out the work.
void print_decoder(const options& o, std::uint64_t& sum) {
  struct packet {
    std::string_view name;
    std::size_t length;
  };
  kite_frame decoded;
  fmt::print("DECODER: {} instruments, {} in a frame, one thread\n", o.instruments, o.in_a_frame);
  fmt::print("{:<12} {:>6} {:>16} {:>12} {:>16} {:>7}\n", "packet", "bytes", "decoded/s", "MB/s", "plain loop/s",
             "share");
  for (const auto& [name, length] :
       {packet{"ltp", 8}, packet{"index quote", 28}, packet{"quote", 44}, packet{"full", 184}}) {
    const auto frames = make_frames(o, length);
    const double ours = rate(o, frames, sum, [&](const bytes& f) {
      if (decode_frame(f, decoded)) throw std::logic_error("a frame of the benchmark is refused");
      return static_cast<std::uint64_t>(decoded.ticks.back().last.raw);
    });
    const double loop = rate(o, frames, sum, plain);
    fmt::print("{:<12} {:>6} {:>16.0f} {:>12.0f} {:>16.0f} {:>6.1f}%\n", name, length, ours,
               ours * static_cast<double>(length + 2) / 1e6, loop, 100 * ours / loop);
  }
}

void print_times(std::string_view what, const std::vector<double>& us) {
  fmt::print("  {:<46} {:>9.0f} {:>9.0f} {:>9.0f}\n", what, percentile(us, 50), percentile(us, 99),
             percentile(us, 100));
}

/// 1,000 frames a second, two ticks each, as bench_pipeline's paced run.
void print_requests(const options& o, const std::filesystem::path& dir) {
  run_plan plan;
  plan.speed = 1000 * frame_gap_ns / 1'000'000'000;
  plan.frames = std::clamp<std::uint64_t>(o.paced_s * 1000, 2'000, max_frames);
  workload_shape shape;
  shape.brokers = 1;
  const config::settings workload = workload_settings(o.config, shape);
  const request_times full = run_requests(workload, "full", dir, plan);
  const request_times memory = run_requests(workload, "memory", dir, plan);
  const std::size_t count = std::max<std::size_t>(20, full.whole.size());
  const std::vector<double> floor =
      run_plain_requests(count, std::chrono::milliseconds{std::max<std::uint64_t>(1, plan.frames / count)});
  fmt::print(
      "\nREQUEST: from the time a tick is due to the order's arrival at a server in this process; microseconds\n");
  fmt::print("  {:<46} {:>9} {:>9} {:>9}\n", "", "p50", "p99", "most");
  const auto program = [&](std::string_view name, const request_times& t) {
    fmt::print("{} ({} orders)\n", name, t.whole.size());
    print_times("tick due -> signal sequenced as an order", t.sequenced);
    print_times("-> intent durable", t.durable);
    print_times("-> request at the server", t.sent);
    print_times("tick due -> request at the server", t.whole);
  };
  program("node, sync full", full);
  program("node, journal in memory", memory);
  fmt::print("plain loop, the same client ({} orders)\n", floor.size());
  print_times("call -> request at the server", floor);
  fmt::print(
      "tick to request, p50 by the plain loop's: sync full {:.1f}, in memory {:.1f}; durable to request: {:.1f}, "
      "{:.1f}\n",
      percentile(full.whole, 50) / percentile(floor, 50), percentile(memory.whole, 50) / percentile(floor, 50),
      percentile(full.sent, 50) / percentile(floor, 50), percentile(memory.sent, 50) / percentile(floor, 50));
}

void print_feed(const options& o, const std::filesystem::path& dir, std::uint64_t& sum) {
  constexpr std::uint32_t frames_a_second = 1'000'000'000 / frame_gap_ns;
  workload_shape shape;
  shape.brokers = 1;
  shape.market = {3000, 3000 / frames_a_second};
  const config::settings workload = workload_settings(o.config, shape);
  const std::uint64_t frames = std::max<std::uint64_t>(3, o.paced_s) * frames_a_second;
  const feed_cpu cpu = measure_feed_cpu(workload, shape.market, frames, dir, sum);
  fmt::print(
      "\nFEED: 3,000 instruments, a tick a second each, full packets, {} messages a second, {} s; percent of one "
      "core\n",
      frames_a_second, frames / frames_a_second);
  fmt::print("decoder in a plain loop               {:>7.2f}\n", cpu.decode);
  fmt::print("decoder and frames in a plain loop    {:>7.2f}\n", cpu.frames);
  fmt::print("node: feed, runner, one paper broker  {:>7.2f}   ({} events; times the loop: {:.1f})\n", cpu.node,
             cpu.events, cpu.node / cpu.frames);
}

int run(options o) {
  if (o.quick) {
    o.seconds = 0.02;
    o.paced_s = 5;
  }
  const std::filesystem::path dir = o.dir / fmt::format("bulkhead-bench-kite-{}", ::getpid());
  std::array<double, 3> load{};
  if (::getloadavg(load.data(), 3) < 0) load = {};
  fmt::print("load average {:.2f} before, {} processors\n", load[0], std::thread::hardware_concurrency());
  std::uint64_t sum = 0;
  print_decoder(o, sum);
  print_requests(o, dir);
  print_feed(o, dir, sum);
  if (::getloadavg(load.data(), 3) < 0) load = {};
  fmt::print("load average {:.2f} after\n", load[0]);
  return sum == 0 ? 1 : 0;
}

}  // namespace
}  // namespace bulkhead::bench

int main(int argc, char** argv) {
  bulkhead::bench::options o;
  CLI::App app{"What Zerodha costs: ticks decoded, tick to request, processor time of a feed. See docs/benchmarks.md."};
  app.add_option("--config", o.config, "the shipped configuration")->capture_default_str();
  app.add_option("--dir", o.dir, "where journals go; removed afterwards")->capture_default_str();
  app.add_option("--instruments", o.instruments, "decoder: ticks in a round")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--frame", o.in_a_frame, "decoder: ticks in a frame")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--seconds", o.seconds, "for each figure of the decoder")
      ->check(CLI::Range(0.01, 60.0))
      ->capture_default_str();
  app.add_option("--paced", o.paced_s, "seconds of each paced run")->check(CLI::Range(2, 1200))->capture_default_str();
  app.add_flag("--quick", o.quick, "shows that it runs; its figures mean nothing");
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(spdlog::level::off);
  try {
    return bulkhead::bench::run(o);
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench_kite: {}\n", e.what());
    return 1;
  }
}
