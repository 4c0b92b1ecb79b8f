#pragma once
// Where a story is played: each broker's sequencer and roles, called directly, with the journal in memory.
#include "config/settings.hpp"
#include "runtime/domain/portfolio.hpp"
#include "runtime/domain/sequencer.hpp"
#include "runtime/roles/role_logic.hpp"
#include "scenarios/words.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::test {

class stage_broker final : public sequencer_host {
 public:
  stage_broker(const config::settings& s, const config::broker_settings& b);

  void offer(const std::shared_ptr<const frame_batch>& frames, std::vector<signal> signals,
             std::vector<strategy_notice> notices);
  void command(operator_command c);
  /// "trader", "risk_manager", "portfolio": that role alone; "node": all of it, from what is durable.
  void restart(const std::string& what);
  void stall(bool stalls);
  [[nodiscard]] bool stalls() const { return stalls_; }

  [[nodiscard]] const broker_id& id() const { return settings_->id; }
  [[nodiscard]] kill_mode latch() const { return gate_->effective(); }
  [[nodiscard]] const std::vector<event>& events() const { return events_; }
  [[nodiscard]] teller& words() { return teller_; }
  [[nodiscard]] std::vector<std::string> dump() const;
  [[nodiscard]] portfolio_snapshot portfolio_now() const;
  [[nodiscard]] std::size_t working_orders() const;

  std::optional<step_result> request(const step_request& step) override;
  std::optional<place_result> place(const place_request& intents) override;
  std::uint64_t append(const event_list& events) override;
  void forward(role to, const event_list& events) override;
  void cut(std::uint64_t seq, feed_seq feed, const std::string& body) override;
  void processed(feed_seq) override {}
  void commanded(std::uint64_t, const event_list&) override {}

 private:
  void start(role r);
  void start_all();
  role_logic& at(role r) { return *roles_[static_cast<std::size_t>(r)]; }

  const config::settings* all_;
  const config::broker_settings* settings_;
  std::shared_ptr<effect_gate> gate_ = std::make_shared<effect_gate>();
  std::array<std::unique_ptr<role_logic>, role_count> roles_;
  std::optional<sequencer> sequencer_;
  std::vector<event> events_;
  /// What was offered with a frame: the feed and the runner say it again to a node that starts anew.
  struct offered {
    std::shared_ptr<const frame_batch> frames;
    std::vector<signal> signals;
    std::vector<strategy_notice> notices;
  };
  std::vector<offered> offered_;
  std::string cut_;
  std::uint64_t cut_seq_ = 0;
  std::uint64_t incarnation_ = 0;
  std::uint64_t durable_ = 0;
  std::uint64_t ticket_ = 0;
  bool stalls_ = false;
  teller teller_;
};

}  // namespace bulkhead::test
