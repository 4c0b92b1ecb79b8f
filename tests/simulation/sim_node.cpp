#include "simulation/sim_node.hpp"

#include <algorithm>

namespace bulkhead::simulation {
namespace {

caf::resumable* job_of(const caf::actor& handle) {
  return dynamic_cast<caf::resumable*>(caf::actor_cast<caf::abstract_actor*>(handle));
}

constexpr std::uint64_t look_every = 16;  ///< turns between two looks at what came back

}  // namespace

sim_node::sim_node(world& w, event_fn on_event)
    : world_(&w),
      number_(++w.newest_node),
      on_event_(std::move(on_event)),
      system_(config_),
      scheduler_(&dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())),
      self_(std::in_place, system_) {
  for (auto& [name, disk] : w.disks) disk->locked_by = number_;
  parts_ = app::make_node_parts(w.day->settings, simulated_backends());
  parts_.open_feed = [day = w.day] { return day->open_feed(); };
  parts_.process = fmt::format("node {}", number_);
  parts_.on_supervision = [this](const actors::supervision_event& e) {
    if (!crashed_ && !asleep_) on_event_(e);
  };
  parts_.make_client = [this](const config::settings& s, const config::broker_settings& b, const client_hooks&) {
    const std::string name = b.id.str();
    auto watch = [this, name](const order& o) {
      if (!crashed_) world_->watch_request(name, number_, o);
    };
    std::unique_ptr<broker_client> client;
    if (name == "live") {
      client = std::make_unique<sim_client>(world_->venue, number_, line_is_up_, watch);
    } else {
      client = std::make_unique<watched_client>(app::registered_client(s, b), watch);
    }
    return client;
  };
  for (const auto& b : parts_.brokers) b->gate->hold(w.held.at(b->settings.id.str()));
  actors::node_config tree = app::make_node_config(parts_, caf::actor_cast<caf::actor>(*self_));
  wrap_children(tree.shared);
  for (actors::subtree_spec& broker : tree.brokers) wrap_children(broker);
  node_ = system_.spawn(actors::node, std::move(tree));
}

sim_node::~sim_node() {
  crashed_ = true;
  *line_is_up_ = false;
  for (auto& [name, j] : journals_) j->crash();
  for (auto& [name, s] : stores_) s->crash();
  repeats_.clear();
  caf::anon_send_exit(node_, caf::exit_reason::kill);
  for (auto& [path, handle] : by_path_) caf::anon_send_exit(handle, caf::exit_reason::kill);
  by_path_.clear();
  node_ = nullptr;
  scheduler_->run();
  self_.reset();
  parts_ = {};
}

app::backends sim_node::simulated_backends() {
  app::backends b;
  b.make_journal = [this](const broker_id& id) {
    const auto codec = world_->codecs.find(id.str());
    auto made = std::make_shared<sim_journal>(
        world_->disks.at(id.str()), codec == world_->codecs.end() ? nullptr : codec->second, number_, *world_->found);
    journals_[id.str()] = made;
    journal_row_.push_back(made.get());
    return made;
  };
  b.make_reader = [](const broker_id&, const std::shared_ptr<journal>& writer) { return writer; };
  b.make_store = [this](const broker_id& id) {
    auto made = std::make_shared<sim_store>(id, world_->views.at(id.str()));
    stores_[id.str()] = made;
    return made;
  };
  return b;
}

/// Notes the address of every actor that a supervisor starts.
void sim_node::wrap_children(actors::subtree_spec& subtree) {
  subtree.make = [this, inner = subtree.make](const actors::node_actor& node) {
    actors::supervisor_config tree = inner(node);
    for (actors::child_spec& child : tree.children) {
      const std::string path = tree.name.empty() ? child.name : tree.name + "/" + child.name;
      child.start = [this, path, start = child.start](auto&&... arguments) {
        caf::actor handle = start(std::forward<decltype(arguments)>(arguments)...);
        by_path_[path] = handle;
        return handle;
      };
    }
    return tree;
  };
}

void sim_node::turn() {
  ++turns_;
  for (sim_journal* j : journal_row_) j->turn();
  for (auto it = withheld_.begin(); it != withheld_.end();) it = --it->second == 0 ? withheld_.erase(it) : ++it;
  if (turns_ % look_every == 0) read_answers();
  const bool device_first = world_->draw.percent(18);
  const bool done = device_first ? run_device() || run_actor() : run_actor() || run_device();
  if (done) {
    if (world_->draw.below(64) == 0) scheduler_->advance_time(std::chrono::milliseconds{world_->draw.between(1, 8)});
    return;
  }
  read_answers();
  let_time_pass();
}

bool sim_node::run_actor() {
  auto& jobs = scheduler_->jobs;
  if (jobs.empty()) return false;
  const std::size_t first = world_->draw.below(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const std::size_t at = (first + i) % jobs.size();
    if (!withheld_.empty() && withheld_.contains(jobs[at])) continue;
    std::swap(jobs[0], jobs[at]);
    if (to_repeat_ > 0) maybe_repeat(jobs.front());
    scheduler_->run_once();
    return true;
  }
  return false;
}

template <class Message>
bool copy_of(const caf::mailbox_element& element, const caf::actor& to, std::vector<std::function<void()>>& out) {
  if (!element.content().match_elements<Message>()) return false;
  out.push_back([to, copy = element.content().get_as<Message>(0)] { caf::anon_send(to, copy); });
  return true;
}

/// Only what the protocol allows to come twice.
void sim_node::maybe_repeat(caf::resumable* job) {
  auto* actor = dynamic_cast<caf::scheduled_actor*>(job);
  if (actor == nullptr || !world_->draw.percent(20)) return;
  const caf::mailbox_element* next = actor->mailbox().peek();
  if (next == nullptr) return;
  const auto to = caf::actor_cast<caf::actor>(actor);
  using namespace actors;
  const bool taken = copy_of<frames>(*next, to, repeats_) || copy_of<frame_signals>(*next, to, repeats_) ||
                     copy_of<credit>(*next, to, repeats_) || copy_of<work_done>(*next, to, repeats_) ||
                     copy_of<place_done>(*next, to, repeats_) || copy_of<venue_reports>(*next, to, repeats_);
  if (!taken) return;
  --to_repeat_;
  ++repeated_;
}

bool sim_node::run_device() {
  chance& draw = world_->draw;
  const std::size_t count = journal_row_.size() + stores_.size() + 2;
  const std::size_t first = draw.below(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = (first + i) % count;
    if (at < journal_row_.size()) {
      sim_journal& j = *journal_row_[at];
      if (j.waiting() == 0) continue;
      const bool fails = !failing_disk_.empty() && journals_.at(failing_disk_).get() == &j;
      if (fails) {
        failing_disk_.clear();
        ++commits_failed_;
      }
      j.commit(draw.between(1, 6), fails);
      return true;
    }
    if (at < journal_row_.size() + stores_.size()) {
      const auto it = std::next(stores_.begin(), static_cast<std::ptrdiff_t>(at - journal_row_.size()));
      if (it->second->waiting() == 0) continue;
      std::size_t& failing = failing_answers_[it->first];
      it->second->serve(failing > 0);
      failing -= failing > 0 ? 1 : 0;
      return true;
    }
    if (at == count - 1 && !repeats_.empty()) {
      const auto one = repeats_.begin() + static_cast<std::ptrdiff_t>(draw.below(repeats_.size()));
      (*one)();
      repeats_.erase(one);
      return true;
    }
    if (at == count - 2 && !asleep_ && world_->venue->has_work()) {
      world_->venue->work();
      return true;
    }
  }
  return false;
}

/// Nobody can do anything now: to the next timer. A journal that is merely slow is waited for in turns, not in time.
void sim_node::let_time_pass() {
  const bool slow = std::ranges::any_of(journal_row_, [](const sim_journal* j) { return j->is_stalled(); });
  if (!slow && !scheduler_->trigger_timeout()) scheduler_->advance_time(std::chrono::milliseconds{10});
}

void sim_node::read_answers() {
  bool more = true;
  while (more) {
    (*self_)->receive(
        [this](actors::node_finished& end) {
          finished_ = true;
          isolated_ = std::move(end.isolated);
        },
        [this](const actors::operated& answer) {
          if (answer_) answer_(answer);
        },
        [this](const actors::strategy_command_done& done) {
          if (told_) told_(done);
        },
        caf::after(std::chrono::seconds{0}) >> [&more] { more = false; });
  }
}

std::uint64_t sim_node::progress() const {
  std::uint64_t most = 0;
  for (const auto& b : parts_.brokers) most = std::max(most, b->counters->frames.load());
  return most;
}

bool sim_node::kill(const std::string& path) {
  const auto it = by_path_.find(path);
  if (it == by_path_.end()) return false;
  // As a throw in a handler; exit_reason::kill is for a supervisor alone, which unlinks first.
  caf::anon_send<caf::message_priority::high>(
      it->second, caf::exit_msg{{}, caf::make_error(caf::sec::runtime_error, std::string{"simulated: killed"})});
  return true;
}

bool sim_node::hang(const std::string& path, std::size_t turns) {
  const auto it = by_path_.find(path);
  if (it == by_path_.end()) return false;
  withheld_[job_of(it->second)] = turns;
  return true;
}

void sim_node::operate(const std::string& broker, std::uint64_t ticket, const operator_command& command) {
  caf::anon_send(node_, actors::operate{broker_id{broker}, ticket, command, caf::actor_cast<caf::actor>(*self_)});
}

void sim_node::tell_strategies(std::uint64_t id, const std::string& what, const strategy_id& strategy) {
  caf::anon_send(node_, actors::strategy_command{id, what, strategy, caf::actor_cast<caf::actor>(*self_)});
}

effect_gate& sim_node::gate(const std::string& broker) {
  return *(*std::ranges::find(parts_.brokers, broker, [](const auto& b) { return b->settings.id.str(); }))->gate;
}

}  // namespace bulkhead::simulation
