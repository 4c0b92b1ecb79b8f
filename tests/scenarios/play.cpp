#include "scenarios/play.hpp"

#include "config/loader.hpp"
#include "runtime/domain/event_codec.hpp"
#include "scenarios/stage.hpp"
#include "strategies/registry.hpp"
#include "strategies/strategy_host.hpp"
#include "support/temp_dir.hpp"

#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::test {
namespace {

std::shared_ptr<const config::settings> settings_of(const story& s) {
  config::load_request request;
  request.file = std::string{BULKHEAD_SOURCE_DIR} + "/tests/scenarios/settings/bulkhead.yaml";
  std::string brokers;
  for (const std::string& b : s.brokers) brokers += (brokers.empty() ? "" : ",") + b;
  request.overrides = {{"active_brokers", brokers}};
  for (const std::string& b : s.brokers) request.overrides["trading." + b + ".kind"] = "paper";
  for (const auto& [key, value] : s.settings) {
    const bool of_broker =
        key.find('.') == std::string::npos || !(key.starts_with("trading.") || key.starts_with("feed."));
    request.overrides[of_broker ? "trading.paper." + key : key] = value;
  }
  for (const strategy_kind& kind : strategy_kinds()) {
    request.strategy_kinds[kind.name] = {kind.parameters, kind.cross_check};
  }
  config::load_result loaded = config::load(request);
  for (const config::finding& f : loaded.findings) throw std::runtime_error(f.text());
  return std::make_shared<const config::settings>(std::move(*loaded.value));
}

/// What is broken off and taken up again after each step.
enum class disturbance : std::uint8_t { none, roles, node };

/// The kind "impossible": a strategy with a fault. It asks for zero units at its first tick.
class impossible final : public strategy {
 public:
  void on_tick(const instrument& /*instrument*/, const tick& /*tick*/, timestamp /*ts*/,
               std::vector<intent>& out) override {
    out.push_back({.action = signal_action::entry, .side = side::buy, .qty = 0});
  }
  void flatten() override {}
  [[nodiscard]] nlohmann::json snapshot() const override { return nlohmann::json::object(); }
  void restore(const nlohmann::json& /*state*/) override {}
};

class player {
 public:
  player(story s, bool print, disturbance after_each) : story_(std::move(s)), print_(print), after_each_(after_each) {
    settings_ = settings_of(story_);
    for (const config::broker_settings& b : settings_->brokers) {
      brokers_.push_back(std::make_unique<stage_broker>(*settings_, b));
    }
    seen_.resize(brokers_.size());
    host_ = std::make_unique<strategy_host>(strategies_of(story_), settings_->session, settings_->instruments);
  }

  outcome run() {
    for (const story_step& step : story_.steps) {
      at_ = fmt::format("{}:{}", story_.file, step.line);
      try {
        act(step);
        judge(step);
      } catch (const std::exception& e) {
        out_.problems.push_back(fmt::format("{}: {}", at_, e.what()));
        break;
      }
    }
    for (const auto& b : brokers_) out_.dumps.push_back(b->dump());
    return std::move(out_);
  }

 private:
  void act(const story_step& step) {
    if (step.journal_stalls) {
      for (const auto& b : brokers_) b->stall(*step.journal_stalls);
    }
    if (step.frame) show_frame(step);
    for (const std::string& words : step.commands) give(command_of(words));
    if (!step.restart.empty()) {
      for (const auto& b : brokers_) b->restart(step.restart);
    }
    for (const auto& b : brokers_) disturb(*b);
  }

  /// A node that dies while its journal stalls forgets what it had not written: that is no undisturbed day, so a story
  /// tells it itself.
  void disturb(stage_broker& b) const {
    if (after_each_ == disturbance::node && !b.stalls()) b.restart("node");
    if (after_each_ != disturbance::roles) return;
    for (const char* role : {"trader", "risk_manager", "portfolio"}) b.restart(role);
  }

  void show_frame(const story_step& step) {
    auto batch = std::make_shared<frame_batch>();
    // As every feed does: event time never goes back.
    now_ = std::max(now_, *step.at);
    std::vector<tick> ticks;
    for (const auto& [symbol, prices] : step.ticks) {
      const auto id = settings_->instruments.find_symbol(symbol);
      if (!id) throw std::runtime_error("ticks: no such instrument: " + symbol);
      tick t{.instrument = *id, .last = prices[0]};
      if (prices.size() == 3) {
        t.bid = prices[1];
        t.ask = prices[2];
      }
      ticks.push_back(t);
    }
    batch->add(++feed_, now_, *step.frame, ticks);
    change_strategies(step);
    host_->on_frame((*batch)[0], said_);
    const std::vector<signal> told = signals_of(step);
    for (const auto& b : brokers_) {
      std::vector<signal> signals = said_.signals_for(b->id());
      signals.insert(signals.end(), told.begin(), told.end());
      b->offer(batch, std::move(signals), said_.notices_for(b->id()));
    }
    said_.clear();
  }

  /// "pause NAME", "resume NAME", "reload NAME key=value ...": between the frame before and this one.
  void change_strategies(const story_step& step) {
    for (const std::string& words : step.strategies) {
      std::istringstream in{words};
      std::string verb;
      std::string name;
      in >> verb >> name;
      if (verb == "reload") {
        for (std::string item; in >> item;) change_parameter(name, item);
        host_->reload(strategies_of(story_), said_);
      } else if (verb == "pause" || verb == "resume") {
        host_->set_paused(strategy_id{name}, verb == "pause", said_);
      } else {
        throw std::runtime_error("strategies: given \"" + words + "\", allowed: pause, resume, reload");
      }
    }
  }

  void change_parameter(const std::string& name, const std::string& item) {
    for (auto& row : story_.strategies) {
      if (row.at("name") == name) row[item.substr(0, item.find('='))] = item.substr(item.find('=') + 1);
    }
  }

  std::vector<hosted_strategy> strategies_of(const story& s) const {
    std::vector<hosted_strategy> all;
    for (std::map<std::string, std::string> row : s.strategies) {
      const auto take = [&row](const char* key) {
        auto node = row.extract(key);
        if (node.empty()) throw std::runtime_error(std::string{"strategies: a row needs "} + key);
        return node.mapped();
      };
      hosted_strategy h;
      h.name = strategy_id{take("name")};
      const std::string kind_name = take("kind");
      const strategy_kind* kind = find_strategy_kind(kind_name);
      const std::string symbol = take("instrument");
      const auto id = settings_->instruments.find_symbol(symbol);
      if ((kind == nullptr && kind_name != "impossible") || !id)
        throw std::runtime_error("strategies: no such kind or instrument");
      h.instruments.push_back(*id);
      for (const auto& [key, value] : row) h.fingerprint += key + "=" + value + ";";
      h.logic = kind == nullptr ? std::make_unique<impossible>()
                                : kind->make(row, std::vector{settings_->instruments.at(*id)}, settings_->session);
      for (const auto& b : settings_->brokers) h.brokers.push_back(b.id);
      all.push_back(std::move(h));
    }
    return all;
  }

  std::vector<signal> signals_of(const story_step& step) {
    std::vector<signal> signals;
    std::uint32_t ordinal = 0;
    for (const std::string& words : step.signals) {
      told_signal told = signal_of(words, settings_->instruments);
      if (!told.again) ++ordinal;
      signal& s = told.said;
      s.ordinal = ordinal;
      s.feed = feed_;
      s.ts = now_ - duration{told.aged_ms * 1'000'000};
      s.id = derive_signal_id(s.strategy, settings_->instruments.key(s.instrument), s.feed, s.ordinal);
      signals.push_back(std::move(s));
    }
    return signals;
  }

  void give(told_command told) {
    for (const auto& b : brokers_) {
      if (!told.broker.empty() && told.broker != b->id().str()) continue;
      operator_command c = told.command;
      if (told.order_number != 0) c.order = b->words().order(told.order_number);
      b->command(std::move(c));
    }
  }

  std::vector<std::string> told_since_last() {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < brokers_.size(); ++i) {
      const std::vector<event>& events = brokers_[i]->events();
      for (std::size_t& n = seen_[i]; n < events.size(); ++n) {
        const std::string line = brokers_[i]->words().tell(events[n]);
        const auto type = event_codec::type_name(events[n].body);
        if (print_) std::cout << fmt::format("{}  [{}] {} {}\n", at_, brokers_[i]->id().str(), type, line);
        if (std::ranges::find(story_.leaves_out, type) != story_.leaves_out.end()) continue;
        lines.push_back(brokers_.size() == 1 ? line : fmt::format("[{}] {}", brokers_[i]->id().str(), line));
      }
      seen_[i] = std::min(seen_[i], events.size());
    }
    return lines;
  }

  static bool matches(const std::string& expected, const std::string& told) {
    if (!expected.ends_with("...")) return expected == told;
    return told.starts_with(expected.substr(0, expected.size() - 3));
  }

  void judge(const story_step& step) {
    const std::vector<std::string> told = told_since_last();
    const std::vector<std::string> expected = step.expect ? step.expect->lines : std::vector<std::string>{};
    if (!std::ranges::equal(expected, told, matches)) {
      out_.problems.push_back(fmt::format("{} ({}):\n  expected:\n    {}\n  happened:\n    {}", at_, story_.title,
                                          fmt::join(expected, "\n    "), fmt::join(told, "\n    ")));
    }
    for (const auto& [what, value] : step.check) {
      const std::string found = look_up(what);
      if (found != value) {
        out_.problems.push_back(fmt::format("{} ({}): {}: expected {}, is {}", at_, story_.title, what, value, found));
      }
    }
  }

  /// tests/scenarios/README.md lists the words.
  std::string look_up(std::string what) {
    stage_broker* b = brokers_.front().get();
    if (what.starts_with('[')) {
      const std::string id = what.substr(1, what.find(']') - 1);
      for (const auto& each : brokers_) {
        if (each->id().str() == id) b = each.get();
      }
      what = what.substr(what.find(']') + 2);
    }
    const portfolio_snapshot p = b->portfolio_now();
    if (what == "latch") return std::string{to_string(b->latch())};
    if (what == "works") return std::to_string(b->working_orders());
    if (what == "cash") return to_string(p.cash);
    if (what == "equity") return to_string(p.equity);
    if (what == "realised") return to_string(p.realised);
    if (what == "unrealised") return to_string(p.unrealised);
    if (what == "charges") return to_string(p.charges);
    if (what == "net") return to_string(p.performance.net);
    if (what == "day_pnl") return to_string(p.performance.day_pnl);
    if (what == "drawdown") return to_string(p.performance.drawdown);
    if (what == "margin") return to_string(p.performance.margin);
    for (const position_view& v : p.positions) {
      const std::string name = fmt::format("{} {} {}", v.strategy.str(),
                                           settings_->instruments.at(v.instrument).tradingsymbol, to_string(v.product));
      if (what == "position " + name) return std::to_string(v.qty);
      if (what == "realised " + name) return to_string(v.realised);
      if (what == "charges " + name) return to_string(v.charges);
    }
    if (what.starts_with("position ")) return "0";
    throw std::runtime_error("check: what is \"" + what + "\"?");
  }

  story story_;
  bool print_;
  disturbance after_each_;
  std::shared_ptr<const config::settings> settings_;
  std::vector<std::unique_ptr<stage_broker>> brokers_;
  std::unique_ptr<strategy_host> host_;
  frame_output said_;
  std::vector<std::size_t> seen_;
  timestamp now_;
  feed_seq feed_ = 0;
  std::string at_;
  outcome out_;
};

outcome failed(const std::filesystem::path& file, const std::exception& e) {
  return {{fmt::format("{}: {}", file.filename().string(), e.what())}, {}};
}

}  // namespace

outcome play(const std::filesystem::path& file, bool print) {
  try {
    return player{read_story(file), print, disturbance::none}.run();
  } catch (const std::exception& e) {
    return failed(file, e);
  }
}

outcome play_with_restarts(const std::filesystem::path& file) {
  try {
    const outcome plain = player{read_story(file), false, disturbance::none}.run();
    outcome all;
    for (const auto& [what, after_each] : {std::pair{"roles", disturbance::roles}, {"node", disturbance::node}}) {
      const outcome restarted = player{read_story(file), false, after_each}.run();
      for (const std::string& p : restarted.problems) all.problems.push_back(fmt::format("{} restarted: {}", what, p));
      if (!restarted.problems.empty() || restarted.dumps == plain.dumps) continue;
      all.problems.push_back(fmt::format("{}: the journal differs from the undisturbed one ({} restarted)",
                                         file.filename().string(), what));
    }
    return all;
  } catch (const std::exception& e) {
    return failed(file, e);
  }
}

std::string problem_with_story(const std::string& text) {
  const temp_dir dir;
  const auto file = dir.path() / "story.yaml";
  std::ofstream{file} << text;
  try {
    (void)read_story(file);
  } catch (const std::exception& e) {
    return e.what();
  }
  return {};
}

}  // namespace bulkhead::test
