#pragma once
// One broker's sequencer and roles, called directly, with durability, placement and crashes in the test's hands.
#include "runtime/domain/event_codec.hpp"
#include "support/settings_fixture.hpp"
#include "tools/app/parts.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::test {

/// A whole session: its frames one by one, and the signals of each for one broker.
struct session_script {
  std::shared_ptr<const config::settings> settings;
  std::vector<std::shared_ptr<const frame_batch>> frames;
  std::vector<std::vector<signal>> signals;

  static session_script load() {
    session_script script;
    script.settings = two_paper_brokers();
    auto feed = app::make_feed(*script.settings);
    if (!feed.source) throw std::runtime_error(feed.error);
    auto host = app::make_strategy_host(*script.settings);
    for (auto batch = std::make_shared<frame_batch>(); feed.source->next(*batch);
         batch = std::make_shared<frame_batch>()) {
      frame_output said;
      host->on_frame((*batch)[0], said);
      script.signals.emplace_back();
      for (routed_signal& r : said.signals) script.signals.back().push_back(std::move(r.signal));
      script.frames.push_back(std::move(batch));
    }
    return script;
  }

  /// The first broker's kind has its own clock; nobody trades in tests, so its client does nothing.
  static session_script load_own_clock() {
    session_script script = load();
    auto s = std::make_shared<config::settings>(*script.settings);
    s->brokers.front().kind = "zerodha";
    s->brokers.front().enabled = true;
    script.settings = s;
    return script;
  }
};

class broker_harness final : public sequencer_host {
 public:
  explicit broker_harness(std::shared_ptr<const config::settings> s, bool durable_at_once = true,
                          bool feed_clocked = true, std::size_t most_ids = 10'000)
      : settings_(std::move(s)), durable_at_once_(durable_at_once) {
    sequencer_settings config = app::sequencer_settings_of(*settings_, settings_->brokers.front());
    config.feed_clocked_venue = feed_clocked;
    config.snapshot_every_events = 60;
    config.external_most_ids = most_ids;
    sequencer_.emplace(config, settings_->instruments, *this);
    start_roles();
  }

  /// As after a crash of the whole broker: from a journal's cut and tail.
  void recover(const std::string& cut, const std::vector<event_list>& tail) {
    std::vector<event> events;
    for (const event_list& list : tail) events.insert(events.end(), list->begin(), list->end());
    sequencer_->recover(cut, std::move(events));
    gate->set_durable(sequencer_->last_seq());
    for (const role r : {role::trader, role::risk_manager, role::portfolio}) revive(r);
  }

  /// As after a crash of one role.
  void revive(role r) {
    roles_[static_cast<std::size_t>(r)] = make(r);
    roles_[static_cast<std::size_t>(r)]->recover(sequencer_->recovery_of(r));
    sequencer_->resume(r);
  }

  void offer(const session_script& script, std::size_t i) {
    sequencer_->offer_signals(script.frames[i]->last_seq(), script.signals[i]);
    sequencer_->offer_frames(script.frames[i]);
  }

  void make_durable() {
    gate->set_durable(sequencer_->last_seq());
    sequencer_->on_durable(sequencer_->last_seq());
  }

  std::optional<step_result> request(const step_request& step) override {
    if (hang == step.to) return std::nullopt;
    return roles_[static_cast<std::size_t>(step.to)]->handle(step);
  }
  std::optional<place_result> place(const place_request& intents) override {
    placed.push_back(intents);
    place_result result = dynamic_cast<trader_logic&>(*roles_[0]).place(intents);
    return result;
  }
  std::uint64_t append(const event_list& events) override {
    appended.push_back(events);
    if (!durable_at_once_) return 0;
    gate->set_durable(events->back().seq);
    return events->back().seq;
  }
  void forward(role to, const event_list& events) override { roles_[static_cast<std::size_t>(to)]->apply(events); }
  void cut(std::uint64_t seq, feed_seq, const std::string& body) override { cuts.emplace_back(seq, body); }
  void processed(feed_seq feed) override { last_processed = feed; }
  void commanded(std::uint64_t ticket, const event_list& events) override { answered.emplace_back(ticket, events); }
  [[nodiscard]] bool can_append() const override {
    return sequencer_->last_seq() - sequencer_->durable_seq() <= max_undurable;
  }

  [[nodiscard]] std::vector<std::string> dump() const {
    const event_codec codec{broker_id{"paper"}, settings_->instruments};
    std::vector<std::string> lines;
    for (const event_list& list : appended) {
      for (const event& e : *list) lines.push_back(codec.encode(e));
    }
    return lines;
  }
  template <class Body>
  [[nodiscard]] std::size_t count() const {
    std::size_t n = 0;
    for (const event_list& list : appended) {
      for (const event& e : *list) n += std::holds_alternative<Body>(e.body) ? 1 : 0;
    }
    return n;
  }
  bulkhead::sequencer& sequencer() { return *sequencer_; }

  std::shared_ptr<effect_gate> gate = std::make_shared<effect_gate>();
  std::vector<event_list> appended;
  std::vector<place_request> placed;
  std::vector<std::pair<std::uint64_t, std::string>> cuts;
  std::vector<std::pair<std::uint64_t, event_list>> answered;  ///< commands
  std::optional<role> hang;                                    ///< this role does not answer
  feed_seq last_processed = 0;
  std::uint64_t max_undurable = ~std::uint64_t{0};

 private:
  std::unique_ptr<role_logic> make(role r) {
    return app::make_role(*settings_, settings_->brokers.front(), r, gate, 1);
  }
  void start_roles() {
    gate->admit(1);
    for (std::size_t i = 0; i < role_count; ++i) roles_[i] = make(static_cast<role>(i));
  }

  std::shared_ptr<const config::settings> settings_;
  bool durable_at_once_;
  std::array<std::unique_ptr<role_logic>, role_count> roles_;
  std::optional<bulkhead::sequencer> sequencer_;
};

}  // namespace bulkhead::test
