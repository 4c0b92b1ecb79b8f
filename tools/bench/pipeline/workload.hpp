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

inline constexpr std::uint32_t instrument_count = 20;
inline constexpr std::uint32_t ticks_per_frame = 2;
inline constexpr std::int64_t tick_size_raw = 500;  ///< 0.05
/// Event time from frame to frame: 20 frames a second, two ticks a second of each instrument.
inline constexpr std::int64_t frame_gap_ns = 50'000'000;
inline constexpr trade_date first_day = 20'240'108;
/// One session holds all frames: pacing has no night in it.
inline constexpr trading_session all_day{seconds(0), seconds(24 * 3600 - 60)};
inline constexpr std::uint64_t max_frames = 1'700'000;

/// Frame n carries two of the instruments in turn: each ticks in every tenth frame.
class bench_source final : public feed_source {
 public:
  explicit bench_source(std::uint64_t frames) : frames_(frames), open_(start_of_day(first_day)) {}

  bool next(frame_batch& batch) override {
    if (position_ >= frames_) return false;
    const feed_seq seq = ++position_;
    tick ticks[ticks_per_frame];
    const auto first = static_cast<std::uint32_t>(seq % (instrument_count / ticks_per_frame)) * ticks_per_frame;
    for (std::uint32_t i = 0; i < ticks_per_frame; ++i) {
      ticks[i] = {{first + i}, price_at(seq, first + i), {}, {}, 0};
    }
    batch.add(seq, open_ + duration{static_cast<std::int64_t>(seq) * frame_gap_ns}, frame_kind::ticks, ticks);
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
  timestamp open_;
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

/// The shipped configuration with the workload's brokers, instruments and strategies in it.
inline config::settings workload_settings(const std::string& config_file) {
  config::load_request request;
  request.file = config_file;
  request.environment = {{"ACTIVE_BROKERS", "paper,paper2"},
                         {"TRADING__PAPER2__KIND", "paper"},
                         {"TRADING__PAPER2__ENABLED", "true"},
                         {"FEED__KIND", "synthetic"},
                         {"FEED__FROM", "2024-01-08"}};
  for (const strategy_kind& kind : strategy_kinds()) {
    request.strategy_kinds[kind.name] = {kind.parameters, kind.cross_check};
  }
  config::load_result loaded = config::load(request);
  for (const config::finding& f : loaded.findings) throw std::runtime_error(f.text());
  config::settings s = std::move(*loaded.value);
  s.session = all_day;
  s.instruments = {};
  for (std::uint32_t i = 0; i < instrument_count; ++i) {
    s.instruments.add(
        {{}, fmt::format("NSE:BENCH{:02}", i), "NSE", fmt::format("BENCH{:02}", i), i + 1, {tick_size_raw}, 1, "NSE"});
  }
  for (config::broker_settings& b : s.brokers) {
    b.risk.max_position_quantity = max_quantity;
    b.risk.max_orders_per_second = 1000;
  }
  s.strategies.clear();
  std::uint32_t number = 0;
  for (strategy_row& row : strategy_rows()) {
    config::strategy_settings one;
    one.name = strategy_id{fmt::format("bench_{:02}", number)};
    one.strategy = row.kind;
    one.parameters = std::move(row.parameters);
    for (const config::broker_settings& b : s.brokers) one.brokers.push_back(b.id);
    for (std::uint32_t i = 0; i < 4; ++i) {
      one.instruments.push_back(fmt::format("NSE:BENCH{:02}", (number * 2 + i * 5) % instrument_count));
    }
    s.strategies.push_back(std::move(one));
    ++number;
  }
  s.store.backend = "none";
  return s;
}

}  // namespace bulkhead::bench
