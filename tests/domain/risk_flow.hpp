#pragma once
// Random days at a broker: signals, fills, ends of orders, the kill switch and deliveries of the same event again, as
// steps that rapidcheck makes and shrinks. Legal by construction: what the transition table forbids is not sent.
#include "domain/risk_fixture.hpp"
#include "domain/risk_reference.hpp"

#include <vector>

#include <rapidcheck.h>

namespace bulkhead::test {

struct flow_step {
  int kind = 0;    ///< see risk_flow::take
  int choice = 0;  ///< picks strategy, instrument, side, order, ...
  quantity qty = 1;
  int pause = 0;  ///< index into risk_flow::pauses
};

inline std::ostream& operator<<(std::ostream& out, const flow_step& s) {
  return out << "{" << s.kind << ", " << s.choice << ", " << s.qty << ", " << s.pause << "}";
}

inline rc::Gen<std::vector<flow_step>> flow_steps() {
  const auto in = [](int below) { return rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, below)); };
  const auto quantity_gen =
      rc::gen::resize(rc::kNominalSize, rc::gen::element<quantity>(1, 2, 3, 10, 25, 40, 60, 100, 101));
  return rc::gen::scale(2.0, rc::gen::container<std::vector<flow_step>>(rc::gen::build<flow_step>(
                                 rc::gen::set(&flow_step::kind, in(20)), rc::gen::set(&flow_step::choice, in(1 << 12)),
                                 rc::gen::set(&flow_step::qty, quantity_gen), rc::gen::set(&flow_step::pause, in(8)))));
}

struct risk_flow : risk_fixture {
  static constexpr std::int64_t pauses[8] = {
      0, 0, 1, 100'000'000, 250'000'000, 999'999'999, 1'000'000'000, 4'000'000'000};

  /// rich: with brackets, cancels, modifications, square-off and snapshots, which the slow reference does not know.
  explicit risk_flow(bool rich = false) : rich_(rich) {
    if (rich) {
      settings.square_off = seconds(15 * 3600 + 28 * 60 + 45);
      limits.duplicate_window_ms = 300;
      limits.max_day_loss = {1000 * money_scale};
      restart();
    }
    now = at(15, 28, 30);  // some flows outlast the session
    bank_has_ticked = false;
  }

  void take(const flow_step& s) {
    pass({pauses[s.pause]});
    if (s.kind < 10) return frame(s);
    if (s.kind == 10) return tick(s.choice);
    if (s.kind == 11) return kill(s.choice % 8);
    if (s.kind == 12) return deliver_again(static_cast<std::size_t>(s.choice));
    order_report(s);
  }

  [[nodiscard]] std::optional<price> last_of(instrument_id instrument) const {
    if (instrument == bank && !bank_has_ticked) return std::nullopt;
    return last;
  }

  /// The decisions of the last frame, and what it decided.
  std::vector<signal> signals;
  std::vector<event_body> decided;
  std::size_t events_before = 0;

 private:
  bool rich_ = false;

  void tick(int choice) {
    last.raw += (choice % 41 - 15) * 5000;
    bank_has_ticked = true;
  }

  /// One to four signals; then their intents, some withheld.
  void frame(const flow_step& s) {
    signals.clear();
    for (int i = 0; i <= s.choice % 4; ++i) signals.push_back(random_signal(s.choice / 4 + i * 13, s.qty + i));
    events_before = journal.size();
    decided = decide(signals);
    for (const event_body& body : decided) {
      const auto* v = std::get_if<signal_validated>(&body);
      if (v == nullptr) continue;
      if (s.choice % 16 == 5) {
        apply(order_withheld{v->order->client_order_id, "placing is off"});
      } else {
        apply(order_submitted{v->order.get()});
      }
    }
  }

  signal random_signal(int choice, quantity qty) {
    const auto action = choice % 5 < 1 ? signal_action::exit : signal_action::entry;
    signal s = make(action, choice / 5 % 2 == 0 ? side::buy : side::sell, qty, choice / 10 % 2 == 0 ? "ema" : "mean");
    if (choice / 20 % 4 == 0) s.instrument = bank;
    if (choice / 80 % 3 == 0) s = at_limit(s, {last.raw + (choice / 240 % 25 - 12) * 10'000});
    if (!rich_) return s;
    if (choice % 5 == 1) s.action = choice % 2 == 0 ? signal_action::cancel : signal_action::modify;
    if (choice % 3 == 0) s.product = product::nrml;
    if (s.action == signal_action::entry && choice % 7 < 3) {
      s.stop_loss_offset = {50'000};
      s.target_offset = {choice % 2 == 0 ? 75'000 : 0};
    }
    return s;
  }

  void kill(int choice) {
    if (rich_ && choice == 7) return snapshot_and_guard();
    if (choice == 0) return apply(kill_latched{{}, "halt", "operator", ""});
    if (choice == 1) return apply(kill_latched{{}, "reduce-only", "operator", ""});
    apply(kill_released{{}, ""});
  }

  void snapshot_and_guard() {
    portfolio_snapshot s{.equity = capital};
    s.realised = {(last.raw - 1000 * money_scale) * 30};
    s.strategies.push_back({.strategy = strategy_id{"ema"}, .realised = s.realised});
    s.positions.push_back({.instrument = nifty, .last = last});
    apply(s);
    for (const event_body& body : engine.guard(now)) sequence(body);
  }

  void deliver_again(std::size_t choice) {
    // Of its own decisions this is the first that the engine sees with a seq; the rest it has had.
    for (std::size_t i = journal.empty() ? 0 : choice % journal.size(); i < journal.size(); ++i)
      engine.apply(journal[i]);
  }

  void order_report(const flow_step& s) {
    const reference_state state{journal};
    std::vector<reference_order> live;
    std::ranges::copy_if(state.orders, std::back_inserter(live), [](const auto& o) { return o.remaining() > 0; });
    if (live.empty()) return;
    const reference_order& o = live[static_cast<std::size_t>(s.choice / 8) % live.size()];
    const client_order_id& id = o.request.client_order_id;
    const auto legal = [&](order_trigger t) { return next_status(o.status, t).has_value(); };
    if (s.kind < 16) return fill(o.request, std::min(s.qty, o.remaining()));
    if (s.kind == 16 && legal(order_trigger::accept)) return apply(order_accepted{id, broker_order_id{"P"}});
    if (o.asked && s.choice % 4 < 3) {
      if (s.choice % 4 == 0 || o.asked->qty <= o.filled) return apply(order_modify_rejected{id, ""});
      return apply(order_modified{id, *o.asked, ""});
    }
    if (s.kind == 17 && legal(order_trigger::lose_answer)) return apply(order_unknown{id, ""});
    if (s.choice % 3 == 0 && legal(order_trigger::cancel)) return apply(order_cancelled{id, o.filled, ""});
    if (s.choice % 3 == 1 && legal(order_trigger::expire)) return apply(order_expired{id, o.filled});
    if (legal(order_trigger::reject)) apply(order_rejected{id, ""});
  }
};

}  // namespace bulkhead::test
