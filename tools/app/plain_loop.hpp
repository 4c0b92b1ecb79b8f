#pragma once
// The kernel without actors, threads or disk: one feed, the strategies, and every broker's sequencer and roles called
// in a loop. Backtests run on it, and tests compare the node with it: both give the same events.
#include "tools/app/parts.hpp"

#include <array>
#include <functional>
#include <memory>
#include <vector>

namespace bulkhead::app {

/// One broker of the loop. Every call is answered at once; an appended event counts as durable.
class plain_broker final : public sequencer_host {
 public:
  plain_broker(const config::settings& s, const config::broker_settings& b);
  plain_broker(const plain_broker&) = delete;
  plain_broker& operator=(const plain_broker&) = delete;
  ~plain_broker() override = default;

  void on_frames(const std::shared_ptr<const frame_batch>& frames, std::vector<signal> signals,
                 std::vector<strategy_notice> notices = {});

  [[nodiscard]] const config::broker_settings& settings() const noexcept { return *settings_; }
  [[nodiscard]] const std::vector<event_list>& events() const noexcept { return events_; }
  [[nodiscard]] std::uint64_t event_count() const noexcept { return sequencer_.last_seq(); }

  std::optional<step_result> request(const step_request& step) override;
  std::optional<place_result> place(const place_request& intents) override;
  std::uint64_t append(const event_list& events) override;
  void forward(role to, const event_list& events) override;
  void cut(std::uint64_t, feed_seq, const std::string&) override {}
  void processed(feed_seq) override {}
  void commanded(std::uint64_t, const event_list&) override {}

 private:
  role_logic& at(role r) { return *roles_[static_cast<std::size_t>(r)]; }

  const config::broker_settings* settings_;
  std::shared_ptr<effect_gate> gate_ = std::make_shared<effect_gate>();
  std::array<std::unique_ptr<role_logic>, role_count> roles_;
  std::vector<event_list> events_;
  sequencer sequencer_;
};

class plain_loop {
 public:
  /// `s` and `source` outlive the loop.
  plain_loop(const config::settings& s, feed_source& source);

  /// Runs to the end of the source, `batch` frames at a time; `progress` is called after each batch with frames done.
  void run(const std::function<void(std::uint64_t)>& progress);

  [[nodiscard]] const std::vector<std::unique_ptr<plain_broker>>& brokers() const noexcept { return brokers_; }
  /// The last quote of every instrument that had a tick.
  [[nodiscard]] std::vector<quote> quotes() const;

 private:
  const config::settings* settings_;
  feed_source* source_;
  std::unique_ptr<strategy_host> host_;
  std::vector<std::unique_ptr<plain_broker>> brokers_;
  std::vector<quote> quotes_;
};

}  // namespace bulkhead::app
