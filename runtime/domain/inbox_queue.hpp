#pragma once
// What came in by a broker's inbox and waits for its place in the log, and what the log says was taken from there.
// Pure; one owner, the sequencer. An item is a signal, or a record that leads to nothing here (a dead letter, a record
// of our own), or a word on where reading goes on. Items of one partition keep their order.
#include "runtime/domain/events.hpp"
#include "runtime/domain/external_signal.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead {

/// This record needs no event: it is kept elsewhere, or it is our own.
struct inbox_passed {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

using inbox_item = std::variant<external_signal, inbox_positioned, inbox_passed>;

/// By partition: offset of the next record.
using inbox_positions = std::map<std::int32_t, std::int64_t>;

class inbox_queue {
 public:
  /// The newest `most_ids` of the signals' ids are remembered. One is forgotten only once it was kept for `id_life` of
  /// event time: its repeat is refused by its age then. While none is that old, further signals have to be refused: a
  /// repeat of what was forgotten would be traded twice.
  inbox_queue(duration id_life, std::size_t most_ids) : id_life_(id_life), most_ids_(most_ids) {}

  /// Records that were offered before are ignored.
  void offer(std::vector<inbox_item> items);
  /// Passes what leads to nothing up to the next item that does; the position if it is that.
  [[nodiscard]] std::optional<inbox_positioned> take_position();
  /// Signals in order, at most so many, up to the next position.
  [[nodiscard]] std::vector<external_signal> take_signals(std::size_t most);

  /// From the log. `at`: event time. `is_timely`: the age of the signal was no reason to refuse it, then or later.
  void fold(const signal_origin& from, timestamp at, bool is_timely);
  void fold(const inbox_positioned& at);
  /// The log is read: offers go on from there.
  void begin() { offered_ = positions_; }
  [[nodiscard]] bool knows(const std::string& id) const { return ids_.contains(id); }
  /// How many more ids can be remembered at that event time.
  [[nodiscard]] std::size_t room(timestamp at) const;

  /// What comes next, as far as it was offered here.
  [[nodiscard]] const inbox_positions& offered() const noexcept { return offered_; }
  /// Items that were offered and have left the queue, in this life.
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
  [[nodiscard]] bool is_used() const noexcept { return !positions_.empty() || !queue_.empty(); }

  /// What the log says, for the cut; read back by restore().
  [[nodiscard]] nlohmann::json snapshot() const;
  void restore(const nlohmann::json& state);

 private:
  void pass(const inbox_passed& p);
  void remember(const std::string& id, timestamp at);
  [[nodiscard]] bool is_over(timestamp taken, timestamp at) const { return at - taken > id_life_; }

  std::deque<inbox_item> queue_;
  inbox_positions offered_;
  std::uint64_t taken_ = 0;
  inbox_positions positions_;  ///< folded; what was passed is in it too, so that a cut knows of it
  duration id_life_;
  std::size_t most_ids_;
  std::set<std::string> ids_;
  std::deque<std::pair<std::string, timestamp>> id_order_;  ///< and when each was taken
};

}  // namespace bulkhead
