#pragma once
// What a node keeps of a broker in a process of its own (trading.<broker>.placement: process): the slot that it runs
// in, the page that it shares, and how it is started.
#include "actors/messages.hpp"
#include "actors/run_counters.hpp"
#include "config/settings.hpp"
#include "runtime/process/process_slot.hpp"
#include "runtime/process/shared_page.hpp"
#include "runtime/roles/effect_gate.hpp"
#include "tools/app/commands.hpp"

#include <memory>
#include <string>
#include <vector>

namespace bulkhead::app {

/// The node writes, the process reads.
struct node_page {
  gate_hold hold;
};
/// The process writes.
struct process_page {
  std::atomic<std::uint64_t> heartbeat{0};
  actors::broker_counters counters;
};

class broker_process {
 public:
  broker_process(const config::settings& s, const config::broker_settings& b, common_options options);

  [[nodiscard]] std::shared_ptr<gate_hold> hold() const { return {node_page_, &node_page_->hold}; }
  [[nodiscard]] std::shared_ptr<actors::broker_counters> counters() const {
    return {process_page_, &process_page_->counters};
  }
  [[nodiscard]] process::process_slot& slot() { return *slot_; }
  /// `number` of the compartment that asks. A failpoint is handed to the first start alone: one that kills would
  /// otherwise kill every start.
  [[nodiscard]] process::launch launch(actors::incarnation number) const;
  /// What its hello must say.
  [[nodiscard]] const link::hello& expected() const noexcept { return expected_; }

 private:
  common_options options_;
  broker_id broker_;
  link::hello expected_;
  std::shared_ptr<process::shared_page> page_;
  std::shared_ptr<node_page> node_page_;
  std::shared_ptr<process_page> process_page_;
  std::unique_ptr<process::process_slot> slot_;
};

/// Who this process is, as it would say in its hello; its settings are those of `broker` alone.
[[nodiscard]] link::hello identity_of(const config::settings& s, const config::broker_settings& broker);

/// Failpoints ("paper.trader.place.before=kill@1,...") of one broker, or with `of_broker` false: of anybody else.
[[nodiscard]] std::string failpoints_of(const std::string& all, const broker_id& broker, bool of_broker);

/// Of the node's environment what that broker's process may see: no variable of another broker's section.
[[nodiscard]] std::vector<std::string> environment_of(const broker_id& broker, const std::string& failpoints);

}  // namespace bulkhead::app
