"""The paper exchange, tick by tick."""

import unittest
from dataclasses import replace
from decimal import Decimal

import clock
from draws import PaperSettings
from exchange import Exchange
from fixtures import NIFTY, SESSION, at, buy, order, sell
from model import (BRACKET, IOC, SAFETY, SESSION_CLOSE, SQUARE_OFF, STOP_LIMIT,
                   STOP_MARKET, TICKS, Frame, Order, Terms, Tick)


class Exchanges(unittest.TestCase):
    """Orders submitted at 10:00:00."""

    def setUp(self) -> None:
        self.exchange = Exchange(SESSION)

    def place(self, *orders: Order) -> Order:
        """In this order; the first of them."""
        for one in orders:
            one.submitted_at = at("10:00:00")
            self.exchange.place(one)
        return orders[0]

    def tick(self, time: str, price: str, bid: str = "0",
             ask: str = "0") -> list[str]:
        """The fills of a tick: quantity at price."""
        tick = Tick(NIFTY, Decimal(price), Decimal(bid), Decimal(ask))
        return self.frame(Frame(1, at(time), (tick,), TICKS))

    def frame(self, frame: Frame) -> list[str]:
        """The fills of a frame: quantity at price."""
        return [f"{fill.qty}@{fill.price}"
                for fill in self.exchange.on_frame(frame).fills]

    def with_settings(self, **given: str | int) -> Exchange:
        """A new exchange."""
        self.exchange = Exchange(
            SESSION, PaperSettings(**given))  # type: ignore[arg-type]
        return self.exchange


class Prices(Exchanges):
    """What an order gets."""

    def test_slippage_is_against_the_order(self):
        """2 bps of 1000.03 are 0.2000 rounded: 1000.2300 up to 1000.25,
        999.83 down to 999.80; depth 1000.15 and 999.90; two ticks."""
        for mode, bought, sold in (
                ("none", "1000.03", "1000.03"),
                ("bps", "1000.25", "999.80"),
                ("ticks", "1000.13", "999.93"),
                ("depth", "1000.15", "999.90")):
            self.with_settings(slippage=mode, slippage_bps=2,
                               slippage_ticks=2)
            self.place(order(buy(1), "a"), order(sell(1), "b"))
            self.assertEqual(
                self.tick("10:00:01", "1000.03", "999.90", "1000.15"),
                [f"1@{bought}", f"1@{sold}"])

    def test_slippage_without_depth_and_near_zero(self):
        """The last price; at least one tick size."""
        self.with_settings(slippage="depth")
        self.place(order(buy(1)))
        self.assertEqual(self.tick("10:00:01", "1000"), ["1@1000"])
        self.with_settings(slippage="ticks", slippage_ticks=2)
        self.place(order(sell(1)))
        self.assertEqual(self.tick("10:00:01", "0.10"), ["1@0.05"])

    def test_an_arriving_limit_slips_no_further_than_its_limit(self):
        """Two ticks on 1000: 1000.10, limits 1000.15 and 1000.05."""
        self.with_settings(slippage="ticks", slippage_ticks=2)
        self.place(order(buy(1, "1000.15"), "a"),
                   order(buy(1, "1000.05"), "b"),
                   order(sell(1, "999.95"), "c"), order(buy(1, "999"), "d"))
        self.assertEqual(self.tick("10:00:01", "1000"),
                         ["1@1000.10", "1@1000.05", "1@999.95"])
        self.assertEqual(self.tick("10:00:02", "998"), ["1@999"])

    def test_a_stop_through_a_gap_fills_at_the_price_behind_it(self):
        """SELL SL-M at 995: 995.05 does not reach it, 980 goes through."""
        stop = self.place(order(sell(1, type=STOP_MARKET,
                                     trigger=Decimal(995))))
        self.assertEqual(self.tick("10:00:01", "995.05"), [])
        self.assertEqual((stop.status, stop.triggered), ("open", False))
        self.assertEqual(self.tick("10:00:02", "980"), ["1@980"])
        self.assertTrue(stop.triggered)

    def test_a_stop_limit_rests_at_its_limit_after_a_gap(self):
        """BUY SL 1005, limit 1006: 1010 triggers it, 1006 fills it."""
        stop = self.place(order(buy(1, "1006", type=STOP_LIMIT,
                                    trigger=Decimal(1005))))
        self.assertEqual(self.tick("10:00:01", "1010"), [])
        self.assertTrue(stop.triggered)
        self.assertEqual(self.tick("10:00:02", "1004"), ["1@1006"])

    def test_a_stop_limit_that_triggers_in_reach_arrives(self):
        """BUY SL 1005, limit 1006: at 1005 it fills at 1005."""
        self.place(order(buy(1, "1006", type=STOP_LIMIT,
                             trigger=Decimal(1005))))
        self.assertEqual(self.tick("10:00:01", "1005"), ["1@1005"])


class Fates(Exchanges):
    """Latency, parts, refusals: drawn by the order's id."""

    def test_draws_are_the_first_8_bytes_big_endian(self):
        """`printf 'paper|1|bi5rljsg77tij7iu4w3w|latency' | b2sum -l 128`
        is 8585d382e1fcb02acd5fecca711d5425; `parts` 4cebbd8fd32140d6...,
        which is 1 mod 3: three parts."""
        one = order(buy(1))
        self.assertEqual(one.client_order_id, "bi5rljsg77tij7iu4w3w")
        self.assertEqual(PaperSettings().draw(one, "latency"),
                         0x8585d382e1fcb02a)
        self.assertEqual(PaperSettings(
            partial_fill_percent=100).parts(one), 3)

    def test_a_latency_lies_between_its_bounds(self):
        """0x8585d382e1fcb02a mod 901 is 775: 100 + 775 ms."""
        settings = PaperSettings(latency_min_ms=100, latency_max_ms=1000)
        self.assertEqual(settings.latency(order(buy(1))),
                         (100 + 775) * clock.MILLISECOND)

    def test_an_order_and_its_cancel_each_take_their_latency(self):
        """2,500 ms: the tick at 2 s is too early, that at 3 s is not."""
        self.with_settings(latency_min_ms=2500, latency_max_ms=2500)
        one = self.place(order(buy(1, "990")))
        self.tick("10:00:02", "1000")
        self.assertEqual((one.accepted, one.status), (False, "submitted"))
        self.tick("10:00:03", "1000")
        self.assertEqual(one.status, "open")
        one.ask_cancel(at("10:00:03"))
        self.tick("10:00:05", "1000")
        self.assertEqual(one.status, "pending_cancel")
        self.assertEqual(self.tick("10:00:05", "990"), ["1@990"])

    def test_a_cancel_that_is_due_comes_before_the_fill(self):
        """At the same tick."""
        one = self.place(order(buy(1, "990")))
        self.tick("10:00:01", "1000")
        one.ask_cancel(at("10:00:01"))
        self.assertEqual(self.tick("10:00:02", "980"), [])
        self.assertEqual(one.status, "cancelled")

    def test_new_terms_arrive_with_the_tick_that_brings_them(self):
        """990 to 1001 at 1000: the price, not the limit; 5 are enough."""
        one = self.place(order(buy(9, "990")))
        self.tick("10:00:01", "1000")
        one.asked_terms, one.modify_asked = Terms(5, Decimal(1001)), 0
        self.assertEqual(self.tick("10:00:02", "1000"), ["5@1000"])
        self.assertEqual((one.qty, one.status), (5, "filled"))

    def test_terms_for_no_more_than_is_filled_are_refused(self):
        """The order stays as it is."""
        one = self.place(order(buy(9, "990")))
        one.filled = 4
        one.asked_terms, one.modify_asked = Terms(4, Decimal(1001)), 0
        self.assertEqual(self.tick("10:00:02", "1000"), [])
        self.assertEqual((one.qty, one.limit, one.asked_terms),
                         (9, 990, None))

    def test_all_are_rejected_but_square_off_and_safety(self):
        """reject_percent 100."""
        self.with_settings(reject_percent=100)
        orders = [order(buy(1), name) for name in "abc"]
        orders[1].origin, orders[2].origin = SQUARE_OFF, SAFETY
        self.place(*orders)
        self.tick("10:00:01", "1000")
        self.assertEqual([one.status for one in orders],
                         ["rejected", "filled", "filled"])

    def test_partial_then_cancel(self):
        """Of 10 in three parts 4 are filled; the rest is called off."""
        self.with_settings(partial_fill_percent=100)
        one = self.place(order(buy(10)))
        self.assertEqual(self.tick("10:00:01", "1000"), ["4@1000"])
        self.assertEqual(one.status, "partially_filled")
        one.ask_cancel(at("10:00:01"))
        self.assertEqual(self.tick("10:00:02", "1001"), [])
        self.assertEqual(one.status, "cancelled")

    def test_parts_are_whole_lots(self):
        """5 in three parts are 2 each, up to lots of 4: 4 and 1."""
        self.with_settings(partial_fill_percent=100)
        lots = replace(NIFTY, lot_size=4)
        self.place(order(buy(5), instrument=lots))
        self.assertEqual([self.tick(f"10:00:0{n}", "1000") for n in (1, 2)],
                         [["4@1000"], ["1@1000"]])

    def test_what_an_ioc_does_not_get_at_once_is_cancelled(self):
        """A limit out of reach, a stop that does not trigger, a part."""
        limit = self.place(order(buy(1, "999", validity=IOC), "a"))
        stop = self.place(order(buy(1, validity=IOC, type=STOP_MARKET,
                                    trigger=Decimal(1001)), "b"))
        met = self.place(order(buy(1, "1000", validity=IOC), "c"))
        self.assertEqual(self.tick("10:00:01", "1000"), ["1@1000"])
        self.assertEqual([limit.status, stop.status, met.status],
                         ["cancelled", "cancelled", "filled"])
        self.with_settings(partial_fill_percent=100)
        part = self.place(order(buy(10, validity=IOC)))
        self.assertEqual(self.tick("10:00:01", "1000"), ["4@1000"])
        self.assertEqual(part.status, "cancelled")


class GroupsAndCloses(Exchanges):
    """One cancels the other; the end of the day."""

    def group(self) -> tuple[Order, Order]:
        """A stop at 990 and a target at 1010 for 10 units."""
        stop = order(sell(10, type=STOP_MARKET, trigger=Decimal(990)), "a")
        target = order(sell(10, "1010"), "b")
        stop.group = target.group = "G"
        stop.origin = target.origin = BRACKET
        self.place(stop, target)
        return stop, target

    def test_one_cancels_the_other(self):
        """Whole."""
        stop, target = self.group()
        self.assertEqual(self.tick("10:00:01", "1010"), ["10@1010"])
        self.assertEqual((stop.status, target.status),
                         ("cancelled", "filled"))

    def test_a_fill_in_part_takes_its_quantity_from_the_other(self):
        """And a modification on its way to it is void."""
        stop, target = self.group()
        exit_ = order(sell(4), "c")
        exit_.group = "G"
        self.place(exit_)
        target.asked_terms, target.modify_asked = Terms(9), at("12:00:00")
        self.assertEqual(self.tick("10:00:01", "1000"), ["4@1000"])
        self.assertEqual((stop.qty, target.qty, target.asked_terms),
                         (6, 6, None))
        self.assertEqual(self.tick("10:00:02", "985"), ["6@985"])
        self.assertEqual(target.status, "cancelled")

    def test_nothing_is_accepted_outside_the_session(self):
        """Whatever the order's expiry."""
        one = self.place(order(buy(1), until=at("15:30:00") + clock.DAY))
        self.assertEqual(self.tick("15:30:00", "1000"), [])
        self.assertEqual(one.status, "submitted")

    def test_the_close_fills_square_off_and_safety_and_expires_the_rest(
            self):
        """At their reference price, accepted or not; limits expire."""
        orders = [order(sell(5), name) for name in "abc"]
        orders[0].origin, orders[1].origin = SQUARE_OFF, SAFETY
        for one in orders:
            one.reference = Decimal(997)
        orders[1].group = "G"
        stop = order(sell(5, type=STOP_MARKET, trigger=Decimal(1)), "d")
        stop.group, stop.origin = "G", BRACKET
        self.place(*orders, stop)
        self.assertEqual(
            self.frame(Frame(9, at("15:30:00"), (), SESSION_CLOSE)),
            ["5@997", "5@997"])
        self.assertEqual([one.status for one in (*orders, stop)],
                         ["filled", "filled", "expired", "cancelled"])


if __name__ == "__main__":
    unittest.main()
