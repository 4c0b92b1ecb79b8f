#include "strategies/warm_up.hpp"

#include "strategies/tick_routes.hpp"

#include <exception>

#include <fmt/format.h>

namespace bulkhead {
namespace {

void show(hosted_strategy& s, const instrument& row, const tick& t, timestamp ts, std::vector<intent>& dropped) {
  if (!s.fault.empty()) return;
  dropped.clear();
  try {
    s.logic->on_tick(row, t, ts, dropped);
  } catch (const std::exception& e) {
    s.fault = fmt::format("threw during its warm-up: {}", e.what());
  } catch (...) {
    s.fault = "threw during its warm-up";
  }
}

}  // namespace

void warm_up(std::span<hosted_strategy> strategies, const trading_session& session, const instrument_table& instruments,
             const std::function<bool(frame_batch&)>& next) {
  tick_routes routes{instruments.size()};
  for (std::uint32_t i = 0; i < strategies.size(); ++i) routes.add(i, strategies[i].instruments);
  std::vector<intent> dropped;
  for (frame_batch batch; next(batch); batch.clear()) {
    const frame_view frame = batch[0];
    if (!session.is_open(frame.ts)) continue;
    for (const tick& t : frame.ticks) {
      for (const std::uint32_t i : routes.of(t.instrument)) {
        show(strategies[i], instruments.at(t.instrument), t, frame.ts, dropped);
      }
    }
  }
  for (const hosted_strategy& s : strategies) s.logic->flatten();
}

}  // namespace bulkhead
