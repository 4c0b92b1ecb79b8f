#include "strategies/mean_reversion.hpp"

#include "strategies/common_specs.hpp"
#include "strategies/parameter_reader.hpp"
#include "strategies/state_json.hpp"

#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::int64_t max_z = 100 * money_scale;

const std::vector<parameter_spec>& specs() {
  static const std::vector<parameter_spec> list = {
      {"window", parameter_type::integer, 1, max_window, std::nullopt, "samples",
       "how far mean and deviation look back"},
      {"entry_z", parameter_type::decimal, 1, max_z, std::nullopt, "standard deviations",
       "enters this far from the mean; > exit_z"},
      {"exit_z", parameter_type::decimal, 0, max_z, std::nullopt, "standard deviations",
       "leaves when this near to the mean"},
      interval_spec(),
      quantity_spec(),
      cooldown_spec(),
      {"limit_offset_ticks", parameter_type::integer, 0, 100'000, "0", "ticks",
       "how much better than the last price an entry asks for"},
      allow_short_spec(),
  };
  return list;
}

std::string cross_check(const parameter_map& given) {
  const parameter_reader read{specs(), given};
  if (read.integer("entry_z") > read.integer("exit_z")) return {};
  return fmt::format("entry_z: given {}, allowed: more than exit_z, which is {}",
                     to_string(price{read.integer("entry_z")}), to_string(price{read.integer("exit_z")}));
}

std::unique_ptr<strategy> make(const parameter_map& given, std::span<const instrument> instruments,
                               const trading_session& /*session*/) {
  if (const std::string problem = cross_check(given); !problem.empty()) throw std::invalid_argument(problem);
  const parameter_reader read{specs(), given};
  return std::make_unique<mean_reversion>(
      mean_reversion::settings{.window = read.integer("window"),
                               .entry_z = read.decimal("entry_z"),
                               .exit_z = read.decimal("exit_z"),
                               .interval_s = read.integer("interval_s"),
                               .qty = read.integer("quantity"),
                               .cooldown = seconds(read.integer("cooldown_s")),
                               .limit_offset_ticks = read.integer("limit_offset_ticks"),
                               .allow_short = read.flag("allow_short")},
      instruments);
}

/// The price on the tick grid, at or below (buy) or at or above (sell), moved away from the market by the offset;
/// nullopt where no such price can be ordered.
std::optional<price> limit_for(side s, price last, price tick_size, std::int64_t offset_ticks) {
  const std::int64_t steps = s == side::buy ? last.raw / tick_size.raw - offset_ticks
                                            : (last.raw + tick_size.raw - 1) / tick_size.raw + offset_ticks;
  if (steps <= 0 || steps > price::max().raw / tick_size.raw) return std::nullopt;
  return price{steps * tick_size.raw};
}

}  // namespace

mean_reversion::mean_reversion(settings s, std::span<const instrument> instruments)
    : settings_(s), histories_(instruments, history{.window = sample_window{s.window}}) {
  for (const instrument& row : instruments) {
    if (row.tick_size.raw > 0) continue;
    throw std::invalid_argument(
        fmt::format("{}: tick size: given {}, allowed: above 0", row.key, to_string(row.tick_size)));
  }
}

void mean_reversion::on_tick(const instrument& instrument, const tick& tick, timestamp ts, std::vector<intent>& out) {
  history& h = histories_.at(instrument.id);
  const auto sample = h.sampling.on_tick(settings_.interval_s, ts, tick.last);
  if (!sample) return;
  h.window.push(*sample);
  const auto z = z_of(h);
  if (!z) return;
  switch (h.position.held) {
    case belief::long_position:
      if (*z >= -settings_.exit_z) say_exit(h, side::sell, *z, out);
      break;
    case belief::short_position:
      if (*z <= settings_.exit_z) say_exit(h, side::buy, *z, out);
      break;
    case belief::flat:
      evaluate_flat(h, *z, instrument, tick, ts, out);
      break;
  }
}

// The whole window again for each sample, oldest first: a running sum would drift away from the documented figure.
std::optional<double> mean_reversion::z_of(const history& h) const {
  if (!h.window.full()) return std::nullopt;
  const std::size_t count = h.window.size();
  const auto sample = [&](std::size_t age_order) { return as_double(h.window[age_order]); };
  const auto n = static_cast<double>(count);
  double sum = 0.0;
  for (std::size_t i = 0; i < count; ++i) sum += sample(i);
  const double mean = sum / n;
  double squares = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = sample(i);
    squares += (x - mean) * (x - mean);
  }
  const double sd = std::sqrt(squares / n);
  if (!(sd > 0.0)) return std::nullopt;
  return (sample(count - 1) - mean) / sd;
}

void mean_reversion::evaluate_flat(history& h, double z, const instrument& row, const tick& tick, timestamp now,
                                   std::vector<intent>& out) const {
  const bool below = z <= -settings_.entry_z;
  const bool above = z >= settings_.entry_z && settings_.allow_short;
  if ((!below && !above) || h.position.cooling(now, settings_.cooldown)) return;
  const side s = below ? side::buy : side::sell;
  const auto limit = limit_for(s, tick.last, row.tick_size, settings_.limit_offset_ticks);
  if (!limit) return;
  out.push_back({signal_action::entry, s, settings_.qty, order_type::limit, *limit,
                 fmt::format("z {:.4f} is {} the entry band", z, below ? "below" : "above")});
  h.position.enter(below ? belief::long_position : belief::short_position, now);
}

void mean_reversion::say_exit(history& h, side s, double z, std::vector<intent>& out) const {
  out.push_back({signal_action::exit, s, settings_.qty, order_type::market, price{},
                 fmt::format("z {:.4f} is back inside the exit band", z)});
  h.position.exit();
}

nlohmann::json mean_reversion::snapshot() const {
  return {{"window", settings_.window},
          {"interval_s", settings_.interval_s},
          {"instruments", state_json::write_all(histories_, [](const history& h) {
             return nlohmann::json{{"sampling", state_json::write(h.sampling)},
                                   {"samples", state_json::write(h.window)},
                                   {"position", state_json::write(h.position)}};
           })}};
}

void mean_reversion::restore(const nlohmann::json& state) {
  state_json::require_same(state, "window", settings_.window);
  state_json::require_same(state, "interval_s", settings_.interval_s);
  for (auto& entry : histories_.entries()) entry.state = {.window = sample_window{settings_.window}};
  state_json::read_each(state.at("instruments"), histories_, [](const nlohmann::json& from, history& h) {
    state_json::read(from.at("sampling"), h.sampling);
    state_json::read(from.at("samples"), h.window);
    state_json::read(from.at("position"), h.position);
  });
}

void mean_reversion::flatten() {
  for (auto& entry : histories_.entries()) entry.state.position = {};
}

strategy_kind mean_reversion_kind() {
  return {"mean_reversion", "Buys far below and sells far above a moving mean, and waits for the return.", specs(),
          cross_check, make};
}

}  // namespace bulkhead
