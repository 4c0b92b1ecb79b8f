#pragma once
// What a simulated run found, and its last steps for whoever has to explain it.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace bulkhead::simulation {

/// The promises of the architecture, by their numbers there.
enum class promise : std::uint8_t {
  confinement = 1,
  journal_before_effect = 2,
  at_most_once = 3,
  nothing_forgotten = 4,
  one_writer = 5,
  no_mixing = 6,
  same_out = 7,
  refused_whole = 8,
  no_silent_drop = 9,
  risk_first = 10,
};

class findings {
 public:
  explicit findings(bool print_all) : print_all_(print_all) {}

  void step(std::string what) {
    if (print_all_) std::puts(what.c_str());
    steps_.push_back(std::move(what));
    if (steps_.size() > kept_steps) steps_.pop_front();
  }
  /// The first of each promise keeps the steps that led to it.
  void broken(promise p, std::string what) {
    step(fmt::format("BROKEN promise {}: {}", static_cast<int>(p), what));
    if (++broken_[p] == 1) first_.push_back({p, std::move(what), {steps_.begin(), steps_.end()}});
  }
  [[nodiscard]] bool is_broken(promise p) const { return broken_.contains(p); }
  [[nodiscard]] bool clean() const { return broken_.empty(); }
  [[nodiscard]] std::string text(std::uint64_t seed) const {
    std::string out;
    for (const auto& [p, what, steps] : first_) {
      out += fmt::format("seed {}: promise {}: {}\n", seed, static_cast<int>(p), what);
      if (p != first_.front().of) continue;  // the steps of the first are enough
      for (const std::string& s : steps) out += "    " + s + "\n";
    }
    return out;
  }

 private:
  struct finding {
    promise of;
    std::string what;
    std::vector<std::string> steps;
  };
  static constexpr std::size_t kept_steps = 40;

  bool print_all_;
  std::deque<std::string> steps_;
  std::map<promise, std::uint64_t> broken_;
  std::vector<finding> first_;
};

}  // namespace bulkhead::simulation
