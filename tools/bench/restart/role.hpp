#pragma once
// A role, and the bridge, of a broker in a running node, with a snapshot and a long tail of events behind it: killed by
// a failpoint, timed until a step is answered again (the bridge: until an event is durable again).
#include "actors/system_config.hpp"
#include "runtime/domain/event_codec.hpp"
#include "runtime/fault/failpoint.hpp"
#include "runtime/journal/journal_reader.hpp"
#include "tools/app/node_builder.hpp"
#include "tools/bench/pipeline/workload.hpp"
#include "tools/bench/restart/figures.hpp"

#include <atomic>
#include <filesystem>
#include <limits>

namespace bulkhead::bench {

struct role_plan {
  std::size_t runs = 50;
  std::uint64_t tail = 10'000;  ///< events since the snapshot, at least
};

/// What the journal at work shows: where the last snapshot is, and when a bridge's life had its first event durable.
struct journal_view {
  std::atomic<std::uint64_t> cut{0};
  std::atomic<std::uint64_t> cut_frame{0};
  std::atomic<std::uint64_t> opens{0};
  std::atomic<restart_clock::time_point> asked_open{};
  std::atomic<restart_clock::time_point> opened{};
  std::atomic<std::uint64_t> durable_epoch{0};  ///< of the newest durable event
  std::atomic<restart_clock::time_point> first_durable{};
};

class viewed_journal final : public journal {
 public:
  viewed_journal(std::shared_ptr<journal> inner, std::shared_ptr<journal_view> view)
      : inner_(std::move(inner)), view_(std::move(view)) {}

  void open(recovered_fn done) override {
    view_->asked_open = restart_clock::now();
    inner_->open([view = view_, done = std::move(done)](journal_status status, journal_recovery found) {
      view->opened = restart_clock::now();
      ++view->opens;
      done(std::move(status), std::move(found));
    });
  }
  void append(std::uint64_t epoch, std::vector<journal_record> batch, durable_fn done) override {
    inner_->append(epoch, std::move(batch),
                   [view = view_, epoch, done = std::move(done)](journal_status status, std::uint64_t seq) {
                     if (status.ok() && view->durable_epoch < epoch) {
                       view->first_durable = restart_clock::now();
                       view->durable_epoch = epoch;
                     }
                     done(std::move(status), seq);
                   });
  }
  void write_snapshot(std::uint64_t epoch, journal_snapshot snapshot, done_fn done) override {
    const auto seq = snapshot.seq;
    const auto frame = snapshot.feed_seq;
    inner_->write_snapshot(epoch, std::move(snapshot), [view = view_, seq, frame, done = std::move(done)](auto status) {
      if (status.ok()) view->cut_frame = frame;
      if (status.ok()) view->cut = seq;
      done(std::move(status));
    });
  }
  void read(std::uint64_t from_seq, std::size_t limit, records_fn done) override {
    inner_->read(from_seq, limit, std::move(done));
  }
  void append_ops(std::string payload) override { inner_->append_ops(std::move(payload)); }

 private:
  std::shared_ptr<journal> inner_;
  std::shared_ptr<journal_view> view_;
};

/// The workload of bench_pipeline at one broker, at full speed, journal on disk with `sync: full`.
class crashing_node {
 public:
  crashing_node(config::settings s, const std::filesystem::path& dir, const role_plan& plan)
      : dir_(dir), plan_(plan), settings_(prepared(std::move(s))), config_(3), system_(config_), self_(system_) {
    app::backends backends = app::file_backends(*settings_);
    backends.make_journal = [this, plain = backends.make_journal](const broker_id& id) -> std::shared_ptr<journal> {
      if (id == app::shared_id) return plain(id);
      return std::make_shared<viewed_journal>(plain(id), view_);
    };
    parts_ = app::make_node_parts(settings_, backends);
    parts_.open_feed = [] { return std::make_unique<bench_source>(max_frames); };
    parts_.on_supervision = [this](const actors::supervision_event& e) {
      if (e.what == "failed") failed_ = restart_clock::now();
    };
    node_ = system_.spawn(actors::node, app::make_node_config(parts_, caf::actor_cast<caf::actor>(self_)));
  }
  ~crashing_node() {
    fault::disarm_all();
    caf::anon_send(node_, actors::drain_node{});
    self_->receive([](const actors::node_finished&) {}, caf::after(std::chrono::minutes{1}) >> [] {});
    caf::anon_send_exit(node_, caf::exit_reason::kill);
    parts_ = {};
  }
  crashing_node(const crashing_node&) = delete;
  crashing_node& operator=(const crashing_node&) = delete;

  /// Events since the last snapshot, once there is one.
  [[nodiscard]] std::uint64_t tail() const {
    const std::uint64_t cut = view_->cut;
    const std::uint64_t events = parts_.brokers.front()->counters->events.load();
    return cut == 0 || events < cut ? 0 : events - cut;
  }
  void wait_for_tail(std::uint64_t events) {
    wait_for([&] { return tail() >= events; }, "the node");
  }

  /// Milliseconds from a crash in the role's next market step until such a step is answered again.
  double crash_role(const std::string& role) {
    const auto crashed = crash(fmt::format("paper.{}.before", role));
    const std::string answered = fmt::format("paper.{}.after", role);
    fault::arm(answered, fault::action::crash, std::numeric_limits<std::uint64_t>::max());
    return ms_between(crashed, wait_for([&] { return fault::hits(answered) > 0; }, "the role"));
  }

  struct bridge_times {
    double durable_ms = 0;
    double open_ms = 0;  ///< of that, until the journal had given snapshot and tail
  };
  bridge_times crash_bridge() {
    const std::uint64_t epoch = view_->durable_epoch;
    const auto crashed = crash("paper.bridge.frames.before");
    fault::disarm_all();
    wait_for([&] { return view_->durable_epoch > epoch; }, "the bridge");
    return {ms_between(crashed, view_->first_durable), ms_between(crashed, view_->opened)};
  }

  /// Milliseconds that one thread takes to turn the tail's text into events, as the bridge must.
  double decode_tail() const {
    const event_codec codec{settings_->brokers.front().id, settings_->instruments};
    std::vector<std::string> texts;
    const auto status = journal_reader{app::journal_file(*settings_, settings_->brokers.front().id)}.for_each(
        view_->cut + 1, [&](const journal_record& r) {
          texts.push_back(r.payload);
          return texts.size() < plan_.tail;
        });
    if (!status.ok()) throw std::runtime_error(status.error);
    const auto start = restart_clock::now();
    for (const std::string& text : texts) (void)codec.decode(text);
    return ms_between(start, restart_clock::now());
  }
  /// Frames since the snapshot: the bridge reads them again.
  [[nodiscard]] std::uint64_t frames() const { return parts_.brokers.front()->counters->frames - view_->cut_frame; }

 private:
  std::shared_ptr<const config::settings> prepared(config::settings s) const {
    s.data_dir = dir_.path();
    s.journal.backend = "sqlite";
    s.journal.sync = "full";
    for (config::broker_settings& b : s.brokers) {
      auto& limits = b.risk.broker;  // it must trade to the end
      limits.max_orders_per_day = limits.max_orders_per_minute = limits.max_consecutive_rejects = 0;
      limits.max_day_loss = limits.max_drawdown = money{};
    }
    // A snapshot once, then none until all runs are over.
    s.journal.snapshot_every_events = static_cast<std::int64_t>(plan_.tail + plan_.tail / 2);
    s.journal.snapshot_every_frames = 1'000'000'000;
    // Never gives up and never waits: the restart itself is measured.
    s.supervisor.intensity = 1000;
    s.supervisor.period_s = 1;
    s.supervisor.backoff_min_ms = s.supervisor.backoff_max_ms = 0;
    return std::make_shared<const config::settings>(std::move(s));
  }

  /// Its time as seen here or by the supervisor, whoever was first.
  restart_clock::time_point crash(const std::string& point) {
    failed_ = restart_clock::time_point::max();
    fault::arm(point, fault::action::crash, 1);
    const auto seen = wait_for([&] { return fault::hits(point) > 0; }, "the failpoint");
    return std::min(seen, failed_.load());
  }

  run_folder dir_;
  role_plan plan_;
  std::shared_ptr<const config::settings> settings_;
  std::shared_ptr<journal_view> view_ = std::make_shared<journal_view>();
  std::atomic<restart_clock::time_point> failed_{restart_clock::time_point::max()};
  actors::system_config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  app::node_parts parts_;
  actors::node_actor node_;
};

/// Runs spread over the room between the wanted tail and the next snapshot.
template <class Crash>
void crash_often(crashing_node& node, const role_plan& plan, const Crash& crash_once) {
  node.wait_for_tail(plan.tail);
  const std::uint64_t apart = std::max<std::uint64_t>(1, plan.tail / 4 / plan.runs);
  for (std::size_t run = 0; run < plan.runs; ++run) {
    crash_once();
    const std::uint64_t next = plan.tail + (run + 1) * apart;
    node.wait_for_tail(next);
  }
}

inline std::vector<restart_row> measure_roles(const config::settings& s, const std::filesystem::path& dir,
                                              const role_plan& plan) {
  const std::string behind = fmt::format("a snapshot and {} events", plan.tail);
  std::vector<restart_row> rows{{"trader, " + behind + ": next step answered", "under 50 ms", {}},
                                {"bridge, " + behind + ": an event durable again", "under 50 ms", {}},
                                {"  of that: until the journal is open", "", {}},
                                {"  for scale: its tail's text made events, one thread", "", {}}};
  {
    crashing_node node{s, dir, plan};
    crash_often(node, plan, [&] { rows[0].ms.push_back(node.crash_role("trader.market")); });
  }
  crashing_node node{s, dir, plan};
  crash_often(node, plan, [&] {
    const auto times = node.crash_bridge();
    rows[1].ms.push_back(times.durable_ms);
    rows[2].ms.push_back(times.open_ms);
  });
  for (std::size_t run = 0; run < 4; ++run) rows[3].ms.push_back(node.decode_tail());
  rows[1].what += fmt::format(" ({} frames)", node.frames());
  return rows;
}

}  // namespace bulkhead::bench
