"""Each risk rule refuses what is one too many, and names both figures."""

import datetime
import unittest
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import clock
from book import Book
from clock import MILLISECOND, SECOND
from fixtures import BANK, LIMITS, NIFTY, SESSION, at, buy, sell
from limits import MARGIN_RATES, Limits, RiskSettings
from model import (CANCEL, CNC, MIS, MODIFY, NRML, STOP_LIMIT, STOP_MARKET,
                   Instrument, Intent, Order, Signal)
from portfolio import Portfolio, Position
from risk import Risk
from rules import Quote, Refused

NOW = at("10:00:00")
LOTS = replace(NIFTY, lot_size=50, freeze_qty=75)


class Rules(unittest.TestCase):
    """Strategy s in NIFTY at 10:00:00, last price 1000."""

    def setUp(self) -> None:
        self.count = 0
        self.last: str | None = "1000"
        self.seen = NOW
        self.risk = self.desk()

    def desk(self, limits: Limits = LIMITS, capital: int = 10**9,
             strategy: Limits = Limits(), **given: object) -> Risk:
        """A new risk manager."""
        settings = RiskSettings(broker=limits, each_strategy=strategy)
        self.risk = Risk(
            replace(settings, **given), SESSION,  # type: ignore[arg-type]
            Book(Portfolio(Decimal(capital), MARGIN_RATES)))
        return self.risk

    def hold(self, qty: int, strategy: str = "s", product: str = MIS,
             instrument: Instrument = NIFTY) -> None:
        """As if filled at 1000."""
        book = self.risk.book
        line = (strategy, instrument.key, product)
        book.portfolio.positions[line] = Position(qty)
        book.marks[instrument.key] = Decimal(1000)

    def ask(self, intent: Intent, strategy: str = "s", product: str = MIS,
            now: int = NOW, instrument: Instrument = NIFTY) -> list[Order]:
        """The approved orders."""
        self.count += 1
        signal = Signal(str(self.count), strategy, instrument, intent, NOW,
                        product)
        quotes: Mapping[str, Quote] = {} if self.last is None else {
            key: Quote(Decimal(self.last), self.seen)
            for key in (NIFTY.key, BANK.key)}
        return self.risk.decide(signal, now, quotes)

    def refused(self, expected: str, intent: Intent, strategy: str = "s",
                product: str = MIS, now: int = NOW,
                instrument: Instrument = NIFTY) -> None:
        """Rule, limit, observed, unit; nothing: it passes."""
        try:
            self.ask(intent, strategy, product, now, instrument)
        except Refused as refusal:
            self.assertEqual("|".join(refusal.texts.values()), expected)
        else:
            self.assertEqual("", expected)

    def test_kill_latch(self):
        """The broker's, then the strategy's; cancels pass."""
        self.hold(5)
        leave = sell(5, entry=False)
        self.risk.latches[""] = "halt"
        self.refused("kill_latch|halt|EXIT|kill mode", leave)
        self.refused("nothing_to_cancel|1|0|orders",
                     replace(buy(1), action=CANCEL))
        self.risk.latches = {"s": "reduce-only"}
        self.refused("kill_latch|reduce-only|ENTRY|kill mode", buy(1))
        self.refused("", buy(1), strategy="other")
        self.refused("", leave)

    def test_session(self):
        """From 09:15:00 to 15:29:59, on trading days."""
        self.refused("session|09:15:00-15:30:00|15:30:00|IST", buy(1),
                     now=at("15:30:00"))
        self.refused("session|09:15:00-15:30:00|Sat 10:00:00|IST", buy(1),
                     now=NOW + 5 * clock.DAY)
        self.refused("", buy(1), now=at("09:15:00"))
        self.risk.session = clock.Session(
            special={datetime.date(2022, 1, 3): None})
        self.refused("session|09:15:00-15:30:00|10:00:00|IST", buy(1))

    def test_instrument(self):
        """Entries in the list's instruments alone; exits in all."""
        self.desk(instruments=frozenset((BANK.key,)))
        self.hold(5)
        self.refused("instrument|trading.<broker>.instruments|NSE:NIFTY|"
                     "instrument", buy(1))
        self.refused("", buy(1), instrument=BANK)
        self.refused("", sell(5, entry=False))

    def test_product(self):
        """CNC neither sells nor has brackets; MIS ends at square_off."""
        self.desk(square_off=clock.parse_time("15:20"))
        self.refused("product|BUY|SELL|CNC side", sell(1), product=CNC)
        self.refused("product|0.00|2.50|CNC bracket offset",
                     buy(1, target=Decimal("2.50")), product=CNC)
        self.refused("product|15:20:00|15:20:00|IST", buy(1),
                     now=at("15:20:00"))
        self.refused("", buy(1), now=at("15:20:00"), product=NRML)
        self.refused("", buy(1), now=at("15:19:59"))
        self.refused("product|1000.00|1000.00|bracket offset",
                     buy(1, stop_loss=Decimal(1000), target=Decimal(999)))

    def test_ages(self):
        """Of the signal, and of an entry's last price."""
        self.desk(replace(LIMITS, max_signal_age_ms=1500))
        self.refused("", buy(1), now=NOW + 1500 * MILLISECOND)
        self.refused("signal_age|1500|1501|ms", buy(1),
                     now=NOW + 1500 * MILLISECOND + 1)
        self.desk(replace(LIMITS, max_price_age_ms=1500))
        self.hold(5)
        self.seen = NOW - 2 * SECOND
        self.refused("stale_price|1500|2000|ms", buy(1))
        self.refused("", sell(5, entry=False))

    def test_nothing_to_exit_and_no_price(self):
        """A short gives nothing to sell; no tick, no price."""
        self.hold(-5)
        self.refused("nothing_to_exit|0|5|units", sell(5, entry=False))
        self.last = None
        self.refused("no_price|1|0|ticks", buy(1))
        self.refused("no_price|1|0|ticks", buy(5, entry=False))

    def test_lots_ticks_and_freeze(self):
        """An exit may be any quantity, at a price on the grid."""
        self.refused("lot_size|50|60|units", buy(60), instrument=LOTS)
        self.refused("freeze_quantity|75|100|units", buy(100),
                     instrument=LOTS)
        self.refused("", buy(50), instrument=LOTS)
        self.hold(61)
        self.refused("", sell(60, "1000", entry=False), instrument=LOTS)
        self.refused("tick_size|0.05|1000.03|rupees",
                     sell(1, "1000.03", entry=False))
        self.refused("tick_size|0.05|1000.01|rupees", buy(
            1, type=STOP_MARKET, trigger=Decimal("1000.01")))

    def test_trigger(self):
        """Beyond the last price; an SL's limit beyond its trigger."""
        for expected, intent in (
                ("trigger|1000.00|1000.00|rupees",
                 buy(1, type=STOP_MARKET, trigger=Decimal(1000))),
                ("", buy(1, type=STOP_MARKET, trigger=Decimal("1000.05"))),
                ("trigger|1000.00|1000.05|rupees",
                 sell(1, type=STOP_MARKET, trigger=Decimal("1000.05"))),
                ("trigger|1005.00|1004.95|rupees",
                 buy(1, "1004.95", type=STOP_LIMIT, trigger=Decimal(1005))),
                ("", sell(1, "995", type=STOP_LIMIT,
                          trigger=Decimal(995))),
                ("trigger|995.00|995.05|rupees",
                 sell(1, "995.05", type=STOP_LIMIT,
                      trigger=Decimal(995)))):
            with self.subTest(expected=expected, intent=intent):
                self.refused(expected, intent)

    def test_order_quantity_and_value(self):
        """An SL-M counts at its trigger."""
        self.refused("order_quantity|100|101|units", buy(101))
        self.refused("", buy(100))
        self.desk(replace(LIMITS, max_order_value=Decimal(2_000_000)))
        self.last = "100000.05"
        self.refused("order_value|2000000.00|2000001.00|rupees", buy(20))
        self.refused("order_value|2000000.00|2010000.00|rupees", buy(
            20, type=STOP_MARKET, trigger=Decimal("100500")))
        self.last = "100000"
        self.refused("", buy(20))

    def test_a_strategys_limit_stands_beside_the_brokers(self):
        """10 for each strategy, 20 for s, 100 at the broker."""
        self.desk(strategy=Limits(max_order_quantity=10),
                  by_strategy={"s": Limits(max_order_quantity=20)})
        self.refused("order_quantity|20|21|units", buy(21))
        self.refused("order_quantity|10|20|units", buy(20), strategy="t")
        self.refused("order_quantity|100|101|units", buy(101))

    def test_duplicate(self):
        """Within a second of its like; any other difference passes."""
        self.desk(replace(LIMITS, duplicate_window_ms=1000))
        self.ask(buy(1, "1000"))
        self.refused("duplicate|1000|1000|ms", buy(1, "1000"),
                     now=NOW + SECOND - 1)
        for other in (buy(2, "1000"), sell(1, "1000"), buy(1, "1000.05"),
                      buy(1)):
            self.refused("", other)
        self.refused("", buy(1, "1000"), strategy="t")
        self.refused("", buy(1, "1000"), now=NOW + SECOND)

    def test_open_orders(self):
        """All that works counts, and the value of entries."""
        self.desk(replace(LIMITS, max_open_orders=2,
                          max_open_order_value=Decimal(4000)),
                  strategy=Limits(max_open_order_value=Decimal(2500)))
        self.ask(buy(1), strategy="t")
        self.refused("open_order_value|4000.00|5000.00|rupees", buy(4))
        self.refused("open_order_value|2500.00|2505.00|rupees", buy(3, "835"))
        self.ask(buy(1))
        self.refused("open_orders|2|3|orders", buy(1))

    def test_position(self):
        """If all that works on its side fills, over all strategies."""
        self.desk(LIMITS, strategy=Limits(max_position_quantity=60))
        self.hold(100, strategy="t")
        self.refused("position|150|151|units", buy(51))
        self.ask(buy(45))
        self.refused("position|150|151|units", buy(6))
        self.hold(-100, strategy="t")
        self.refused("", buy(15))
        self.refused("position|60|61|units", buy(1))
        self.refused("position|150|151|units", sell(51))

    def test_gross_exposure(self):
        """Long and short add up: 10,000 and 5,000 and 3,000."""
        self.desk(replace(LIMITS, max_gross_exposure=Decimal(18_000)),
                  strategy=Limits(max_gross_exposure=Decimal(9_000)))
        self.hold(10, strategy="t")
        self.hold(-5)
        self.ask(buy(2))
        self.refused("gross_exposure|18000.00|19000.00|rupees", buy(2))
        self.ask(buy(1))
        self.refused("gross_exposure|18000.00|19000.00|rupees", buy(1))
        self.hold(0, strategy="t")
        self.refused("gross_exposure|9000.00|10000.00|rupees", buy(2))

    def test_margin(self):
        """Capital 10,000; 5 CNC bind 5,000, 10 MIS on order 2,000."""
        self.desk(capital=10_000)
        self.hold(5, product=CNC)
        self.ask(buy(10))
        self.refused("margin|3000.00|4000.00|rupees", buy(4), product=NRML)
        self.refused("margin|3000.00|3200.00|rupees", buy(16))
        self.refused("", buy(3), product=NRML)

    def test_self_trade(self):
        """Only with another strategy's order that could meet it."""
        self.desk(replace(LIMITS, allow_self_trade=False))
        self.ask(sell(1, "1003"), strategy="t")
        self.refused("", buy(1, "1002.95"))
        self.refused("", buy(1), strategy="t")
        self.refused("", buy(1), instrument=BANK)
        self.refused("self_trade|1003.00|1003.00|rupees", buy(1, "1003"))
        self.refused("self_trade|1003.00|MARKET|rupees", buy(1))
        self.refused("self_trade|MARKET|995.00|rupees", sell(1, "995"))
        self.refused("", sell(1, "1005"), strategy="t")

    def test_price_collar(self):
        """100 bps of 1000 are 10; rounded up in what it says."""
        self.refused("price_collar|100|100.50|bps", buy(1, "1010.05"))
        self.refused("", sell(1, "990"))
        self.refused("price_collar|100|150.00|bps", buy(
            1, "1015", type=STOP_LIMIT, trigger=Decimal(1001)))
        self.refused("price_collar|100|100.50|bps", sell(
            1, type=STOP_MARKET, trigger=Decimal("989.95")))
        self.last = "2997"
        self.refused("price_collar|100|100.1002|bps", buy(1, "3027"))

    def test_rates(self):
        """3 of 10 a second are kept for exits; the window slides."""
        self.hold(5)
        for _ in range(7):
            self.ask(buy(1), strategy="t", instrument=BANK)
        self.refused("orders_per_second|7|8|orders/s", buy(1))
        self.refused("", sell(5, entry=False))
        self.refused("", buy(1), now=NOW + SECOND)

    def test_an_exit_of_several_orders_fits_whole_or_not_at_all(self):
        """Two pieces of 75 and 25 beside nine of ten."""
        for _ in range(9):
            self.risk.approvals.add(NOW, ["t"])
        self.hold(100)
        self.refused("orders_per_second|10|11|orders/s",
                     sell(100, entry=False), instrument=LOTS)
        self.refused("", sell(75, entry=False), instrument=LOTS)

    def test_rates_of_a_minute_and_a_day(self):
        """The strategy's own minute; no exit is refused for the day."""
        self.desk(Limits(max_orders_per_day=3),
                  strategy=Limits(max_orders_per_minute=2))
        self.ask(buy(1))
        self.hold(5)
        self.ask(sell(1, entry=False))
        self.refused("orders_per_minute|2|3|orders/min", buy(1))
        self.ask(buy(1), strategy="t")
        later = NOW + clock.MINUTE
        self.refused("orders_per_day|3|4|orders/day", buy(1), now=later)
        self.refused("", sell(1, entry=False), now=later)
        self.refused("", buy(1), now=NOW + clock.DAY)

    def test_cancel_and_modify(self):
        """Of the side's submitted entries; the newest gets new terms."""
        older, = self.ask(buy(10, "990"))
        newer, = self.ask(buy(10, "991"))
        cancel = replace(buy(1), action=CANCEL)
        self.refused("nothing_to_cancel|1|0|orders", cancel)
        older.submitted_at = newer.submitted_at = NOW
        change = replace(buy(60, "992"), action=MODIFY)
        self.refused("nothing_to_modify|1|0|orders",
                     replace(sell(1), action=MODIFY))
        self.refused("nothing_to_modify|LIMIT|MARKET|order type",
                     replace(buy(1), action=MODIFY))
        newer.filled = 60
        self.refused("nothing_to_modify|60|60|units", change)
        newer.filled = 0
        self.hold(91)
        self.refused("position|150|161|units", change)
        self.hold(80)
        self.refused("", change)
        self.assertEqual((newer.worst, older.worst), (60, 10))
        self.refused("nothing_to_modify|0|1|modifications on their way",
                     change)
        self.refused("", cancel)
        self.assertEqual((newer.status, older.status),
                         ("pending_cancel", "pending_cancel"))


if __name__ == "__main__":
    unittest.main()
