#include "strategies/momentum.hpp"

#include "strategies/common_specs.hpp"
#include "strategies/parameter_reader.hpp"
#include "strategies/state_json.hpp"

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::int64_t max_bps = 10'000 * money_scale;

const std::vector<parameter_spec>& specs() {
  static const std::vector<parameter_spec> list = {
      {"lookback", parameter_type::integer, 1, max_window, std::nullopt, "samples", "how far back the change is taken"},
      {"threshold_bps", parameter_type::decimal, 1, max_bps, std::nullopt, "basis points",
       "enters when the price changed by so much"},
      interval_spec(),
      quantity_spec(),
      cooldown_spec(),
      allow_short_spec(),
  };
  return list;
}

std::string cross_check(const parameter_map& /*given*/) { return {}; }

std::unique_ptr<strategy> make(const parameter_map& given, std::span<const instrument> instruments,
                               const trading_session& /*session*/) {
  const parameter_reader read{specs(), given};
  return std::make_unique<momentum>(momentum::settings{.lookback = read.integer("lookback"),
                                                       .threshold_bps = read.decimal("threshold_bps"),
                                                       .interval_s = read.integer("interval_s"),
                                                       .qty = read.integer("quantity"),
                                                       .cooldown = seconds(read.integer("cooldown_s")),
                                                       .allow_short = read.flag("allow_short")},
                                    instruments);
}

}  // namespace

momentum::momentum(settings s, std::span<const instrument> instruments)
    : settings_(s), histories_(instruments, history{.window = sample_window{s.lookback + 1}}) {}

void momentum::on_tick(const instrument& instrument, const tick& tick, timestamp ts, std::vector<intent>& out) {
  history& h = histories_.at(instrument.id);
  const auto sample = h.sampling.on_tick(settings_.interval_s, ts, tick.last);
  if (!sample) return;
  h.window.push(*sample);
  if (!h.window.full()) return;
  const double oldest = as_double(h.window[0]);
  const double change = (as_double(*sample) - oldest) * 10000.0 / oldest;
  switch (h.position.held) {
    case belief::long_position:
      if (change > 0.0) return;
      say(signal_action::exit, side::sell, change, out);
      return h.position.exit();
    case belief::short_position:
      if (change < 0.0) return;
      say(signal_action::exit, side::buy, change, out);
      return h.position.exit();
    case belief::flat:
      return evaluate_flat(h, change, ts, out);
  }
}

void momentum::evaluate_flat(history& h, double change_bps, timestamp now, std::vector<intent>& out) const {
  const bool up = change_bps >= settings_.threshold_bps;
  const bool down = change_bps <= -settings_.threshold_bps && settings_.allow_short;
  if ((!up && !down) || h.position.cooling(now, settings_.cooldown)) return;
  say(signal_action::entry, up ? side::buy : side::sell, change_bps, out);
  h.position.enter(up ? belief::long_position : belief::short_position, now);
}

void momentum::say(signal_action action, side s, double change_bps, std::vector<intent>& out) const {
  out.push_back({.action = action,
                 .side = s,
                 .qty = settings_.qty,
                 .reason = fmt::format("changed by {:.2f} bps over {} samples", change_bps, settings_.lookback)});
}

nlohmann::json momentum::snapshot() const {
  return {{"lookback", settings_.lookback},
          {"interval_s", settings_.interval_s},
          {"instruments", state_json::write_all(histories_, [](const history& h) {
             return nlohmann::json{{"sampling", state_json::write(h.sampling)},
                                   {"samples", state_json::write(h.window)},
                                   {"position", state_json::write(h.position)}};
           })}};
}

void momentum::restore(const nlohmann::json& state) {
  state_json::require_same(state, "lookback", settings_.lookback);
  state_json::require_same(state, "interval_s", settings_.interval_s);
  for (auto& entry : histories_.entries()) entry.state = {.window = sample_window{settings_.lookback + 1}};
  state_json::read_each(state.at("instruments"), histories_, [](const nlohmann::json& from, history& h) {
    state_json::read(from.at("sampling"), h.sampling);
    state_json::read(from.at("samples"), h.window);
    state_json::read(from.at("position"), h.position);
  });
}

void momentum::flatten() {
  for (auto& entry : histories_.entries()) entry.state.position = {};
}

strategy_kind momentum_kind() {
  return {"momentum", "Goes with a change of the price over its last samples.", specs(), cross_check, make};
}

}  // namespace bulkhead
