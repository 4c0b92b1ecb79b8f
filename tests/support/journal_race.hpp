#pragma once
// Owners that take a journal from each other again and again, and what their log must then look like.
#include "runtime/ports/journal.hpp"
#include "support/journal_calls.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace bulkhead::test {

/// What the owners of one race were told, together. Thread-safe to add to.
struct race_log {
  struct take {
    std::uint64_t epoch = 0;
    std::uint64_t end = 0;  ///< last record that it found
  };
  struct kept {
    std::uint64_t seq = 0;
    std::uint64_t epoch = 0;
  };
  std::mutex guard;
  std::vector<take> takes;
  std::size_t overtaken = 0;  ///< takes that were fenced: the other owner took it before they had read it
  std::vector<kept> acknowledged;
  std::vector<std::string> wrong;  ///< what an owner was told that it must not be told
};

/// One owner of the race: takes the journal with a fresh client, appends until it is fenced, and does so `times` times.
/// Two calls are on their way at a time, so that a take falls between them too. The last hold ends by itself.
inline void race_for_journal(const std::function<std::unique_ptr<journal>()>& client, int times, race_log& log) {
  for (int n = 0; n < times; ++n) {
    const auto j = client();
    const auto [opened, found] = try_open(*j);
    if (opened.outcome() == journal_outcome::fenced) {  // taken between its epoch and its reading
      const std::scoped_lock lock{log.guard};
      ++log.overtaken;
      continue;
    }
    if (!opened.ok()) {
      const std::scoped_lock lock{log.guard};
      log.wrong.push_back(opened.error);
      return;
    }
    std::uint64_t last = found.tail.size();
    {
      const std::scoped_lock lock{log.guard};
      log.takes.push_back({found.epoch, last});
    }
    for (int calls = 0; calls < 30; ++calls) {
      // SQLite hands its lock to nobody: who never pauses may keep another out for good where the disk is slow.
      if (calls % 3 == 2) std::this_thread::sleep_for(std::chrono::milliseconds{3});
      const std::uint64_t first = last + 1;
      last += 2;
      const std::string payload = fmt::format("{}", found.epoch);
      j->append(found.epoch, {{first, payload}}, [](auto, auto) {});
      const auto status = append(*j, found.epoch, {{last, payload}}).first;
      const std::scoped_lock lock{log.guard};
      if (status.outcome() == journal_outcome::fenced) break;
      if (!status.ok()) {
        log.wrong.push_back(status.error);
        return;
      }
      log.acknowledged.push_back({first, found.epoch});
      log.acknowledged.push_back({last, found.epoch});
    }
  }
}

/// Each record's payload is the epoch of its writer.
inline void check_race(race_log& log, const std::vector<journal_record>& written) {
  const std::scoped_lock lock{log.guard};
  for (const std::string& text : log.wrong) FAIL_CHECK(text);
  std::vector<std::uint64_t> epochs;
  for (const journal_record& r : written) epochs.push_back(std::stoull(r.payload));
  for (const auto& [seq, epoch] : log.acknowledged) {
    REQUIRE(seq <= epochs.size());
    CHECK(epochs[seq - 1] == epoch);
  }
  std::size_t handed_over = 0;
  for (const auto& [epoch, end] : log.takes) {
    for (std::uint64_t seq = 1; seq <= epochs.size(); ++seq) {
      const bool in_order = seq <= end ? epochs[seq - 1] < epoch : epochs[seq - 1] >= epoch;
      if (!in_order)
        FAIL_CHECK(fmt::format("record {} of epoch {} beside the take of {} at {}", seq, epochs[seq - 1], epoch, end));
    }
    handed_over += end > 0 && end < epochs.size() ? 1U : 0U;
  }
  CHECK(handed_over > 1);
}

}  // namespace bulkhead::test
