#pragma once
// Hands a broker's inbox to its bridge: reads each record, gives signals to the sequencer in order, and buries what
// nobody can act on. A record is behind us only when the log has its signal or its dead letter is kept: after any crash
// reading goes on where the journal says. Nothing here ends the broker: a poisoned record is buried, servers that are
// away are waited for.
#include "actors/interfaces.hpp"
#include "runtime/ports/inbox.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

namespace bulkhead::actors {

/// A record by (partition, offset).
using record_key = std::pair<std::int32_t, std::int64_t>;

/// How often a record failed; outlives every restart of the actors. One thread at a time: the inbox actor of the
/// current incarnation.
struct inbox_attempts {
  std::map<record_key, std::uint32_t> failed;
  std::set<record_key> handed;  ///< to a bridge, and not in its log as far as it is known here
};

struct inbox_config {
  broker_id broker;
  std::shared_ptr<const instrument_table> instruments;
  std::shared_ptr<bulkhead::inbox> source;
  std::shared_ptr<inbox_attempts> attempts = std::make_shared<inbox_attempts>();
  std::uint32_t most_attempts = 3;        ///< then a record that fails is buried
  std::size_t window = 256;               ///< records read and not taken by the sequencer yet
  std::chrono::milliseconds retry{1000};  ///< after a dead letter that could not be kept, or a failure of the handler
  std::function<void(const std::string&)> log = [](const std::string&) {};  ///< for the operator; any thread
};

struct inbox_state {
  explicit inbox_state(inbox_actor::pointer self) : self(self) {}
  void begin(inbox_config c);
  void open(const inbox_open& message);
  void heard(inbox_heard& message);
  void taken(const inbox_taken& message);
  void buried(const letter_buried& message);
  void step();
  /// The item that the record becomes; nullopt: it is on its way to the dead letters, or is tried again later.
  std::optional<inbox_item> item_of(const inbox_record& record);
  /// Decodes; throws whatever goes wrong with it.
  inbox_item read(const inbox_record& record);
  void bury(std::string reason, std::string error, std::uint32_t attempts);
  void send(std::vector<inbox_item> items);
  /// Of an item that is sent next. A move has no weight.
  void note_sent(const record_key& key, std::size_t weight) { on_their_way.emplace_back(key, weight); }
  /// The bridge starts anew: what it was handed and has no more is what it may have died of.
  void note_lost_in_bridge(const inbox_positions& positions);
  /// Tries the same record again after a while.
  void pause();
  /// True: the record at the front failed before, or the one before it did, and others are on their way.
  [[nodiscard]] bool must_wait(const record_key& front, std::size_t more) const;

  static inline const char* name = "inbox";
  inbox_actor::pointer self;
  inbox_config config;
  std::string scope;
  session in = 0;  ///< of the bridge; 0: none has asked yet
  caf::actor bridge;
  std::uint64_t generation = 0;                                 ///< of the source's listener
  std::deque<std::variant<inbox_record, inbox_move>> pending;   ///< read, not handed on
  std::uint64_t sent = 0;                                       ///< items, in this session
  std::uint64_t taken_of = 0;                                   ///< of these
  std::deque<std::pair<record_key, std::size_t>> on_their_way;  ///< sent, not taken: which, and its weight
  bool busy = false;                                            ///< a letter is on its way, or a pause
  bool alone = false;  ///< what was sent last failed before: nothing else goes with it
  std::string trouble;
};

inbox_actor::behavior_type inbox(inbox_actor::stateful_pointer<inbox_state> self, inbox_config config);

}  // namespace bulkhead::actors
