#include "tools/app/chaos_desk.hpp"

#include "runtime/fault/chaos.hpp"
#include "tools/app/node_notes.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <stdexcept>

#include <fmt/format.h>
#include <signal.h>

namespace bulkhead::app {
namespace {

using nlohmann::json;

constexpr std::int64_t longest_ms = 600'000;
constexpr std::int64_t most_times = 1'000'000;
constexpr std::int64_t most_rate = 1'000'000;
constexpr std::uint64_t most_flooded = 200'000;  ///< waiting at the target; more would only eat the node's memory
constexpr std::chrono::milliseconds flood_tick{10};
constexpr std::array<std::string_view, 4> kinds{"crash", "hang", "slow", "flood"};
constexpr std::array<std::string_view, 6> actor_names{"bridge",    "trader",    "risk_manager",
                                                      "portfolio", "projector", "journal"};
constexpr std::array<std::string_view, 2> process_kinds{"crash", "hang"};

std::string text(const json& request, const char* key) {
  const auto it = request.find(key);
  if (it == request.end() || !it->is_string()) throw std::runtime_error(fmt::format("{}: allowed: a text", key));
  return it->get<std::string>();
}

std::int64_t whole(const json& request, const char* key, std::int64_t fallback, std::int64_t most) {
  const auto it = request.find(key);
  if (it == request.end() || it->is_null()) return fallback;
  if (!it->is_number_integer() || it->get<std::int64_t>() < 1 || it->get<std::int64_t>() > most) {
    throw std::runtime_error(fmt::format("{}: given {}, allowed: 1 to {}", key, it->dump(), most));
  }
  return it->get<std::int64_t>();
}

template <class Names>
void need_one_of(const std::string& given, const char* what, const Names& names) {
  if (std::ranges::find(names, given) != std::ranges::end(names)) return;
  throw std::runtime_error(fmt::format("{}: given \"{}\", allowed: {}", what, given, fmt::join(names, ", ")));
}

/// A message that the actor has to take up and then ignores: the real kind, of a session that is long over.
void send_stale(const caf::actor& to, std::string_view actor) {
  if (actor == "bridge") {
    caf::anon_send(caf::actor_cast<actors::bridge_actor>(to), actors::frame_signals{});
  } else if (actor == "projector") {
    caf::anon_send(caf::actor_cast<actors::projector_actor>(to), actors::project_up_to{});
  } else {
    caf::anon_send(caf::actor_cast<actors::role_actor>(to), actors::work{});
  }
}

std::int64_t ms(std::int64_t ns) { return ns / 1'000'000; }

json signs_json(const actors::vital_signs& v) {
  return {{"path", v.path},
          {"incarnation", v.incarnation},
          {"waiting", v.waiting},
          {"oldest_ms", ms(v.oldest_ns)},
          {"oldest_at_least", v.oldest_at_least},
          {"handling", v.handling},
          {"handling_ms", ms(v.handling_ns)},
          {"handled", v.handled},
          {"longest_us", v.longest_ns / 1000},
          {"longest", v.longest},
          {"revoked", v.revoked}};
}

}  // namespace

struct chaos_desk::order {
  std::string what, broker, actor, path, by;
  std::int64_t times = 1, for_ms = 0, delay_ms = 0, rate = 0;

  [[nodiscard]] std::string described() const {
    if (actor == "process") return what == "crash" ? "crash: SIGSEGV" : "hang: SIGSTOP";
    if (what == "crash") return fmt::format("crash: its next {} message(s) throw", times);
    if (what == "hang") return fmt::format("hang: its next {} message(s) do not return for {} ms", times, for_ms);
    if (what == "slow") return fmt::format("slow: every message takes {} ms more for {} ms", delay_ms, for_ms);
    return fmt::format("flood: {} messages a second for {} ms", rate, for_ms);
  }
};

struct chaos_desk::flood {
  order what;
  std::atomic<std::uint64_t> sent{0};
  std::atomic<bool> over{false};
  std::thread thread;
};

chaos_desk::chaos_desk(node_parts parts) : parts_(std::move(parts)) {}

chaos_desk::~chaos_desk() {
  {
    const std::scoped_lock lock{guard_};
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& [path, f] : floods_) f->thread.join();
}

chaos_desk::order chaos_desk::read(const json& request) const {
  if (!parts_.settings->chaos_enabled) {
    throw std::runtime_error(
        "chaos.enabled: given false, allowed: true for a node that may be disturbed; set it in the configuration and "
        "start the node again");
  }
  order o;
  o.what = text(request, "what");
  o.broker = text(request, "broker");
  o.actor = text(request, "actor");
  o.by = request.value("by", "unknown");
  std::vector<std::string> brokers;
  for (const auto& b : parts_.brokers) brokers.push_back(b->settings.id.str());
  need_one_of(o.what, "what", kinds);
  need_one_of(o.broker, "broker", brokers);
  if (o.actor == "process") {
    need_one_of(o.what, "what, of a process", process_kinds);
    if (!process_of(o.broker)) {
      throw std::runtime_error(
          fmt::format("actor: given \"process\", allowed where trading.{}.placement is process: it is node", o.broker));
    }
  } else {
    need_one_of(o.actor, "actor", actor_names);
  }
  if (o.what == "flood" && o.actor == "journal") {
    throw std::runtime_error("actor: given \"journal\", allowed with flood: an actor (its queue is the broker's own)");
  }
  o.path = fmt::format("{}/{}", o.broker, o.actor);
  o.times = whole(request, "times", 1, most_times);
  o.for_ms = whole(request, "for_ms", o.what == "slow" ? 10'000 : 2'000, longest_ms);
  o.delay_ms = whole(request, "delay_ms", 20, longest_ms);
  o.rate = whole(request, "rate", 1'000, most_rate);
  return o;
}

json chaos_desk::chaos(const json& request) {
  const order o = read(request);
  // Told before it works, so that what follows is known for a drill.
  note(parts_, {o.path, 0, "chaos", fmt::format("{} (asked by {})", o.described(), o.by)});
  if (o.actor == "process") {
    signal_process(o);
  } else if (o.what == "flood") {
    start_flood(o);
  } else {
    fault::chaos_plan plan;
    plan.what = o.what == "crash"  ? fault::disturbance::crash
                : o.what == "hang" ? fault::disturbance::hang
                                   : fault::disturbance::slow;
    plan.times = static_cast<std::uint64_t>(o.times);
    plan.length = std::chrono::milliseconds{o.what == "slow" ? o.delay_ms : o.for_ms};
    plan.until = std::chrono::steady_clock::now() + std::chrono::milliseconds{o.for_ms};
    fault::disturb(o.actor == "journal" ? o.broker + ".journal" : o.path, plan);
  }
  return {{"ok", true}, {"text", fmt::format("{}: {}", o.path, o.described())}};
}

broker_process* chaos_desk::process_of(const std::string& broker) const {
  for (const auto& b : parts_.brokers) {
    if (b->settings.id.str() == broker) return b->process.get();
  }
  return nullptr;
}

void chaos_desk::signal_process(const order& o) const {
  if (!process_of(o.broker)->slot().signal(o.what == "crash" ? SIGSEGV : SIGSTOP)) {
    throw std::runtime_error(fmt::format("{}: no process runs at the moment", o.broker));
  }
}

void chaos_desk::start_flood(const order& o) {
  const std::scoped_lock lock{guard_};
  auto& known = floods_[o.path];
  if (known) {
    if (!known->over.load()) throw std::runtime_error(fmt::format("a flood of {} runs already", o.path));
    known->thread.join();
  }
  known = std::make_unique<flood>();
  known->what = o;
  known->thread = std::thread{[this, f = known.get()] { run_flood(*f); }};
}

std::shared_ptr<actors::vitals> chaos_desk::entry_of(const std::string& path) const {
  std::shared_ptr<actors::vitals> newest;
  for (auto& entry : parts_.vitals->all()) {
    if (entry->path() == path && (!newest || newest->incarnation() < entry->incarnation())) newest = entry;
  }
  return newest;
}

void chaos_desk::run_flood(flood& f) {
  const auto start = std::chrono::steady_clock::now();
  const auto end = start + std::chrono::milliseconds{f.what.for_ms};
  std::int64_t due_before = 0;
  std::unique_lock lock{guard_};
  while (!wake_.wait_for(lock, flood_tick, [this] { return stopping_; })) {
    lock.unlock();
    const auto now = std::min(std::chrono::steady_clock::now(), end);
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - start).count();
    const std::int64_t due = passed * f.what.rate / 1000;
    const auto entry = entry_of(f.what.path);
    const caf::actor to = entry ? entry->handle() : caf::actor{};
    // An actor that is down, or has more than enough, misses this tick's share.
    if (to && entry->read().waiting < most_flooded) {
      for (std::int64_t i = due_before; i < due; ++i) send_stale(to, f.what.actor);
      f.sent.fetch_add(static_cast<std::uint64_t>(due - due_before));
    }
    due_before = due;
    lock.lock();
    if (now >= end) break;
  }
  lock.unlock();
  note(parts_, {f.what.path, 0, "chaos", fmt::format("flood: over, {} messages were sent", f.sent.load())});
  f.over.store(true);
}

json chaos_desk::vitals() const {
  json actors = json::array();
  for (const actors::vital_signs& v : parts_.vitals->read()) actors.push_back(signs_json(v));
  json queues{{"ticks_conflated", parts_.feed_counters->conflated.load()},
              {"signals_retained_most", parts_.runner_counters->most_retained.load()},
              {"signals_retained_allowed", parts_.settings->strategy_host.max_retained_signals},
              {"frames_ahead_most", parts_.feed_counters->most_ahead.load()},
              {"brokers", json::object()}};
  for (const auto& b : parts_.brokers) {
    const std::uint64_t durable = b->counters->durable.load();
    const std::uint64_t events = std::max(durable, b->counters->events.load());
    queues["brokers"][b->settings.id.str()] = {{"events_undurable", events - durable},
                                               {"events_undurable_most", b->counters->most_undurable.load()},
                                               {"events_undurable_allowed", parts_.settings->journal.queue / 2},
                                               {"ops_dropped", b->log ? b->log->ops_dropped() : 0}};
  }
  return {{"ok", true}, {"actors", std::move(actors)}, {"queues", std::move(queues)}};
}

}  // namespace bulkhead::app
