#include "simulation/workload.hpp"

#include "config/loader.hpp"
#include "runtime/domain/event_codec.hpp"
#include "simulation/seeded.hpp"
#include "strategies/registry.hpp"
#include "tools/app/plain_loop.hpp"

#include <algorithm>
#include <stdexcept>

namespace bulkhead::simulation {
namespace {

constexpr std::int64_t frame_gap_s = 7;
constexpr std::size_t busy_frames = 135;  ///< from 09:20 on
constexpr std::size_t late_frames = 16;   ///< around the square-off
constexpr trade_date day = 20'220'103;
const std::array<std::string, 4> traded{"NSE:HDFCBANK", "NSE:INFY", "NSE:RELIANCE", "NSE:TCS"};

/// The frames of a day in memory.
class frames_in_memory final : public feed_source {
 public:
  explicit frames_in_memory(std::shared_ptr<const frame_batch> frames) : frames_(std::move(frames)) {}
  bool next(frame_batch& batch) override {
    if (at_ > frames_->size()) return false;
    const frame_view f = (*frames_)[at_++ - 1];
    batch.add(f.seq, f.ts, f.kind, f.ticks);
    return true;
  }
  void seek(feed_seq seq) override { at_ = static_cast<std::size_t>(seq); }
  [[nodiscard]] std::uint64_t size() const override { return frames_->size(); }
  [[nodiscard]] const std::vector<feed_problem>& problems() const override { return problems_; }
  [[nodiscard]] std::string fingerprint() const override { return "simulated"; }

 private:
  std::shared_ptr<const frame_batch> frames_;
  std::size_t at_ = 1;
  std::vector<feed_problem> problems_;
};

config::strategy_settings strategy(const char* name, const char* kind, std::vector<std::string> brokers,
                                   std::vector<std::string> instruments,
                                   std::map<std::string, std::string> parameters) {
  config::strategy_settings s;
  s.name = strategy_id{name};
  s.strategy = kind;
  for (std::string& b : brokers) s.brokers.emplace_back(std::move(b));
  s.instruments = std::move(instruments);
  s.parameters = std::move(parameters);
  return s;
}

/// In order of name, as the loader has them.
std::vector<config::strategy_settings> strategies() {
  return {
      strategy("crossing", "ema_cross", {"steady", "paper", "live"}, {traded[1], traded[3]},
               {{"fast", "2"},
                {"slow", "4"},
                {"interval_s", "14"},
                {"quantity", "12"},
                {"cooldown_s", "0"},
                {"allow_short", "1"}}),
      strategy("everywhere", "low_frequency_demo", {"steady", "paper", "desk", "live"}, {traded[0], traded[1]},
               {{"period_s", "50"}, {"quantity", "10"}}),
      strategy("only_paper", "low_frequency_demo", {"paper"}, {traded[3]}, {{"period_s", "150"}, {"quantity", "5"}}),
      strategy(pausable.str().c_str(), "low_frequency_demo", {"desk", "live"}, {traded[2]},
               {{"period_s", "40"}, {"quantity", "6"}}),
      strategy("reverting", "mean_reversion", {"steady", "paper", "desk"}, {traded[2], traded[3]},
               {{"window", "6"},
                {"entry_z", "1.2"},
                {"exit_z", "0.3"},
                {"interval_s", "14"},
                {"quantity", "8"},
                {"cooldown_s", "0"},
                {"limit_offset_ticks", "3"},
                {"allow_short", "1"}})};
}

std::shared_ptr<config::settings> settings_of(chance& draw) {
  config::load_request request;
  request.file = std::string{BULKHEAD_SOURCE_DIR} + "/config/bulkhead.yaml";
  request.environment = {{"ACTIVE_BROKERS", "steady,paper,desk,live"}};
  for (const std::string& name : broker_names) {
    std::string upper = name;
    std::ranges::transform(upper, upper.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    request.environment["TRADING__" + upper + "__KIND"] = "paper";
  }
  request.overrides = {{"feed.path", std::string{BULKHEAD_SOURCE_DIR} + "/tests/data"},
                       {"files.strategies", std::string{BULKHEAD_SOURCE_DIR} + "/strategies"},
                       {"journal.backend", "memory"},
                       {"journal.snapshot_every_events", "90"},
                       {"journal.snapshot_every_frames", "80"},
                       {"feed.batch", "6"},
                       {"feed.max_in_flight", "24"},
                       {"supervisor.intensity", "6"},
                       {"supervisor.period_s", "1"},
                       {"supervisor.step_deadline_ms", "2000"}};
  for (const strategy_kind& kind : strategy_kinds()) {
    request.strategy_kinds[kind.name] = {kind.parameters, kind.cross_check};
  }
  config::load_result result = config::load(request);
  for (const config::finding& f : result.findings) throw std::runtime_error(f.text());
  auto s = std::make_shared<config::settings>(std::move(*result.value));
  s->strategies = strategies();
  for (config::broker_settings& b : s->brokers) {
    b.paper.seed = draw.below(1'000'000);
    b.paper.reject_percent = 3;
    b.paper.partial_fill_percent = 30;
    b.paper.latency_max_ms = static_cast<std::int64_t>(draw.below(3)) * 5000;
    b.risk.broker.max_consecutive_rejects = 0;
    b.risk.broker.max_position_quantity = 60;
    b.risk.broker.max_open_orders = b.id.str() == "live" ? 8 : 12;
    b.risk.by_strategy.clear();
  }
  return s;
}

std::shared_ptr<const frame_batch> frames_of(const config::settings& s, chance& draw) {
  auto out = std::make_shared<frame_batch>();
  std::vector<instrument_id> ids;
  std::vector<std::int64_t> prices;
  for (const std::string& key : traded) {
    ids.push_back(*s.instruments.find(key));
    prices.push_back(static_cast<std::int64_t>(draw.between(8'000, 30'000)) * 500);
  }
  feed_seq seq = 0;
  const auto add_ticks = [&](timestamp ts) {
    std::vector<tick> ticks;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (draw.percent(25)) continue;
      prices[i] += (static_cast<std::int64_t>(draw.below(41)) - 20) * 500;
      ticks.push_back({ids[i], price{prices[i]}, price{prices[i] - 500}, price{prices[i] + 500}, 10});
    }
    out->add(++seq, ts, frame_kind::ticks, ticks);
  };
  const timestamp start = start_of_day(day);
  for (std::size_t i = 0; i < busy_frames; ++i) {
    add_ticks(start + seconds(9 * 3600 + 20 * 60 + static_cast<std::int64_t>(i) * frame_gap_s));
  }
  const std::int64_t square_off = 15 * 3600 + 20 * 60;
  for (std::size_t i = 0; i < late_frames; ++i) {
    const auto at = square_off + (static_cast<std::int64_t>(i) - 8) * frame_gap_s;
    if (i == 8) out->add(++seq, start + seconds(square_off), frame_kind::clock, {});
    add_ticks(start + seconds(at));
  }
  out->add(++seq, start + s.session.close, frame_kind::session_close, {});
  return out;
}

void run_undisturbed(workload& w) {
  const auto source = w.open_feed();
  app::plain_loop loop{*w.settings, *source};
  loop.run([](std::uint64_t) {});
  for (const auto& broker : loop.brokers()) {
    const event_codec codec{broker->settings().id, w.settings->instruments};
    auto& dump = w.undisturbed[broker->settings().id.str()];
    for (const event_list& events : broker->events()) {
      for (const event& e : *events) dump.push_back(codec.encode(e));
    }
  }
  w.undisturbed.erase("live");
}

void note_signals(workload& w) {
  const auto host = app::make_strategy_host(*w.settings);
  for (std::size_t i = 0; i < w.frames->size(); ++i) {
    frame_output said;
    host->on_frame((*w.frames)[i], said);
    for (const std::string& name : broker_names) {
      for (const signal& s : said.signals_for(broker_id{name})) {
        if (s.strategy != pausable) w.signals[name].emplace_back(s.feed, s.id.str());
      }
    }
  }
}

}  // namespace

std::unique_ptr<feed_source> workload::open_feed() const { return std::make_unique<frames_in_memory>(frames); }

const config::broker_settings& workload::broker(const std::string& name) const {
  const auto it = std::ranges::find(settings->brokers, broker_id{name}, &config::broker_settings::id);
  if (it == settings->brokers.end()) throw std::logic_error("no broker " + name);
  return *it;
}

const workload& workload_of(std::uint64_t variant) {
  static std::map<std::uint64_t, workload> made;
  const auto [it, fresh] = made.try_emplace(variant % workload_count);
  workload& w = it->second;
  if (!fresh) return w;
  chance draw{variant % workload_count + 1'000'003};
  w.settings = settings_of(draw);
  w.frames = frames_of(*w.settings, draw);
  for (const config::strategy_settings& s : w.settings->strategies) {
    for (const broker_id& b : s.brokers) w.addressed[b.str()].insert(s.name.str());
  }
  run_undisturbed(w);
  note_signals(w);
  return w;
}

}  // namespace bulkhead::simulation
