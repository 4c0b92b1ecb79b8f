#pragma once
// What all programs of the benchmark are fed: ten strategies of the three shipped kinds, two paper brokers, and frames
// whose prices are a pure function of (frame, instrument), so that reading costs next to nothing and seeks are free.
#include "config/loader.hpp"
#include "runtime/feeds/mix64.hpp"
#include "runtime/ports/feed_source.hpp"
#include "strategies/registry.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace bulkhead::bench {

/// Every instrument ticks in one frame of `instruments / ticks_per_frame`, in turn.
struct bench_market {
  std::uint32_t instruments = 20;
  std::uint32_t ticks_per_frame = 2;
};
/// How large a workload is.
struct workload_shape {
  std::uint32_t strategies = 10;
  std::uint32_t brokers = 2;
  bench_market market;
};
inline constexpr std::int64_t tick_size_raw = 500;  ///< 0.05
/// Event time from frame to frame: 20 frames a second, two ticks a second of each instrument.
inline constexpr std::int64_t frame_gap_ns = 50'000'000;
inline constexpr trade_date first_day = 20'240'108;
/// One session holds all frames: pacing has no night in it.
inline const trading_session all_day{seconds(0), seconds(24 * 3600 - 60)};
inline constexpr std::uint64_t max_frames = 1'700'000;

/// Frame n carries some of the instruments, the next frame the next ones.
class bench_source final : public feed_source {
 public:
  explicit bench_source(std::uint64_t frames, bench_market market = {})
      : frames_(frames), market_(market), open_(start_of_day(first_day)), ticks_(market.ticks_per_frame) {}

  bool next(frame_batch& batch) override {
    if (position_ >= frames_) return false;
    const feed_seq seq = ++position_;
    const auto turns = market_.instruments / market_.ticks_per_frame;
    const auto first = static_cast<std::uint32_t>(seq % turns) * market_.ticks_per_frame;
    for (std::uint32_t i = 0; i < market_.ticks_per_frame; ++i) {
      ticks_[i] = {{first + i}, price_at(seq, first + i), {}, {}, 0};
    }
    batch.add(seq, open_ + duration{static_cast<std::int64_t>(seq) * frame_gap_ns}, frame_kind::ticks, ticks_);
    return true;
  }

  void seek(feed_seq seq) override { position_ = seq == 0 ? 0 : seq - 1; }
  [[nodiscard]] std::uint64_t size() const override { return frames_; }
  [[nodiscard]] const std::vector<feed_problem>& problems() const override { return none_; }
  [[nodiscard]] std::string fingerprint() const override { return fmt::format("bench|{}", frames_); }

 private:
  /// A triangle wave of some minutes, another length for each instrument, and noise of a few steps.
  static price price_at(feed_seq seq, std::uint32_t instrument) {
    const std::int64_t half = 4'000 + 300 * static_cast<std::int64_t>(instrument);
    const std::int64_t phase = static_cast<std::int64_t>(seq) % (2 * half);
    const std::int64_t wave = (phase < half ? phase : 2 * half - phase) / 40;
    const auto noise = static_cast<std::int64_t>(scale32(static_cast<std::uint32_t>(mix64(seq * 64 + instrument)), 21));
    return {(20'000 + 1'000 * instrument + wave + noise) * tick_size_raw};
  }

  std::uint64_t frames_;
  bench_market market_;
  timestamp open_;
  std::vector<tick> ticks_;  ///< scratch of next()
  std::uint64_t position_ = 0;
  std::vector<feed_problem> none_;
};

struct strategy_row {
  const char* kind;
  std::map<std::string, std::string> parameters;
};

/// Four, three and three; periods without a common divisor, so that they do not all act in the same frames, and short
/// enough that all act within a paced run. How many frames carry a signal is counted and printed.
inline std::vector<strategy_row> strategy_rows() {
  const auto ema = [](const char* fast, const char* slow, const char* interval) {
    return strategy_row{"ema_cross",
                        {{"fast", fast},
                         {"slow", slow},
                         {"interval_s", interval},
                         {"quantity", "10"},
                         {"cooldown_s", "0"},
                         {"allow_short", "1"}}};
  };
  const auto reversion = [](const char* window, const char* interval) {
    return strategy_row{"mean_reversion",
                        {{"window", window},
                         {"entry_z", "1.5"},
                         {"exit_z", "0.5"},
                         {"interval_s", interval},
                         {"quantity", "10"},
                         {"cooldown_s", "0"},
                         {"limit_offset_ticks", "1"},
                         {"allow_short", "1"}}};
  };
  const auto demo = [](const char* period) {
    return strategy_row{"low_frequency_demo", {{"period_s", period}, {"quantity", "10"}}};
  };
  return {
      ema("5", "20", "7"),   ema("8", "21", "11"), ema("5", "15", "13"), ema("4", "12", "17"), reversion("10", "11"),
      reversion("12", "13"), reversion("8", "19"), demo("61"),           demo("83"),           demo("101")};
}

inline config::load_request workload_request(const std::string& config_file, std::uint32_t brokers) {
  config::load_request request;
  request.file = config_file;
  request.environment = {{"FEED__KIND", "synthetic"}, {"FEED__FROM", "2024-01-08"}, {"ACTIVE_BROKERS", "paper"}};
  for (std::uint32_t i = 2; i <= brokers; ++i) {
    request.environment["ACTIVE_BROKERS"] += fmt::format(",paper{}", i);
    request.environment[fmt::format("TRADING__PAPER{}__KIND", i)] = "paper";
  }
  for (const strategy_kind& kind : strategy_kinds()) {
    request.strategy_kinds[kind.name] = {kind.parameters, kind.cross_check};
  }
  return request;
}

/// The strategy of that number: its kind and parameters in turn, four instruments of its own, every broker.
inline config::strategy_settings workload_strategy(const config::settings& s, std::uint32_t number) {
  const std::vector<strategy_row> rows = strategy_rows();
  const strategy_row& row = rows[number % rows.size()];
  config::strategy_settings one;
  one.name = strategy_id{fmt::format("bench_{:02}", number)};
  one.strategy = row.kind;
  one.parameters = row.parameters;
  for (const config::broker_settings& b : s.brokers) one.brokers.push_back(b.id);
  const auto count = static_cast<std::uint32_t>(s.instruments.size());
  for (std::uint32_t i = 0; i < 4; ++i) {
    one.instruments.push_back(s.instruments.key({(number * 2 + i * (count / 4)) % count}));
  }
  return one;
}

/// The shipped configuration with the workload's brokers, instruments and strategies in it.
inline config::settings workload_settings(const std::string& config_file, const workload_shape& shape = {}) {
  config::load_result loaded = config::load(workload_request(config_file, shape.brokers));
  for (const config::finding& f : loaded.findings) throw std::runtime_error(f.text());
  config::settings s = std::move(*loaded.value);
  s.session = all_day;
  s.instruments = {};
  for (std::uint32_t i = 0; i < shape.market.instruments; ++i) {
    const std::string symbol = fmt::format("BENCH{:02}", i);
    s.instruments.add({{}, "NSE:" + symbol, "NSE", symbol, i + 1, {tick_size_raw}, 1, "NSE"});
  }
  for (config::broker_settings& b : s.brokers) {
    b.risk.broker.max_position_quantity = max_quantity;
    b.risk.broker.max_orders_per_second = 1000;
  }
  s.strategies.clear();
  for (std::uint32_t i = 0; i < shape.strategies; ++i) s.strategies.push_back(workload_strategy(s, i));
  s.store.backend = "none";
  return s;
}

}  // namespace bulkhead::bench
