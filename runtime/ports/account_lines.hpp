#pragma once
// What people are told of a broker's account at its venue, as named lines: each by the part of the broker's code that
// knows. For `brokers show`.
#include <algorithm>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace bulkhead {

/// Thread-safe.
class account_lines {
 public:
  /// Called by whoever asks, on any thread; must not wait. An empty text: no line.
  using line = std::function<std::string()>;

  /// Under a name that is there already: replaces it.
  void show(const std::string& name, line text) {
    const std::scoped_lock lock{guard_};
    const auto it = std::ranges::find(lines_, name, &std::pair<std::string, line>::first);
    if (it == lines_.end()) {
      lines_.emplace_back(name, std::move(text));
    } else {
      it->second = std::move(text);
    }
  }

  /// In the order in which the names were first shown.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> all() const {
    std::vector<std::pair<std::string, line>> lines;
    {
      const std::scoped_lock lock{guard_};
      lines = lines_;
    }
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& [name, text] : lines) {
      std::string now = text();
      if (!now.empty()) out.emplace_back(name, std::move(now));
    }
    return out;
  }

 private:
  mutable std::mutex guard_;
  std::vector<std::pair<std::string, line>> lines_;
};

}  // namespace bulkhead
