#pragma once
// A broker's process that is killed (SIGKILL) in a running, paced node, until its replacement answers an operator with
// its journal open: reaped, started, configured, recovered.
#include "actors/system_config.hpp"
#include "tools/app/node_builder.hpp"
#include "tools/bench/isolation/setup.hpp"
#include "tools/bench/restart/figures.hpp"

#include <signal.h>

namespace bulkhead::bench {

class process_node {
 public:
  process_node(const std::filesystem::path& shipped, std::filesystem::path dir)
      : dir_(std::move(dir)), config_(actors::scheduler_threads(2)), system_(config_), self_(system_) {
    isolation_load load;
    load.own_process = true;
    app::common_options options;
    options.config = write_configuration(dir_.path(), shipped, load);
    settings_ = load_configuration(options);
    std::filesystem::create_directories(settings_->data_dir);
    parts_ = app::make_node_parts(settings_, app::file_backends(*settings_), [&](const config::broker_settings& b) {
      return b.placement == "process" ? std::make_shared<app::broker_process>(*settings_, b, options) : nullptr;
    });
    node_ = system_.spawn(actors::node, app::make_node_config(parts_, caf::actor_cast<caf::actor>(self_)));
  }
  ~process_node() {
    caf::anon_send(node_, actors::drain_node{});
    self_->receive([](const actors::node_finished&) {}, caf::after(std::chrono::minutes{1}) >> [] {});
    (void)slot().close();
    parts_ = {};
  }
  process_node(const process_node&) = delete;
  process_node& operator=(const process_node&) = delete;

  [[nodiscard]] process::process_slot& slot() { return parts_.brokers.back()->process->slot(); }

  /// Waits until a process other than that one answers with its journal open.
  void wait_for_answer(pid_t other_than) {
    wait_for([&] { return slot().pid() != 0 && slot().pid() != other_than && answers(); }, "the broker's process");
  }

 private:
  bool answers() {
    bool open = false;
    self_->send(node_, actors::ask_status{broker_id{neighbour_id}, ++ticket_, caf::actor_cast<caf::actor>(self_)});
    bool waiting = true;
    while (waiting) {
      self_->receive(
          [&](const actors::bridge_status& s) {
            waiting = s.ticket != ticket_;
            if (!waiting) open = s.is_open && s.down.empty();
          },
          [&](const actors::node_finished&) { throw std::runtime_error("the node ended"); },
          caf::after(std::chrono::milliseconds{50}) >> [&] { waiting = false; });
    }
    return open;
  }

  run_folder dir_;
  std::shared_ptr<const config::settings> settings_;
  actors::system_config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  app::node_parts parts_;
  actors::node_actor node_;
  std::uint64_t ticket_ = 0;
};

inline std::vector<restart_row> measure_process(const std::filesystem::path& shipped, const std::filesystem::path& dir,
                                                std::size_t runs) {
  restart_row row{"a broker's process, killed: reaped, started, recovered, answering", "under 500 ms", {}};
  process_node node{shipped, dir};
  node.wait_for_answer(0);
  for (std::size_t i = 0; i < runs; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{200});  // some work in between
    const pid_t before = node.slot().pid();
    const auto killed = restart_clock::now();
    if (before <= 0 || ::kill(before, SIGKILL) != 0) throw std::runtime_error("the broker's process is not there");
    node.wait_for_answer(before);
    row.ms.push_back(ms_between(killed, restart_clock::now()));
  }
  return {row};
}

}  // namespace bulkhead::bench
