#pragma once
// One valid event of each type, and the codec that writes them.
#include "support/order_fixtures.hpp"

#include <vector>

namespace bulkhead::test {

inline const event_codec codec{broker_id{"paper"}, instruments()};
inline const client_order_id order_id{"abcdefghij234567klmn"};

inline signal entry_signal() {
  return {.id = signal_id{"s1"},
          .strategy = strategy_id{"demo"},
          .instrument = banknifty,
          .action = signal_action::exit,
          .side = side::sell,
          .qty = 25,
          .type = order_type::limit,
          .validity = validity::ioc,
          .product = product::cnc,
          .limit_price = {350'005'000},
          .stop_loss_offset = {200'000},
          .target_offset = {400'000},
          .ts = at(10, 0, 59) + duration{123'456'000},
          .feed = 77,
          .ordinal = 2,
          .reason = "z = -2.1"};
}

inline order_filled fill() {
  return {.client_order_id = order_id,
          .fill_id = fill_id{"P1-1"},
          .strategy = strategy_id{"demo"},
          .instrument = nifty,
          .product = product::cnc,
          .side = side::sell,
          .qty = 50,
          .price = {174'505'500},
          .cumulative_qty = 75,
          .remaining_qty = 25,
          .charges = {inr(20), inr(218, 75), inr(30, 19), inr(0, 88), inr(9, 19), inr(0), inr(15, 34)}};
}

inline portfolio_snapshot snapshot() {
  return {.cash = inr(1'000),
          .realised = -inr(5, 50),
          .unrealised = {12'345},
          .charges = inr(3),
          .equity = inr(995),
          .performance = {-inr(7), -inr(2), inr(1), inr(8), inr(872'527), inr(174'505)},
          .positions = {{.strategy = strategy_id{"demo"},
                         .instrument = nifty,
                         .product = product::nrml,
                         .qty = -50,
                         .cost = -inr(872'527, 50),
                         .last = {174'505'500},
                         .realised = -inr(5, 50),
                         .unrealised = {12'345},
                         .charges = inr(3)},
                        {.strategy = strategy_id{"other"}, .instrument = banknifty}},
          .strategies = {{.strategy = strategy_id{"demo"},
                          .realised = -inr(5, 50),
                          .unrealised = {12'345},
                          .charges = inr(3),
                          .performance = {-inr(7), -inr(2), inr(1), inr(8), inr(872'527), inr(174'505)}},
                         {.strategy = strategy_id{"other"}}}};
}

/// One of each type, every field set to something that its default is not.
inline std::vector<event_body> one_of_each() {
  order_request l = limit(order_id.str().c_str(), {174'505'525}, side::sell, 3);
  l.reduces = true;
  l.type = order_type::stop_limit;
  l.validity = validity::ioc;
  l.product = product::nrml;
  l.trigger_price = {174'505'000};
  l.stop_loss_offset = rupees(20);
  l.target_offset = rupees(40);
  l.group = "P1-1";
  l.origin = order_origin::bracket;
  return {account_opened{inr(1'000'000)},
          signal_received{entry_signal()},
          signal_validated{approve(l)},
          signal_rejected{signal_id{"s1"}, strategy_id{"demo"}, nifty, "order_quantity", "100", "150", "units"},
          order_submitted{market("m", side::sell, 7, banknifty)},
          order_withheld{order_id, "placing is off"},
          order_accepted{order_id, broker_order_id{"P1"}},
          order_cancel_requested{order_id, "exit"},
          order_cancelled{order_id, 5, "cancel requested"},
          order_expired{order_id, 6},
          order_rejected{order_id, "no funds", true},
          order_unknown{order_id, "HTTP 504"},
          fill(),
          broker_update_refused{order_id, "filled 5", "overfill"},
          snapshot(),
          kill_latched{strategy_id{"demo"}, "reduce-only", "day_loss", "drill"},
          kill_released{strategy_id{"demo"}, "drill over"},
          order_modify_requested{order_id, {75, rupees(99), rupees(98)}, "modify"},
          order_modified{order_id, {75, rupees(99), rupees(98)}, "one cancels the other"},
          order_modify_rejected{order_id, "too late"},
          order_triggered{order_id},
          command_refused{"cancel x", "no such order"},
          strategy_changed{strategy_id{"demo"}, "paused", "operator"},
          feed_noticed{banknifty, "conflated", 12},
          inbox_positioned{"paper.signals.raw", 2, 41, "the end of the topic"},
          account_difference{"position", "NSE:NIFTY MIS", "50 held", "75 held", 25, "halted", "unexplained"},
          account_reconciled{"start", 3, 2, 4, 1, inr(500'000)}};
}

inline event enveloped(event_body body) {
  return {.seq = 1234,
          .feed = 77,
          .step = step_kind::orders,
          .ts = at(10, 1) + duration{5'000'000},
          .correlation = "s1",
          .causation_seq = 1230,
          .trace_feed = 70,
          .body = std::move(body)};
}

}  // namespace bulkhead::test
