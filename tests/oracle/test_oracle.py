"""Charges, positions, risk and fills against figures worked out by hand.

All tests of the oracle: python3 -m unittest discover -s tests/oracle
"""

import datetime
import unittest
from decimal import Decimal

import clock
from broker import Broker, BrokerConfig
from charges import Charges, Schedule, Turnover
from exchange import Exchange
from fixtures import (BANK, LIMITS, MONDAY, NIFTY, RATES, SESSION, at, buy,
                      sell)
from model import BUY, SELL, Frame, Intent, Order, Signal, Tick
from portfolio import Portfolio, Position
from risk import Refused, Risk


class ChargesOfAFill(unittest.TestCase):
    """One NIFTY round trip by hand."""

    def charge(self, side: str, value: str, before: str = "0",
               paid: str = "0", year: int = 2022) -> Charges:
        """Charges of one fill."""
        return Schedule([RATES]).charge(
            datetime.date(year, 1, 3),
            Turnover(side, Decimal(value), Decimal(before), Decimal(paid)))

    def test_buying_50_at_17400(self):
        """Exchange 30.015 -> 30.02; GST 0.18 * 50.89 = 9.1602."""
        charges = self.charge(BUY, "870000")
        self.assertEqual(charges, Charges(
            brokerage=Decimal("20.00"), stt=Decimal("0.00"),
            exchange=Decimal("30.02"), sebi=Decimal("0.87"),
            gst=Decimal("9.16"), stamp=Decimal("26.10")))
        self.assertEqual(charges.total, Decimal("86.15"))

    def test_selling_50_at_17450(self):
        """STT 218.125 -> 218.13; exchange 30.10125; SEBI 0.8725."""
        charges = self.charge(SELL, "872500")
        self.assertEqual(charges, Charges(
            brokerage=Decimal("20.00"), stt=Decimal("218.13"),
            exchange=Decimal("30.10"), sebi=Decimal("0.87"),
            gst=Decimal("9.17"), stamp=Decimal("0.00")))
        self.assertEqual(charges.total, Decimal("278.27"))

    def test_the_brokerage_cap_holds_per_order(self):
        """0.03 % of 50,000 is 15.00; of 100,000 it is capped at 20."""
        self.assertEqual(self.charge(BUY, "50000").brokerage, 15)
        self.assertEqual(
            self.charge(BUY, "50000", "50000", "15").brokerage, 5)

    def test_before_the_first_period_nothing_is_charged(self):
        """Not even brokerage; on its first day everything is."""
        self.assertEqual(self.charge(BUY, "870000", year=2019).total, 0)
        schedule = Schedule([RATES])
        self.assertIsNone(schedule.at(datetime.date(2020, 6, 30)))
        self.assertIs(schedule.at(RATES.start), RATES)


class AverageCost(unittest.TestCase):
    """Positions."""

    def test_a_flip_realises_the_closed_part_and_opens_the_rest(self):
        """300.01 / 3 = 100.00333: the last unit takes the remainder."""
        position = Position()
        position.fill(BUY, 2, Decimal("100"))
        position.fill(BUY, 1, Decimal("100.01"))
        self.assertEqual((position.qty, position.cost),
                         (3, Decimal("300.01")))
        position.fill(SELL, 1, Decimal("101"))
        self.assertEqual((position.realised, position.cost),
                         (Decimal("0.9967"), Decimal("200.0067")))
        position.fill(SELL, 5, Decimal("99"))
        self.assertEqual((position.qty, position.cost, position.realised),
                         (-3, Decimal("-297"), Decimal("-1.01")))
        self.assertEqual(position.unrealised(Decimal("98")), 3)


class RiskRules(unittest.TestCase):
    """Each rule refuses what is one too many, and names both figures."""

    def refusal(self, intent: Intent, **given: object) -> list[str]:
        """The texts of the refusal, or nothing."""
        last = Decimal(str(given.get("last", "1000")))
        risk = Risk(LIMITS, SESSION, Portfolio(Decimal(0)),
                    kill_mode=str(given.get("kill", "off")))
        for n in range(int(str(given.get("earlier", 0)))):
            risk.decide(Signal(f"e{n}", "other", BANK, buy(1)),
                        at("10:00:00"), last)
        held = int(str(given.get("held", 0)))
        if held:
            risk.portfolio.positions["s", NIFTY.key] = Position(held)
        try:
            risk.decide(Signal("id", "s", NIFTY, intent),
                        at(str(given.get("now", "10:00:00"))),
                        last if "no_price" not in given else None)
        except Refused as refused:
            return list(refused.texts.values())
        return []

    def test_each_rule_refuses(self):
        """At the limit it passes, beyond it does not."""
        leave = sell(5, entry=False)
        for expected, intent, given in (
                ("kill_latch|halt|EXIT|kill mode", leave,
                 {"kill": "halt", "held": 5}),
                ("kill_latch|reduce-only|ENTRY|kill mode", buy(1),
                 {"kill": "reduce-only"}),
                ("", leave, {"kill": "reduce-only", "held": 5}),
                ("session|09:15:00-15:30:00|15:30:00|IST", buy(1),
                 {"now": "15:30:00"}),
                ("", buy(1), {"now": "09:15:00"}),
                ("nothing_to_exit|0|5|units", leave, {"held": -5}),
                ("no_price|1|0|ticks", buy(1), {"no_price": True}),
                ("order_quantity|100|101|units", buy(101), {}),
                ("", buy(100), {}),
                ("order_value|2000000.00|2000000.20|rupees", buy(20),
                 {"last": "100000.01"}),
                ("", buy(20), {"last": "100000"}),
                ("position|150|151|units", buy(51), {"held": 100}),
                ("position|150|151|units", sell(51), {"held": -100}),
                ("", sell(100), {"held": 50}),
                ("", buy(50), {"held": 100}),
                ("price_collar|100|100.05|bps", buy(1, "1010.005"), {}),
                ("price_collar|100|100.1335|bps", buy(1, "3027.01"),
                 {"last": "2997"}),
                ("", sell(1, "990"), {}),
                ("orders_per_second|7|8|orders/s", buy(1), {"earlier": 7}),
                ("", leave, {"earlier": 7, "held": 5}),
                ("", buy(1), {"earlier": 7, "now": "10:00:01"})):
            with self.subTest(expected=expected, intent=intent, **given):
                self.assertEqual("|".join(self.refusal(intent, **given)),
                                 expected)


class AFrameAtABroker(unittest.TestCase):
    """Signals through risk to fills, frame by frame."""

    def setUp(self):
        self.broker = Broker(
            BrokerConfig("paper", True, Decimal(1_000_000), LIMITS),
            Schedule([RATES]), SESSION)
        self.seq = 0

    def frame(self, time: str, price: str | None, *intents: Intent) -> None:
        """One frame: a tick of NIFTY, if there is a price."""
        self.seq += 1
        ticks = (Tick(NIFTY, Decimal(price)),) if price else ()
        signals = [Signal(f"{self.seq}.{n}", "s", NIFTY, intent)
                   for n, intent in enumerate(intents)]
        self.broker.on_frame(Frame(self.seq, at(time), ticks), signals,
                             {NIFTY.key: Decimal(price or 1000)})

    def orders(self) -> list[Order]:
        """Everything submitted."""
        return self.broker.orders

    def test_a_market_order_fills_at_the_next_tick(self):
        """Never at the tick that caused it."""
        self.frame("10:00:00", "1000", buy(10))
        self.assertEqual(self.orders()[0].status, "submitted")
        self.frame("10:00:20", "1001")
        self.assertEqual(self.orders()[0].filled_value, 10010)

    def test_a_marketable_limit_fills_at_the_price_a_resting_at_its_limit(
            self):
        """The first arrives at 998; the others rest at 997 and 1003."""
        self.frame("10:00:00", "1000", buy(1, "1000"))
        self.frame("10:00:20", "998", buy(1, "997"), sell(1, "1003"))
        self.frame("10:00:40", "998")
        self.frame("10:01:00", "996")
        self.frame("10:01:20", "1004")
        self.assertEqual([fill.price for fill, _ in self.broker.fills],
                         [998, 997, 1003])

    def test_a_touch_of_the_limit_fills(self):
        """On arrival and at rest, on both sides."""
        self.frame("10:00:00", "1000", buy(1, "1000"), sell(1, "1000"),
                   buy(1, "999"), sell(1, "1001"))
        self.frame("10:00:20", "1000")
        self.frame("10:00:40", "999")
        self.frame("10:01:00", "1001")
        self.assertEqual([fill.price for fill, _ in self.broker.fills],
                         [1000, 1000, 999, 1001])

    def test_nothing_is_accepted_outside_the_session(self):
        """Whatever the order's expiry."""
        exchange = Exchange(SESSION)
        order = Order(Signal("1", "s", NIFTY, buy(1)), 1,
                      MONDAY + 2 * clock.DAY)
        exchange.place(order)
        tick = Tick(NIFTY, Decimal(1000))
        self.assertEqual(
            exchange.on_frame(Frame(1, at("15:30:00"), (tick,))), [])
        self.assertEqual(order.status, "submitted")

    def test_a_day_order_expires_before_the_ticks_of_that_frame(self):
        """At the first frame at or after the close."""
        self.frame("15:29:59", "1000", buy(1), buy(1, "991"))
        self.frame("15:30:00", None)
        self.frame("15:30:00", "990")
        self.assertEqual([order.status for order in self.orders()],
                         ["expired", "expired"])
        self.assertEqual(self.broker.fills, [])

    def test_an_exit_cancels_the_working_entry_and_may_have_nothing_left(
            self):
        """The cancel wins over the fill at the next tick."""
        self.frame("10:00:00", "1000", buy(5, "995"))
        self.frame("10:00:20", "1000", sell(5, entry=False))
        self.assertEqual(self.orders()[0].status, "pending_cancel")
        self.assertEqual(self.broker.rejections[0]["rule"],
                         "nothing_to_exit")
        self.frame("10:00:40", "990")
        self.assertEqual(self.orders()[0].status, "cancelled")
        self.assertEqual(self.broker.fills, [])

    def test_an_exit_cancels_nothing_but_its_own_opposite_entries(self):
        """Not another's, not elsewhere, not on its side, not exits."""
        self.frame("10:00:00", "1000", buy(5))
        self.frame("10:00:20", "1000", sell(5, entry=False),
                   sell(5, "1003"))
        others = [Signal("other", "other", NIFTY, sell(5, "1003")),
                  Signal("elsewhere", "s", BANK, sell(5, "1003")),
                  Signal("same side", "s", NIFTY, buy(5, "997")),
                  Signal("exit", "s", NIFTY, buy(5, entry=False))]
        self.broker.on_frame(
            Frame(3, at("10:00:21"), ()), others,
            {NIFTY.key: Decimal(1000), BANK.key: Decimal(1000)})
        self.assertEqual(
            [(order.signal.id, order.status) for order in self.orders()],
            [("1.0", "filled"), ("2.0", "submitted"),
             ("2.1", "pending_cancel"), ("other", "submitted"),
             ("elsewhere", "submitted"), ("same side", "submitted")])

    def test_what_works_counts_to_the_position_on_its_side(self):
        """100 sold and 51 more; 150 of another instrument do not count."""
        self.broker.portfolio.positions["s", BANK.key] = Position(-150)
        self.frame("10:00:00", "1000", sell(100), buy(100), sell(51))
        self.assertEqual(
            [(row["rule"], row["observed"])
             for row in self.broker.rejections], [("position", "151")])

    def test_an_exit_is_cut_to_what_is_held_and_not_yet_leaving(self):
        """Held 10: the exits of 8 and 8 become 8 and 2."""
        self.frame("10:00:00", "1000", buy(10))
        self.frame("10:00:20", "1000", sell(8, entry=False),
                   sell(8, entry=False), sell(8, entry=False))
        self.assertEqual([order.qty for order in self.orders()], [10, 8, 2])
        self.assertEqual(len(self.broker.rejections), 1)

    def test_with_placing_off_orders_are_withheld_and_reserve_nothing(self):
        """But within the frame they do: 100 + 100 is above 150."""
        self.broker.placing = False
        self.frame("10:00:00", "1000", buy(100), buy(100))
        self.frame("10:00:20", "1000", buy(100))
        self.assertEqual((self.broker.withheld, self.broker.validated,
                          self.broker.signals), (2, 2, 3))
        self.assertEqual(self.orders(), [])

    def test_a_round_trip_adds_up(self):
        """17400 to 17450 with 50: 2500 less 86.15 and 278.27."""
        self.frame("10:00:00", "17400", buy(50))
        self.frame("10:00:20", "17400", sell(50, entry=False))
        self.frame("10:00:40", "17450")
        mark = self.broker.portfolio.mark({NIFTY.key: Decimal("17460")})
        self.assertEqual(
            [mark[name] for name in ("cash", "realised", "unrealised",
                                     "charges", "equity")],
            ["1002135.58", "2500.00", "0.00", "364.42", "1002135.58"])
        self.assertEqual(
            self.broker.portfolio.by_strategy({NIFTY.key: Decimal(1)}),
            {"s": {"realised": "2500.00", "unrealised": "0.00",
                   "charges": "364.42", "net": "2135.58", "fills": 2}})


if __name__ == "__main__":
    unittest.main()
