#pragma once
// The yardstick: a CAF program with the node's actors, steps and acknowledgements, and nothing in its handlers. It
// replays the kernel's script, so it sends the same messages for the same frames. No domain, no JSON, no disk, no
// supervision: its journal is an actor that answers at once.
#include "actors/system_config.hpp"
#include "tools/bench/pipeline/bare_messages.hpp"
#include "tools/bench/pipeline/run_result.hpp"
#include "tools/bench/pipeline/script.hpp"

#include <array>
#include <atomic>
#include <deque>

namespace bulkhead::bench {

inline constexpr std::uint64_t bare_window = 1024;
inline constexpr std::uint64_t bare_batch = 64;

/// Sends as actors/feed.cpp does: in batches at full speed; paced, each frame alone, once it is due.
struct bare_feed_state {
  explicit bare_feed_state(caf::event_based_actor* me) : self(me) {}

  void pump() {
    if (send_batch() && !std::exchange(queued, true)) self->send(self, bare_pump{});
  }

  bool send_batch() {
    const feed_seq limit = std::min(plan.frames, std::ranges::min(processed) + bare_window);
    if (next > limit) return false;
    const bool paced = plan.speed > 0;
    if (paced && due_at(next) > self->clock().now()) return wait_for(next);
    const feed_seq last = paced ? next : std::min(limit, next + bare_batch - 1);
    auto batch = std::make_shared<frame_batch>();
    while (next + batch->size() <= last) source->next(*batch);
    next += batch->size();
    for (const caf::actor& c : consumers) caf::anon_send(c, bare_frames{batch});
    return true;
  }

  void begin(const std::vector<caf::actor>& to) {
    consumers = to;
    processed.assign(to.size(), 0);
    first_due = self->clock().now();
    pump();
  }

  [[nodiscard]] caf::actor_clock::time_point due_at(feed_seq seq) const {
    return first_due + plan.gap() * static_cast<std::int64_t>(seq - 1);
  }

  bool wait_for(feed_seq seq) {
    if (!std::exchange(queued, true)) {
      self->delayed_send(self, due_at(seq) - self->clock().now(), bare_pump{});
    }
    return false;
  }

  static inline const char* name = "bare_feed";
  caf::event_based_actor* self;
  run_plan plan;
  std::unique_ptr<feed_source> source;
  std::vector<caf::actor> consumers;
  std::vector<feed_seq> processed;
  caf::actor_clock::time_point first_due{};
  feed_seq next = 1;
  bool queued = false;
};

inline caf::behavior bare_feed(caf::stateful_actor<bare_feed_state>* self, run_plan plan,
                               std::shared_ptr<feed_log> log) {
  auto& st = self->state;
  st.plan = plan;
  st.source = std::make_unique<timed_source>(std::make_unique<bench_source>(plan.frames, plan.market), std::move(log));
  return {
      [self](const bare_peers& m) { self->state.begin(m.all); },
      [self](const bare_credit& m) {
        self->state.processed[m.consumer] = m.processed;
        if (!self->state.queued) self->state.pump();
      },
      [self](const bare_pump&) {
        self->state.queued = false;
        self->state.pump();
      },
  };
}

struct bare_runner_state {
  caf::actor feed;
  std::vector<caf::actor> bridges;
  static inline const char* name = "bare_runner";
};

/// Peers: the feed, then the bridges.
inline caf::behavior bare_runner(caf::stateful_actor<bare_runner_state>* self) {
  return {
      [self](const bare_peers& m) {
        self->state.feed = m.all.front();
        self->state.bridges.assign(m.all.begin() + 1, m.all.end());
      },
      [self](const bare_frames& m) {
        const feed_seq last = m.batch->last_seq();
        for (const caf::actor& b : self->state.bridges) caf::anon_send(b, bare_answer{last});
        caf::anon_send(self->state.feed, bare_credit{self->state.bridges.size(), last});
      },
      [](const bare_credit&) {},
  };
}

/// Peers: the bridge.
struct bare_role_state {
  caf::actor bridge;
  static inline const char* name = "bare_role";
};

inline caf::behavior bare_role(caf::stateful_actor<bare_role_state>* self) {
  return {
      [self](const bare_peers& m) { self->state.bridge = m.all.front(); },
      [self](const bare_work& m) { self->send(self->state.bridge, bare_done{m.id}); },
      [self](const bare_place& m) { self->send(self->state.bridge, bare_placed{m.id}); },
      [self](const bare_append& m) {
        self->send(self->state.bridge, bare_durable{m.feed, m.intent, m.fill});
      },
      [](const bare_apply&) {},
  };
}

/// What the main thread sees of a bridge.
struct bare_progress {
  std::atomic<feed_seq> processed{0};
  std::atomic<std::uint64_t> undurable{0};
};

struct bare_bridge_config {
  std::size_t consumer = 0;
  const broker_script* script = nullptr;
  std::shared_ptr<broker_log> log;
  std::shared_ptr<bare_progress> progress;
};

/// Peers: feed, runner, trader, risk_manager, portfolio, journal.
struct bare_bridge_state {
  explicit bare_bridge_state(caf::event_based_actor* me) : self(me) {}

  void pump() {
    while (waiting == 0) {
      const feed_seq frame = done + 1;
      if (frame > last_frame || frame > through) break;
      if (position == config.script->begin[frame + 1]) {
        done = frame;
        while (!batches.empty() && batches.front()->last_seq() <= done) batches.pop_front();
        continue;
      }
      const step_op& op = config.script->ops[position];
      if (op.what == step_op::kind::market && placing > 0) break;
      ++position;
      run(op, frame);
    }
    if (done == credited) return;
    credited = done;
    config.progress->processed.store(done, std::memory_order_relaxed);
    caf::anon_send(peers[0], bare_credit{config.consumer, done});
    caf::anon_send(peers[1], bare_credit{config.consumer, done});
  }

  void run(const step_op& op, feed_seq frame) {
    const caf::actor& to = peers[2 + static_cast<std::size_t>(op.to)];
    switch (op.what) {
      case step_op::kind::request:
      case step_op::kind::market:
        ++waiting;
        self->send(to, bare_work{position});
        break;
      case step_op::kind::forward:
        self->send(to, bare_apply{position});
        break;
      case step_op::kind::append:
        config.log->sequenced.note(frame, op.intent, op.fill, bench_clock::now());
        config.progress->undurable.fetch_add(1, std::memory_order_relaxed);
        if (op.intent) ++placing;
        self->send(peers.back(), bare_append{frame, op.intent, op.fill});
        break;
    }
  }

  static inline const char* name = "bare_bridge";
  caf::event_based_actor* self;
  bare_bridge_config config;
  std::vector<caf::actor> peers;
  std::deque<std::shared_ptr<const frame_batch>> batches;
  feed_seq last_frame = 0;
  feed_seq through = 0;
  feed_seq done = 0;
  feed_seq credited = 0;
  std::uint32_t position = 0;
  std::size_t waiting = 0;
  std::size_t placing = 0;
};

inline caf::behavior bare_bridge(caf::stateful_actor<bare_bridge_state>* self, bare_bridge_config config) {
  self->state.config = std::move(config);
  return {
      [self](const bare_peers& m) { self->state.peers = m.all; },
      [self](const bare_frames& m) {
        self->state.batches.push_back(m.batch);
        self->state.last_frame = m.batch->last_seq();
        self->state.pump();
      },
      [self](const bare_answer& m) {
        self->state.through = m.through;
        self->state.pump();
      },
      [self](const bare_done&) {
        --self->state.waiting;
        self->state.pump();
      },
      [self](const bare_durable& m) {
        auto& st = self->state;
        st.config.log->durable.note(m.feed, m.intent, m.fill, bench_clock::now());
        st.config.progress->undurable.fetch_sub(1, std::memory_order_relaxed);
        if (m.intent) self->send(st.peers[2 + static_cast<std::size_t>(role::trader)], bare_place{m.feed});
      },
      [self](const bare_placed&) {
        --self->state.placing;
        self->state.pump();
      },
  };
}

class bare_system_config final : public actors::system_config {
 public:
  explicit bare_system_config(std::size_t threads) : actors::system_config(threads) {
    add_message_types<caf::id_block::bench_messages>();
  }
};

inline run_result run_bare(const script& recorded, const run_plan& plan) {
  const auto feed_times = std::make_shared<feed_log>();
  std::vector<std::shared_ptr<broker_log>> logs;
  std::vector<std::shared_ptr<bare_progress>> progress;
  run_result result;
  {
    bare_system_config system_config{recorded.brokers.size() + 2};
    caf::actor_system system{system_config};
    std::vector<caf::actor> all;
    const auto feed = all.emplace_back(system.spawn(bare_feed, plan, feed_times));
    const auto runner = all.emplace_back(system.spawn(bare_runner));
    std::vector<caf::actor> consumers;
    for (std::size_t i = 0; i < recorded.brokers.size(); ++i) {
      logs.push_back(std::make_shared<broker_log>());
      progress.push_back(std::make_shared<bare_progress>());
      const auto bridge = all.emplace_back(
          system.spawn(bare_bridge, bare_bridge_config{i, &recorded.brokers[i], logs.back(), progress.back()}));
      std::vector<caf::actor> peers{feed, runner};
      // Trader, risk_manager, portfolio, and a journal that only answers.
      for (std::size_t r = 0; r < role_count + 1; ++r) {
        peers.push_back(all.emplace_back(system.spawn(bare_role)));
        caf::anon_send(peers.back(), bare_peers{{bridge}});
      }
      caf::anon_send(bridge, bare_peers{peers});
      consumers.push_back(bridge);
    }
    std::vector<caf::actor> of_runner{feed};
    of_runner.insert(of_runner.end(), consumers.begin(), consumers.end());
    caf::anon_send(runner, bare_peers{of_runner});
    consumers.push_back(runner);
    caf::anon_send(feed, bare_peers{consumers});
    wait_until(
        [&] {
          return std::ranges::all_of(
              progress, [&](const auto& p) { return p->processed.load() == plan.frames && p->undurable.load() == 0; });
        },
        "the bare program");
    result.seconds = std::chrono::duration<double>(bench_clock::now() - feed_times->first_read.load()).count();
    for (const caf::actor& a : all) caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  }
  result.seen = latencies_of(*feed_times, logs, plan);
  return result;
}

}  // namespace bulkhead::bench
