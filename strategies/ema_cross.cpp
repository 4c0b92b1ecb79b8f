#include "strategies/ema_cross.hpp"

#include "strategies/common_specs.hpp"
#include "strategies/parameter_reader.hpp"
#include "strategies/state_json.hpp"

#include <fmt/format.h>

namespace bulkhead {
namespace {

double alpha_of(std::int64_t n) { return 2.0 / static_cast<double>(n + 1); }

const std::vector<parameter_spec>& specs() {
  static const std::vector<parameter_spec> list = {
      {"fast", parameter_type::integer, 1, max_window, std::nullopt, "samples", "length of the fast average; < slow"},
      {"slow", parameter_type::integer, 1, max_window, std::nullopt, "samples", "length of the slow average"},
      interval_spec(),
      quantity_spec(),
      cooldown_spec(),
      allow_short_spec(),
  };
  return list;
}

std::string cross_check(const parameter_map& given) {
  const parameter_reader read{specs(), given};
  if (read.integer("fast") < read.integer("slow")) return {};
  return fmt::format("fast: given {}, allowed: less than slow, which is {}", read.integer("fast"),
                     read.integer("slow"));
}

std::unique_ptr<strategy> make(const parameter_map& given, std::span<const instrument> instruments,
                               const trading_session& /*session*/) {
  if (const std::string problem = cross_check(given); !problem.empty()) throw std::invalid_argument(problem);
  const parameter_reader read{specs(), given};
  return std::make_unique<ema_cross>(ema_cross::settings{.fast = read.integer("fast"),
                                                         .slow = read.integer("slow"),
                                                         .interval_s = read.integer("interval_s"),
                                                         .qty = read.integer("quantity"),
                                                         .cooldown = seconds(read.integer("cooldown_s")),
                                                         .allow_short = read.flag("allow_short")},
                                     instruments);
}

}  // namespace

ema_cross::ema_cross(settings s, std::span<const instrument> instruments)
    : settings_(s), fast_alpha_(alpha_of(s.fast)), slow_alpha_(alpha_of(s.slow)), histories_(instruments, history{}) {}

void ema_cross::on_tick(const instrument& instrument, const tick& tick, timestamp ts, std::vector<intent>& out) {
  history& h = histories_.at(instrument.id);
  const auto sample = h.sampling.on_tick(settings_.interval_s, ts, tick.last);
  if (!sample) return;
  const double before = h.fast - h.slow;
  fold(h, as_double(*sample));
  if (h.samples <= settings_.slow) return;
  const double diff = h.fast - h.slow;
  if (before <= 0.0 && diff > 0.0) on_cross_up(h, ts, out);
  if (before >= 0.0 && diff < 0.0) on_cross_down(h, ts, out);
}

void ema_cross::fold(history& h, double x) const {
  if (++h.samples == 1) {
    h.fast = x;
    h.slow = x;
    return;
  }
  h.fast = h.fast + fast_alpha_ * (x - h.fast);
  h.slow = h.slow + slow_alpha_ * (x - h.slow);
}

void ema_cross::on_cross_up(history& h, timestamp now, std::vector<intent>& out) const {
  const auto say = [&](signal_action action) {
    out.push_back({action, side::buy, settings_.qty, order_type::market, price{},
                   fmt::format("ema {} crossed above ema {}", settings_.fast, settings_.slow)});
  };
  if (h.position.held == belief::short_position) {
    say(signal_action::exit);
    h.position.exit();
  }
  if (h.position.held != belief::flat || h.position.cooling(now, settings_.cooldown)) return;
  say(signal_action::entry);
  h.position.enter(belief::long_position, now);
}

void ema_cross::on_cross_down(history& h, timestamp now, std::vector<intent>& out) const {
  const auto say = [&](signal_action action) {
    out.push_back({action, side::sell, settings_.qty, order_type::market, price{},
                   fmt::format("ema {} crossed below ema {}", settings_.fast, settings_.slow)});
  };
  if (h.position.held == belief::long_position) {
    say(signal_action::exit);
    h.position.exit();
  }
  if (h.position.held != belief::flat || !settings_.allow_short) return;
  if (h.position.cooling(now, settings_.cooldown)) return;
  say(signal_action::entry);
  h.position.enter(belief::short_position, now);
}

nlohmann::json ema_cross::snapshot() const {
  return {{"fast", settings_.fast},
          {"slow", settings_.slow},
          {"interval_s", settings_.interval_s},
          {"instruments", state_json::write_all(histories_, [](const history& h) {
             return nlohmann::json{{"sampling", state_json::write(h.sampling)},
                                   {"samples", h.samples},
                                   {"fast", state_json::bits(h.fast)},
                                   {"slow", state_json::bits(h.slow)},
                                   {"position", state_json::write(h.position)}};
           })}};
}

void ema_cross::restore(const nlohmann::json& state) {
  state_json::require_same(state, "fast", settings_.fast);
  state_json::require_same(state, "slow", settings_.slow);
  state_json::require_same(state, "interval_s", settings_.interval_s);
  for (auto& entry : histories_.entries()) entry.state = {};
  state_json::read_each(state.at("instruments"), histories_, [](const nlohmann::json& from, history& h) {
    state_json::read(from.at("sampling"), h.sampling);
    h.samples = from.at("samples").get<std::int64_t>();
    h.fast = state_json::from_bits(from.at("fast").get<std::string>());
    h.slow = state_json::from_bits(from.at("slow").get<std::string>());
    state_json::read(from.at("position"), h.position);
  });
}

void ema_cross::flatten() {
  for (auto& entry : histories_.entries()) entry.state.position = {};
}

strategy_kind ema_cross_kind() {
  return {"ema_cross", "Trades when a fast moving average of the price crosses a slow one.", specs(), cross_check,
          make};
}

}  // namespace bulkhead
