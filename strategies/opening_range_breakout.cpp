#include "strategies/opening_range_breakout.hpp"

#include "strategies/common_specs.hpp"
#include "strategies/parameter_reader.hpp"
#include "strategies/state_json.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::int64_t day_minutes = 24 * 60;
constexpr std::int64_t max_ticks = 100'000;

const std::vector<parameter_spec>& specs() {
  static const std::vector<parameter_spec> list = {
      {"range_minutes", parameter_type::integer, 1, day_minutes, std::nullopt, "minutes",
       "from the session's opening: the range that is to be left"},
      quantity_spec(),
      {"stop_loss_ticks", parameter_type::integer, 0, max_ticks, std::nullopt, "ticks",
       "distance of the bracket's stop from the fill; 0: none"},
      {"target_ticks", parameter_type::integer, 0, max_ticks, std::nullopt, "ticks",
       "distance of the bracket's target from the fill; 0: none"},
      {"latest_entry", parameter_type::time_of_day, 0, day_minutes - 1, std::nullopt, "IST",
       "no entry at or after this time"},
      allow_short_spec(),
  };
  return list;
}

std::string cross_check(const parameter_map& /*given*/) { return {}; }

std::unique_ptr<strategy> make(const parameter_map& given, std::span<const instrument> instruments,
                               const trading_session& session) {
  const parameter_reader read{specs(), given};
  return std::make_unique<opening_range_breakout>(
      opening_range_breakout::settings{.range_minutes = read.integer("range_minutes"),
                                       .qty = read.integer("quantity"),
                                       .stop_loss_ticks = read.integer("stop_loss_ticks"),
                                       .target_ticks = read.integer("target_ticks"),
                                       .latest_entry = seconds(read.integer("latest_entry") * 60),
                                       .allow_short = read.flag("allow_short")},
      instruments, session);
}

}  // namespace

opening_range_breakout::opening_range_breakout(settings s, std::span<const instrument> instruments,
                                               const trading_session& session)
    : settings_(s), session_(session), histories_(instruments, history{}) {
  for (const instrument& row : instruments) {
    if (row.tick_size.raw > 0) continue;
    throw std::invalid_argument(
        fmt::format("{}: tick size: given {}, allowed: above 0", row.key, to_string(row.tick_size)));
  }
}

void opening_range_breakout::on_tick(const instrument& instrument, const tick& tick, timestamp ts,
                                     std::vector<intent>& out) {
  history& h = histories_.at(instrument.id);
  const timestamp open = session_.open_of(ts);
  if (const trade_date today = date_of(ts); h.date != today) h = {.date = today};
  if (ts < open) return;
  if (ts < open + seconds(settings_.range_minutes * 60)) {
    h.high = h.seen ? std::max(h.high, tick.last) : tick.last;
    h.low = h.seen ? std::min(h.low, tick.last) : tick.last;
    h.seen = true;
    return;
  }
  if (!h.seen || h.entered || time_of_day(ts) >= settings_.latest_entry) return;
  if (tick.last > h.high) enter(h, side::buy, instrument, out);
  if (tick.last < h.low && settings_.allow_short) enter(h, side::sell, instrument, out);
}

void opening_range_breakout::enter(history& h, side s, const instrument& row, std::vector<intent>& out) const {
  h.entered = true;
  out.push_back({.side = s,
                 .qty = settings_.qty,
                 .reason = s == side::buy ? fmt::format("above the opening range's high {}", to_string(h.high))
                                          : fmt::format("below the opening range's low {}", to_string(h.low)),
                 .stop_loss_offset = price{settings_.stop_loss_ticks * row.tick_size.raw},
                 .target_offset = price{settings_.target_ticks * row.tick_size.raw}});
}

nlohmann::json opening_range_breakout::snapshot() const {
  return {{"range_minutes", settings_.range_minutes},
          {"instruments", state_json::write_all(histories_, [](const history& h) {
             return nlohmann::json{
                 {"date", h.date}, {"seen", h.seen}, {"high", h.high.raw}, {"low", h.low.raw}, {"entered", h.entered}};
           })}};
}

void opening_range_breakout::restore(const nlohmann::json& state) {
  state_json::require_same(state, "range_minutes", settings_.range_minutes);
  for (auto& entry : histories_.entries()) entry.state = {};
  state_json::read_each(state.at("instruments"), histories_, [](const nlohmann::json& from, history& h) {
    h.date = from.at("date").get<trade_date>();
    h.seen = from.at("seen").get<bool>();
    h.high = price{from.at("high").get<std::int64_t>()};
    h.low = price{from.at("low").get<std::int64_t>()};
    h.entered = from.at("entered").get<bool>();
  });
}

void opening_range_breakout::flatten() {
  for (auto& entry : histories_.entries()) entry.state.entered = false;
}

strategy_kind opening_range_breakout_kind() {
  return {"opening_range_breakout", "Goes with the first move out of the day's opening range, with a bracket.", specs(),
          cross_check, make};
}

}  // namespace bulkhead
