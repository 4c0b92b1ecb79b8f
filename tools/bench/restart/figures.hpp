#pragma once
// A row of the restart benchmark: what came back, how often it was measured, and how long it took.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace bulkhead::bench {

using restart_clock = std::chrono::steady_clock;

struct restart_row {
  std::string what;
  std::string aim;         ///< "under 1 ms"; empty: none
  std::vector<double> ms;  ///< one per run, in the order of the runs

  [[nodiscard]] double quantile(double q) const {
    std::vector<double> sorted = ms;
    std::ranges::sort(sorted);
    return sorted.empty() ? 0 : sorted.at(static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1) + 0.5));
  }
  /// The median of each quarter of the runs, least and most: what the machine's noise does to it.
  [[nodiscard]] std::pair<double, double> spread() const {
    std::vector<double> medians;
    const std::size_t part = std::max<std::size_t>(1, ms.size() / 4);
    for (std::size_t from = 0; from + part <= ms.size(); from += part) {
      medians.push_back(
          restart_row{{}, {}, {ms.begin() + std::ptrdiff_t(from), ms.begin() + std::ptrdiff_t(from + part)}}.quantile(
              0.5));
    }
    if (medians.empty()) return {0, 0};
    const auto [least, most] = std::ranges::minmax(medians);
    return {least, most};
  }
};

inline double ms_between(restart_clock::time_point from, restart_clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

/// Empty at first; goes, with all that is in it, at the end. The first member of a node: what writes there ends before.
class run_folder {
 public:
  explicit run_folder(std::filesystem::path path) : path_(std::move(path)) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~run_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  run_folder(const run_folder&) = delete;
  run_folder& operator=(const run_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
};

/// Looks every 20 microseconds; gives up after five minutes.
template <class Condition>
restart_clock::time_point wait_for(const Condition& condition, const char* what) {
  const auto start = restart_clock::now();
  while (!condition()) {
    if (restart_clock::now() - start > std::chrono::minutes{5}) throw std::runtime_error(fmt::format("{} hangs", what));
    std::this_thread::sleep_for(std::chrono::microseconds{20});
  }
  return restart_clock::now();
}

}  // namespace bulkhead::bench
