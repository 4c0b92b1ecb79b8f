// The node's side of a broker's own process, against a process that is played by the test.
#include "actors/compartment.hpp"
#include "actors/system_config.hpp"
#include "runtime/link/link_codec.hpp"
#include "runtime/roles/effect_gate.hpp"

#include <optional>
#include <string>
#include <vector>

#include <caf/scheduler/test_coordinator.hpp>

using namespace bulkhead;
using namespace bulkhead::actors;

namespace {

/// What came to an actor that stands for feed, runner, node and asker.
struct inbox {
  std::vector<subscribe> subscriptions;
  std::vector<credit> credits;
  std::vector<operated> answers;
  std::vector<bridge_status> statuses;
  std::vector<process_told> told;
  std::vector<broker_drained> drained;
};

caf::behavior receiver(caf::event_based_actor*, std::shared_ptr<inbox> to) {
  return {
      [to](const subscribe& m) { to->subscriptions.push_back(m); },
      [to](const credit& m) { to->credits.push_back(m); },
      [to](const operated& m) { to->answers.push_back(m); },
      [to](const bridge_status& m) { to->statuses.push_back(m); },
      [to](const process_told& m) { to->told.push_back(m); },
      [to](const broker_drained& m) { to->drained.push_back(m); },
      [](const views_current&) {},
      [](const topics_current&) {},
  };
}

class fixture {
 public:
  fixture() {
    instruments_->add({{}, "NSE:NIFTY", "NSE", "NIFTY", 1, {500}, 1, "INDICES", 0});
    peer_ = system_.spawn(receiver, in);
    compartment_config config;
    config.broker = broker_id{"paper"};
    config.instruments = instruments_;
    config.expected = identity();
    config.door = {[this](process::slot_listener l) {
                     listener = std::move(l);
                     return std::uint64_t{7};
                   },
                   [this](std::uint64_t, std::string bytes) {
                     to_process_.add(bytes);
                     while (auto m = to_process_.next()) sent.push_back(std::move(*m));
                     return true;
                   },
                   [this](std::uint64_t, const std::string& reason) { ends.push_back(reason); }};
    config.frames = [] { return std::uint64_t{100}; };
    config.log = [this](const supervision_event& e) { events.push_back(e); };
    config.node = caf::actor_cast<node_actor>(peer_);
    config.patience = std::chrono::milliseconds{400};
    const auto handle = system_.spawn(compartment, std::move(config));
    it = caf::actor_cast<caf::actor>(handle);
    it->attach_functor([this](const caf::error& reason) { end = to_string(reason); });
    run();
  }
  fixture(const fixture&) = delete;
  fixture& operator=(const fixture&) = delete;
  ~fixture() {
    caf::anon_send_exit(it, caf::exit_reason::kill);
    run();
    listener = {};
  }

  static link::hello identity() { return {1, "0.1", "build", "paper", 2, "print"}; }
  void run() { scheduler().run(); }
  void pass(std::chrono::milliseconds time) {
    for (auto left = time; left.count() > 0; left -= std::chrono::milliseconds{10}) {
      scheduler().advance_time(std::chrono::milliseconds{10});
      run();
    }
  }
  void says(const link::to_node& m) {
    listener.received(link::encode(m));
    run();
  }
  template <class Message>
  void tell(const Message& m) {
    caf::anon_send(it, m);
    run();
  }
  template <class Message>
  std::vector<Message> sent_of() {
    std::vector<Message> out;
    for (const link::to_process& m : sent) {
      if (const auto* one = std::get_if<Message>(&m)) out.push_back(*one);
    }
    return out;
  }
  [[nodiscard]] caf::actor peer() const { return peer_; }

  std::shared_ptr<inbox> in = std::make_shared<inbox>();
  process::slot_listener listener;
  std::vector<link::to_process> sent;
  std::vector<std::string> ends;
  std::vector<supervision_event> events;
  std::string end;

 private:
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }

  test_system_config config_;
  caf::actor_system system_{config_};
  std::shared_ptr<instrument_table> instruments_ = std::make_shared<instrument_table>();
  link::link_stream<link::to_process> to_process_{1};
  caf::actor peer_;

 public:
  caf::actor it;
};

std::shared_ptr<const frame_batch> frames_from(feed_seq first, feed_seq count) {
  auto batch = std::make_shared<frame_batch>();
  for (feed_seq i = 0; i < count; ++i) batch->add(first + i, {1}, frame_kind::clock, {});
  return batch;
}

}  // namespace

TEST_CASE("compartment: a process that is not the one expected is refused, with everything that differs") {
  fixture f;
  link::hello other = fixture::identity();
  other.build = "another";
  other.settings = "edited";
  f.says(other);
  CHECK(f.end.find("its build is another, the node's build") != std::string::npos);
  CHECK(f.end.find("was edited since the node started") != std::string::npos);
  CHECK(f.ends.size() == 1);
}

TEST_CASE("compartment: nothing is taken from a process that has not said who it is") {
  fixture f;
  f.says(link::drained{1});
  CHECK(f.end.find("did not begin with hello") != std::string::npos);
}

TEST_CASE("compartment: subscriptions are relayed, and what comes for an earlier one bears its number") {
  fixture f;
  f.says(fixture::identity());
  f.says(link::subscribed{link::source::feed, 1, 5, 4});
  CHECK(f.in->subscriptions.empty());  // the feed is not known yet
  f.tell(role_up{"feed", 1, f.peer()});
  REQUIRE(f.in->subscriptions.size() == 1);
  CHECK(f.in->subscriptions[0].from == 5);
  CHECK(f.in->subscriptions[0].seen == 4);
  const caf::actor first = f.in->subscriptions[0].who;
  caf::anon_send(first, frames{frames_from(5, 3), false, {}});
  f.run();
  f.says(link::subscribed{link::source::feed, 2, 6, 5});
  REQUIRE(f.in->subscriptions.size() == 2);
  caf::anon_send(first, frames{frames_from(8, 1), false, {}});  // late: that relay is gone
  caf::anon_send(f.in->subscriptions[1].who, frames{frames_from(6, 2), true, {}});
  f.run();
  const auto parts = f.sent_of<link::frame_part>();
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].subscription == 1);
  CHECK(parts[1].subscription == 2);
  CHECK(parts[1].batch->first_seq() == 6);
  CHECK(parts[1].end);
  f.says(link::progress{6, 5});
  REQUIRE(f.in->credits.size() == 1);
  CHECK(f.in->credits[0].processed == 6);
  f.tell(role_up{"feed", 2, f.peer()});  // started anew: the process is to ask again
  CHECK(f.sent_of<link::peer_up>().size() == 1);
}

TEST_CASE("promise 1: a process that names frames which do not exist ends alone: the feed never hears of it") {
  const auto end_after = [](const link::to_node& wrong) {
    fixture f;
    f.says(fixture::identity());
    f.tell(role_up{"feed", 1, f.peer()});
    f.says(wrong);
    CHECK(f.in->subscriptions.empty());
    return f.end;
  };
  CHECK(end_after(link::subscribed{link::source::feed, 1, 5, 101}).find("named frame 101, the feed has 100") !=
        std::string::npos);
  CHECK(end_after(link::subscribed{link::source::feed, 1, 0, 4}).find("asked for frames from 0") != std::string::npos);
  CHECK(end_after(link::subscribed{link::source::feed, 1, 9, 4}).find("asked for frames from 9") != std::string::npos);
  CHECK(end_after(link::progress{~std::uint64_t{0}, 4}).find("named frame") != std::string::npos);
  CHECK(end_after(link::progress{4, ~std::uint64_t{0}}).find("named frame") != std::string::npos);
}

TEST_CASE("compartment: signals go on with all their fields") {
  fixture f;
  f.says(fixture::identity());
  f.tell(role_up{"runner", 1, f.peer()});
  f.says(link::subscribed{link::source::runner, 3, 1, 0});
  REQUIRE(f.in->subscriptions.size() == 1);
  frame_signals m;
  m.through = 9;
  m.signals.resize(2);
  m.refuse_entries_through = 4;
  caf::anon_send(f.in->subscriptions[0].who, m);
  f.run();
  const auto parts = f.sent_of<link::signal_part>();
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].subscription == 3);
  CHECK(parts[0].through == 9);
  CHECK(parts[0].signals.size() == 2);
  CHECK(parts[0].refuse_entries_through == 4);
}

TEST_CASE("compartment: an operator gets an answer whatever the process does") {
  fixture f;
  operate kill{broker_id{"paper"}, 41, {}, f.peer()};
  f.tell(kill);
  REQUIRE(f.in->answers.size() == 1);
  CHECK(f.in->answers[0].error.find("is starting") != std::string::npos);
  f.says(fixture::identity());
  f.tell(kill);
  const auto asked = f.sent_of<link::command>();
  REQUIRE(asked.size() == 1);
  f.says(link::command_answer{asked[0].ticket, "", {}, {"id1"}});
  REQUIRE(f.in->answers.size() == 2);
  CHECK(f.in->answers[1].ticket == 41);
  CHECK(f.in->answers[1].at_gate == std::vector<client_order_id>{client_order_id{"id1"}});

  f.tell(ask_status{broker_id{"paper"}, 42, f.peer()});
  f.tell(ask_process{broker_id{"paper"}, 43, "{}", f.peer()});
  f.pass(std::chrono::milliseconds{500});  // it is silent
  REQUIRE(f.in->statuses.size() == 1);
  CHECK(f.in->statuses[0].ticket == 42);
  CHECK(f.in->statuses[0].down.find("did not answer in time") != std::string::npos);
  REQUIRE(f.in->told.size() == 1);
  CHECK(f.in->told[0].error.find("did not answer in time") != std::string::npos);

  f.tell(kill);
  f.listener.ended("ended by signal 11 (SIGSEGV)");
  f.run();
  REQUIRE(f.in->answers.size() == 3);
  CHECK(f.in->answers[2].error == "its process ended: ended by signal 11 (SIGSEGV)");
  CHECK(f.end.find("its process: ended by signal 11 (SIGSEGV)") != std::string::npos);
}

TEST_CASE("compartment: its end is the process's end; what the subtree reports is handed on") {
  fixture f;
  f.says(fixture::identity());
  f.says(link::supervised{"paper/trader", 2, "failed", "why"});
  REQUIRE(f.events.size() == 1);
  CHECK(f.events[0].path == "paper/trader");
  CHECK(f.events[0].reason == "why");
  f.says(link::drained{12});
  REQUIRE(f.in->drained.size() == 1);
  CHECK(f.in->drained[0].last_seq == 12);
  f.says(link::gave_up{"paper/trader: more than 5 restarts"});
  f.listener.ended("exit status 3");
  f.run();
  CHECK(f.end.find("paper/trader: more than 5 restarts") != std::string::npos);

  fixture killed;
  killed.says(fixture::identity());
  caf::anon_send_exit(killed.it, caf::exit_reason::kill);
  killed.run();
  CHECK(killed.ends.size() == 1);
}

TEST_CASE("compartment: a process that floods the node is not read on") {
  fixture f;
  f.says(fixture::identity());
  CHECK(f.listener.ready());
  for (int i = 0; i < 5000; ++i) f.listener.received(link::encode(link::views{1}));
  CHECK_FALSE(f.listener.ready());
  f.run();
  CHECK(f.listener.ready());
}

TEST_CASE("compartment: what is held from outside closes a process's gate, and a revoked one passes nothing") {
  const auto hold = std::make_shared<gate_hold>();
  effect_gate nodes{hold};
  effect_gate its{hold};
  its.set_durable(9);
  its.admit(1);
  CHECK_FALSE(its.refusal(9, 1, false));
  nodes.hold(kill_mode::reduce_only);
  CHECK(its.refusal(9, 1, false));
  CHECK_FALSE(its.refusal(9, 1, true));
  nodes.hold(kill_mode::off);
  hold->revoked.store(true);
  CHECK(its.refusal(9, 1, true).value_or("").find("leave to act") != std::string::npos);
}
