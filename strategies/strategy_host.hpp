#pragma once
// Runs every enabled strategy over the feed and addresses each signal to the brokers it names. A strategy that fails is
// quarantined and the others go on; between two frames strategies can be paused, resumed and replaced. Pure; one owner.
#include "runtime/domain/session.hpp"
#include "strategies/hosted_strategy.hpp"
#include "strategies/tick_routes.hpp"

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead {

/// How long a strategy may take for one tick. Without a clock, as in backtest and replay, nothing is measured.
struct time_budget {
  std::function<std::int64_t()> now_ns;  ///< never going back; may be empty
  std::int64_t budget_ms = 0;            ///< 0: none
  std::uint32_t strikes = 3;             ///< so many ticks in a row over the budget are too many; >= 1
};

/// For people and views.
struct strategy_status {
  strategy_id name;
  bool paused = false;
  std::string quarantined;  ///< why; empty: it is not
};

class strategy_host {
 public:
  /// Puts the strategies in order of name. Throws std::invalid_argument on two of one name: their signals would share
  /// ids. Keeps a reference to `instruments`.
  strategy_host(std::vector<hosted_strategy> strategies, trading_session session, const instrument_table& instruments,
                time_budget budget = {});

  /// Appends all signals of one frame, ordered by (tick order in the frame, strategy order, ordinal), and the notices
  /// of strategies that it quarantined. Frames at or below the last one seen yield nothing. Ticks outside the session
  /// reach no strategy.
  void on_frame(const frame_view& frame, frame_output& out);

  /// Between two frames. A paused strategy sees its ticks; its entries and modifications stay here. Does nothing where
  /// refuse_paused() has an objection.
  void set_paused(const strategy_id& name, bool paused, frame_output& out);
  /// Empty: it can be paused (resumed). Otherwise what is in the way.
  [[nodiscard]] std::string refuse_paused(const strategy_id& name, bool paused) const;
  /// Between two frames: this set instead of the present one. A strategy with the same name and fingerprint keeps its
  /// state, unless it was quarantined; who is paused stays paused. Throws like the constructor, and then nothing has
  /// changed.
  void reload(std::vector<hosted_strategy> strategies, frame_output& out);

  /// Quarantines as an earlier host did in a frame still to come.
  void prescribe(measured_quarantine earlier) { prescribed_.push_back(std::move(earlier)); }
  /// Frames before this one are not measured: brokers have acted on what was said to them.
  void measure_from(feed_seq first) { measured_from_ = first; }

  /// In order of name.
  [[nodiscard]] std::vector<strategy_status> status() const;
  [[nodiscard]] feed_seq last_frame() const noexcept { return last_frame_; }
  [[nodiscard]] nlohmann::json snapshot() const;
  /// A strategy that the snapshot does not know starts with no history; one that is no longer hosted is left out. One
  /// whose fingerprint differs starts anew, but stays paused. Throws std::invalid_argument that says which strategy and
  /// what is wrong; the host is then of no further use.
  void restore(const nlohmann::json& state);

 private:
  struct slot {
    hosted_strategy hosted;
    addressees to;
    bool paused = false;
    std::string quarantined;    ///< why; not empty: sees no ticks
    std::uint32_t strikes = 0;  ///< ticks in a row over the time budget
  };

  [[nodiscard]] static std::vector<slot> slots_of(std::vector<hosted_strategy> strategies);
  [[nodiscard]] tick_routes routes_of(const std::vector<slot>& slots) const;
  [[nodiscard]] const slot* find(const strategy_id& name) const;
  [[nodiscard]] bool timed(feed_seq frame) const;
  [[nodiscard]] bool prescribed(slot& asked, std::uint32_t tick_index, frame_output& out);
  void announce_faults(frame_output& out);
  void ask(slot& asked, const frame_view& frame, std::uint32_t tick_index, frame_output& out);
  void measure(slot& asked, std::int64_t took_ns, std::uint32_t tick_index, frame_output& out);
  void speak(const slot& asked, const frame_view& frame, instrument_id id, frame_output& out);
  void quarantine(slot& failed, std::string reason, frame_output& out);
  void take_over(slot& fresh, slot* before, frame_output& out);
  void notify(const addressees& to, strategy_changed what, frame_output& out);

  std::vector<slot> strategies_;
  trading_session session_;
  const instrument_table* instruments_;
  time_budget budget_;
  tick_routes routes_;
  feed_seq last_frame_ = 0;
  feed_seq measured_from_ = 0;
  feed_seq noticed_feed_ = 0;          ///< frame that the newest notice followed
  std::uint32_t noticed_ordinal_ = 0;  ///< of the next notice that follows it
  std::vector<measured_quarantine> prescribed_;
  std::vector<intent> said_;  ///< scratch of on_frame: no allocation per tick
};

}  // namespace bulkhead
