#pragma once
// Random days at a paper broker: orders of every kind, groups, cancels, modifications, ticks, closes and restarts, all
// drawn from a list of numbers, one a step.
#include "domain/paper_fixture.hpp"
#include "domain/reference_exchange.hpp"

#include <map>
#include <tuple>

#include <rapidcheck.h>

namespace bulkhead::test {

/// Digits of one random number.
struct dice {
  std::uint64_t left;

  std::int64_t below(std::int64_t n) {
    const auto base = static_cast<std::uint64_t>(n);
    const auto digit = static_cast<std::int64_t>(left % base);
    left /= base;
    return digit;
  }
  bool one_in(std::int64_t n) { return below(n) == 0; }
};

inline const instrument_table& paper_flow_instruments() {
  static const instrument_table table = [] {
    instrument_table t;
    t.add({.key = "NSE:NIFTY", .tick_size = {500}});
    t.add({.key = "NFO:NIFTYFUT", .tick_size = {2'500}, .lot_size = 25, .segment = "NFO-FUT"});
    t.add({.key = "CDS:USDINRFUT", .tick_size = {25}, .lot_size = 10, .segment = "CDS-FUT"});
    return t;
  }();
  return table;
}

inline paper_settings random_settings(std::uint64_t number) {
  dice d{number};
  paper_settings s;
  s.slippage = static_cast<slippage_mode>(d.below(4));
  s.slippage_bps = d.below(40);
  s.slippage_ticks = d.below(6);
  s.latency_min_ms = d.one_in(2) ? 0 : d.below(1'500);
  s.latency_max_ms = s.latency_min_ms + (d.one_in(2) ? 0 : d.below(2'000));
  s.partial_fill_percent = d.one_in(2) ? 0 : d.below(101);
  s.reject_percent = d.one_in(3) ? d.below(40) : 0;
  s.seed = static_cast<std::uint64_t>(d.below(1'000));
  return s;
}

/// "filled", "modify", "cancelled (IOC)": what happened without the figures.
inline std::string kind_of(const broker_update& u) {
  const std::string text = shown(u);
  const bool has_reasons = u.what == broker_update::kind::cancelled || u.what == broker_update::kind::modified;
  return text.substr(0, text.find(' ')) + (has_reasons ? " (" + u.reason + ")" : "");
}

/// Takes steps; after each it holds the reports of the frame, if the step was one.
struct paper_flow {
  using positions = std::map<std::tuple<strategy_id, std::uint32_t, product>, quantity>;

  explicit paper_flow(std::uint64_t settings_number)
      : venue(random_settings(settings_number), paper_flow_instruments()) {
    venue.now = at(9, 14, 58);
  }

  paper_venue venue;
  reference_exchange reference{venue.settings, paper_flow_instruments()};
  std::vector<price> last = std::vector<price>(3, rupees(100));
  int submitted_count = 0;
  std::vector<broker_update> reports;   ///< of the exchange under test, for the newest frame
  std::vector<broker_update> expected;  ///< of the reference, likewise
  std::string refused;                  ///< what the order manager could not believe
  positions held;                       ///< by the order manager's events
  std::map<std::string, int> seen;      ///< how often each kind of report came, by reason where there are several

  void take(std::uint64_t number) {
    dice d{number};
    const std::int64_t what = d.below(20);
    if (what < 10) return tick_frame(d);
    if (what < 14) return submit(random_request(d));
    if (what < 15) return submit_bracket(d);
    if (what < 16) return submit_way_out(d);
    if (what < 17) return cancel(d);
    if (what < 19) return modify(d);
    if (d.one_in(2)) return late_frame(d);
    close(d);
  }

  void frame(timestamp ts, frame_kind kind, const std::vector<tick>& ticks) {
    venue.now = ts;
    const frame_view f{++venue.seq, ts, kind, ticks};
    reports = venue.book.on_frame(f);
    expected = reference.on_frame(f);
    for (const event_body& body : venue.orders.on_updates(reports, ts)) {
      if (const auto* r = std::get_if<broker_update_refused>(&body)) refused += r->update + ": " + r->reason + "; ";
      if (const auto* fill = std::get_if<order_filled>(&body)) {
        held[{fill->strategy, fill->instrument.index, fill->product}] +=
            fill->side == side::buy ? fill->qty : -fill->qty;
      }
    }
    for (const broker_update& u : reports) ++seen[kind_of(u)];
  }

 private:
  void tick_frame(dice& d) {
    std::vector<tick> ticks;
    for (std::uint32_t i = 0; i < 3; ++i) {
      if (d.one_in(3)) continue;
      const std::int64_t size = paper_flow_instruments().at({i}).tick_size.raw;
      last[i].raw = std::max<std::int64_t>(size, last[i].raw + (d.below(41) - 20) * size * 4 + (d.one_in(8) ? 7 : 0));
      tick t{.instrument = {i}, .last = last[i]};
      if (d.one_in(2)) t.bid = {std::max<std::int64_t>(1, t.last.raw - d.below(5) * size)};
      if (d.one_in(2)) t.ask = {t.last.raw + d.below(5) * size};
      ticks.push_back(t);
    }
    frame(venue.now + duration{d.below(900) * 1'000'000}, frame_kind::ticks, ticks);
  }

  /// To the last seconds of the session, or past it without a session close.
  void late_frame(dice& d) {
    const timestamp near_close = start_of_day(date_of(venue.now)) + seconds(15 * 3600 + 29 * 60 + 55 + d.below(6));
    frame(std::max(venue.now, near_close), frame_kind::ticks, {{.instrument = {0}, .last = last[0]}});
  }

  void close(dice& d) {
    const timestamp midnight = start_of_day(date_of(venue.now));
    frame(std::max(venue.now, midnight + seconds(15 * 3600 + 30 * 60)), frame_kind::session_close, {});
    venue.now = midnight + seconds(86'400 + 9 * 3600 + 14 * 60 + 58 + d.below(4));
  }

  void submit(const order_request& r) {
    // What comes after the close never reaches an exchange: the order manager withholds it.
    if (venue.now >= r.expires_at) return;
    venue.submit(r);
    reference.submit(r, venue.seq, venue.now);
  }

  order_request request(std::int64_t on, side s, quantity lots) {
    const instrument_id id{static_cast<std::uint32_t>(on)};
    order_request r = market(("o" + std::to_string(++submitted_count)).c_str(), s, 0, id);
    r.qty = lots * paper_flow_instruments().at(id).lot_size;
    r.reference_price = last[id.index];
    r.expires_at = start_of_day(date_of(venue.now)) + seconds(15 * 3600 + 30 * 60);
    return r;
  }

  price near(instrument_id on, std::int64_t steps) {
    const std::int64_t size = paper_flow_instruments().at(on).tick_size.raw;
    return {std::max(size, last[on.index].raw / size * size + steps * size * 4)};
  }

  order_request random_request(dice& d) {
    order_request r = request(d.below(3), d.one_in(2) ? side::buy : side::sell, 1 + d.below(9));
    r.type = static_cast<order_type>(d.below(4));
    r.validity = d.one_in(4) ? validity::ioc : validity::day;
    r.product = static_cast<product>(d.below(3));
    if (d.one_in(3)) r.strategy = strategy_id{"other"};
    if (has_limit(r.type)) r.limit_price = near(r.instrument, d.below(31) - 15);
    if (has_trigger(r.type)) r.trigger_price = near(r.instrument, d.below(31) - 15);
    if (d.one_in(6)) r.group = d.one_in(2) ? "g1" : "g2";
    return r;
  }

  void submit_bracket(dice& d) {
    const auto s = d.one_in(2) ? side::buy : side::sell;
    const std::int64_t on = d.below(3);
    const quantity lots = 1 + d.below(9);
    const std::string group = "bracket" + std::to_string(submitted_count);
    const std::int64_t away = 1 + d.below(12);
    order_request stop = in_group(request(on, s, lots), group.c_str());
    stop.type = order_type::stop_market;
    stop.trigger_price = near(stop.instrument, sign(s) * away);
    order_request target = in_group(request(on, s, lots), group.c_str());
    target.type = order_type::limit;
    target.limit_price = near(target.instrument, -sign(s) * away);
    submit(stop);
    submit(target);
    if (!d.one_in(3)) return;
    submit(in_group(request(on, s, 1 + d.below(lots)), group.c_str(), order_origin::signal));
  }

  void submit_way_out(dice& d) {
    order_request r = request(d.below(3), d.one_in(2) ? side::buy : side::sell, 1 + d.below(9));
    r.origin = d.one_in(2) ? order_origin::square_off : order_origin::safety;
    r.reduces = true;
    if (d.one_in(3)) r.group = "g1";
    submit(r);
  }

  const order* random_live(dice& d) {
    const auto live = venue.orders.live();
    if (live.empty()) return nullptr;
    return live[static_cast<std::size_t>(d.below(static_cast<std::int64_t>(live.size())))];
  }

  void cancel(dice& d) {
    const order* o = random_live(d);
    if (o == nullptr) return;
    const client_order_id id = o->request.client_order_id;
    venue.cancel(id.str().c_str());
    reference.cancel(id, venue.seq, venue.now);
  }

  void modify(dice& d) {
    const order* o = random_live(d);
    if (o == nullptr) return;
    const order_request& r = o->request;
    order_terms terms{.qty = (1 + (d.one_in(2) ? 0 : d.below(9))) * paper_flow_instruments().at(r.instrument).lot_size};
    if (has_limit(r.type)) terms.limit_price = near(r.instrument, d.below(31) - 15);
    if (has_trigger(r.type)) terms.trigger_price = near(r.instrument, d.below(31) - 15);
    const client_order_id id = r.client_order_id;
    venue.modify(id.str().c_str(), terms);
    reference.modify(id, terms, venue.seq, venue.now);
  }
};

/// A day or a few: up to a few hundred steps.
inline rc::Gen<std::vector<std::uint64_t>> paper_steps() {
  return rc::gen::scale(2.0, rc::gen::container<std::vector<std::uint64_t>>(
                                 rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>())));
}

}  // namespace bulkhead::test
