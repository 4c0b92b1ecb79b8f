// Worked figures of positions, cash and P&L; the identities that hold for any fills; what comes twice.
#include "runtime/domain/portfolio.hpp"

#include <map>
#include <set>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

namespace bulkhead::test {
namespace {

constexpr money rupees(std::int64_t r) { return {r * money_scale}; }
constexpr price at(std::int64_t r) { return {r * money_scale}; }

struct portfolio_fixture {
  instrument_table instruments;
  instrument_id nifty = instruments.add({.key = "NSE:NIFTY"});
  instrument_id bank = instruments.add({.key = "NSE:BANKNIFTY"});
  portfolio book{instruments};
  timestamp now = start_of_day(20220103) + seconds(10 * 3600);
  std::uint64_t seq = 0;

  event make(event_body body) { return {.seq = ++seq, .ts = now, .body = std::move(body)}; }
  order_filled fill(const char* id, side s, quantity qty, price p, const char* strategy = "ema") const {
    return {.fill_id = fill_id{id},
            .strategy = strategy_id{strategy},
            .instrument = nifty,
            .side = s,
            .qty = qty,
            .price = p};
  }
  void take(event_body body) { book.apply(make(std::move(body))); }
};

void check(const position& p, quantity qty, money cost, money realised) {
  CHECK(p.qty == qty);
  CHECK(to_string(p.cost) == to_string(cost));
  CHECK(to_string(p.realised) == to_string(realised));
}

TEST_CASE("fills on the position's own side add their signed value to the cost") {
  position p;
  p.fill(side::buy, 10, at(100));
  p.fill(side::buy, 5, at(103));
  check(p, 15, rupees(1515), rupees(0));
  position s;
  s.fill(side::sell, 10, at(100));
  s.fill(side::sell, 5, at(103));
  check(s, -15, rupees(-1515), rupees(0));
}

TEST_CASE("a closing fill takes its share of the cost and realises the difference") {
  position p;
  p.fill(side::buy, 15, at(101));
  p.fill(side::sell, 5, at(111));
  check(p, 10, rupees(1010), rupees(50));
  p.fill(side::sell, 10, at(91));
  check(p, 0, rupees(0), rupees(-50));
}

TEST_CASE("a short position realises what it was sold for above what it costs to buy back") {
  position p;
  p.fill(side::sell, 10, at(100));
  p.fill(side::buy, 4, at(90));
  check(p, -6, rupees(-600), rupees(40));
  p.fill(side::buy, 6, at(110));
  check(p, 0, rupees(0), rupees(-20));
}

TEST_CASE("a fill through zero closes first and opens the rest at its own price") {
  position p;
  p.fill(side::buy, 10, at(100));
  p.fill(side::sell, 25, at(110));
  check(p, -15, rupees(-1650), rupees(100));
  p.fill(side::buy, 20, at(105));
  check(p, 5, rupees(525), rupees(175));
}

TEST_CASE("the share of the cost is rounded half away from zero, and the last unit takes the rest") {
  position p;
  p.fill(side::buy, 1, {1});
  p.fill(side::buy, 1, {2});
  p.fill(side::sell, 1, {5});  // 3 * 1 / 2 = 1.5, rounded 2
  check(p, 1, {1}, {3});
  p.fill(side::sell, 1, {5});
  check(p, 0, {0}, {7});
  position s;
  s.fill(side::sell, 1, {1});
  s.fill(side::sell, 1, {2});
  s.fill(side::buy, 1, {5});
  check(s, -1, {-1}, {-3});
}

TEST_CASE_FIXTURE(portfolio_fixture, "cash pays for what is bought and for charges, and gets what is sold for") {
  take(account_opened{rupees(10'000)});
  order_filled bought = fill("1", side::buy, 10, at(100));
  bought.charges = {.brokerage = {3'000}, .stt = {200}, .exchange = {300}, .sebi = {400}, .gst = {500}, .stamp = {600}};
  take(bought);
  CHECK(to_string(book.cash()) == "8999.50");
  take(fill("2", side::sell, 10, at(103)));
  CHECK(to_string(book.cash()) == "10029.50");
  CHECK(book.capital() == rupees(10'000));
  CHECK(to_string(book.find(strategy_id{"ema"}, nifty)->charges) == "0.50");
}

TEST_CASE_FIXTURE(portfolio_fixture, "strategies keep separate positions in one instrument") {
  take(fill("1", side::buy, 10, at(100), "ema"));
  take(fill("2", side::sell, 4, at(100), "mean"));
  check(*book.find(strategy_id{"ema"}, nifty), 10, rupees(1000), rupees(0));
  check(*book.find(strategy_id{"mean"}, nifty), -4, rupees(-400), rupees(0));
  CHECK(book.find(strategy_id{"ema"}, bank) == nullptr);
  CHECK(book.find(strategy_id{"demo"}, nifty) == nullptr);
}

TEST_CASE_FIXTURE(portfolio_fixture, "a mark values open positions at their quotes and sums up, flat ones included") {
  take(account_opened{rupees(10'000)});
  take(fill("1", side::buy, 10, at(100), "mean"));
  order_filled other = fill("2", side::sell, 2, at(500), "mean");
  other.instrument = bank;
  take(other);
  take(fill("3", side::buy, 1, at(100), "ema"));
  take(fill("4", side::sell, 1, at(107), "ema"));
  const quote quotes[] = {{nifty, at(110), now}, {bank, at(520), now}};
  const portfolio_snapshot m = book.mark(quotes);
  CHECK(m.cash == rupees(10'007));
  CHECK(m.realised == rupees(7));
  CHECK(m.unrealised == rupees(60));  // 10 * 10 - 2 * 20
  CHECK(m.equity == rupees(10'067));
  REQUIRE(m.positions.size() == 3);  // by strategy, then instrument key
  CHECK(m.positions[0].strategy == strategy_id{"ema"});
  CHECK(m.positions[0].qty == 0);
  CHECK(m.positions[0].realised == rupees(7));
  CHECK(m.positions[1].instrument == bank);
  CHECK(m.positions[1].last == at(520));
  CHECK(m.positions[1].cost == rupees(-1000));
  CHECK(m.positions[1].unrealised == rupees(-40));
  CHECK(m.positions[2].instrument == nifty);
  CHECK(m.positions[2].unrealised == rupees(100));
}

TEST_CASE_FIXTURE(portfolio_fixture, "a mark without a quote uses the last price known from fills") {
  take(fill("1", side::buy, 10, at(100), "ema"));
  take(fill("2", side::buy, 1, at(104), "mean"));
  const portfolio_snapshot m = book.mark({});
  CHECK(m.positions.at(0).last == at(104));
  CHECK(m.unrealised == rupees(40));
}

TEST_CASE_FIXTURE(portfolio_fixture, "a fill counts once: under its seq, and under its id the next morning too") {
  const event first = make(fill("1", side::buy, 10, at(100)));
  book.apply(first);
  book.apply(first);
  take(fill("1", side::buy, 10, at(100)));
  now = now + seconds(86'400);
  take(fill("1", side::buy, 10, at(100)));
  take(fill("2", side::buy, 1, at(100)));
  CHECK(book.find(strategy_id{"ema"}, nifty)->qty == 11);
}

TEST_CASE_FIXTURE(portfolio_fixture, "fill ids are kept for two dates, an old seq is refused for good") {
  const event first = make(fill("1", side::buy, 10, at(100)));
  book.apply(first);
  for (const char* id : {"2", "3", "4"}) {
    now = now + seconds(86'400);
    take(fill(id, side::buy, 1, at(100)));
  }
  CHECK(book.snapshot()["known_fills"].size() == 2);
  book.apply(first);
  CHECK(book.find(strategy_id{"ema"}, nifty)->qty == 13);
}

TEST_CASE_FIXTURE(portfolio_fixture, "an account opened twice has its capital once") {
  take(account_opened{rupees(10'000)});
  take(fill("1", side::buy, 10, at(100)));
  take(account_opened{rupees(10'000)});
  CHECK(book.cash() == rupees(9'000));
}

TEST_CASE_FIXTURE(portfolio_fixture, "a snapshot that names an unknown instrument or date is refused whole") {
  take(fill("1", side::buy, 10, at(100)));
  const nlohmann::json good = book.snapshot();
  nlohmann::json bad = good;
  bad["holdings"][0]["instrument"] = "NSE:GONE";
  CHECK_THROWS_AS(book.restore(bad), std::invalid_argument);
  bad = good;
  bad["known_fills"]["yesterday"] = nlohmann::json::array();
  CHECK_THROWS_AS(book.restore(bad), std::invalid_argument);
  bad = good;
  bad.erase("cash");
  CHECK_THROWS_AS(book.restore(bad), nlohmann::json::exception);
  CHECK(book.snapshot() == good);
}

/// A fill as rapidcheck makes it.
struct drawn_fill {
  int strategy = 0;
  int instrument = 0;
  side s = side::buy;
  quantity qty = 1;
  std::int64_t price_raw = 1;
  std::int64_t charge_raw = 0;
  std::size_t repeat = 0;  ///< also delivers this one of the earlier fills again
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
      rc::gen::set(&drawn_fill::repeat, rc::gen::cast<std::size_t>(in(0, 1000)))));
}

order_filled fill_of(const portfolio_fixture& f, const drawn_fill& d, std::size_t number) {
  order_filled e = f.fill(std::to_string(number).c_str(), d.s, d.qty, {d.price_raw}, d.strategy == 0 ? "a" : "b");
  if (d.instrument == 1) e.instrument = f.bank;
  e.charges.brokerage = {d.charge_raw};
  return e;
}

TEST_CASE("cash + positions at cost + charges - realised = capital, after every fill") {
  CHECK(rc::check("identity", [] {
    portfolio_fixture f;
    f.take(account_opened{rupees(1'000'000)});
    std::size_t number = 0;
    for (const drawn_fill& d : *drawn_fills()) {
      f.take(fill_of(f, d, ++number));
      const portfolio_snapshot m = f.book.mark({});
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
    std::map<std::pair<int, int>, quantity> sums;
    std::vector<event> delivered;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      once.take(fill_of(once, drawn[i], i));
      delivered.push_back(often.make(fill_of(often, drawn[i], i)));
      often.book.apply(delivered.back());
      const event& again = delivered[drawn[i].repeat % delivered.size()];
      if (drawn[i].repeat % 2 == 0) often.book.apply(again);             // the same event
      if (drawn[i].repeat % 3 == 0) often.take(event_body{again.body});  // the same fill under a new seq
      sums[{drawn[i].strategy, drawn[i].instrument}] += sign(drawn[i].s) * drawn[i].qty;
    }
    nlohmann::json a = once.book.snapshot();
    nlohmann::json b = often.book.snapshot();
    a.erase("seq");
    b.erase("seq");
    RC_ASSERT(a == b);
    for (const auto& [key, qty] : sums) {
      const strategy_id strategy{key.first == 0 ? "a" : "b"};
      RC_ASSERT(often.book.find(strategy, key.second == 0 ? often.nifty : often.bank)->qty == qty);
    }
  }));
}

TEST_CASE("a snapshot restored in the middle gives the same later portfolio") {
  CHECK(rc::check("snapshot", [] {
    const auto drawn = *drawn_fills();
    portfolio_fixture straight;
    portfolio_fixture restored;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      if (i == drawn.size() / 2) {
        const std::string text = restored.book.snapshot().dump();
        restored.book = portfolio{restored.instruments};
        restored.book.restore(nlohmann::json::parse(text));
        RC_ASSERT(restored.book.snapshot().dump() == text);
      }
      // Every other one is a repeat of an id from before the cut.
      const std::size_t number = i % 2 == 0 ? i : drawn[i].repeat % (i + 1);
      straight.take(fill_of(straight, drawn[i], number));
      restored.take(fill_of(restored, drawn[i], number));
    }
    RC_ASSERT(straight.book.snapshot() == restored.book.snapshot());
    RC_ASSERT(straight.book.mark({}).equity == restored.book.mark({}).equity);
  }));
}

}  // namespace
}  // namespace bulkhead::test
