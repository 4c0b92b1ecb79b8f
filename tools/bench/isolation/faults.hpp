#pragma once
// What is done to the neighbour, again and again until the end of a run.
#include "runtime/fault/chaos.hpp"
#include "tools/app/node_builder.hpp"
#include "tools/bench/isolation/setup.hpp"
#include "tools/bench/pipeline/probes.hpp"

#include <array>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>

#include <signal.h>

namespace bulkhead::bench {

enum class fault_kind : std::uint8_t { none, throws, blocks, flood, segfault, stopped };

struct fault_name {
  fault_kind kind;
  std::string_view option;
  std::string_view text;
};
inline constexpr std::array<fault_name, 6> all_faults{{
    {fault_kind::none, "control", "control: no fault in either run"},
    {fault_kind::throws, "throw", "a: its trader throws at every message"},
    {fault_kind::blocks, "block", "b: its trader blocks for 2 s"},
    {fault_kind::flood, "flood", "c: ten times the signals it can take"},
    {fault_kind::segfault, "segfault", "d: its process segfaults every second"},
    {fault_kind::stopped, "stop", "e: its process is stopped (SIGSTOP)"},
}};

/// Whether the neighbour lives in a process of its own, in the calm runs as well.
inline bool in_own_process(fault_kind k) { return k == fault_kind::segfault || k == fault_kind::stopped; }

/// Whether the neighbour is to fail of it: a run that ends before would have measured a calm day.
inline bool breaks_neighbour(fault_kind k) { return k != fault_kind::none && k != fault_kind::flood; }

/// 96 signals a second of event time for the neighbour alone: at the usual pace 19,200 a second of real time.
inline constexpr std::uint32_t flood_strategies = 12;

/// Repeats a fault from a thread of its own until it is destroyed.
class injector {
 public:
  injector(fault_kind kind, const app::node_parts& parts) : kind_(kind) {
    for (const auto& b : parts.brokers) {
      if (b->settings.id.str() == neighbour_id) neighbour_ = b;
    }
    if (kind != fault_kind::none && kind != fault_kind::flood) thread_ = std::thread{[this] { run(); }};
  }
  injector(const injector&) = delete;
  injector& operator=(const injector&) = delete;
  ~injector() {
    {
      const std::scoped_lock lock{guard_};
      over_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    fault::end_chaos();
  }

 private:
  void run() {
    std::unique_lock lock{guard_};
    while (!wake_.wait_for(lock, pause(), [this] { return over_; })) strike();
  }
  [[nodiscard]] std::chrono::milliseconds pause() const {
    return std::chrono::milliseconds{kind_ == fault_kind::throws ? 50 : 1000};
  }
  void strike() {
    const std::string trader = neighbour_id + "/trader";
    fault::chaos_plan plan;
    switch (kind_) {
      case fault_kind::throws:
        plan.times = 1'000'000;
        fault::disturb(trader, plan);
        break;
      case fault_kind::blocks:
        plan.what = fault::disturbance::hang;
        plan.length = std::chrono::seconds{2};
        fault::disturb(trader, plan);
        break;
      case fault_kind::segfault:
        neighbour_->process->slot().signal(SIGSEGV);
        break;
      case fault_kind::stopped:
        neighbour_->process->slot().signal(SIGSTOP);
        break;
      case fault_kind::none:
      case fault_kind::flood:
        break;
    }
  }

  fault_kind kind_;
  std::shared_ptr<app::broker_context> neighbour_;
  std::mutex guard_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace bulkhead::bench
