#pragma once
// Publishes the events of one broker to its topics: reads the journal page by page behind what is durable, so slow or
// lost servers never hold up the bridge. A restart goes on after what is known to be published; what was published
// after that is published again, under the same ids.
#include "actors/interfaces.hpp"
#include "runtime/domain/event_codec.hpp"
#include "runtime/ports/event_publisher.hpp"

#include <functional>
#include <memory>
#include <string>

namespace bulkhead::actors {

struct publisher_config {
  broker_id broker;
  std::shared_ptr<const instrument_table> instruments;
  std::shared_ptr<bulkhead::journal> journal;
  std::shared_ptr<event_publisher> topics;
  node_actor node;
  /// For people; called on a scheduler thread, must not block.
  std::function<void(const std::string&)> notice = [](const std::string&) {};
  std::size_t page = 500;                 ///< events read at a time
  std::chrono::milliseconds pace{20};     ///< between pages when it is not behind
  std::chrono::milliseconds retry{1000};  ///< after an error of journal or topics
};

struct publisher_state {
  explicit publisher_state(publisher_actor::pointer self) : self(self) {}
  void begin(publisher_config c);
  /// Asks how far the topics are; also after each of their errors, since only they know what they kept.
  void ask_position();
  void known(const published_position& message);
  void step();
  void read(std::uint64_t from, std::size_t limit);
  void take(const records_read& message);
  /// Whether the journal's event at the position is the one that was published, and not one of another past.
  void compare(const records_read& message);
  void publish(const std::vector<journal_record>& records);
  void done(const published& message);
  void again(std::chrono::milliseconds delay);
  /// The topics are another journal's: nothing is published, and nobody is to wait for it.
  void refuse(const std::string& what);
  /// Says it once, until something else is wrong.
  void complain(const std::string& what);

  static inline const char* name = "publisher";
  publisher_actor::pointer self;
  publisher_config config;
  std::string scope;
  std::unique_ptr<event_codec> codec;
  enum class phase : std::uint8_t { asking, comparing, publishing } at = phase::asking;
  bool busy = false;  ///< a page is on its way, or a pause
  publish_mark position;
  std::uint64_t next = 1;
  std::uint64_t durable = 0;
  std::string complained;
};

publisher_actor::behavior_type publisher(publisher_actor::stateful_pointer<publisher_state> self,
                                         publisher_config config);

}  // namespace bulkhead::actors
