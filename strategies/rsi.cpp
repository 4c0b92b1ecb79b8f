#include "strategies/rsi.hpp"

#include "strategies/common_specs.hpp"
#include "strategies/parameter_reader.hpp"
#include "strategies/state_json.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::int64_t max_index = 100 * money_scale;

const std::vector<parameter_spec>& specs() {
  static const std::vector<parameter_spec> list = {
      {"period", parameter_type::integer, 1, max_window, std::nullopt, "samples", "length of Wilder's averages"},
      {"oversold", parameter_type::decimal, 0, max_index, std::nullopt, "", "enters long at or below; < exit_level"},
      {"overbought", parameter_type::decimal, 0, max_index, std::nullopt, "", "enters short at or above; > oversold"},
      {"exit_level", parameter_type::decimal, 0, max_index, std::nullopt, "",
       "leaves a long at or above, a short at or below 100 less this"},
      interval_spec(),
      quantity_spec(),
      cooldown_spec(),
      allow_short_spec(),
  };
  return list;
}

std::string cross_check(const parameter_map& given) {
  const parameter_reader read{specs(), given};
  const std::int64_t oversold = read.integer("oversold");
  for (const char* above : {"exit_level", "overbought"}) {
    if (oversold < read.integer(above)) continue;
    return fmt::format("oversold: given {}, allowed: less than {}, which is {}", to_string(price{oversold}), above,
                       to_string(price{read.integer(above)}));
  }
  return {};
}

std::unique_ptr<strategy> make(const parameter_map& given, std::span<const instrument> instruments,
                               const trading_session& /*session*/) {
  if (const std::string problem = cross_check(given); !problem.empty()) throw std::invalid_argument(problem);
  const parameter_reader read{specs(), given};
  return std::make_unique<rsi>(rsi::settings{.period = read.integer("period"),
                                             .oversold = read.decimal("oversold"),
                                             .overbought = read.decimal("overbought"),
                                             .exit_level = read.decimal("exit_level"),
                                             .interval_s = read.integer("interval_s"),
                                             .qty = read.integer("quantity"),
                                             .cooldown = seconds(read.integer("cooldown_s")),
                                             .allow_short = read.flag("allow_short")},
                               instruments);
}

double index_of(double gain, double loss) {
  if (loss == 0.0) return gain == 0.0 ? 50.0 : 100.0;
  return 100.0 - 100.0 / (1.0 + gain / loss);
}

}  // namespace

rsi::rsi(settings s, std::span<const instrument> instruments) : settings_(s), histories_(instruments, history{}) {}

void rsi::on_tick(const instrument& instrument, const tick& tick, timestamp ts, std::vector<intent>& out) {
  history& h = histories_.at(instrument.id);
  const auto sample = h.sampling.on_tick(settings_.interval_s, ts, tick.last);
  if (!sample) return;
  fold(h, as_double(*sample));
  if (h.samples <= settings_.period) return;
  const double index = index_of(h.gain, h.loss);
  switch (h.position.held) {
    case belief::long_position:
      if (index < settings_.exit_level) return;
      say(signal_action::exit, side::sell, index, out);
      return h.position.exit();
    case belief::short_position:
      if (index > 100.0 - settings_.exit_level) return;
      say(signal_action::exit, side::buy, index, out);
      return h.position.exit();
    case belief::flat:
      return evaluate_flat(h, index, ts, out);
  }
}

void rsi::fold(history& h, double x) const {
  const double gain = std::max(x - h.previous, 0.0);
  const double loss = std::max(h.previous - x, 0.0);
  h.previous = x;
  if (++h.samples == 1) return;
  const auto period = static_cast<double>(settings_.period);
  const std::int64_t changes = h.samples - 1;
  if (changes > settings_.period) {
    h.gain = (h.gain * (period - 1.0) + gain) / period;
    h.loss = (h.loss * (period - 1.0) + loss) / period;
    return;
  }
  h.gain += gain;
  h.loss += loss;
  if (changes < settings_.period) return;
  h.gain /= period;
  h.loss /= period;
}

void rsi::evaluate_flat(history& h, double index, timestamp now, std::vector<intent>& out) const {
  const bool low = index <= settings_.oversold;
  const bool high = index >= settings_.overbought && settings_.allow_short;
  if ((!low && !high) || h.position.cooling(now, settings_.cooldown)) return;
  say(signal_action::entry, low ? side::buy : side::sell, index, out);
  h.position.enter(low ? belief::long_position : belief::short_position, now);
}

void rsi::say(signal_action action, side s, double index, std::vector<intent>& out) const {
  out.push_back({.action = action,
                 .side = s,
                 .qty = settings_.qty,
                 .reason = fmt::format("rsi {} is {:.4f}", settings_.period, index)});
}

nlohmann::json rsi::snapshot() const {
  return {{"period", settings_.period},
          {"interval_s", settings_.interval_s},
          {"instruments", state_json::write_all(histories_, [](const history& h) {
             return nlohmann::json{
                 {"sampling", state_json::write(h.sampling)}, {"samples", h.samples},
                 {"previous", state_json::bits(h.previous)},  {"gain", state_json::bits(h.gain)},
                 {"loss", state_json::bits(h.loss)},          {"position", state_json::write(h.position)}};
           })}};
}

void rsi::restore(const nlohmann::json& state) {
  state_json::require_same(state, "period", settings_.period);
  state_json::require_same(state, "interval_s", settings_.interval_s);
  for (auto& entry : histories_.entries()) entry.state = {};
  state_json::read_each(state.at("instruments"), histories_, [](const nlohmann::json& from, history& h) {
    state_json::read(from.at("sampling"), h.sampling);
    h.samples = from.at("samples").get<std::int64_t>();
    h.previous = state_json::from_bits(from.at("previous").get<std::string>());
    h.gain = state_json::from_bits(from.at("gain").get<std::string>());
    h.loss = state_json::from_bits(from.at("loss").get<std::string>());
    state_json::read(from.at("position"), h.position);
  });
}

void rsi::flatten() {
  for (auto& entry : histories_.entries()) entry.state.position = {};
}

strategy_kind rsi_kind() {
  return {"rsi", "Buys when the relative strength index is low, sells when it is high.", specs(), cross_check, make};
}

}  // namespace bulkhead
