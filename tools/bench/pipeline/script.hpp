#pragma once
// What the kernel does in each frame of the workload, as a list of steps: the bare program replays it, so that both
// programs send the same messages for the same frames.
#include "runtime/roles/effect_gate.hpp"
#include "tools/app/parts.hpp"
#include "tools/bench/pipeline/workload.hpp"

#include <array>
#include <unordered_set>

namespace bulkhead::bench {

struct step_op {
  enum class kind : std::uint8_t {
    request,  ///< to a role, and wait for its answer
    market,   ///< the same, once no order is on its way to the venue
    append,   ///< to the journal
    forward,  ///< to a role, no answer
  };
  kind what = kind::request;
  role to = role::trader;
  bool intent = false;  ///< append: holds an order.submitted
  bool fill = false;    ///< append: holds an order.filled
};

struct broker_script {
  std::vector<step_op> ops;
  std::vector<std::uint32_t> begin;  ///< by feed_seq: its first op; one past the end for the last
};

struct script {
  std::vector<broker_script> brokers;
  std::uint64_t signal_frames = 0;  ///< frames in which the runner has a signal
  std::uint64_t busy_frames = 0;    ///< frames in which the first broker has a step
  std::uint64_t events = 0;         ///< of all brokers
  std::uint64_t signals = 0;        ///< as the runner says them, once for all brokers
};

/// The plain loop's broker, writing down what it is asked.
class recording_broker final : public sequencer_host {
 public:
  recording_broker(const config::settings& s, const config::broker_settings& b)
      : cut_after_(static_cast<std::uint64_t>(s.journal.snapshot_every_events)),
        sequencer_(without_cuts(app::sequencer_settings_of(s, b)), s.instruments, *this) {
    gate_->admit(1);
    for (std::size_t i = 0; i < role_count; ++i) roles_[i] = app::make_role(s, b, static_cast<role>(i), gate_, 1);
    script_.begin.push_back(0);
  }

  void on_frames(const std::shared_ptr<const frame_batch>& frames, std::vector<signal> signals) {
    sequencer_.offer_signals(frames->last_seq(), std::move(signals));
    sequencer_.offer_frames(frames);
  }

  broker_script finish(std::uint64_t frames) {
    reach(frames + 1);
    return std::move(script_);
  }
  [[nodiscard]] std::uint64_t events() const { return sequencer_.last_seq(); }

  std::optional<step_result> request(const step_request& step) override {
    step_op op;
    op.what = step.kind == work_kind::market ? step_op::kind::market : step_op::kind::request;
    op.to = step.to;
    write(step.feed, op);
    return at(step.to).handle(step);
  }
  std::optional<place_result> place(const place_request& intents) override {
    return dynamic_cast<trader_logic&>(at(role::trader)).place(intents);
  }
  std::uint64_t append(const event_list& events) override {
    step_op op;
    op.what = step_op::kind::append;
    for (const event& e : *events) {
      op.intent = op.intent || std::holds_alternative<order_submitted>(e.body);
      op.fill = op.fill || std::holds_alternative<order_filled>(e.body);
    }
    since_cut_ += events->size();
    write(events->front().feed, op);
    gate_->set_durable(events->back().seq);
    return events->back().seq;
  }
  void forward(role to, const event_list& events) override {
    step_op op;
    op.what = step_op::kind::forward;
    op.to = to;
    write(events->front().feed, op);
    at(to).apply(events);
  }
  void cut(std::uint64_t, feed_seq, const std::string&) override {}
  void commanded(std::uint64_t, const event_list&) override {}
  /// A cut asks every role for its state; answers that come at once would end it at the first, so it is written here.
  void processed(feed_seq feed) override {
    if (since_cut_ < cut_after_) return;
    since_cut_ = 0;
    for (const role r : {role::trader, role::risk_manager, role::portfolio}) write(feed, {.to = r});
  }

 private:
  static sequencer_settings without_cuts(sequencer_settings s) {
    s.snapshot_every_events = ~std::uint64_t{0};
    s.snapshot_every_frames = ~std::uint64_t{0};
    return s;
  }
  role_logic& at(role r) { return *roles_[static_cast<std::size_t>(r)]; }
  void reach(feed_seq feed) {
    while (script_.begin.size() <= feed) script_.begin.push_back(static_cast<std::uint32_t>(script_.ops.size()));
  }
  void write(feed_seq feed, step_op op) {
    reach(feed);
    script_.ops.push_back(op);
  }

  std::shared_ptr<effect_gate> gate_ = std::make_shared<effect_gate>();
  std::array<std::unique_ptr<role_logic>, role_count> roles_;
  broker_script script_;
  std::uint64_t cut_after_;
  std::uint64_t since_cut_ = 0;
  sequencer sequencer_;
};

inline script record_script(const config::settings& s, std::uint64_t frames) {
  bench_source source{frames};
  const auto host = app::make_strategy_host(s);
  std::vector<std::unique_ptr<recording_broker>> brokers;
  for (const config::broker_settings& b : s.brokers) brokers.push_back(std::make_unique<recording_broker>(s, b));
  script out;
  frame_output said;
  for (bool more = true; more;) {
    auto batch = std::make_shared<frame_batch>();
    while (more && batch->size() < 64) more = source.next(*batch);
    if (batch->empty()) break;
    said.clear();
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const std::size_t before = said.signals.size();
      host->on_frame((*batch)[i], said);
      if (said.signals.size() > before) ++out.signal_frames;
    }
    out.signals += said.signals.size();
    for (const auto& broker : brokers) {
      std::vector<signal> mine;
      for (const routed_signal& r : said.signals) mine.push_back(r.signal);
      broker->on_frames(batch, std::move(mine));
    }
  }
  for (const auto& broker : brokers) {
    out.events += broker->events();
    out.brokers.push_back(broker->finish(frames));
  }
  const auto& begin = out.brokers.front().begin;
  for (feed_seq f = 1; f <= frames; ++f) out.busy_frames += begin[f + 1] > begin[f] ? 1 : 0;
  return out;
}

}  // namespace bulkhead::bench
