// The identities that hold for any fills and marks, repeats and restarts included.
#include "domain/portfolio_fixture.hpp"
#include "support/event_equality.hpp"

#include <map>
#include <tuple>

#include <doctest/doctest.h>
#include <rapidcheck.h>

namespace bulkhead::test {
namespace {

/// A fill as rapidcheck makes it.
struct drawn_fill {
  int strategy = 0;
  int instrument = 0;
  side s = side::buy;
  quantity qty = 1;
  std::int64_t price_raw = 1;
  std::int64_t charge_raw = 0;
  std::size_t repeat = 0;  ///< also delivers this one of the earlier fills again
  product line = product::mis;
  std::int64_t last_raw = 0;  ///< > 0: a mark at this price follows
  bool next_day = false;      ///< and then a date later
};

std::ostream& operator<<(std::ostream& out, const drawn_fill& f) {
  return out << "{" << f.strategy << f.instrument << (f.s == side::buy ? " BUY " : " SELL ") << f.qty << " at "
             << f.price_raw << " charges " << f.charge_raw << " repeat " << f.repeat << "}";
}

rc::Gen<std::vector<drawn_fill>> drawn_fills() {
  const auto in = [](std::int64_t from, std::int64_t below) {
    return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::int64_t>(from, below));
  };
  return rc::gen::container<std::vector<drawn_fill>>(rc::gen::build<drawn_fill>(
      rc::gen::set(&drawn_fill::strategy, rc::gen::element(0, 1)),
      rc::gen::set(&drawn_fill::instrument, rc::gen::element(0, 1)),
      rc::gen::set(&drawn_fill::s, rc::gen::element(side::buy, side::sell)),
      rc::gen::set(&drawn_fill::qty, rc::gen::oneOf(in(1, 8), in(1, max_quantity + 1))),
      rc::gen::set(&drawn_fill::price_raw, rc::gen::oneOf(in(1, 20), in(1, price::max().raw / 10'000))),
      rc::gen::set(&drawn_fill::charge_raw, in(0, 1'000'000)),
      rc::gen::set(&drawn_fill::repeat, rc::gen::cast<std::size_t>(in(0, 1000))),
      rc::gen::set(&drawn_fill::line, rc::gen::element(product::mis, product::mis, product::cnc, product::nrml)),
      rc::gen::set(&drawn_fill::last_raw, rc::gen::oneOf(rc::gen::just<std::int64_t>(0), in(1, 2'000'000))),
      rc::gen::set(&drawn_fill::next_day, rc::gen::map(in(0, 5), [](std::int64_t n) { return n == 0; }))));
}

order_filled fill_of(const portfolio_fixture& f, const drawn_fill& d, std::size_t number) {
  order_filled e = f.fill(std::to_string(number).c_str(), d.s, d.qty, {d.price_raw}, d.strategy == 0 ? "a" : "b");
  if (d.instrument == 1) e.instrument = f.bank;
  e.charges.brokerage = {d.charge_raw};
  e.product = d.line;
  return e;
}

/// The fill, then what the drawn one says comes after it: a mark, and the event of the mark, as a journal has them.
portfolio_snapshot live_through(portfolio_fixture& f, const drawn_fill& d, std::size_t number) {
  f.take(fill_of(f, d, number));
  portfolio_snapshot m;
  if (d.last_raw > 0) {
    const quote quotes[] = {{d.instrument == 0 ? f.nifty : f.bank, {d.last_raw}, f.now}};
    m = f.book.mark(quotes, f.now);
    f.take(m);
  }
  if (d.next_day) f.now = f.now + seconds(86'400);
  return m;
}

TEST_CASE("the strategies' figures add up to the account's, and the lines' to both") {
  CHECK(rc::check("sums", [] {
    portfolio_fixture f;
    std::size_t number = 0;
    money peak;
    for (const drawn_fill& d : *drawn_fills()) {
      const portfolio_snapshot m = live_through(f, d, ++number);
      if (d.last_raw == 0) continue;
      money net;
      money day_pnl;
      money exposure;
      money margin;
      for (const strategy_view& s : m.strategies) {
        RC_ASSERT(s.performance.net == s.realised + s.unrealised - s.charges);
        RC_ASSERT(s.performance.drawdown == s.performance.peak - s.performance.net);
        net += s.performance.net;
        day_pnl += s.performance.day_pnl;
        exposure += s.performance.gross_exposure;
        margin += s.performance.margin;
      }
      RC_ASSERT(m.performance.net == net);
      RC_ASSERT(m.performance.net == m.realised + m.unrealised - m.charges);
      RC_ASSERT(m.performance.day_pnl == day_pnl);
      RC_ASSERT(m.performance.gross_exposure == exposure);
      RC_ASSERT(m.performance.margin == margin);
      peak = std::max(peak, m.performance.net);
      RC_ASSERT(m.performance.peak == peak);
      RC_ASSERT(m.performance.drawdown == peak - m.performance.net);
      money lines;
      for (const position_view& p : m.positions) lines += p.realised + p.unrealised - p.charges;
      RC_ASSERT(lines == net);
    }
  }));
}

TEST_CASE("cash + positions at cost + charges - realised = capital, after every fill") {
  CHECK(rc::check("identity", [] {
    portfolio_fixture f;
    f.take(account_opened{rupees(1'000'000)});
    std::size_t number = 0;
    for (const drawn_fill& d : *drawn_fills()) {
      f.take(fill_of(f, d, ++number));
      const portfolio_snapshot m = f.book.mark({}, f.now);
      money left = m.cash + m.charges - m.realised;
      money value;
      for (const position_view& p : m.positions) {
        left += p.cost;
        value += p.last * p.qty;
        RC_ASSERT((p.qty == 0) == (p.cost.raw == 0));
        RC_ASSERT(p.qty == 0 || (p.qty > 0) == (p.cost.raw > 0));
      }
      RC_ASSERT(left == f.book.capital());
      RC_ASSERT(m.equity == m.cash + value);
      RC_ASSERT(m.equity == f.book.capital() + m.realised + m.unrealised - m.charges);
    }
  }));
}

TEST_CASE("the portfolio is the fold of the unique fills, however often each is delivered") {
  CHECK(rc::check("duplication", [] {
    const auto drawn = *drawn_fills();
    portfolio_fixture once;
    portfolio_fixture often;
    std::map<std::tuple<int, int, product>, quantity> sums;
    std::vector<event> delivered;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      once.take(fill_of(once, drawn[i], i));
      delivered.push_back(often.make(fill_of(often, drawn[i], i)));
      often.book.apply(delivered.back());
      const event& again = delivered[drawn[i].repeat % delivered.size()];
      if (drawn[i].repeat % 2 == 0) often.book.apply(again);             // the same event
      if (drawn[i].repeat % 3 == 0) often.take(event_body{again.body});  // the same fill under a new seq
      sums[{drawn[i].strategy, drawn[i].instrument, drawn[i].line}] += sign(drawn[i].s) * drawn[i].qty;
    }
    nlohmann::json a = once.book.snapshot();
    nlohmann::json b = often.book.snapshot();
    a.erase("seq");
    b.erase("seq");
    RC_ASSERT(a == b);
    for (const auto& [key, qty] : sums) {
      const auto& [strategy, instrument, line] = key;
      const position* held =
          often.book.find(strategy_id{strategy == 0 ? "a" : "b"}, instrument == 0 ? often.nifty : often.bank, line);
      RC_ASSERT(held->qty == qty);
    }
  }));
}

TEST_CASE("a snapshot restored at any point gives the same later portfolio") {
  CHECK(rc::check("snapshot", [] {
    const auto drawn = *drawn_fills();
    const auto cut = *rc::gen::inRange<std::size_t>(0, drawn.size() + 1);
    portfolio_fixture straight;
    portfolio_fixture restored;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      if (i == cut) {
        const std::string text = restored.book.snapshot().dump();
        restored.book = portfolio{restored.instruments, portfolio_fixture::rates};
        restored.book.restore(nlohmann::json::parse(text));
        RC_ASSERT(restored.book.snapshot().dump() == text);
      }
      // Every other one is a repeat of an id from before the cut.
      const std::size_t number = i % 2 == 0 ? i : drawn[i].repeat % (i + 1);
      (void)live_through(straight, drawn[i], number);
      (void)live_through(restored, drawn[i], number);
    }
    RC_ASSERT(straight.book.snapshot() == restored.book.snapshot());
    const portfolio_snapshot a = straight.book.mark({}, straight.now);
    const portfolio_snapshot b = restored.book.mark({}, restored.now);
    RC_ASSERT(fields(a) == fields(b));
  }));
}

TEST_CASE("a portfolio made again from the journaled events alone is the one that lived") {
  CHECK(rc::check("journal", [] {
    portfolio_fixture f;
    std::vector<event> journal;
    std::size_t number = 0;
    for (const drawn_fill& d : *drawn_fills()) {
      journal.push_back(f.make(fill_of(f, d, ++number)));
      f.book.apply(journal.back());
      if (d.last_raw > 0) {
        const quote quotes[] = {{f.nifty, {d.last_raw}, f.now}};
        journal.push_back(f.make(f.book.mark(quotes, f.now)));
        f.book.apply(journal.back());
      }
      if (d.next_day) f.now = f.now + seconds(86'400);
    }
    portfolio again{f.instruments, portfolio_fixture::rates};
    for (int pass = 0; pass < 2; ++pass) {
      for (const event& e : journal) again.apply(e);
      RC_ASSERT(again.snapshot() == f.book.snapshot());
    }
  }));
}

}  // namespace
}  // namespace bulkhead::test
