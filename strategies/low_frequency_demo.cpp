#include "strategies/low_frequency_demo.hpp"

#include "strategies/common_specs.hpp"
#include "strategies/parameter_reader.hpp"
#include "strategies/sampler.hpp"
#include "strategies/state_json.hpp"

namespace bulkhead {
namespace {

const std::vector<parameter_spec>& specs() {
  static const std::vector<parameter_spec> list = {
      {"period_s", parameter_type::integer, 1, max_period_s, std::nullopt, "s", "one signal per instrument and period"},
      quantity_spec(),
  };
  return list;
}

std::string cross_check(const parameter_map& /*given*/) { return {}; }

std::unique_ptr<strategy> make(const parameter_map& given, std::span<const instrument> instruments,
                               const trading_session& /*session*/) {
  const parameter_reader read{specs(), given};
  return std::make_unique<low_frequency_demo>(
      low_frequency_demo::settings{.period_s = read.integer("period_s"), .qty = read.integer("quantity")}, instruments);
}

}  // namespace

low_frequency_demo::low_frequency_demo(settings s, std::span<const instrument> instruments)
    : settings_(s), histories_(instruments, history{}) {}

void low_frequency_demo::on_tick(const instrument& instrument, const tick& /*tick*/, timestamp ts,
                                 std::vector<intent>& out) {
  history& h = histories_.at(instrument.id);
  const std::int64_t bucket = bucket_of(ts, settings_.period_s);
  const bool new_period = h.started && bucket != h.bucket;
  h.started = true;
  h.bucket = bucket;
  if (!new_period) return;
  if (h.holding) {
    out.push_back({signal_action::exit, side::sell, settings_.qty, order_type::market, price{}, "a new period: out"});
  } else {
    out.push_back({signal_action::entry, side::buy, settings_.qty, order_type::market, price{}, "a new period: in"});
  }
  h.holding = !h.holding;
}

nlohmann::json low_frequency_demo::snapshot() const {
  return {{"period_s", settings_.period_s},
          {"instruments", state_json::write_all(histories_, [](const history& h) {
             return nlohmann::json{{"started", h.started}, {"bucket", h.bucket}, {"holding", h.holding}};
           })}};
}

void low_frequency_demo::restore(const nlohmann::json& state) {
  state_json::require_same(state, "period_s", settings_.period_s);
  for (auto& entry : histories_.entries()) entry.state = {};
  state_json::read_each(state.at("instruments"), histories_, [](const nlohmann::json& from, history& h) {
    h.started = from.at("started").get<bool>();
    h.bucket = from.at("bucket").get<std::int64_t>();
    h.holding = from.at("holding").get<bool>();
  });
}

void low_frequency_demo::flatten() {
  for (auto& entry : histories_.entries()) entry.state.holding = false;
}

strategy_kind low_frequency_demo_kind() {
  return {"low_frequency_demo", "Buys in one period, sells in the next: a demonstration.", specs(), cross_check, make};
}

}  // namespace bulkhead
