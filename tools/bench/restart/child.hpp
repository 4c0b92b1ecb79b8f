#pragma once
// A child without state that throws: under the product's supervisor, and under the least that CAF needs for the same,
// an actor that monitors it and starts another. Both tell a client the new address; it asks, and the answer counts.
#include "actors/supervisor.hpp"
#include "actors/system_config.hpp"
#include "tools/bench/restart/figures.hpp"

#include <atomic>

namespace bulkhead::bench {

/// Just before the throw.
inline std::atomic<restart_clock::time_point> thrown_at{};

/// Answers a number with itself; 0: throws.
inline caf::behavior fragile(caf::event_based_actor* self) {
  actors::end_with_exception_text(self);
  return {[](std::uint64_t n) -> std::uint64_t {
            if (n > 0) return n;
            thrown_at.store(restart_clock::now());
            throw std::runtime_error("benchmark");
          },
          [](const actors::role_up&) {}};
}

/// The floor: no path, limits, backoff, log or stop order.
inline caf::behavior bare_keeper(caf::event_based_actor* self, const caf::actor& client) {
  const auto start = [self, client] {
    const auto child = self->spawn<caf::monitored>(fragile);
    caf::anon_send(client, actors::role_up{"bare", 1, child});
  };
  self->set_down_handler([start](caf::down_msg&) { start(); });
  start();
  return {[](std::uint64_t) {}};
}

inline actors::supervisor_config supervised(const caf::actor& client) {
  actors::supervisor_config config;
  config.children.push_back({"supervised", [](caf::actor_system& system, actors::incarnation,
                                              const actors::supervisor_actor&) { return system.spawn(fragile); }});
  // Never gives up and never waits: the restart itself is measured.
  config.limits.intensity = 1'000'000;
  config.limits.backoff_min = config.limits.backoff_max = std::chrono::milliseconds{0};
  config.parent = client;
  return config;
}

/// One crash in turn under each keeper, so that what disturbs the machine disturbs both.
inline std::vector<restart_row> measure_child(std::size_t runs) {
  actors::system_config config{3};
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  const auto client = caf::actor_cast<caf::actor>(self);
  std::map<std::string, caf::actor> children;
  const auto learn = [&](const std::string& path) {
    while (!children[path]) {
      self->receive([&](const actors::role_up& up) { children[up.path] = up.handle; },
                    caf::after(std::chrono::seconds{10}) >> [&] { throw std::runtime_error(path + " hangs"); });
    }
  };
  const auto answers = [&](const std::string& path) {
    self->request(children[path], std::chrono::seconds{10}, std::uint64_t{1})
        .receive([](std::uint64_t) {}, [&](const caf::error&) { throw std::runtime_error(path + " does not answer"); });
  };
  const auto keeper = system.spawn(bare_keeper, client);
  const auto tree = system.spawn(actors::supervisor, supervised(client));
  std::vector<restart_row> rows{{"child without state, our supervisor", "under 1 ms", {}},
                                {"the same, bare CAF: monitor and spawn", "", {}},
                                {"for scale: one question and its answer", "", {}}};
  const std::string paths[] = {"supervised", "bare"};
  for (std::size_t run = 0; run < runs; ++run) {
    for (std::size_t i = 0; i < 2; ++i) {
      learn(paths[i]);
      answers(paths[i]);
      const caf::actor victim = std::exchange(children[paths[i]], {});
      caf::anon_send(victim, std::uint64_t{0});
      learn(paths[i]);
      answers(paths[i]);
      rows[i].ms.push_back(ms_between(thrown_at.load(), restart_clock::now()));
    }
    const auto asked = restart_clock::now();
    answers("bare");
    rows[2].ms.push_back(ms_between(asked, restart_clock::now()));
  }
  caf::anon_send_exit(tree, caf::exit_reason::kill);
  caf::anon_send_exit(keeper, caf::exit_reason::kill);
  for (auto& [path, child] : children) caf::anon_send_exit(child, caf::exit_reason::kill);
  return rows;
}

}  // namespace bulkhead::bench
