"""What the risk manager owes: brackets, safety, square-off; planned exits."""

import unittest
from dataclasses import replace
from decimal import Decimal

import clock
from draws import PaperSettings
from exits import plan
from fixtures import Desk, NIFTY, buy, sell
from limits import Limits, RiskSettings
from model import (BRACKET, LIMIT, MARKET, NRML, SAFETY, SQUARE_OFF,
                   STOP_MARKET, client_order_id, derive_id)

TWENTY_PAST = clock.parse_time("15:20")
OFFSETS = {"stop_loss": Decimal("1.02"), "target": Decimal("2.01")}


class Brackets(Desk):
    """Of each fill of an entry with offsets."""

    def test_a_longs_stop_and_target_lie_on_the_tick_grid(self):
        """1000 - 1.02 = 998.98 down to 998.95; 1002.01 up to 1002.05."""
        self.step("10:00:00", "1000", buy(10, **OFFSETS))
        self.step("10:00:20", "1000")
        entry, stop, target = self.orders
        self.assertEqual((stop.type, stop.trigger, stop.side, stop.qty),
                         (STOP_MARKET, Decimal("998.95"), "SELL", 10))
        self.assertEqual((target.type, target.limit, target.side),
                         (LIMIT, Decimal("1002.05"), "SELL"))
        self.assertEqual(
            [one.client_order_id for one in self.orders],
            [client_order_id("s1.0", leg) for leg in (0, 1, 2)])
        self.assertEqual({one.group for one in (stop, target)},
                         {f"P{entry.client_order_id}-1"})
        self.assertEqual({(one.origin, one.reduces, one.signal.id)
                          for one in (stop, target)},
                         {(BRACKET, True, "s1.0")})
        self.assertEqual(self.broker.record.validated, 3)

    def test_a_shorts_mirror_them(self):
        """1001.02 up to 1001.05; 997.99 down to 997.95."""
        self.step("10:00:00", "1000", sell(10, **OFFSETS))
        self.step("10:00:20", "1000")
        self.assertEqual([self.orders[1].trigger, self.orders[2].limit],
                         [Decimal("1001.05"), Decimal("997.95")])

    def test_an_offset_of_zero_and_a_price_below_zero_make_no_order(self):
        """Filled at 1.00 after a fall, a stop of 1.00 under it is 0."""
        self.step("10:00:00", "1000", buy(1, stop_loss=Decimal(1)))
        self.step("10:00:20", "1")
        self.assertEqual(len(self.orders), 1)

    def test_each_part_has_a_bracket_of_its_own(self):
        """Legs 1 and 2, 3 and 4; a stop takes out its own part."""
        self.broker.exchange.settings = PaperSettings(
            partial_fill_percent=100)
        self.step("10:00:00", "1000", buy(10, **OFFSETS))
        self.step("10:00:20", "1000")
        self.broker.exchange.settings = PaperSettings()
        self.step("10:00:40", "1001")
        part = self.broker.record.fills[0][0].qty
        self.assertEqual(
            [(one.client_order_id, one.qty) for one in self.orders[1:]],
            [(client_order_id("s1.0", leg), qty) for leg, qty in (
                (1, part), (2, part), (3, 10 - part), (4, 10 - part))])
        self.step("10:01:00", "999.95")
        self.assertEqual(self.held(), part)

    def test_a_position_that_is_flat_again_needs_no_bracket(self):
        """Ten bought with a bracket against ten that were short."""
        self.step("09:59:00", "1000", sell(10))
        self.step("09:59:20", "1000", buy(10, **OFFSETS))
        self.step("10:00:20", "1000")
        self.assertEqual((self.held(), len(self.orders)), (0, 2))

    def test_nothing_is_made_while_the_broker_is_halted(self):
        """It stays owed."""
        self.step("10:00:00", "1000", buy(10, **OFFSETS))
        self.broker.risk.latches[""] = "halt"
        self.step("10:00:20", "1000")
        self.assertEqual(len(self.orders), 1)
        self.broker.risk.latches.clear()
        self.step("10:00:40", "1000")
        self.assertEqual(len(self.orders), 3)


class Safety(Desk):
    """Where the broker refuses a bracket order."""

    def test_a_refused_stop_is_replaced_by_an_exit_in_its_group(self):
        """Leg 1000001; the target is called off and the exit fills."""
        self.step("10:00:00", "1000", buy(10, **OFFSETS))
        self.step("10:00:20", "1000")
        self.broker.exchange.settings = RefusesOnly(
            self.orders[1].client_order_id)
        self.step("10:00:40", "1000")
        exit_ = self.orders[3]
        self.assertEqual(
            (exit_.client_order_id, exit_.type, exit_.qty, exit_.origin),
            (client_order_id("s1.0", 1_000_001), MARKET, 10, SAFETY))
        self.assertEqual(exit_.group, self.orders[2].group)
        self.assertEqual(self.statuses, ["filled", "rejected",
                                         "pending_cancel", "submitted"])
        self.step("10:01:00", "999.95")
        self.assertEqual(self.statuses[2:], ["cancelled", "filled"])
        self.assertEqual(self.held(), 0)

    def test_two_refusals_make_one_exit(self):
        """What the first gives up is not there for the second."""
        self.step("10:00:00", "1000", buy(10, **OFFSETS))
        self.step("10:00:20", "1000")
        self.broker.exchange.settings = PaperSettings(reject_percent=100)
        self.step("10:00:40", "1000")
        self.assertEqual([one.qty for one in self.orders[3:]], [10])
        self.step("10:01:00", "1000")
        self.assertEqual(self.held(), 0)


class RefusesOnly(PaperSettings):
    """Refuses one order."""

    def __init__(self, refused: str) -> None:
        super().__init__()
        object.__setattr__(self, "refused", refused)

    def rejects(self, order):
        """By id."""
        return order.client_order_id == self.refused


class SquareOff(Desk):
    """MIS goes out at 15:20."""

    settings = RiskSettings(square_off=TWENTY_PAST)

    def test_a_silent_market_is_squared_off_at_its_close(self):
        """No tick after 15:19: the clock makes the order, the close fills
        it at the last price that was seen."""
        self.step("15:18:00", "1000", buy(10), buy(5, "991"))
        self.step("15:19:00", "1001")
        self.tick_clock("15:20:00")
        order = self.orders[2]
        signal = derive_id("square_off|s|NSE:NIFTY|3")
        self.assertEqual(
            (order.signal.id, order.client_order_id, order.origin, order.qty,
             order.side, order.reduces),
            (signal, client_order_id(signal, 0), SQUARE_OFF, 10, "SELL",
             True))
        self.assertEqual(self.statuses, ["filled", "pending_cancel",
                                         "submitted"])
        self.close()
        self.assertEqual(self.statuses, ["filled", "expired", "filled"])
        self.assertEqual(self.prices, ["1001", "1001"])
        self.assertEqual(self.held(), 0)

    def test_it_is_made_once_and_what_comes_later_goes_out_too(self):
        """An entry sent before 15:20 fills after it, in a later minute."""
        self.broker.exchange.settings = PaperSettings(
            latency_min_ms=90_000, latency_max_ms=90_000)
        self.step("15:17:00", "1000", buy(10))
        self.step("15:18:30", "1000")
        self.step("15:19:40", "1000", buy(5))
        self.tick_clock("15:20:00")
        self.step("15:20:20", "1000")
        self.assertEqual([one.qty for one in self.orders], [10, 5, 10])
        self.step("15:21:10", "1000")
        self.assertEqual(self.statuses[1], "filled")
        self.assertEqual([one.qty for one in self.orders], [10, 5, 10, 5])

    def test_a_bracketed_position_leaves_in_its_group(self):
        """Stop and target are called off; the exit takes them with it."""
        self.step("15:19:00", "1000", buy(10, **OFFSETS))
        self.step("15:19:20", "1000")
        self.tick_clock("15:20:00")
        self.assertEqual(self.orders[3].group, self.orders[1].group)
        self.step("15:20:20", "1000")
        self.assertEqual(self.statuses, ["filled", "cancelled", "cancelled",
                                         "filled"])

    def test_nothing_is_squared_off_outside_the_session(self):
        """At the close, and after it."""
        self.step("15:19:00", "1000", buy(10))
        self.step("15:19:20", "1000")
        self.close()
        self.step("15:31:00", "1000")
        self.assertEqual(len(self.orders), 1)

    def test_other_products_stay(self):
        """NRML, held and on order."""
        self.product = NRML
        self.step("15:19:00", "1000", buy(10))
        self.step("15:19:20", "1000", buy(5, "991"))
        self.tick_clock("15:20:00")
        self.assertEqual(len(self.orders), 2)


class Planning(Desk):
    """Which orders an exit becomes."""

    limits = Limits()
    capital = Decimal(10**9)

    def planned(self, asked: int | None, freeze: int = 0) -> list[object]:
        """Quantity and number of the group, and the groups emptied."""
        book = self.broker.risk.book
        names = [group.name for group in book.groups]
        made = plan(book, ("s", NIFTY.key, "MIS"), "SELL", asked, freeze)
        return [[(piece.qty, names.index(piece.group.name)
                  if piece.group else None) for piece in made.pieces],
                [names.index(group.name) for group in made.emptied]]

    def test_uncovered_units_go_first_then_groups_oldest_first(self):
        """5 free, 10 and 20 in groups; 12 take 5 and 7, 15 empty one."""
        for qty, given in ((5, {}), (10, OFFSETS), (20, OFFSETS)):
            self.step("10:00:00", "1000", buy(qty, **given))
        self.step("10:00:20", "1000")
        self.assertEqual(self.planned(12), [[(5, None), (7, 0)], []])
        self.assertEqual(self.planned(15), [[(5, None), (10, 0)], [0]])
        self.assertEqual(self.planned(None),
                         [[(5, None), (10, 0), (20, 1)], [0, 1]])
        self.assertEqual(self.planned(None, 8),
                         [[(5, None), (8, 0), (2, 0), (8, 1), (8, 1),
                           (4, 1)], [0, 1]])

    def test_what_is_leaving_is_not_there_twice(self):
        """Of 5 and 10, exits of 12 leave 3 of the group for the next."""
        for qty, given in ((5, {}), (10, OFFSETS)):
            self.step("10:00:00", "1000", buy(qty, **given))
        self.step("10:00:20", "1000", sell(12, entry=False))
        self.assertEqual([one.qty for one in self.orders[-2:]], [5, 7])
        self.step("10:00:20", None, sell(12, entry=False))
        self.assertEqual([one.qty for one in self.orders[-1:]], [3])
        self.assertEqual(
            [one.status for one in self.orders if one.origin == BRACKET],
            ["pending_cancel", "pending_cancel"])

    def test_the_legs_of_an_exit_count_on_from_zero(self):
        """Pieces of 4 of 10: legs 0, 1 and 2."""
        self.step("10:00:00", "1000", buy(10))
        self.step("10:00:20", "1000")
        risk = self.broker.risk
        frozen = replace(NIFTY, freeze_qty=4)
        signal = replace(self.orders[0].signal, id="x", instrument=frozen,
                         intent=sell(10, entry=False))
        made = risk.decide(signal, self.quotes[NIFTY.key].ts, self.quotes)
        self.assertEqual(
            [(one.qty, one.client_order_id) for one in made],
            [(qty, client_order_id("x", leg))
             for leg, qty in enumerate((4, 4, 2))])


if __name__ == "__main__":
    unittest.main()
