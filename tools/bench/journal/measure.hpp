#pragma once
// One journal under load: how much it takes, and how long one append takes.
#include "runtime/journal/kafka_journal.hpp"
#include "runtime/journal/sqlite_journal.hpp"
#include "runtime/ports/journal.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace bulkhead::bench {

struct journal_plan {
  std::uint64_t events = 200'000;
  std::size_t bytes = 200;
  std::uint64_t batch = 10;          ///< events of one append, as a step of the bridge has
  std::uint64_t window = 2000;       ///< appends on their way at a time
  std::uint64_t sqlite_batch = 100;  ///< events of one append, and of one commit
  std::uint64_t appends = 2000;      ///< one at a time
};

struct journal_figures {
  double per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
};

inline journal_figures better(const journal_figures& a, const journal_figures& b) {
  if (a.per_second == 0) return b;
  return {std::max(a.per_second, b.per_second), std::min(a.p50_us, b.p50_us), std::min(a.p99_us, b.p99_us)};
}

using bench_clock = std::chrono::steady_clock;

inline double us_since(bench_clock::time_point t) {
  return std::chrono::duration<double, std::micro>(bench_clock::now() - t).count();
}

inline void add_quantiles(journal_figures& f, std::vector<double> us) {
  std::sort(us.begin(), us.end());
  f.p50_us = us[us.size() / 2];
  f.p99_us = us[us.size() * 99 / 100];
}

inline std::vector<journal_record> batch_from(std::uint64_t first, std::uint64_t count, std::size_t bytes) {
  std::vector<journal_record> batch;
  batch.reserve(count);
  for (std::uint64_t seq = first; seq < first + count; ++seq) batch.push_back({seq, std::string(bytes, 'e')});
  return batch;
}

inline journal_figures measure_journal(journal& j, const journal_plan& plan) {
  std::promise<std::uint64_t> opened;
  j.open([&](journal_status s, journal_recovery r) {
    if (!s.ok()) fmt::print(stderr, "{}\n", s.error);
    opened.set_value(s.ok() ? r.epoch : 0);
  });
  const std::uint64_t epoch = opened.get_future().get();
  if (epoch == 0) throw std::runtime_error("the journal did not open");
  std::uint64_t next = 1;
  std::vector<double> us;
  for (std::uint64_t n = 0; n < plan.appends; ++n) {
    std::promise<void> done;
    auto batch = batch_from(next++, 1, plan.bytes);
    const auto from = bench_clock::now();
    j.append(epoch, std::move(batch), [&](const journal_status&, std::uint64_t) { done.set_value(); });
    done.get_future().get();
    us.push_back(us_since(from));
  }
  journal_figures out;
  add_quantiles(out, std::move(us));

  std::mutex guard;
  std::condition_variable room;
  std::uint64_t on_their_way = 0;
  std::string failed;
  const auto from = bench_clock::now();
  std::uint64_t written = 0;
  for (; written < plan.events; written += plan.batch) {
    auto batch = batch_from(next, plan.batch, plan.bytes);
    next += plan.batch;
    {
      std::unique_lock lock{guard};
      room.wait(lock, [&] { return on_their_way < plan.window; });
      ++on_their_way;
    }
    j.append(epoch, std::move(batch), [&](const journal_status& s, std::uint64_t) {
      const std::scoped_lock lock{guard};
      if (!s.ok()) failed = s.error;
      --on_their_way;
      room.notify_one();
    });
  }
  std::unique_lock lock{guard};
  room.wait(lock, [&] { return on_their_way == 0; });
  if (!failed.empty()) throw std::runtime_error(failed);
  out.per_second = static_cast<double>(written) * 1e6 / us_since(from);
  return out;
}

}  // namespace bulkhead::bench
