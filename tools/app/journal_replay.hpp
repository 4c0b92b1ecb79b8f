#pragma once
// Runs a journaled run again: the feed from its source, everything else that came from outside from the journal, each
// at the place where it took effect, through a fresh sequencer and fresh roles. What comes out must be what is there:
// same in, same out. Single thread, no disk but the journal it was given.
#include "config/settings.hpp"
#include "runtime/domain/event_codec.hpp"
#include "runtime/domain/sequencer.hpp"
#include "runtime/ports/feed_source.hpp"
#include "runtime/roles/role_logic.hpp"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::app {

/// One record of a journal: its event and its canonical text.
struct journaled_event {
  event what;
  std::string text;
};

struct replay_difference {
  std::uint64_t seq = 0;
  std::string journaled;  ///< canonical text; empty: the journal ends before
  std::string replayed;   ///< empty: the replay made nothing there
  std::string hint;       ///< what the replay was at
};

struct replay_result {
  std::uint64_t equal = 0;  ///< events before the first difference
  std::optional<replay_difference> difference;
};

class journal_replay final : public sequencer_host {
 public:
  /// All of them outlive it. `journaled` is the whole journal, from event 1.
  journal_replay(const config::settings& s, const config::broker_settings& b,
                 const std::vector<journaled_event>& journaled);
  journal_replay(const journal_replay&) = delete;
  journal_replay& operator=(const journal_replay&) = delete;
  ~journal_replay() override = default;

  /// Until the journal's end, the feed's end, or the first difference. `progress` is called with the frames
  /// done.
  [[nodiscard]] replay_result run(feed_source& source, const std::function<void(feed_seq)>& progress);

  std::optional<step_result> request(const step_request& step) override;
  std::optional<place_result> place(const place_request& intents) override;
  std::uint64_t append(const event_list& events) override;
  void forward(role to, const event_list& events) override;
  void cut(std::uint64_t, feed_seq, const std::string&) override {}
  void processed(feed_seq) override {}
  void commanded(std::uint64_t, const event_list&) override {}

 private:
  role_logic& at(role r) { return *roles_[static_cast<std::size_t>(r)]; }
  /// What the journal says came from outside with this frame.
  void offer_frame(std::shared_ptr<const frame_batch> frame);
  void abandon_overdue();
  void let_pass_withheld();
  void offer_inputs(feed_seq frame);
  /// Makes an input of the event at hand; false: it is none that a replay knows.
  [[nodiscard]] bool offer_input(const event& e);
  void refuse_at_gate(const order_rejected& r);
  [[nodiscard]] bool is_overdue(const step_request& step) const;
  [[nodiscard]] bool is_at_end() const { return made_ >= journaled_->size(); }
  void note_difference(std::uint64_t seq, const event* replayed, const std::string& hint);

  const std::vector<journaled_event>* journaled_;
  event_codec codec_;
  std::shared_ptr<effect_gate> gate_ = std::make_shared<effect_gate>();
  std::array<std::unique_ptr<role_logic>, role_count> roles_;
  std::map<client_order_id, std::uint64_t> refused_;     ///< by the gate -> seq of the refusal
  std::map<client_order_id, std::uint64_t> unmodified_;  ///< modifications refused by the gate, likewise
  std::map<feed_seq, std::pair<bool, bool>> overdue_;    ///< frames with a missed deadline: signals, orders
  place_result withheld_;                                ///< asked for, and refused later on that day
  std::map<feed_seq, std::string> orders_reasons_;       ///< why the orders of such a frame were withheld
  std::optional<role> waits_;                            ///< left unanswered, as it was on that day
  std::uint64_t next_ = 0;                               ///< first journaled event whose frame was not offered
  std::uint64_t made_ = 0;                               ///< events of the replay
  std::uint64_t ticket_ = 0;
  std::optional<replay_difference> difference_;
  sequencer sequencer_;  ///< last: it calls this host
};

}  // namespace bulkhead::app
