// Whole days by seed: see README.md. BULKHEAD_SEEDS=n runs seeds 1 (or BULKHEAD_FIRST_SEED) to n, BULKHEAD_SEED=n
// that one alone, with its steps.
#include "simulation/simulation.hpp"

#include "simulation/planted.hpp"

#include <cstdlib>
#include <optional>
#include <string>

#include <doctest/doctest.h>

using namespace bulkhead::simulation;

namespace {

#ifdef BULKHEAD_ASAN_BUILD
constexpr std::uint64_t fixed_seeds = 40;
#else
constexpr std::uint64_t fixed_seeds = 500;
#endif
constexpr std::uint64_t least_events = 2000;
constexpr std::uint64_t least_faults = 5;

std::optional<std::uint64_t> number_from(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  return std::stoull(text);
}

run_record run_seed(std::uint64_t seed, findings& found) {
  simulation one{seed, found};
  return one.run();
}

}  // namespace

TEST_CASE("simulation: every promise holds on every seed" * doctest::skip(planted_promise() != 0)) {
  const auto one = number_from("BULKHEAD_SEED");
  const std::uint64_t first = one ? *one : number_from("BULKHEAD_FIRST_SEED").value_or(1);
  const std::uint64_t last = one ? *one : number_from("BULKHEAD_SEEDS").value_or(fixed_seeds);
  run_record all;
  std::uint64_t broken = 0;
  std::uint64_t fewest_events = ~std::uint64_t{0};
  std::uint64_t fewest_faults = ~std::uint64_t{0};
  for (std::uint64_t seed = first; seed <= last && broken < 5; ++seed) {
    findings found{one.has_value()};
    const run_record record = run_seed(seed, found);
    all.events += record.events;
    all.faults += record.faults;
    all.nodes += record.nodes;
    all.turns += record.turns;
    all.bad_inputs += record.bad_inputs;
    fewest_events = std::min(fewest_events, record.events);
    fewest_faults = std::min(fewest_faults, record.faults);
    CHECK_MESSAGE(record.events >= least_events, "seed " << seed);
    CHECK_MESSAGE(record.faults >= least_faults, "seed " << seed);
    CHECK_MESSAGE(found.clean(), found.text(seed) << "repeat with BULKHEAD_SEED=" << seed);
    broken += found.clean() ? 0 : 1;
  }
  MESSAGE((last - first + 1) << " seeds: " << all.events << " events (fewest " << fewest_events << "), " << all.faults
                             << " faults (fewest " << fewest_faults << "), " << all.nodes << " nodes, "
                             << all.bad_inputs << " bad inputs, " << all.turns << " turns");
}

TEST_CASE("simulation: the same seed gives the same run" * doctest::skip(planted_promise() != 0)) {
  for (std::uint64_t seed = 7; seed < 10; ++seed) {
    findings once{false};
    findings again{false};
    const run_record a = run_seed(seed, once);
    const run_record b = run_seed(seed, again);
    CHECK(a.turns == b.turns);
    CHECK(a.events == b.events);
    CHECK(a.faults == b.faults);
  }
}

TEST_CASE("simulation: the planted bug is found" * doctest::skip(planted_promise() == 0)) {
  const auto wanted = static_cast<promise>(planted_promise());
  for (std::uint64_t seed = 1; seed <= fixed_seeds; ++seed) {
    findings found{false};
    (void)run_seed(seed, found);
    if (!found.is_broken(wanted)) continue;
    MESSAGE("found at seed " << seed);
    return;
  }
  FAIL("promise " << planted_promise() << " held on " << fixed_seeds << " seeds, with a bug that breaks it");
}
