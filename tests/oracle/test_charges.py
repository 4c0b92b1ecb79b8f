"""Charges of fills against figures worked out by hand."""

import datetime
import unittest
from dataclasses import replace
from decimal import Decimal

from charges import (DELIVERY, FUTURES, INTRADAY, OPTIONS, Charges, Dp,
                     Period, Schedule, Turnover, segment_of)
from fixtures import NIFTY, PERIOD
from model import BUY, CNC, MIS, NRML, SELL

MONDAY = datetime.date(2022, 1, 3)


def charge(fill: Turnover, period: Period = PERIOD,
           date: datetime.date = MONDAY) -> Charges:
    """Of one fill."""
    return Schedule([period]).charge(date, fill)


def amounts(charges: Charges) -> list[str]:
    """Brokerage, STT, exchange, SEBI, GST, stamp, DP, total."""
    return [f"{amount:.2f}" for amount in (
        charges.brokerage, charges.stt, charges.exchange, charges.sebi,
        charges.gst, charges.stamp, charges.dp, charges.total)]


class Intraday(unittest.TestCase):
    """One NIFTY round trip by hand."""

    def test_buying_50_at_17400(self):
        """Exchange 30.015 -> 30.02; GST 0.18 * 50.89 = 9.1602."""
        self.assertEqual(
            amounts(charge(Turnover(BUY, Decimal(870_000)))),
            ["20.00", "0.00", "30.02", "0.87", "9.16", "26.10", "0.00",
             "86.15"])

    def test_selling_50_at_17450(self):
        """STT 218.125 -> 218.13; exchange 30.10125; SEBI 0.8725."""
        self.assertEqual(
            amounts(charge(Turnover(SELL, Decimal(872_500)))),
            ["20.00", "218.13", "30.10", "0.87", "9.17", "0.00", "0.00",
             "278.27"])

    def test_the_brokerage_cap_holds_per_order(self):
        """0.03 % of 50,000 is 15.00; of 100,000 it is capped at 20."""
        first = Turnover(BUY, Decimal(50_000))
        self.assertEqual(charge(first).brokerage, 15)
        self.assertEqual(charge(replace(
            first, order_value_before=Decimal(50_000),
            brokerage_before=Decimal(15))).brokerage, 5)

    def test_before_the_first_period_nothing_is_charged(self):
        """Not even brokerage; on its first day everything is."""
        fill = Turnover(BUY, Decimal(870_000))
        before = PERIOD.start - datetime.timedelta(days=1)
        self.assertEqual(charge(fill, date=before).total, 0)
        self.assertEqual(str(charge(fill, date=PERIOD.start).total),
                         "86.15")


class GstBase(unittest.TestCase):
    """GST is levied on the listed components, as they are rounded."""

    def test_the_base_is_what_the_period_lists(self):
        """870,000: 20 + 30.02 + 0.87 = 50.89, without SEBI 50.02; with
        the stamp's 26.10 it is 76.99."""
        for listed, gst in ((("brokerage", "exchange", "sebi"), "9.16"),
                            (("brokerage", "exchange"), "9.00"),
                            (("brokerage", "exchange", "sebi", "stamp"),
                             "13.86"), ((), "0.00")):
            period = replace(PERIOD, gst_on=listed)
            fill = Turnover(BUY, Decimal(870_000))
            self.assertEqual(f"{charge(fill, period).gst:.2f}", gst)


class Segments(unittest.TestCase):
    """Delivery, futures and options."""

    def test_the_segment_is_the_instruments_then_the_products(self):
        """CNC of a share is delivery, NRML of it is not."""
        future = replace(NIFTY, segment="NFO-FUT")
        option = replace(NIFTY, segment="NFO-OPT")
        self.assertEqual(
            [segment_of(*of) for of in ((NIFTY, MIS), (NIFTY, NRML),
                                        (NIFTY, CNC), (future, CNC),
                                        (option, NRML))],
            [INTRADAY, INTRADAY, DELIVERY, FUTURES, OPTIONS])

    def test_a_delivery_purchase_of_10_at_2500(self):
        """25,000: STT 25.00, exchange 0.8625, SEBI 0.025, GST 0.18 * 0.89
        = 0.1602, stamp 3.75; no brokerage."""
        self.assertEqual(
            amounts(charge(Turnover(BUY, Decimal(25_000), DELIVERY))),
            ["0.00", "25.00", "0.86", "0.03", "0.16", "3.75", "0.00",
             "29.80"])

    def test_an_options_flat_brokerage_comes_with_the_first_fill(self):
        """Premium 100 * 50 = 5,000 sold: STT 2.50, exchange 2.65, SEBI
        0.005 -> 0.01, GST 0.18 * 22.66 = 4.0788; then 0.18 * 2.66."""
        first = Turnover(SELL, Decimal(5_000), OPTIONS)
        self.assertEqual(
            amounts(charge(first)),
            ["20.00", "2.50", "2.65", "0.01", "4.08", "0.00", "0.00",
             "29.24"])
        self.assertEqual(
            amounts(charge(replace(first, order_value_before=Decimal(5_000),
                                   brokerage_before=Decimal(20)))),
            ["0.00", "2.50", "2.65", "0.01", "0.48", "0.00", "0.00",
             "5.64"])


class DpCharge(unittest.TestCase):
    """13.50 and 18 % of it: 2.43."""

    sale = Turnover(SELL, Decimal(25_000), DELIVERY, first_sale_of_day=True)

    def dp(self, fill: Turnover, dp: Dp = PERIOD.dp) -> str:
        """Of one fill."""
        return f"{charge(fill, replace(PERIOD, dp=dp)).dp:.2f}"

    def test_it_comes_with_the_first_delivery_sale_of_the_day(self):
        """Not with a later one, a purchase, or an intraday sale."""
        self.assertEqual(self.dp(self.sale), "15.93")
        for other in (replace(self.sale, first_sale_of_day=False),
                      replace(self.sale, side=BUY),
                      replace(self.sale, segment=INTRADAY)):
            self.assertEqual(self.dp(other), "0.00")

    def test_gst_may_be_in_it_and_it_may_come_with_every_order(self):
        """The first fill of an order, whatever was sold before."""
        every = Dp(Decimal("15.93"), gst_added=False, every_order=True)
        later = replace(self.sale, first_sale_of_day=False)
        self.assertEqual(self.dp(later, every), "15.93")
        self.assertEqual(self.dp(replace(
            later, order_value_before=Decimal(1)), every), "0.00")


if __name__ == "__main__":
    unittest.main()
