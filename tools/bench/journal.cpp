// What a journal costs beside what it stands on: docs/benchmarks.md.
#include "tools/bench/journal/bare.hpp"
#include "tools/bench/journal/measure.hpp"
#include "tools/bench/journal/own_kafka.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace bulkhead::bench {
namespace {

struct options {
  std::string bootstrap;
  std::string services = "tools/services";
  std::filesystem::path dir = std::filesystem::temp_directory_path();
  journal_plan plan;
  int rounds = 3;
  bool json = false;
};

kafka_journal_settings settings_at(const kafka::connection& servers, const std::string& broker) {
  kafka_journal_settings s;
  s.servers = servers;
  s.broker = broker_id{broker};
  return s;
}

struct pair {
  journal_figures ours;
  journal_figures bare;
};

/// The two take turns, so that a noisy minute hits both; the better round of each counts.
template <class Ours, class Bare>
pair best_of(int rounds, Ours&& ours, Bare&& bare) {
  pair out;
  for (int n = 0; n < rounds; ++n) {
    out.ours = better(out.ours, ours(n));
    out.bare = better(out.bare, bare(n));
  }
  return out;
}

pair measure_kafka(const kafka::connection& servers, const options& o) {
  const std::string id = fmt::format("b{}x{}", ::getpid(), std::chrono::steady_clock::now().time_since_epoch().count());
  return best_of(
      o.rounds,
      [&](int n) {
        kafka_journal j{settings_at(servers, fmt::format("{}j{}", id, n))};
        return measure_journal(j, o.plan);
      },
      [&](int n) { return measure_bare_kafka(servers, broker_id{fmt::format("{}b{}", id, n)}, o.plan); });
}

pair measure_sqlite(const options& o) {
  const std::filesystem::path dir = o.dir / fmt::format("bulkhead-journal-{}", ::getpid());
  std::filesystem::create_directories(dir);
  const pair out = best_of(
      o.rounds,
      [&](int n) {
        sqlite_journal_settings s;
        s.file = dir / fmt::format("ours-{}.db", n);
        s.broker = broker_id{"bench"};
        sqlite_journal j{s};
        journal_plan plan = o.plan;
        plan.window = 1;  // one batch a commit, so that both commit the same rows together
        plan.batch = o.plan.sqlite_batch;
        return measure_journal(j, plan);
      },
      [&](int n) { return measure_bare_sqlite(dir / fmt::format("bare-{}.db", n), o.plan); });
  std::filesystem::remove_all(dir);
  return out;
}

void print_pair(const char* name, const char* beside, const pair& p) {
  const auto line = [](const char* what, const journal_figures& f) {
    fmt::print("{:<18} {:>12.0f} {:>10.1f} {:>10.1f}\n", what, f.per_second, f.p50_us, f.p99_us);
  };
  line(name, p.ours);
  line(beside, p.bare);
  fmt::print("{:<18} {:>11.0f}% {:>9.2f}x {:>9.2f}x\n\n", "ours over bare", 100 * p.ours.per_second / p.bare.per_second,
             p.ours.p50_us / p.bare.p50_us, p.ours.p99_us / p.bare.p99_us);
}

nlohmann::json json_of(const pair& p) {
  const auto one = [](const journal_figures& f) {
    return nlohmann::json{{"events_per_second", f.per_second}, {"p50_us", f.p50_us}, {"p99_us", f.p99_us}};
  };
  return {{"journal", one(p.ours)}, {"bare", one(p.bare)}};
}

}  // namespace
}  // namespace bulkhead::bench

int main(int argc, char** argv) {
  namespace bench = bulkhead::bench;
  bench::options o;
  bool quick = false;
  CLI::App app{"Times the journals beside what they stand on. See docs/benchmarks.md."};
  app.add_option("--bootstrap", o.bootstrap, "host:port of a Kafka without login; without it one is started");
  app.add_option("--services", o.services, "The program that starts one")->capture_default_str();
  app.add_option("--dir", o.dir, "Where files are written, and removed again")->check(CLI::ExistingDirectory);
  app.add_option("--events", o.plan.events, "Events a round")->check(CLI::Range(1'000, 10'000'000));
  app.add_option("--bytes", o.plan.bytes, "Of one event")->check(CLI::Range(1, 1'000'000));
  app.add_option("--rounds", o.rounds, "The best counts")->check(CLI::Range(1, 100));
  app.add_flag("--quick", quick, "A few seconds in all, to see that it runs: its figures mean nothing");
  app.add_flag("--json", o.json, "Prints JSON");
  CLI11_PARSE(app, argc, argv);
  if (quick) {
    o.plan.events = 5000;
    o.plan.appends = 100;
    o.rounds = 1;
  }
  try {
    const bench::own_kafka own{o.bootstrap, o.services, o.dir};
    const bench::pair kafka = bench::measure_kafka(own.servers(), o);
    const bench::pair sqlite = bench::measure_sqlite(o);
    if (o.json) {
      fmt::print("{}\n", nlohmann::json{{"kafka", bench::json_of(kafka)}, {"sqlite", bench::json_of(sqlite)}}.dump(1));
      return 0;
    }
    fmt::print("JOURNAL: {} events of {} bytes, best of {} rounds; {} cores\n", o.plan.events, o.plan.bytes, o.rounds,
               std::thread::hardware_concurrency());
    fmt::print("p50, p99: from an append until it is durable, one at a time\n\n");
    fmt::print("{:<18} {:>12} {:>10} {:>10}\n", "", "events/s", "p50 us", "p99 us");
    bench::print_pair("Kafka journal", "bare librdkafka", kafka);
    bench::print_pair("SQLite journal", "bare SQLite", sqlite);
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench_journal: {}\n", e.what());
    return 1;
  }
}
